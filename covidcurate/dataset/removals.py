"""Remove files as part of a transaction: a second link to each under the state folder, its name goes last."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from covidcurate.dataset.folder import sha256_of
from covidcurate.dataset.moves import is_same
from covidcurate.dataset.runs import RunFile
from covidcurate.durable import sync_folder
from covidcurate.errors import DatasetError


@dataclass(frozen=True, slots=True)
class StagedRemoval:
    """A file that is about to go, and the second link to it."""

    path: Path
    staged: Path


def stage_removals(files: Sequence[RunFile], root: Path, staging: Path) -> list[StagedRemoval]:
    """Link each file under the state folder a second time; no name in the dataset changes.

    Raises
    ------
    DatasetError
        A file is not there, its content is another than is recorded, or its folder cannot be written.
    """
    removals = []
    for number, file in enumerate(files):
        path, staged = root / file.folder / file.name, staging / f"remove-{number:06d}"
        # Asked now, since the name goes only after the table is replaced.
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise DatasetError(f"{path.parent}: Permission denied; nothing was changed")
        try:
            os.link(path, staged, follow_symlinks=False)
            # Of the link, which nobody can put another file in the place of.
            digest = sha256_of(staged)
        except OSError as error:
            raise DatasetError(f"{path}: {error.strerror}; nothing was changed") from error
        if digest != file.sha256:
            raise DatasetError(f"{path}: was edited, so it is not removed; nothing was changed")
        removals.append(StagedRemoval(path, staged))
    return removals


def complete_removals(removals: Sequence[StagedRemoval]) -> None:
    """Take the names away, each only if it is still that of the staged file; done again, it comes to the same end.

    Raises
    ------
    DatasetError
        The disk refuses.
    """
    try:
        for removal in removals:
            if is_same(removal.path, removal.staged):
                removal.path.unlink()
    except OSError as error:
        raise DatasetError(
            f"{error.filename}: {error.strerror}; the table is changed, but not every file is gone",
            remedy="Mend the cause; the next command goes on with it first.",
        ) from error
    for folder in {removal.path.parent for removal in removals}:
        sync_folder(folder)
