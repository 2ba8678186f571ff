"""The journal of a transaction, and how a change under way is taken back or completed: by its run, or by a later one.

The order of a transaction is what makes it safe (see :mod:`covidcurate.dataset.transaction`): as long as the staged
table is there the change is taken back, and once it has taken its place the change is completed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from covidcurate.dataset.folder import JOURNAL_NAME, STAGING_NAME, STATE_FOLDER
from covidcurate.dataset.moves import StagedMove, complete_moves, from_plain, to_plain
from covidcurate.dataset.removals import StagedRemoval, complete_removals
from covidcurate.dataset.runs import RUNS_FOLDER
from covidcurate.durable import sync_folder, write_durably
from covidcurate.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Places:
    """Where things stand: the dataset and its state folder."""

    root: Path

    @property
    def state(self) -> Path:
        """The state folder, which need not be there."""
        return self.root / STATE_FOLDER

    @property
    def journal(self) -> Path:
        """The journal, which is there while a change is under way, or was stopped."""
        return self.state / JOURNAL_NAME

    @property
    def staging(self) -> Path:
        """The folder of staged files."""
        return self.state / STAGING_NAME

    @property
    def table(self) -> Path:
        """The staged table."""
        return self.staging / "table"

    @property
    def runs(self) -> Path:
        """The folder of records."""
        return self.state / RUNS_FOLDER

    def record(self, run: str) -> Path:
        """Return the place of the record of a run that is not carried out yet."""
        return self.runs / f".{run}.new"


@dataclass(frozen=True, slots=True)
class Journal:
    """What a change does besides replacing the table: ``files`` and ``folders`` are paths in the dataset.

    ``folders`` are made for the files, ``emptied`` are removed where nothing is left in them.
    """

    run: str = ""
    command: str = ""
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    moves: tuple[StagedMove, ...] = ()
    removals: tuple[StagedRemoval, ...] = ()
    emptied: tuple[str, ...] = ()

    def write(self, places: Places) -> None:
        """Write the journal; from here on a later run knows what to take back."""
        removals = [[os.fspath(one.path.relative_to(places.root)), one.staged.name] for one in self.removals]
        plain = {
            "run": self.run,
            "command": self.command,
            "files": self.files,
            "folders": self.folders,
            "moves": to_plain(self.moves, places.root),
            "removals": removals,
            "emptied": self.emptied,
        }
        # What is staged has its names on disk before the journal says that it is there.
        sync_folder(places.staging)
        sync_folder(places.root)
        write_durably(places.journal, json.dumps(plain).encode("utf-8"))
        sync_folder(places.state)


def read_journal(places: Places) -> Journal:
    """Return the journal of a change; one that was cut short was being written, and then nothing had been moved yet."""
    try:
        plain = json.loads(places.journal.read_bytes())
        # A journal of an earlier version knows files and perhaps moves.
        return Journal(
            str(plain.get("run", "")),
            str(plain.get("command", "")),
            tuple(str(path) for path in plain["files"]),
            tuple(str(path) for path in plain.get("folders", [])),
            tuple(from_plain(plain.get("moves", []), places.root, places.staging)),
            tuple(
                StagedRemoval(places.root / str(path), places.staging / str(staged))
                for path, staged in plain.get("removals", [])
            ),
            tuple(str(path) for path in plain.get("emptied", [])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Journal()


def recover(places: Places) -> str:
    """Settle what a run that was stopped has left; return in one sentence what was done, nothing if there was nothing.

    Whoever calls holds the lock.

    Raises
    ------
    DatasetError
        The disk refuses; the next run tries again.
    """
    try:
        there = places.journal.is_file()
        journal = read_journal(places) if there else Journal()
        begun = there and places.table.exists()
    except OSError as error:
        raise DatasetError(f"{places.journal}: cannot be read: {error.strerror}") from error
    run = f"An earlier run ({journal.command} {journal.run})" if journal.run else "An earlier run"
    message = ""
    if begun:
        roll_back(places, journal)
        message = f"{run} was stopped before it had finished; what it had begun was taken back."
    elif there:
        # The new table was staged before the journal was written. Where it is gone, it has taken its place; what
        # the table looks like by now says nothing, since people may have edited it.
        complete(places, journal)
        if places.journal.exists():
            raise DatasetError(
                f"{places.runs}: cannot be written, so that the record of an earlier run is not in its place",
                remedy="Mend the cause; the next command goes on with it first.",
            )
        moved, gone = len(journal.moves), len(journal.removals)
        done = f"renamed {moved}" if moved else f"removed {gone}" if gone else f"added {len(journal.files)}"
        message = f"{run} was stopped after it had {done} files; its work is complete."
    elif places.staging.is_dir():
        finish(places)
    return message


def roll_back(places: Places, journal: Journal) -> None:
    """Delete the files of the journal that are the staged ones (same inode); others were not ours.

    Raises
    ------
    DatasetError
        The disk refuses; the journal stays, and the next run tries again.
    """
    try:
        staged = {(entry.stat().st_dev, entry.stat().st_ino) for entry in places.staging.glob("*")}
        for path in journal.files:
            final = places.root / path
            if final.is_file() and (final.stat().st_dev, final.stat().st_ino) in staged:
                final.unlink()
    except OSError as error:
        raise DatasetError(
            f"{error.filename}: {error.strerror}; what this run had begun cannot be taken back now",
            remedy="Mend the cause; the next run takes it back first.",
        ) from error
    _remove_empty(places, journal.folders)
    for folder in {(places.root / path).parent for path in journal.files}:
        sync_folder(folder)
    finish(places)


def complete(places: Places, journal: Journal) -> None:
    """Do what is left to do once the table has been replaced.

    Raises
    ------
    DatasetError
        A file has kept its old name, or has not gone; the journal stays, and the next run goes on.
    """
    complete_moves(journal.moves)
    complete_removals(journal.removals)
    _remove_empty(places, journal.emptied)
    # The record is the last to come. Where it cannot, the journal stays, so that the next command puts it there.
    with contextlib.suppress(OSError):
        record = places.record(journal.run)
        if record.exists():
            record.replace(places.runs / f"{journal.run}.json")
            sync_folder(places.runs)
        finish(places)


def finish(places: Places) -> None:
    """Remove journal and staged files; where that fails, the next run finds them and comes to the same result."""
    try:
        # The journal goes before the staged files, by which a roll back knows its own.
        places.journal.unlink(missing_ok=True)
    except OSError:
        return
    sync_folder(places.state)
    for record in places.runs.glob(".*.new"):
        with contextlib.suppress(OSError):
            record.unlink()
    # By this folder a later run sees that there is something to remove, so it goes last.
    shutil.rmtree(places.staging, ignore_errors=True)


def _remove_empty(places: Places, folders: tuple[str, ...]) -> None:
    for folder in folders:
        # Somebody else may have put something there.
        with contextlib.suppress(OSError):
            (places.root / folder).rmdir()
