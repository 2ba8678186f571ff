"""Add files and rows to a dataset, and rename files, so that all of it happens or none.

The order is what makes it safe: new files are written under the state folder, then the journal, then the files are
linked to their final names, and last the table is replaced in one step. Until then the journal tells a later run
which files to take back; afterwards it has only itself to delete, and the old names of files that were renamed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from covidcurate.dataset.folder import Dataset
from covidcurate.dataset.lock import Lock
from covidcurate.dataset.moves import Move, StagedMove, complete_moves, from_plain, stage_moves, to_plain
from covidcurate.durable import sync_folder, write_durably
from covidcurate.errors import DatasetError

_TABLE = "table"
"""Name of the staged table."""
JOURNAL_NAME = "transaction.json"
"""Name of the journal in the state folder; it is there while a change is under way, or was stopped."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to add: its folder and name in the dataset, and its content."""

    folder: str
    name: str
    content: bytes


class Transaction:
    """One change of a dataset, made under its lock. Use it as a context manager.

    What an earlier run that was killed left behind is settled on entry; ``recovered`` says in one sentence what was
    done, and is empty if nothing was.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._state = dataset.state_folder()
        self._lock = Lock(self._state / "lock")
        self._staging = self._state / "staging"
        self._journal = self._state / JOURNAL_NAME
        self.recovered = ""

    def __enter__(self) -> Transaction:
        self._lock.__enter__()
        try:
            self.recovered = self._recover()
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.__exit__(kind, error, trace)

    def stage(self, files: Iterable[NewFile]) -> list[tuple[Path, Path]]:
        """Write new files under the state folder; return (staged, final) paths. No file of the dataset is touched."""
        pairs = []
        try:
            for number, file in enumerate(files):
                self._staging.mkdir(exist_ok=True)
                staged = self._staging / f"{number:06d}"
                write_durably(staged, file.content)
                pairs.append((staged, self._dataset.root / file.folder / file.name))
        except OSError as error:
            shutil.rmtree(self._staging, ignore_errors=True)
            raise DatasetError(f"{self._staging}: cannot be written: {error.strerror}; nothing was changed") from error
        return pairs

    def commit(
        self, staged: list[tuple[Path, Path]], table: bytes, *, before: bytes, moves: Sequence[Move] = ()
    ) -> None:
        """Put staged files in their places, rename others, and replace the table, which must still be ``before``.

        Raises
        ------
        DatasetError
            Somebody else changed the table, a file name is taken, or the disk refuses; nothing was changed by us. Where
            only an old name could not be taken away any more, the message says so.
        """
        root = self._dataset.root
        files: list[str] = []
        try:
            self._staging.mkdir(exist_ok=True)
            replacement = self._staging / _TABLE
            write_durably(replacement, table)
            shutil.copymode(self._dataset.table, replacement)
            moving = stage_moves(moves, root, self._staging)
            staged = staged + [(move.staged, move.new) for move in moving if not move.late]
            files = [os.fspath(final.relative_to(root)) for _, final in staged]
            journal = {"files": files, "moves": to_plain(moving, root)}
            write_durably(self._journal, json.dumps(journal).encode("utf-8"))
            sync_folder(self._state)
            for source, final in staged:
                final.parent.mkdir(exist_ok=True)
                # A hard link fails where the name is taken, which a rename would silently overwrite.
                os.link(source, final)
            for folder in {final.parent for _, final in staged}:
                sync_folder(folder)
            # Asked as late as can be: whoever saves the table from here on would overwrite ours all the same.
            if self._dataset.table.read_bytes() != before:
                raise DatasetError(
                    f"{self._dataset.table}: was changed by somebody else while this run was at work; "
                    "nothing was changed",
                    remedy="Run the command again.",
                )
            replacement.replace(self._dataset.table)
        except (OSError, DatasetError) as error:
            self._roll_back(files)
            if isinstance(error, DatasetError):
                raise
            place = error.filename2 or error.filename or root
            raise DatasetError(f"{place}: {error.strerror}; nothing was changed") from error
        # From here on the change is made, whatever else may fail.
        sync_folder(root)
        complete_moves(moving)
        self._finish()

    def _recover(self) -> str:
        """Settle what a killed run left: complete if the table was replaced, take back otherwise."""
        message = ""
        if self._journal.is_file():
            # The new table was staged before the journal was written. Where it is gone, it has taken its place; what
            # the table looks like by now says nothing, since people may have edited it.
            files, moves = self._read_journal()
            if (self._staging / _TABLE).exists():
                self._roll_back(files)
                message = "An earlier run was stopped before it had finished; what it had begun was taken back."
            else:
                complete_moves(moves)
                done = f"renamed {len(moves)}" if moves else f"added {len(files)}"
                message = f"An earlier run was stopped after it had {done} files; its work is complete."
        self._finish()
        return message

    def _read_journal(self) -> tuple[list[str], list[StagedMove]]:
        """Return the files and the renames that a journal speaks of.

        One that was cut short was being written, and then no file had been moved yet: it speaks of none.
        """
        try:
            journal = json.loads(self._journal.read_bytes())
            files = [str(path) for path in journal["files"]]
            # A journal of an earlier version knows no renames.
            return files, from_plain(journal.get("moves", []), self._dataset.root, self._staging)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return [], []

    def _roll_back(self, files: list[str]) -> None:
        """Delete the files of the journal that are the staged ones (same inode); others were not ours."""
        try:
            staged = {(entry.stat().st_dev, entry.stat().st_ino) for entry in self._staging.glob("*")}
            for path in files:
                final = self._dataset.root / path
                if final.is_file() and (final.stat().st_dev, final.stat().st_ino) in staged:
                    final.unlink()
        except OSError as error:
            raise DatasetError(
                f"{error.filename}: {error.strerror}; what this run had begun cannot be taken back now",
                remedy="Mend the cause; the next run takes it back first.",
            ) from error
        self._finish()

    def _finish(self) -> None:
        """Remove journal and staged files; where that fails, the next run finds them and comes to the same result."""
        try:
            # The journal goes before the staged files, by which a roll back knows its own.
            self._journal.unlink(missing_ok=True)
        except OSError:
            return
        shutil.rmtree(self._staging, ignore_errors=True)
