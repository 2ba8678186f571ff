"""Take a run back: its rows and its files, byte for byte, as long as nobody has touched them since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from covidcurate.dataset import Dataset
from covidcurate.dataset.changed_rows import RowChange, TableChange, take_back
from covidcurate.dataset.folder import sha256_of
from covidcurate.dataset.lock import Patience
from covidcurate.dataset.moves import Move
from covidcurate.dataset.runs import Errand, Run, RunFile, read_runs, taken_back
from covidcurate.dataset.transaction import Edit, Transaction
from covidcurate.errors import DatasetError, UsageError
from covidcurate.model import printable
from covidcurate.words import counted

_MOST = 5
"""Troubles that a message names; the others are counted."""


@dataclass(frozen=True)
class Undoing:
    """What taking a run back comes to; the rows of others stay where they are."""

    run: Run
    dataset: Dataset
    edit: Edit

    def lines(self) -> Iterator[str]:
        """Yield in words what is taken back, file by file."""
        change, table = self.run.change, self.run.table
        if change.added:
            yield f"{counted(len(change.added), 'row')} to remove from {table}"
        if change.changed:
            yield f"{counted(len(change.changed), 'record')} of {table} to restore"
        for file in self.edit.removals:
            yield printable(f"{file.folder}/{file.name} goes")
        for move in self.edit.moves:
            yield printable(f"{move.folder}/{move.old} is called {move.new} again")


def find_run(dataset: Dataset, wanted: str = "") -> Run:
    """Return a run by its id or the beginning of it; without one the newest that can be taken back.

    Raises
    ------
    UsageError
        There is none such, or more than one, or it was taken back already, or it took something back itself.
    UnreadableError
        It may be a record that cannot be read.
    """
    runs, problems = read_runs(dataset.root)
    back = taken_back(runs)
    if problems and not any(wanted and run.id.startswith(wanted) for run in runs):
        raise problems[0]
    if not wanted:
        found = next((run for run in runs if run.id not in back and not run.change.removed and _does(run)), None)
        if found is None:
            raise UsageError(f"{dataset.root}: there is no run on record that could be taken back", remedy=_LOG)
        return found
    matches = [run for run in runs if run.id == wanted] or [run for run in runs if run.id.startswith(wanted)]
    if len(matches) != 1:
        raise UsageError(f"{wanted!r} names {len(matches)} of the {len(runs)} runs on record", remedy=_LOG)
    run = matches[0]
    if run.id in back:
        raise UsageError(f"{run.id} was taken back already, by {back[run.id]}", remedy=_LOG)
    if run.change.removed or run.errand.undoes:
        raise UsageError(
            f"{run.id} took back {run.errand.undoes or 'rows'}, and that is not taken back itself",
            remedy="Do again what was taken back, as with covidcurate ingest.",
        )
    return run


_LOG = "See the runs with: covidcurate log"


def _does(run: Run) -> bool:
    return not run.errand.undoes and bool(run.change.added or run.change.changed or run.files)


def find_undoing(dataset: Dataset, run: Run, who: str = "") -> Undoing:
    """Return what taking a run back comes to; nothing is written.

    Raises
    ------
    DatasetError
        A row or a file of the run was edited, moved or removed since; the message names each.
    """
    target = dataset if dataset.table.name == run.table else Dataset(dataset.root / run.table, table_only=True)
    before = target.read_table()
    after, troubles = take_back(before, run.change, dataset.specification.key)
    troubles = [f"{target.table.name}: {trouble}" for trouble in troubles]
    for file in run.files:
        troubles += _troubles_with(file, dataset)
    if troubles:
        _refuse(run, troubles, _later_runs(run, dataset))
    if _digest(before) == run.after and _digest(after) != run.before:
        # Nobody has touched the table, so that this would be a mistake of ours.
        raise DatasetError(f"{run.id}: its record does not lead back to the table of before; nothing was changed")
    added = tuple(file for file in run.files if not file.was)
    moves = tuple(Move(file.folder, file.name, file.was) for file in run.files if file.was)
    errand = Errand("undo", who, undoes=run.id)
    return Undoing(
        run,
        target,
        Edit(
            before,
            after,
            moves=moves,
            removals=added,
            emptied=run.folders,
            errand=errand,
            change=TableChange(changed=_reverse(run.change), removed=run.change.added),
        ),
    )


def undo_run(undoing: Undoing, *, patience: Patience | None = None) -> Run:
    """Take a run back in one transaction; return the record of doing so.

    Raises
    ------
    DatasetError
        The dataset is locked or cannot be written, or a row or a file of the run was edited meanwhile; it is as it was.
    UsageError
        Somebody else took the run back meanwhile.
    """
    dataset, run = undoing.dataset, undoing.run
    with Transaction(dataset, patience) as transaction:
        # People and other runs may have been at work since the question was asked.
        run = find_run(dataset, run.id)
        return transaction.commit(find_undoing(dataset, run, undoing.edit.errand.who).edit)


def _digest(table: bytes) -> str:
    return hashlib.sha256(table).hexdigest()


def _reverse(change: TableChange) -> tuple[RowChange, ...]:
    return tuple(replace(one, was=one.text, text=one.was) for one in change.changed)


def _troubles_with(file: RunFile, dataset: Dataset) -> list[str]:
    path = dataset.root / file.folder / file.name
    place = f"{file.folder}/{file.name}"
    try:
        if path.is_symlink():
            return [f"{place} is a link by now"]
        if path.stat().st_size != file.size or sha256_of(path) != file.sha256:
            return [f"{place} was edited"]
    except FileNotFoundError:
        return [f"{place} is gone"]
    except OSError as error:
        return [f"{place} cannot be read: {error.strerror}"]
    return []


def _later_runs(run: Run, dataset: Dataset) -> list[str]:
    """Return later runs that changed rows or renamed files of a run, and are not taken back: newest first."""
    runs, _ = read_runs(dataset.root)
    back = taken_back(runs)
    rows = {*run.change.added, *(one.text for one in run.change.changed)}
    files = {(file.folder, file.name) for file in run.files}
    return [
        other.id
        for other in runs
        if other.when > run.when
        and other.id not in back
        and not other.errand.undoes
        and (
            any(one.was in rows for one in other.change.changed)
            or any((file.folder, file.was) in files for file in other.files)
        )
    ]


def _refuse(run: Run, troubles: Sequence[str], later: Sequence[str]) -> None:
    more = f"; and {len(troubles) - _MOST} more" if len(troubles) > _MOST else ""
    remedy = (
        f"Take back first what came later: {', then '.join(f'covidcurate undo {one}' for one in later)}"
        if later
        else "Make them again what the run wrote (covidcurate log --format json has every row), or take the rest back "
        "by hand."
    )
    raise DatasetError(
        f"{run.id} cannot be taken back, nothing was changed: {'; '.join(troubles[:_MOST])}{more}", remedy=remedy
    )
