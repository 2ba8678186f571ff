"""Rules on what a change does to a table, which are asked where there is something to compare with."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from covidcurate.model import Severity
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import TableView
from covidcurate.spec import Specification
from covidcurate.spec.specification import fold_header
from covidcurate.table import Row, Table, diff_tables
from covidcurate.words import counted

_MANY_LINES, _FEW_ROWS, _LEAST_LINES = 0.5, 0.05, 20


@dataclass(frozen=True)
class Change:
    """What was done to a table.

    ``lines`` are the physical lines of rows that are new or changed, or whose files are, ``removed`` the names of
    images whose rows are gone, ``rewritten`` the share of lines that are not byte by byte as any was before, ``rows``
    how many there are, ``reshaped`` whether the table has columns that it had not, or the other way round, ``moved``
    how many rows stand in another place among those that stayed, and ``first_moved`` the line of the first of them.
    """

    lines: frozenset[int]
    added: int
    changed: int
    removed: tuple[str, ...]
    rewritten: float
    rows: int
    reshaped: bool = False
    moved: int = 0
    first_moved: int = 0


def change_between(before: bytes, after: bytes, specification: Specification, files: Collection[str] = ()) -> Change:
    """Return what was done to a table, rows matched by the names of their images, historical headers included.

    Parameters
    ----------
    files
        Names of files that changed, too.

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
    touched = [*diff.added, *(rows[change.new_line] for change in diff.changed), *_rows_of(new, key, files)]
    lines = frozenset(line for row in touched for line in range(row.first_line, row.last_line + 1))
    place = old.header.index(key) if key in old.header else len(old.header)
    removed = tuple(row.fields[place].strip() for row in diff.removed if place < len(row.fields))
    known = Counter(before.splitlines(keepends=True))
    written = Counter(after.splitlines(keepends=True))
    rewritten = sum((written - known).values()) / max(1, written.total())
    reshaped = {name.strip().casefold() for name in old.header} != {name.strip().casefold() for name in new.header}
    moved, first_moved = _moved_rows(old, new, key)
    counts = len(diff.added), len(diff.changed)
    return Change(lines, *counts, removed, rewritten, len(new.rows), reshaped, moved, first_moved)


def _rows_of(table: Table, key: str, files: Collection[str]) -> Iterator[Row]:
    """Yield the rows of files."""
    if files and key in table.header:
        place = table.header.index(key)
        yield from (row for row in table.rows if place < len(row.fields) and row.fields[place].strip() in files)


def _moved_rows(old: Table, new: Table, key: str) -> tuple[int, int]:
    """Return how many rows would have to move for the others to stand as they did, and the line of the first.

    Rows whose image both tables name once are looked at; new rows may stand anywhere.
    """
    if key not in old.header or key not in new.header:
        return 0, 0
    places = _places_by_name(old, key)
    kept = [(places[name], line) for name, line in _places_by_name(new, key, lines=True).items() if name in places]
    # The longest run of rows in their old order may stay; the length of the best run that ends in each place.
    ends: list[int] = []
    lengths = []
    for place, _ in kept:
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        lengths.append(length + 1)
    stays, wanted, below = set(), len(ends), len(old.rows) + 1
    for number in range(len(kept) - 1, -1, -1):
        if lengths[number] == wanted and kept[number][0] < below:
            stays.add(number)
            wanted, below = wanted - 1, kept[number][0]
    first = next((line for number, (_, line) in enumerate(kept) if number not in stays), 0)
    return len(kept) - len(ends), first


def _places_by_name(table: Table, key: str, *, lines: bool = False) -> dict[str, int]:
    """Return the number of each row, or its line, by the name of its image; names that stand twice are left out."""
    column = table.header.index(key)
    names = [row.fields[column].strip() if column < len(row.fields) else "" for row in table.rows]
    counts = Counter(names)
    return {
        name: row.first_line if lines else number
        for number, (name, row) in enumerate(zip(names, table.rows, strict=True))
        if name and counts[name] == 1
    }


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
    "CHANGE-ORDER",
    Severity.WARNING,
    Scope.CHANGE,
    remedy="Leave the rows in their places, and add new ones at the end.",
)
def check_order(change: Change, _: TableView, __: Specification) -> Iterator[Finding]:
    """Rows stand in another order.

    Order has no meaning, but whoever compares two versions sees rows gone and added, and every other contribution
    conflicts; who counted on line numbers has other images.
    """
    if change.moved:
        # It is about the table: no row was changed by it.
        yield Finding(f"{change.moved} of {change.rows} rows were moved, the first to line {change.first_moved}")


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
        yield Finding(f"{counted(len(change.removed), 'row')} gone: {shown}")
