"""Settle, before anything else is done with a dataset, what a run that was stopped has left."""

from __future__ import annotations

from pathlib import Path

from covidcurate.dataset.journal import Places, recover
from covidcurate.dataset.lock import Lock
from covidcurate.errors import DatasetError, LockedError


def settle(root: Path) -> str:
    """Take back or complete what a run that was stopped has left in a dataset; say what was done, or why it was not.

    Where nothing but prepared files is left, nothing is said.

    Nothing is raised: a command that only reads goes on where the disk cannot be written, or where the run is alive.
    """
    places = Places(root)
    try:
        with Lock(places.state / "lock"):
            return recover(places)
    except LockedError as error:
        if not places.journal.exists():
            return ""  # It only prepares its change, and the dataset is whole.
        return f"A change of the dataset is under way, so what is read now may be half of it: {error.message}."
    except DatasetError as error:
        if not places.journal.exists():
            return ""
        return (
            "An earlier run was stopped while it changed the dataset, and that cannot be settled now, so what is read "
            f"may be half of it: {error.message}. {error.remedy}".rstrip()
        )
