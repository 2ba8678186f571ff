"""What changed between two states of a table, row by row, whatever happened to quotes and line ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from covidcurate.table.edit import Table
from covidcurate.table.row import Row


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that differs; a column that one state lacks counts as blank there."""

    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that stands in both states with other cells."""

    key: str
    old_line: int
    new_line: int
    cells: tuple[CellChange, ...]


@dataclass(frozen=True, slots=True)
class TableDiff:
    """The rows that were added, removed or changed."""

    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[RowChange, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def diff_tables(old: Table, new: Table, key: str) -> TableDiff:
    """Compare two tables, rows matched by the text under ``key`` (the n-th of equal keys with the n-th).

    Cells are compared by header, so a moved column changes nothing; blank rows are left out. Headers are compared
    without outer blanks and case, since historical files differ in these alone.
    """
    old_rows, new_rows = dict(_keyed(old, key)), dict(_keyed(new, key))
    changed = []
    for identity, row in new_rows.items():
        if identity in old_rows:
            before = old_rows[identity]
            cells = tuple(_cell_changes(old, before, new, row))
            if cells:
                changed.append(RowChange(identity[0], before.first_line, row.first_line, cells))
    return TableDiff(
        added=tuple(row for identity, row in new_rows.items() if identity not in old_rows),
        removed=tuple(row for identity, row in old_rows.items() if identity not in new_rows),
        changed=tuple(changed),
    )


def _names(header: Sequence[str]) -> list[str]:
    return [name.strip().casefold() for name in header]


def _keyed(table: Table, key: str) -> Iterator[tuple[tuple[str, int], Row]]:
    names = _names(table.header)
    place = names.index(key.casefold()) if key.casefold() in names else -1
    seen: Counter[str] = Counter()
    for row in table.rows:
        if any(row.fields):
            text = row.fields[place].strip() if 0 <= place < len(row.fields) else ""
            seen[text] += 1
            yield (text, seen[text]), row


def _cell_changes(old: Table, before: Row, new: Table, after: Row) -> Iterator[CellChange]:
    if before.fields == after.fields and old.header == new.header:
        return
    old_cells, new_cells = _by_column(old, before), _by_column(new, after)
    for name, number in dict.fromkeys([*old_cells, *new_cells]):
        was, now = old_cells.get((name, number), ""), new_cells.get((name, number), "")
        if was != now:
            yield CellChange(name, was, now)


def _by_column(table: Table, row: Row) -> dict[tuple[str, int], str]:
    """Return the cells of a row by header and, where several have the same, its number; those beyond have none."""
    seen: Counter[str] = Counter()
    cells = {}
    for name, text in zip_longest(_names(table.header), row.fields, fillvalue=""):
        seen[name] += 1
        cells[name, seen[name]] = text
    return cells
