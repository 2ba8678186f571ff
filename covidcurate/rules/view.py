"""What is kept of a table while it streams by, for the rules that look at all rows together."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from covidcurate.table import BadByte, Dialect, RowProblem


@dataclass(frozen=True, slots=True)
class OddRow:
    """A record that could not be checked cell by cell: blank, ragged or broken."""

    first_line: int
    last_line: int
    cells: int
    problem: RowProblem
    text: str
    """The start of the record as written."""


@dataclass
class TableView:
    """Columns that rules asked for (only of sound rows), and how the file is written.

    ``lines[i]`` and ``column(name)[i]`` belong to the same row.
    """

    name: str
    dialect: Dialect
    header: list[str]
    canonical: list[str]
    """Headers as they are today: a historical one is replaced by what it means."""
    row_count: int = 0
    lines: array[int] = field(default_factory=lambda: array("q"))
    odd_rows: list[OddRow] = field(default_factory=list)
    bad_bytes: list[BadByte] = field(default_factory=list)
    utf8_line: int = 0
    """The first line that holds more than ASCII and is UTF-8; 0 if none does."""
    reread: Callable[[], Iterator[str]] = field(default=lambda: iter(()))
    """Read the lines that hold more than ASCII once more."""
    other_newlines: int = 0
    first_other_newline: int = 0
    cells: dict[str, list[str]] = field(default_factory=dict)
    _groups: dict[tuple[str, tuple[str, ...]], dict[str, list[int]]] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether the table has all these columns."""
        return all(name in self.canonical for name in names)

    def written(self, name: str) -> str:
        """Return the header under which a column stands in the file; the name itself if it is not there."""
        return self.header[self.canonical.index(name)].strip() if name in self.canonical else name

    def column(self, name: str) -> list[str]:
        """Return the text of a column, row by row, without outer blanks; blank throughout if the table lacks it."""
        if name not in self.cells:
            self.cells[name] = [""] * len(self.lines)
        return self.cells[name]

    def groups_that_differ(self, by: str, names: tuple[str, ...]) -> dict[str, list[int]]:
        """Return the groups of rows with equal text under ``by`` that do not agree under each of ``names``.

        Rows with a blank under ``by`` are in no group. Maps the text under ``by`` to row numbers (index into
        ``lines``), both in order; found once for all rules that ask for the same.
        """
        if (by, names) not in self._groups:
            groups, texts = self.column(by), zip(*(self.column(name) for name in names), strict=True)
            # Most groups agree, so they are told apart first, with one set operation a row.
            seen = dict[str, tuple[str, ...]]().setdefault
            differing = {group for group, text in zip(groups, texts, strict=True) if seen(group, text) != text} - {""}
            rows: dict[str, list[int]] = {}
            for row, group in enumerate(groups) if differing else ():
                if group in differing:
                    rows.setdefault(group, []).append(row)
            self._groups[by, names] = rows
        return self._groups[by, names]
