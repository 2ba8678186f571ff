"""The cells of a batch, column by column: as texts, and where a column has a vocabulary as codes of its words."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from covidcurate.table import RowBatch
from covidcurate.table.batch import PackedRows

if TYPE_CHECKING:
    from covidcurate.table.short import ShortCells
    from covidcurate.table.vocabulary import Codes, Vocabulary


LACKING = -1
"""The place of a column that a table lacks; it is blank throughout."""
PLAIN_BLANKS = " \t\r\n"
"""The blanks that a plain text can have."""


class Cells:
    """The cells of one column in a batch of rows.

    ``codes`` are the places of their texts in ``words``; None where texts mostly differ, or a batch is small.
    """

    def __init__(
        self, rows: RowBatch, place: int, codes: Codes | None, words: Sequence[str], shapes: Vocabulary | None = None
    ) -> None:
        self._rows, self._place, self._shapes = rows, place, shapes
        self.codes, self.words = codes, words

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._rows)

    @cached_property
    def texts(self) -> list[str]:
        """All texts, row by row."""
        if self.codes is None:
            return self._rows.texts(self._place)
        return list(map(self.words.__getitem__, self.codes.tolist()))

    @property
    def short(self) -> ShortCells | None:
        """The cells as words of eight bytes; None where one of them is long, or a batch is small."""
        return self._rows.short(self._place)

    @cached_property
    def shapes(self) -> tuple[Codes, Sequence[str]] | None:
        """For each row the place of its shape in what follows: one text of each shape, the same but for its digits.

        None where shapes mostly differ, too, or a cell is long, or the batch is small.
        """
        if self._shapes is None or self._shapes.ends or self.short is None:
            return None
        firsts = self.short.firsts
        codes = self._shapes.codes(self.short.shapes, lambda at: self.text(firsts[at]))
        return None if codes is None else (self.short.repeated(codes), self._shapes.words)

    def text(self, at: int) -> str:
        """Return the text of one row."""
        return self.texts[at] if "texts" in self.__dict__ else self._rows.text(self._place, at)

    def numbers(self, number: Callable[[str], int]) -> array[int]:
        """Return a number below 2^63 of each text, worked out once for neighbors that are alike."""
        if self.short is None:
            known = {text: number(text) for text in dict.fromkeys(self.texts)}
            return array("q", map(known.__getitem__, self.texts))
        return self.short.numbers(number)

    @property
    def of_large(self) -> bool:
        """Whether the table is large: then texts are numbered by numpy throughout."""
        return self._rows.of_large

    def digests(self, fewest: int) -> list[int]:
        """Return a number of each text, the same for the same text; 0 of one with fewer characters."""
        return self._rows.digests(self._place, fewest)

    @property
    def blank(self) -> list[int]:
        """The rows that have no text but blanks."""
        if self.short is None:
            return [at for at, text in enumerate(self.texts) if not text.strip()]
        doubtful = {*self.foreign, *self.edged(PLAIN_BLANKS)}
        return sorted({*self.short.empty, *(at for at in doubtful if not self.text(at).strip())})

    def without_start(self, start: str) -> Sequence[int]:
        """Return the rows whose text is not blank and does not begin so; ``start`` is ASCII."""
        if self.short is not None:
            return self.short.without_start(start.encode())
        return [at for at, text in enumerate(self.texts) if text and not text.startswith(start)]

    @property
    def foreign(self) -> Sequence[int]:
        """The rows whose text may hold more than printable ASCII."""
        return self._rows.foreign(self._place)

    @property
    def foreign_parts(self) -> Sequence[tuple[int, bytes]]:
        """The same rows, each with all bytes beyond ASCII of its text if the rest of it is printable, else none."""
        return self._rows.foreign_parts(self._place)

    def edged(self, marks: str) -> Sequence[int]:
        """Return the rows whose text begins or ends with one of the marks, which are ASCII."""
        return self._rows.edged(self._place, marks)

    def marked(self, mark: str) -> Sequence[int]:
        """Return the rows whose text holds a mark, which is ASCII."""
        return self._rows.marked(self._place, mark)


def rows_with(codes: Codes, chosen: bytearray) -> list[int]:
    """Return the rows whose code is chosen; ``chosen`` has a byte for each code, 0 if it is not."""
    if 1 not in chosen:
        return []
    from covidcurate.table import vocabulary  # it needs numpy, as whoever has codes

    return vocabulary.rows_with(codes, chosen)


class CellsByColumn:
    """Give the cells of one batch after the other, and keep the vocabularies of the columns meanwhile."""

    def __init__(self, width: int) -> None:
        self._vocabularies: list[Vocabulary] = []
        self._shapes: dict[int, Vocabulary] = {}
        self._width = width
        self._rows: RowBatch | None = None
        self._cells: dict[int, Cells] = {}

    def begin(self, rows: RowBatch) -> None:
        """Go on with the next batch."""
        self._rows = rows
        if rows.has_keys and not self._vocabularies:
            # Only large tables come in batches that can be coded, and only they are worth the import.
            from covidcurate.table.vocabulary import Vocabulary

            self._vocabularies = [Vocabulary() for _ in range(self._width)]
            self._shapes = defaultdict(Vocabulary)

    def release(self) -> None:
        """Forget the batch, which need not be there while the next one is read."""
        self._rows = None
        self._cells.clear()

    def end(self) -> None:
        """Forget the vocabularies, too."""
        self.release()
        self._vocabularies.clear()
        self._shapes.clear()

    def __getitem__(self, place: int) -> Cells:
        """Return the cells of a column of the batch that was begun."""
        if place not in self._cells:
            assert self._rows is not None  # noqa: S101 - a batch was begun
            if place == LACKING:
                lines = self._rows.first_lines
                blank = PackedRows([[""] * len(lines)], lines, self._rows.last_lines, (), (), self._rows.of_large)
                return self._cells.setdefault(place, Cells(blank, 0, None, []))
            codes, words, shapes = None, [], None
            if self._rows.has_keys:
                vocabulary = self._vocabularies[place]
                keys = None if vocabulary.ends else self._rows.keys(place)
                codes = None if keys is None else vocabulary.codes(keys, partial(self._rows.text, place))
                words, shapes = vocabulary.words, self._shapes[place] if codes is None else None
            self._cells[place] = Cells(self._rows, place, codes, words, shapes)
        return self._cells[place]
