"""Rows by the hundred, column by column: what looks at every cell of a table is much quicker with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from covidcurate.table.row import Row, RowProblem

if TYPE_CHECKING:
    from numpy import uint8, uint64
    from numpy.typing import NDArray

    from covidcurate.table.short import ShortCells

BATCH = 256
"""Most rows that are packed together, so that a byte can number their texts."""
_LONG_ROW = 64 * 1024
"""Rows that are longer do not wait for others, since hundreds of them would fill the memory."""


class RowBatch(Protocol):
    """Sound rows that follow each other: none is broken or blank, and each has as many cells as the header."""

    @property
    def first_lines(self) -> Sequence[int]:
        """The physical lines that the rows begin at."""

    @property
    def last_lines(self) -> Sequence[int]:
        """The physical lines that they end at."""

    @property
    def other_ends(self) -> Sequence[int]:
        """The first lines of the rows that do not end as the first line of the file does."""

    def __len__(self) -> int:
        """Return how many rows there are."""

    def texts(self, place: int) -> list[str]:
        """Return the cells of the column at ``place``, row by row."""

    def text(self, place: int, at: int) -> str:
        """Return the cell of one row."""

    def foreign(self, place: int) -> Sequence[int]:
        """Return the rows whose cell of a column may hold more than printable ASCII, tabs and line ends."""

    def foreign_parts(self, place: int) -> Sequence[tuple[int, bytes]]:
        """Return the same rows, each with all bytes beyond ASCII of its cell if the rest is printable, else none."""

    def edged(self, place: int, marks: str) -> Sequence[int]:
        """Return the rows whose cell of a column begins or ends with one of the marks, which are ASCII."""

    def marked(self, place: int, mark: str) -> Sequence[int]:
        """Return the rows whose cell of a column holds a mark, which is ASCII."""

    def digests(self, place: int, fewest: int) -> list[int]:
        """Return a number of each cell of a column, the same for the same text; 0 of one with fewer characters."""

    @property
    def has_keys(self) -> bool:
        """Whether their texts can be numbered without being made."""

    @property
    def of_large(self) -> bool:
        """Whether the table is large, so that numpy has been loaded: then all its batches number texts by it."""

    def keys(self, place: int) -> NDArray[uint64] | NDArray[uint8] | None:
        """Return a number of each cell of a column, the same for the same text alone; None if there are none."""

    def short(self, place: int) -> ShortCells | None:
        """Return the cells of a column as words of eight bytes; None if there are none."""


@dataclass(frozen=True, slots=True)
class PackedRows:
    """Rows that were read one by one, at most ``BATCH``; see :class:`RowBatch`."""

    columns: Sequence[list[str]]
    first_lines: Sequence[int]
    last_lines: Sequence[int]
    other_ends: Sequence[int]
    foreign_rows: Sequence[int]
    of_large: bool = False

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.first_lines)

    def texts(self, place: int) -> list[str]:
        """Return the cells of a column, row by row."""
        return self.columns[place]

    def text(self, place: int, at: int) -> str:
        """Return one cell."""
        return self.columns[place][at]

    def foreign(self, _: int) -> Sequence[int]:
        """Return the rows of which not all is known to be plain."""
        return self.foreign_rows

    def foreign_parts(self, _: int) -> Sequence[tuple[int, bytes]]:
        """Return the same rows, with nothing that is known of them."""
        return [(at, b"") for at in self.foreign_rows]

    def edged(self, place: int, marks: str) -> Sequence[int]:
        """Return the rows whose cell begins or ends with one of the marks."""
        texts = self.columns[place]
        bare = [text.strip(marks) for text in texts]
        return [] if bare == texts else [at for at, text in enumerate(texts) if text != bare[at]]

    def marked(self, place: int, mark: str) -> Sequence[int]:
        """Return the rows whose cell holds a mark."""
        texts = self.columns[place]
        # Mostly none does, and to look into all at once costs much less than into each.
        return [at for at, text in enumerate(texts) if mark in text] if mark in "".join(texts) else []

    def digests(self, place: int, fewest: int) -> list[int]:
        """Return a number of each text that has so many characters, and 0 of others."""
        return [digest_of(text) if len(text) >= fewest else 0 for text in self.columns[place]]

    @property
    def has_keys(self) -> bool:
        """Never: so few texts are quicker compared than numbered."""
        return False

    def keys(self, _: int) -> None:
        """Return nothing."""

    def short(self, _: int) -> None:
        """Return nothing."""


def digest_of(text: str) -> int:
    """Return the number that the digests of batches have of a text: of its bytes within quotes."""
    return hash(text.replace('"', '""').encode("utf-8", "surrogatepass"))


def has_other_end(row: Row, newline: str) -> bool:
    r"""Whether a row ends with ``\r\n`` or ``\n``, and not with the one of them that is ``newline``."""
    return row.text.endswith("\n") and row.text.endswith("\r\n") is not (newline == "\r\n")


def pack_rows(rows: Iterable[Row], width: int, newline: str, *, of_large: bool = False) -> Iterator[RowBatch | Row]:
    """Yield the sound rows in batches, in their order, and each other row by itself, somewhat before its turn."""
    none = RowProblem.NONE
    waiting: list[Row] = []
    for row in rows:
        fields, _, _, text, problem, _ = row
        if problem is not none or len(fields) != width or not any(fields):
            yield row
            continue
        waiting.append(row)
        if len(waiting) == BATCH or len(text) > _LONG_ROW:
            yield _pack(waiting, newline, of_large)
            waiting = []
    if waiting:
        yield _pack(waiting, newline, of_large)


def _pack(rows: list[Row], newline: str, of_large: bool) -> PackedRows:
    fields, first_lines, last_lines, texts, _, plain = zip(*rows, strict=True)
    columns = list(map(list, zip(*fields, strict=True)))
    joined = "".join(texts)
    # Counting in the joined text is quick, and mostly tells that there is nothing to be looked for.
    alike = "\r" not in joined if newline == "\n" else joined.count(newline) == joined.count(newline[-1]) == len(rows)
    other_ends = [] if alike else [row.first_line for row in rows if has_other_end(row, newline)]
    foreign = [] if all(plain) else [at for at, is_plain in enumerate(plain) if not is_plain]
    return PackedRows(columns, first_lines, last_lines, other_ends, foreign, of_large)
