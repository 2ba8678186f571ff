"""Edit a table in memory so that all bytes outside the edit stay as they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from pathlib import Path

from covidcurate.errors import TableStructureError, UsageError
from covidcurate.table.batch import RowBatch, pack_rows
from covidcurate.table.dialect import UTF8_BOM, Dialect, line_end
from covidcurate.table.opening import is_utf8
from covidcurate.table.reader import CELL_LIMIT, TableReader
from covidcurate.table.row import Row, RowProblem


class Table:
    """A whole table that can be appended to and edited, and written back byte for byte.

    Parameters
    ----------
    reader
        An open reader at its start.
    keep_bad_bytes
        Edit a file that is not UTF-8 all the same: its bytes stay as they are. Otherwise it is refused.
    unread
        All bytes of a large table, if they end with a line end: its rows are cut only if somebody asks for them.

    Raises
    ------
    TableEncodingError
        The file is not UTF-8 and ``keep_bad_bytes`` is false.
    """

    def __init__(self, reader: TableReader, *, keep_bad_bytes: bool = False, unread: bytes = b"") -> None:
        self.name = reader.name
        self.dialect: Dialect = reader.dialect
        self.header_row = reader.header_row
        self._unread = unread
        # Before the rows are cut, those alone that were added.
        self._rows: list[Row] = [] if unread else list(reader)
        self._open_quote = self.header_row.first_line * (self.header_row.problem is RowProblem.OPEN_QUOTE)
        self._looked_over = not unread
        self._last_line = unread.count(b"\n") or self.header_row.last_line
        self.bad_bytes, self.utf8_line = reader.bad_bytes, reader.utf8_line
        if not keep_bad_bytes:
            reader.require_utf8()

    @classmethod
    def load(cls, source: Path | bytes, name: str = "", *, keep_bad_bytes: bool = False) -> Table:
        """Read a table from a path or from bytes; rows of large ones in UTF-8 are cut when somebody asks."""
        with TableReader(source, name) as reader:
            late = reader.is_large and reader.dialect.newline != "\r"
            raw = source if isinstance(source, bytes) and source.endswith(b"\n") else b""
            return cls(reader, keep_bad_bytes=keep_bad_bytes, unread=raw if late and is_utf8(raw) else b"")

    @property
    def rows(self) -> list[Row]:
        """The rows after the header."""
        self._cut()
        return self._rows

    def _cut(self) -> None:
        if self._unread:
            with TableReader(self._unread, self.name) as reader:
                self._rows[:0] = reader
            self._unread, self._last_line = b"", self.header_row.last_line

    def copy(self) -> Table:
        """Return a table of the same rows, which changes without this one."""
        other = copy(self)
        other._rows = list(self._rows)
        return other

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows after the header."""
        return iter(self.rows)

    def batches(self) -> Iterator[RowBatch | Row]:
        """Yield the rows as :meth:`TableReader.batches` does."""
        if self._unread:
            with TableReader(self._unread, self.name) as reader:
                for rows in reader.batches():
                    if isinstance(rows, Row) and rows.problem is RowProblem.OPEN_QUOTE:
                        self._open_quote = self._open_quote or rows.first_line
                    yield rows
                self._looked_over, self.utf8_line = True, reader.utf8_line
        yield from pack_rows(self._rows, len(self.header), self.dialect.newline)

    def texts(self, column: str) -> Iterator[str]:
        """Yield the cells of a column, of the rows that have one."""
        place = self._column(column)
        for rows in self.batches():
            if not isinstance(rows, Row):
                yield from rows.texts(place)
            elif place < len(rows.fields):
                yield rows.fields[place]

    def read_again(self) -> Iterator[str]:
        """Yield the records that hold more than ASCII."""
        return (text for text in self.records if not text.isascii())

    @property
    def header(self) -> list[str]:
        """The headers as text."""
        return self.header_row.fields

    @property
    def records(self) -> list[str]:
        """Header and rows exactly as written, line ends included."""
        return [self.header_row.text, *(row.text for row in self.rows)]

    def append(self, rows: Iterable[Mapping[str, str]]) -> list[Row]:
        """Add rows at the end and return them; each maps headers to text, and what is not named is blank.

        The new rows have the line ends of the file. A last line without an end gets one, and then the file again
        ends without: nothing else changes.

        Raises
        ------
        UsageError
            A row names a column that the table does not have.
        TableStructureError
            The last row has an open quote, so that what is added would become part of its cell.
        """
        if not self._looked_over:
            deque(self.batches(), maxlen=0)
        quotes = (row.first_line for row in self._rows if row.problem is RowProblem.OPEN_QUOTE)
        if broken := self._open_quote or next(quotes, 0):
            raise TableStructureError(
                f"{self.name}:{broken}: a quote is opened and not closed, so rows cannot be added safely",
                remedy="Close the quote in that line first.",
            )
        added = [self._new_row(row) for row in rows]
        if not added:
            return []
        newline = self.dialect.newline
        # A table whose rows are not cut yet ends with a line end.
        last = self._rows[-1] if self._rows else self.header_row
        if not self._unread and not last.text.endswith(newline[-1]):
            # A carriage return at the very end may be the first half of a line end that was cut.
            rest = "\n" if last.text.endswith("\r") else newline
            self._replace_last(last._replace(text=last.text + rest))
            added[-1] = added[-1]._replace(text=added[-1].text.removesuffix(newline))
        start = len(self._rows)
        self._rows.extend(added)
        self._number_lines(start)
        return self._rows[start:]

    def set_cell(self, index: int, column: str, text: str) -> None:
        """Change one cell of the row at ``index`` (from 0); a cell that was written in quotes keeps them.

        Raises
        ------
        TableStructureError
            The row is broken or has no such cell.
        """
        self.set_cells({(index, self._column(column)): text})

    def set_cells(self, texts: Mapping[tuple[int, int], str]) -> None:
        """Change many cells, each named by its row and its place in it, both from 0: all of them, or none."""
        for (index, place), text in texts.items():
            row = self.rows[index]
            column = self.header[place] if place < len(self.header) else ""
            self._require_readable(column, text)
            if row.problem is not RowProblem.NONE or place >= len(row.fields):
                raise TableStructureError(
                    f"{self.name}:{row.first_line}: the row has no sound cell under {column!r}",
                    remedy="Mend the row's quotes and delimiters first.",
                )
        for (index, place), text in texts.items():
            self.rows[index] = self._with_cell(self.rows[index], place, text)
        if texts:
            self._number_lines(min(index for index, _ in texts))

    def require_sound(self) -> None:
        """Raise if a row cannot be cut into as many cells as the header has, so that an edit might hit the wrong one.

        Raises
        ------
        TableStructureError
            With the line of the first such row; blank rows are none.
        """
        for row in (self.header_row, *self.rows):
            if row.problem is not RowProblem.NONE or (any(row.fields) and len(row.fields) != len(self.header)):
                what = row.problem.value or f"{len(row.fields)} cells under {len(self.header)} headers"
                raise TableStructureError(
                    f"{self.name}:{row.first_line}: the table is broken here ({what}); nothing was changed",
                    remedy="Mend this by hand first: covidcurate validate --select CSV lists all such places.",
                )

    def rename_column(self, old: str, new: str) -> None:
        """Change one header."""
        self._cut()
        self.header_row = self._with_cell(self.header_row, self._column(old), new)

    def to_bytes(self) -> bytes:
        """Return the table as it is to be written."""
        if self._unread:
            return self._unread + "".join(row.text for row in self._rows).encode("utf-8", "surrogateescape")
        raw = "".join(self.records).encode("utf-8", "surrogateescape")
        return UTF8_BOM + raw if self.dialect.has_bom else raw

    def _number_lines(self, start: int) -> None:
        """Set the physical lines of the rows from ``start`` on; a line ends where an editor and git end it."""
        mark = "\r" if self.dialect.newline == "\r" else "\n"
        line = self._rows[start - 1].last_line if start else self._last_line
        for place, row in enumerate(self._rows[start:], start):
            last = line + row.text.count(mark) + (not row.text.endswith(mark))
            self._rows[place] = row._replace(first_line=line + 1, last_line=last)
            line = last

    def _column(self, name: str) -> int:
        try:
            return self.header.index(name)
        except ValueError:
            raise UsageError(
                f"{self.name}:1: there is no column {name!r}", remedy=f"Columns: {', '.join(map(repr, self.header))}"
            ) from None

    def _require_readable(self, column: str, text: str) -> None:
        if len(text) > CELL_LIMIT:
            raise UsageError(
                f"{self.name}: the text for {column!r} has {len(text)} characters; a cell takes {CELL_LIMIT}",
                remedy="Shorten the text.",
            )

    def _new_row(self, cells: Mapping[str, str]) -> Row:
        for name in cells:
            self._column(name)
        fields = [cells.get(name, "") for name in self.header]
        for name, text in cells.items():
            self._require_readable(name, text)
        return Row(fields, 0, 0, self.dialect.join(fields))

    def _with_cell(self, row: Row, place: int, text: str) -> Row:
        cells = self.dialect.split(row.text)
        cells[place] = self.dialect.quote(text, always=cells[place].startswith('"'))
        fields = list(row.fields)
        fields[place] = text
        body = self.dialect.delimiter.join(cells)
        # A lone blank cell would be a blank line, which is no record.
        return row._replace(fields=fields, text=(body or '""') + line_end(row.text), plain=False)

    def _replace_last(self, row: Row) -> None:
        if self._rows:
            self._rows[-1] = row
        else:
            self.header_row = row
