"""Add files and rows to a dataset, and rename or remove files, so that all of it happens or none.

The order is what makes it safe: new files, the new table and the record of the run are written under the state folder,
files that are renamed or removed get a second link there, then the journal is written, then the files are linked to
their final names, and last the table is replaced in one step. Until then the journal tells a later run which files to
take back; afterwards what is left is to take old names away, to put the record in its place, and to delete the journal.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from covidcurate.dataset.changed_rows import TableChange, compare_tables
from covidcurate.dataset.folder import Dataset, sha256_of
from covidcurate.dataset.journal import Journal, Places, complete, recover, roll_back
from covidcurate.dataset.lock import Lock, Patience
from covidcurate.dataset.moves import Move, stage_moves
from covidcurate.dataset.removals import stage_removals
from covidcurate.dataset.runs import Errand, Run, RunFile, new_stamp
from covidcurate.dataset.staging import NewFile, StagedFile, stage_all
from covidcurate.durable import sync_folder, write_durably
from covidcurate.errors import CovidcurateError, DatasetError


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a dataset: its table ``before`` and ``after``, and its files.

    ``emptied`` are folders that go if nothing is left in them. ``change`` says what becomes of the rows, where it is
    known already; ``errand`` is what the record says of the run.
    """

    before: bytes
    after: bytes
    files: Sequence[StagedFile] = ()
    moves: Sequence[Move] = ()
    removals: Sequence[RunFile] = ()
    emptied: tuple[str, ...] = ()
    errand: Errand = field(default_factory=Errand)
    change: TableChange | None = None


class Transaction:
    """One change of a dataset, made under its lock. Use it as a context manager.

    What an earlier run that was killed left behind is settled on entry; ``recovered`` says in one sentence what was
    done, and is empty if nothing was.

    Raises
    ------
    LockedError
        Another run holds the dataset for longer than ``patience``.
    DatasetError
        The state folder cannot be written, or what was left cannot be settled.
    """

    def __init__(self, dataset: Dataset, patience: Patience | None = None) -> None:
        self._dataset = dataset
        self._places = Places(dataset.root)
        self._lock = Lock(dataset.state_folder() / "lock", patience)
        self.recovered = ""

    def __enter__(self) -> Transaction:
        self._lock.__enter__()
        try:
            self.recovered = recover(self._places)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is KeyboardInterrupt:
                # Nobody should have to wait for the next command to see the dataset whole.
                recover(self._places)
        finally:
            self._lock.__exit__(kind, error, trace)

    def stage(self, files: Iterable[NewFile], advance: Callable[[], None] = lambda: None) -> list[StagedFile]:
        """Write new files under the state folder; no file of the dataset is touched.

        Several are written at a time, and few are held: the next is asked for when one is done.

        Parameters
        ----------
        advance
            Called after each file.

        Raises
        ------
        DatasetError
            The disk refuses; nothing was changed.
        UnreadableError
            A file is not what it should be by its digest; nothing was changed.
        """
        staging = self._places.staging
        try:
            return stage_all(files, staging, advance)
        except OSError as error:
            shutil.rmtree(staging, ignore_errors=True)
            # A file of the input may be what cannot be read.
            place = error.filename or staging
            raise DatasetError(f"{place}: {error.strerror}; nothing was changed") from error
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise

    def commit(self, edit: Edit) -> Run:
        """Put staged files in their places, rename or remove others, and replace the table, which must be ``before``.

        Returns
        -------
        Run
            What is on record of it.

        Raises
        ------
        DatasetError
            Somebody else changed the table or a file, a file name is taken, or the disk refuses; nothing was changed
            by us. Where only an old name could not be taken away any more, the message says so.
        """
        places, table = self._places, self._dataset.table
        journal = Journal()
        try:
            run, journal, links = self._prepare(edit)
            journal.write(places)
            for source, final in links:
                final.parent.mkdir(exist_ok=True)
                # A hard link fails where the name is taken, which a rename would silently overwrite.
                os.link(source, final)
            for folder in {final.parent for _, final in links}:
                sync_folder(folder)
            # Asked as late as can be: whoever saves the table from here on would overwrite ours all the same.
            if table.read_bytes() != edit.before:
                raise DatasetError(
                    f"{table}: was changed by somebody else while this run was at work; nothing was changed",
                    remedy="Run the command again.",
                )
            places.table.replace(table)
        except (OSError, CovidcurateError) as error:
            roll_back(places, journal)
            if isinstance(error, CovidcurateError):
                raise
            place = error.filename2 or error.filename or places.root
            raise DatasetError(f"{place}: {error.strerror}; nothing was changed") from error
        # From here on the change is made, whatever else may fail.
        sync_folder(places.root)
        complete(places, journal)
        return run

    def _prepare(self, edit: Edit) -> tuple[Run, Journal, list[tuple[Path, Path]]]:
        """Stage all that is not staged yet; return the record, the journal, and what is to be linked where."""
        places, root = self._places, self._places.root
        places.staging.mkdir(exist_ok=True)
        places.runs.mkdir(exist_ok=True)
        write_durably(places.table, edit.after)
        shutil.copymode(self._dataset.table, places.table)
        moves = stage_moves(edit.moves, root, places.staging)
        removals = stage_removals(edit.removals, root, places.staging)
        links = [(one.path, root / one.file.folder / one.file.name) for one in edit.files]
        links += [(move.staged, move.new) for move in moves if not move.late]
        renamed = [
            RunFile(move.folder, move.new, staged.staged.stat().st_size, sha256_of(staged.staged), move.old)
            for move, staged in zip(edit.moves, moves, strict=True)
        ]
        folders = tuple(sorted({one.file.folder for one in edit.files if not (root / one.file.folder).exists()}))
        id_, when = new_stamp()
        run = Run(
            id_,
            when,
            edit.errand,
            self._dataset.table.name,
            hashlib.sha256(edit.before).hexdigest(),
            hashlib.sha256(edit.after).hexdigest(),
            edit.change or compare_tables(edit.before, edit.after),
            (*(one.file for one in edit.files), *renamed),
            tuple(edit.removals),
            folders,
        )
        write_durably(places.record(id_), run.to_bytes())
        sync_folder(places.runs)
        files = tuple(os.fspath(final.relative_to(root)) for _, final in links)
        journal = Journal(id_, edit.errand.command, files, folders, tuple(moves), tuple(removals), edit.emptied)
        return run, journal, links
