"""Sound rows that were cut out of a block of bytes: each cell is known by its place, and read when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from covidcurate.table.keys import WORD, Keys, Places, are_new, few_true, keys_of
from covidcurate.table.short import LONGEST, ShortCells

_LONG_CELL = 64
"""Bytes; cells that are longer are not numbered: hardly any of them stands twice."""


@dataclass(frozen=True)
class CutRows:
    """Sound rows of a block, see :class:`covidcurate.table.batch.RowBatch`.

    Parameters
    ----------
    raw
        The block; its rows are UTF-8 without control characters, and ``padded`` has ``LONGEST`` bytes behind them.
    starts, ends
        Where the text of each cell begins and ends in it, quotes left out, in the shape (columns, rows).
    foreign_bytes, doubled_quotes
        The places of bytes beyond ASCII, and of quotes inside of cells, one of each two.
    """

    raw: bytes
    padded: NDArray[np.uint8]
    starts: Places
    ends: Places
    first_lines: Sequence[int]
    last_lines: Sequence[int]
    foreign_bytes: Places
    doubled_quotes: Places
    other_ends: Sequence[int] = ()

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.first_lines)

    @cached_property
    def _latin(self) -> str:
        """One character for each byte, since to cut a text is much quicker than to decode each cell."""
        return self.raw.decode("latin-1")

    @cached_property
    def _marks(self) -> dict[str, Places]:
        """Where marks begin, by those that were asked for."""
        return {}

    def _rows_with(self, place: int, bytes_at: Places) -> list[int]:
        """Return the rows whose cell of a column has one of the bytes at some places, which are in order."""
        rows = self._rows_of(place, bytes_at)
        found: list[int] = rows[are_new(rows)].tolist()
        return found

    def _rows_of(self, place: int, bytes_at: Places) -> Places:
        """Return the row of each of some bytes, of those that stand in a cell of a column."""
        rows = np.searchsorted(self.ends[place], bytes_at, side="right")
        inside = rows < len(self)
        rows, bytes_at = rows[inside], bytes_at[inside]
        found: Places = rows[self.starts[place][rows] <= bytes_at]
        return found

    def short(self, place: int) -> ShortCells | None:
        """Return the cells of a column as words; None if a cell is too long."""
        if self._longest[place] > LONGEST:
            return None
        if place not in self._short:
            self._short[place] = ShortCells(self.padded, self.starts[place], self._sizes[place])
        return self._short[place]

    @cached_property
    def _short(self) -> dict[int, ShortCells]:
        """The columns that were asked for as words."""
        return {}

    def texts(self, place: int) -> list[str]:
        """Return the cells of a column, row by row."""
        if (short := self.short(place)) is not None:
            return short.joined().split("\0")
        latin = self._latin
        pairs = zip(self.starts[place].tolist(), self.ends[place].tolist(), strict=True)
        texts = [latin[start:end] for start, end in pairs]
        for at in self.foreign(place):
            texts[at] = texts[at].encode("latin-1").decode("utf-8")
        for at in self._rows_with(place, self.doubled_quotes):
            texts[at] = texts[at].replace('""', '"')
        return texts

    def digests(self, place: int, fewest: int) -> list[int]:
        """Return a number of each cell that has so many characters, see :func:`digest_of`, and 0 of others."""
        raw, counts = self.raw, self._characters(place)
        pairs = zip(self.starts[place].tolist(), self.ends[place].tolist(), (counts >= fewest).tolist(), strict=True)
        return [hash(raw[start:end]) if enough else 0 for start, end, enough in pairs]

    def _characters(self, place: int) -> Places:
        """Return how many characters each cell of a column has."""
        # A character beyond ASCII has one byte that does not continue another.
        continuing = self.foreign_bytes[(self.padded[self.foreign_bytes] & 0xC0) == 0x80]
        none = np.concatenate((continuing, self.doubled_quotes))
        counts: Places = self._sizes[place] - np.bincount(self._rows_of(place, none), minlength=len(self))
        return counts

    def text(self, place: int, at: int) -> str:
        """Return one cell."""
        text = self.raw[self.starts[place, at] : self.ends[place, at]].decode("utf-8")
        # A quote inside of a cell is always doubled, or the block would not have been cut.
        return text.replace('""', '"') if '"' in text else text

    def foreign(self, place: int) -> list[int]:
        """Return the rows whose cell holds more than ASCII."""
        return self._rows_with(place, self.foreign_bytes)

    def foreign_parts(self, place: int) -> list[tuple[int, bytes]]:
        """Return the rows whose cell holds more than ASCII, each with what that is; blank if it may hold controls."""
        rows = self.foreign(place)
        if not rows:
            return []
        firsts = np.searchsorted(self.foreign_bytes, self.starts[place][rows]).tolist()
        ends = np.searchsorted(self.foreign_bytes, self.ends[place][rows]).tolist()
        parts, controls = self._foreign_text, self._may_hold_controls
        return [
            (at, b"" if controls[at] else parts[first:end]) for at, first, end in zip(rows, firsts, ends, strict=True)
        ]

    @cached_property
    def _foreign_text(self) -> bytes:
        return self.padded[self.foreign_bytes].tobytes()

    @cached_property
    def _may_hold_controls(self) -> list[bool]:
        """By row, whether a cell may hold a tab or an end of a line: other control characters no block has."""
        if b"\t" in self.raw:
            return [True] * len(self)
        spanning: list[bool] = (np.asarray(self.first_lines) != np.asarray(self.last_lines)).tolist()
        return spanning

    def edged(self, place: int, marks: str) -> list[int]:
        """Return the rows whose cell begins or ends with one of the marks."""
        is_mark = np.zeros(256, np.bool_)
        is_mark[list(marks.encode("ascii"))] = True
        first, last = self.padded[self.starts[place]], self.padded[self.ends[place] - 1]
        edged: list[int] = ((is_mark[first] | is_mark[last]) & (self._sizes[place] > 0)).nonzero()[0].tolist()
        return edged

    def marked(self, place: int, mark: str) -> list[int]:
        """Return the rows whose cell holds a mark."""
        if mark not in self._marks:
            self._marks[mark] = self._find(mark.encode("ascii"))
        return self._rows_with(place, self._marks[mark])

    def _find(self, mark: bytes) -> Places:
        """Return where a mark begins."""
        if len(mark) == 1:
            return few_true(self.padded == ord(mark))
        # Two bytes are compared as one number, from even places on and from odd ones.
        size, first = len(self.padded) // 2 * 2, int.from_bytes(mark[:2], "little")
        even, odd = self.padded[:size].view(np.uint16), self.padded[1 : size - 1].view(np.uint16)
        places = np.sort(np.concatenate((few_true(even == first) * 2, few_true(odd == first) * 2 + 1)))
        if len(mark) == 2:
            return places
        return places[[self.raw.startswith(mark, place) for place in places.tolist()]]

    @property
    def has_keys(self) -> bool:
        """Always."""
        return True

    @property
    def of_large(self) -> bool:
        """Always."""
        return True

    def keys(self, place: int) -> Keys | NDArray[np.uint8] | None:
        """Return a number of each cell of a column, see :func:`keys_of`; None if a cell is too long.

        They are bytes where no cell has more than one.
        """
        longest = self._longest[place]
        if longest > _LONG_CELL:
            return None
        if longest <= 1:
            # What follows a blank cell, a mark between cells, is no part of it.
            first: NDArray[np.uint8] = self.padded[self.starts[place]] * (self._sizes[place] > 0)
            return first
        if longest <= WORD:
            return self._short_keys[place]
        return keys_of(self.padded, self.starts[place], self._sizes[place])

    @cached_property
    def _sizes(self) -> Places:
        return self.ends - self.starts

    @cached_property
    def _longest(self) -> list[int]:
        """Bytes of the longest cell of each column."""
        longest: list[int] = self._sizes.max(axis=1).tolist()
        return longest

    @cached_property
    def _short_keys(self) -> dict[int, Keys]:
        """The numbers of the columns whose cells have a few bytes, made in one go."""
        places = [place for place, longest in enumerate(self._longest) if 1 < longest <= WORD]
        return dict(zip(places, keys_of(self.padded, self.starts[places], self._sizes[places]), strict=True))
