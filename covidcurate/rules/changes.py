"""Rules on what a change does to a table, which are asked where there is something to compare with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from covidcurate.model import Severity
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import TableView
from covidcurate.spec import Specification
from covidcurate.spec.specification import fold_header
from covidcurate.table import Table, diff_tables

_MANY_LINES, _FEW_ROWS, _LEAST_LINES = 0.5, 0.05, 20


@dataclass(frozen=True)
class Change:
    """What was done to a table.

    ``lines`` are the physical lines of rows that are new or changed, ``removed`` the names of images whose rows are
    gone, ``rewritten`` the share of lines that are not byte by byte as any was before, ``rows`` how many there are,
    ``reshaped`` whether the table has columns that it had not, or the other way round.
    """

    lines: frozenset[int]
    added: int
    changed: int
    removed: tuple[str, ...]
    rewritten: float
    rows: int
    reshaped: bool = False


def change_between(before: bytes, after: bytes, specification: Specification) -> Change:
    """Return what was done to a table, rows matched by the names of their images, historical headers included.

    Raises
    ------
    TableStructureError
        One of the tables cannot be read as rows.
    """
    old, new = (Table.load(data, keep_bad_bytes=True) for data in (before, after))
    for table in (old, new):
        _rename_headers(table, specification)
    key = specification.key
    diff = diff_tables(old, new, key)
    rows = {row.first_line: row for row in new.rows}
    touched = [*diff.added, *(rows[change.new_line] for change in diff.changed)]
    lines = frozenset(line for row in touched for line in range(row.first_line, row.last_line + 1))
    place = old.header.index(key) if key in old.header else len(old.header)
    removed = tuple(row.fields[place].strip() for row in diff.removed if place < len(row.fields))
    known = Counter(before.splitlines(keepends=True))
    written = Counter(after.splitlines(keepends=True))
    rewritten = sum((written - known).values()) / max(1, written.total())
    reshaped = {name.strip().casefold() for name in old.header} != {name.strip().casefold() for name in new.header}
    return Change(lines, len(diff.added), len(diff.changed), removed, rewritten, len(new.rows), reshaped)


def _rename_headers(table: Table, specification: Specification) -> None:
    """Give historical headers the name they have today, so that a column that was only renamed is the same one."""
    for name in list(table.header):
        today = specification.by_alias.get(fold_header(name), name)
        if today not in table.header:
            table.rename_column(name, today)


@rule(
    "CHANGE-RESAVED",
    Severity.WARNING,
    Scope.CHANGE,
    remedy="Take the table as it was, and enter the change alone: covidcurate ingest, or an editor of text.",
)
def check_resaved(change: Change, _: TableView, __: Specification) -> Iterator[Finding]:
    """Most lines of the table changed, but few of its rows.

    A spreadsheet wrote it anew, with other quotes, dates or line ends: nobody can see what was meant to change, and
    every other contribution conflicts with it.
    """
    touched = change.added + change.changed
    if change.reshaped:
        # A new column adds a delimiter to every line; nobody can do that otherwise.
        return
    if change.rows >= _LEAST_LINES and change.rewritten > _MANY_LINES and touched < _FEW_ROWS * change.rows:
        yield Finding(
            f"{change.rewritten:.0%} of the lines were rewritten, but {touched} of {change.rows} rows changed"
        )


@rule(
    "CHANGE-REMOVED",
    Severity.WARNING,
    Scope.CHANGE,
    remedy="Keep the row with the finding todo if nothing is known of the image; say why where it has to go.",
)
def check_removed(change: Change, _: TableView, __: Specification) -> Iterator[Finding]:
    """Rows are gone.

    Whoever used the images loses them without a word; an image that cannot be traced stays, as ``todo``.
    """
    if change.removed:
        shown = ", ".join(change.removed[:5]) + (f" and {len(change.removed) - 5} more" if change.removed[5:] else "")
        yield Finding(f"{len(change.removed)} rows are gone: {shown}")
