"""Read a table row by row, in bounded memory, whatever is broken about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterator
from functools import partial
from itertools import filterfalse, islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from covidcurate.errors import TableStructureError
from covidcurate.memory import give_memory_back
from covidcurate.table.batch import BATCH, RowBatch, pack_rows
from covidcurate.table.dialect import detect_dialect, unquote
from covidcurate.table.lines import BROKEN_LIMIT, COLUMN_LIMIT, LINE_LIMIT, BadByte, LineSource
from covidcurate.table.opening import HEAD, open_table, require_text
from covidcurate.table.row import Row, RowProblem, has_row_inside, make_row

CELL_LIMIT = 128 * 1024
"""Longest cell in characters: the default of the csv module, stated because a quote that is never closed ends there."""
LARGE = 4 * 1024 * 1024
"""Bytes from which on a file is cut in blocks: what that needs takes longer to import than a smaller one to be read."""
BLOCK = 2000 * 1024
"""Bytes that are cut at once: a little less than the largest piece of memory that is kept for the next block."""
_LONG_RECORD = 64 * 1024
"""Bytes from which on a record is read by itself, since it may be too long or too wide for a row."""
_MOST_DOUBLED = 5
"""How often what is read row by row is doubled, at most, before a block is tried again."""
BLANK_LIMIT = 2**20
"""Most rows that may be blank: no spreadsheet program has more rows to leave behind."""


class TableReader:
    """Stream the rows of a CSV file in bounded memory.

    Use it as a context manager and iterate over it once. A quote that is never closed costs one row: the record is
    given up at its first line, marked, and reading goes on with the next line, so that the rest of the file is still
    seen.

    Parameters
    ----------
    source
        A path, or the bytes of a table.
    name
        How messages name it; by default the path.

    Raises
    ------
    UnreadableError
        The file cannot be opened.
    TableStructureError
        The first line shows that the file is no table.
    TableEncodingError
        The file is UTF-16. Single bytes that are not UTF-8 do not raise: they are kept and listed in ``bad_bytes``.
    """

    def __init__(self, source: Path | bytes, name: str = "") -> None:
        self.name = name or (str(source) if isinstance(source, Path) else "table")
        self._stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else open_table(source)
        self._broken = self._first_broken = self._blank = 0
        try:
            self._size = self._stream.seek(0, io.SEEK_END)
            self._stream.seek(0)
            head = self._stream.read(HEAD)
            self.dialect = detect_dialect(head, self.name)
            require_text(head, self.name)
            self._stream.seek(0)
            self._lines = LineSource(self._stream, self.dialect, self.name)
            # A limit for the whole process, so it is set where it is relied on.
            csv.field_size_limit(CELL_LIMIT)
            self._records = csv.reader(iter(self._lines), delimiter=self.dialect.delimiter)
            self._width = 0
            self.header_row = next(iter(self), Row([], 1, 1, ""))
            self._require_columns()
        except BaseException:
            self._stream.close()
            raise
        self.header = self.header_row.fields
        self._width = len(self.header)
        self.is_large = self._size >= LARGE and self._width > 0

    def _require_columns(self) -> None:
        if len(self.header_row.fields) > COLUMN_LIMIT:
            raise TableStructureError(
                f"{self.name}:1: the first line has {len(self.header_row.fields)} cells, more than {COLUMN_LIMIT}",
                remedy="Is this the right file, and is its first line the header?",
            )

    @property
    def bad_bytes(self) -> list[BadByte]:
        """Lines read so far that hold bytes which are not UTF-8, each with its first such byte."""
        return self._lines.bad_bytes

    @property
    def utf8_line(self) -> int:
        """The first line read so far that holds more than ASCII and is UTF-8; 0 if none does."""
        return self._lines.utf8_line

    def read_again(self) -> Iterator[str]:
        """Yield once more, after all rows were read, the lines that hold more than ASCII, with their bad bytes."""
        self._stream.seek(0)
        # A file without line feeds is one line; all others were read before, so that none is longer than a line may be.
        lines = iter(partial(self._stream.readline, LINE_LIMIT), b"") if self.dialect.newline == "\r" else self._stream
        return (raw.decode("utf-8", "surrogateescape") for raw in filterfalse(bytes.isascii, lines))

    def require_utf8(self) -> None:
        """Raise if a line read so far is not UTF-8.

        Raises
        ------
        TableEncodingError
            With the line of the first such byte and the way out.
        """
        if self.bad_bytes:
            raise self._lines.encoding_error()

    def __enter__(self) -> TableReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def __iter__(self) -> Iterator[Row]:
        """Yield every record after the header.

        Raises
        ------
        TableStructureError
            A line is too long or too wide for a table, or so many rows are broken or blank that the file is none.
        TableEncodingError
            So many lines are not UTF-8 that the file is not.
        """
        lines, current = self._lines, self._lines.current
        # Where no header says how wide a row is, none is right.
        width = self._width or -1
        while True:
            first = lines.line + 1
            current.clear()
            lines.plain = True
            try:
                fields = next(self._records)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._give_up(first, error)
                continue
            if len(current) == 1 and not lines.exhausted:
                if len(fields) != width or not (fields[0] or any(fields)):
                    self._count_odd(fields, first)
                yield make_row((fields, first, first, current[0], RowProblem.NONE, lines.plain))
            else:
                yield self._unusual(fields, first)

    def batches(self) -> Iterator[RowBatch | Row]:
        """Yield the rows as one by one, but the sound ones in batches, in order, each other one before its turn."""
        if not self.is_large:
            yield from pack_rows(self, self._width, self.dialect.newline)
            return
        rows, refused = iter(self), 0
        while True:
            block = self._lines.take_block(BLOCK)
            if block and (yield from self._cut(block)):
                refused, block = 0, b""
                continue
            self._lines.give_back(len(block))
            # Where one block cannot be cut, as of a quote that is not closed, the next ones often cannot.
            count = (block.count(b"\n") or BATCH) << min(refused, _MOST_DOUBLED)
            refused += bool(block)
            before = self._lines.line
            yield from pack_rows(islice(rows, count), self._width, self.dialect.newline, of_large=True)
            if self._lines.line == before:
                break
        give_memory_back()

    def _cut(self, block: bytes) -> Generator[RowBatch | Row, None, bool]:
        """Yield the rows of a block, and give back what follows them; return whether it can be cut."""
        from covidcurate.table.block import cut_block  # numpy is heavy, and only worth it for a large table

        cut = cut_block(block, self.dialect, self._width, self._lines.line + 1, _LONG_RECORD)
        if cut is None:
            return False
        self._lines.give_back(len(block) - cut.size)
        self._lines.count_lines(cut.lines, cut.utf8_line)
        for row in cut.odd:
            self._count_odd(row.fields, row.first_line)
            yield row
        if cut.rows is not None:
            yield cut.rows
        return True

    def _count_odd(self, fields: list[str], first: int) -> None:
        """Count a row that is blank, or has another number of cells than the header; raise if it is one too many."""
        if first == 1:
            return
        if not any(fields):
            self._blank += 1
            if self._blank > BLANK_LIMIT:
                raise TableStructureError(
                    f"{self.name}:{first}: more than {BLANK_LIMIT} rows up to here are blank",
                    remedy="Delete the blank rows; is this the right file?",
                )
            return
        self._broken += 1
        self._first_broken = self._first_broken or first
        if self._broken > BROKEN_LIMIT:
            raise TableStructureError(
                f"{self.name}:{self._first_broken}: from this line on, {self._broken} rows are broken "
                f"or have another number of cells than the header, which has {self._width}",
                remedy="Look at that line first: a quote that is not closed, or another mark between cells. "
                "Is this the right file?",
            )

    def _unusual(self, fields: list[str], first: int) -> Row:
        """Return a record that spans lines or ends with the file, unless an open quote made it so."""
        lines, text = self._lines, "".join(self._lines.current)
        if lines.exhausted and self.dialect.is_open(text):
            return self._resume(first, RowProblem.OPEN_QUOTE)
        # A header that spans lines is taken for one with an open quote.
        if len(lines.current) > 1 and (
            not self._width
            or self.dialect.has_text_after_quote(text)
            or has_row_inside(fields, lines.current, self.dialect, self._width)
        ):
            return self._resume(first, RowProblem.OPEN_QUOTE)
        if len(fields) != (self._width or -1):
            self._count_odd(fields, first)
        return Row(fields, first, lines.line, text, RowProblem.NONE, lines.plain)

    def _give_up(self, first: int, error: csv.Error) -> Row:
        """Return the row that csv could not read, and go on after its first line."""
        if not self._lines.current:
            raise TableStructureError(f"{self.name}:{first}: {error}") from error
        if "field larger" in str(error):
            return self._resume(first, RowProblem.OPEN_QUOTE)
        return self._resume(first, RowProblem.CARRIAGE_RETURN)

    def _resume(self, first: int, problem: RowProblem) -> Row:
        head, *rest = self._lines.current
        self._lines.push_back(rest)
        # The line generator has ended if the file had; a new one goes on with what was pushed back.
        self._records = csv.reader(iter(self._lines), delimiter=self.dialect.delimiter)
        fields = [unquote(cell) for cell in self.dialect.split(head)]
        self._count_odd(fields, first)
        return Row(fields, first, first, head, problem)
