"""The cells of a batch, column by column: as texts, and where a column has a vocabulary as codes of its words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from covidcurate.table import RowBatch

if TYPE_CHECKING:
    from covidcurate.table.vocabulary import Codes, Vocabulary


class Cells:
    """The cells of one column in a batch of rows.

    ``codes`` are the places of their texts in ``words``; None where texts mostly differ, or a batch is small.
    """

    def __init__(self, rows: RowBatch, place: int, codes: Codes | None, words: Sequence[str]) -> None:
        self._rows, self._place = rows, place
        self.codes, self.words = codes, words

    @cached_property
    def texts(self) -> list[str]:
        """All texts, row by row."""
        if self.codes is None:
            return self._rows.texts(self._place)
        return list(map(self.words.__getitem__, self.codes.tolist()))

    @property
    def foreign(self) -> Sequence[int]:
        """The rows whose text may hold more than printable ASCII."""
        return self._rows.foreign(self._place)

    def edged(self, marks: str) -> Sequence[int]:
        """Return the rows whose text begins or ends with one of the marks, which are ASCII."""
        return self._rows.edged(self._place, marks)

    def marked(self, mark: str) -> Sequence[int]:
        """Return the rows whose text holds a mark, which is ASCII."""
        return self._rows.marked(self._place, mark)

    def rows_with(self, chosen: bytearray) -> list[int]:
        """Return the rows whose word is chosen; ``chosen`` has a byte for each word, 0 if it is not."""
        from covidcurate.table.vocabulary import rows_with

        assert self.codes is not None  # noqa: S101 - who asks has looked
        return rows_with(self.codes, chosen) if 1 in chosen else []


class CellsByColumn:
    """Give the cells of one batch after the other, and keep the vocabularies of the columns meanwhile."""

    def __init__(self, width: int) -> None:
        self._vocabularies: list[Vocabulary] = []
        self._width = width
        self._rows: RowBatch | None = None
        self._cells: dict[int, Cells] = {}

    def begin(self, rows: RowBatch) -> None:
        """Go on with the next batch."""
        self._rows = rows
        self._cells.clear()
        if rows.has_keys and not self._vocabularies:
            # Only large tables come in batches that can be coded, and only they are worth the import.
            from covidcurate.table.vocabulary import Vocabulary

            self._vocabularies = [Vocabulary() for _ in range(self._width)]

    def end(self) -> None:
        """Forget the last batch, and the vocabularies."""
        self._rows = None
        self._cells.clear()
        self._vocabularies.clear()

    def __getitem__(self, place: int) -> Cells:
        """Return the cells of a column of the batch that was begun."""
        if place not in self._cells:
            assert self._rows is not None  # noqa: S101 - a batch was begun
            codes, words = None, []
            if self._rows.has_keys:
                vocabulary = self._vocabularies[place]
                codes, words = vocabulary.codes(self._rows, place), vocabulary.words
            self._cells[place] = Cells(self._rows, place, codes, words)
        return self._cells[place]
