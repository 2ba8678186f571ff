"""What is kept of a table while it streams by, for the rules that look at all rows together."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from covidcurate.rules.columns import rows_that_differ
from covidcurate.rules.derived import DERIVED, NumberColumn
from covidcurate.rules.registry import Finding
from covidcurate.table import BadByte, Dialect, RowProblem


@dataclass(frozen=True, slots=True)
class OddRow:
    """A record that could not be checked cell by cell: blank, ragged or broken; blank neighbors are one."""

    first_line: int
    last_line: int
    cells: int
    problem: RowProblem
    text: str
    """The start of the record as written; blank if the row is."""
    rows: int = 1

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it, and nothing is wrong but that."""
        return self.problem is RowProblem.NONE and not self.text


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
    lines: array[int] = field(default_factory=lambda: array("I"))
    odd_rows: list[OddRow] = field(default_factory=list)
    bad_bytes: Sequence[BadByte] = field(default_factory=list)
    utf8_line: int = 0
    """The first line that holds more than ASCII and is UTF-8; 0 if none does."""
    reread: Callable[[], Iterator[str]] = field(default=lambda: iter(()))
    """Read the lines that hold more than ASCII once more."""
    other_newlines: int = 0
    first_other_newline: int = 0
    cells: dict[str, Sequence[str]] = field(default_factory=dict)
    derived: dict[str, NumberColumn] = field(default_factory=dict)
    _groups: dict[tuple[str, tuple[str, ...]], dict[Hashable, list[int]]] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Whether the table has all these columns."""
        return all(name in self.canonical for name in names)

    def written(self, name: str) -> str:
        """Return the header under which a column stands in the file; the name itself if it is not there."""
        return self.header[self.canonical.index(name)].strip() if name in self.canonical else name

    def column(self, name: str) -> Sequence[str]:
        """Return the text of a column, row by row, without outer blanks; blank throughout if the table lacks it.

        Go through it, several of them with ``zip``, rather than ask for each row: see :class:`TextColumn`.
        """
        if name not in self.cells:
            self.cells[name] = [""] * len(self.lines)
        return self.cells[name]

    def numbers(self, name: str) -> Sequence[int]:
        """Return what was derived of a column, row by row; nothing if that is 0 throughout."""
        return self.derived[name].numbers if name in self.derived else ()

    def finding(self, row: int, column: str, message: str, related: int = 0, value: str | None = None) -> Finding:
        """Return a finding on a row; its value is the cell of the column, if nothing else is given.

        Parameters
        ----------
        related
            Another line that has part in it; 0 is none.
        value
            What to show in place of the cell, as of a column that is not kept.
        """
        shown = self.column(column)[row] if value is None else value
        key = self.column("filename")[row]
        return Finding(message, column=column, value=shown, line=self.lines[row], related_line=related, key=key)

    def groups_that_differ(self, by: str, names: tuple[str, ...]) -> dict[Hashable, list[int]]:
        """Return the groups of rows with equal text under ``by`` that do not agree under each of ``names``.

        Rows with a blank under ``by`` are in no group. Maps the text under ``by``, or the number where that is what
        was derived of a column, to row numbers (index into ``lines``), both in order; found once for all rules that
        ask for the same.
        """
        if (by, names) not in self._groups:
            groups: Sequence[Hashable] = self.numbers(by) if by in DERIVED else self.column(by)
            rows: dict[Hashable, list[int]] = {}
            # Most groups agree, and those that do not are told by hashes alone.
            for row in rows_that_differ(groups, *(self.column(name) for name in names)) if groups else ():
                rows.setdefault(groups[row], []).append(row)
            self._groups[by, names] = rows
        return self._groups[by, names]
