"""Sound rows that were cut out of a block of bytes: each cell is known by its place, and read when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

WORD = 8
"""Bytes that are numbered at once; whoever cuts puts so many behind the block."""
_LONG_CELL = 64
"""Cells that are longer are not numbered: hardly any of them stands twice."""
# Odd numbers, other ones in each process, so that nobody can make a text that has the number of another.
_OF_LENGTH, _OF_WORD = (np.uint64(int.from_bytes(os.urandom(WORD), "little") | 1) for _ in range(2))
_HALF = np.uint64(32)
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(WORD + 1)], np.uint64)

Places = NDArray[np.int64]


@dataclass(frozen=True)
class CutRows:
    """Sound rows of a block, see :class:`covidcurate.table.batch.RowBatch`.

    Parameters
    ----------
    raw
        The block, UTF-8 without control characters; ``padded`` is the same with ``WORD`` bytes more.
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
    def _marked(self) -> dict[str, NDArray[np.bool_] | None]:
        """Which cells hold a mark, by the marks that were asked for."""
        return {}

    @cached_property
    def _foreign(self) -> NDArray[np.bool_] | None:
        """Which cells hold more than ASCII; None if none does."""
        return self._cells_with(self.foreign_bytes)

    @cached_property
    def _quoting(self) -> NDArray[np.bool_] | None:
        """Which cells hold quotes, which are doubled; None if none does."""
        return self._cells_with(self.doubled_quotes)

    def _cells_with(self, places: Places) -> NDArray[np.bool_] | None:
        """Return which cells have one of these bytes, which are in order; None if there are none."""
        if not len(places):
            return None
        starts, ends = self.starts.T.ravel(), self.ends.T.ravel()
        cells = np.searchsorted(ends, places, side="right")
        inside = cells < len(ends)
        inside[inside] = starts[cells[inside]] <= places[inside]
        marked = np.zeros(len(ends), np.bool_)
        marked[cells[inside]] = True
        return marked.reshape(self.starts.shape[::-1]).T

    def texts(self, place: int) -> list[str]:
        """Return the cells of a column, row by row."""
        latin = self._latin
        pairs = zip(self.starts[place].tolist(), self.ends[place].tolist(), strict=True)
        texts = [latin[start:end] for start, end in pairs]
        for at in self.foreign(place):
            texts[at] = texts[at].encode("latin-1").decode("utf-8")
        for at in self._quoting[place].nonzero()[0].tolist() if self._quoting is not None else ():
            texts[at] = texts[at].replace('""', '"')
        return texts

    def text(self, place: int, at: int) -> str:
        """Return one cell."""
        text = self.raw[self.starts[place, at] : self.ends[place, at]].decode("utf-8")
        # A quote inside of a cell is always doubled, or the block would not have been cut.
        return text.replace('""', '"') if '"' in text else text

    def foreign(self, place: int) -> list[int]:
        """Return the rows whose cell holds more than ASCII."""
        return [] if self._foreign is None else self._foreign[place].nonzero()[0].tolist()

    def edged(self, place: int, marks: str) -> list[int]:
        """Return the rows whose cell begins or ends with one of the marks."""
        is_mark = np.zeros(256, np.bool_)
        is_mark[list(marks.encode("ascii"))] = True
        first, last = self.padded[self.starts[place]], self.padded[self.ends[place] - 1]
        edged: list[int] = ((is_mark[first] | is_mark[last]) & (self._sizes[place] > 0)).nonzero()[0].tolist()
        return edged

    def marked(self, place: int, mark: str) -> list[int]:
        """Return the rows whose cell holds a mark."""
        if mark not in self._marked:
            self._marked[mark] = self._cells_with(np.flatnonzero(self.padded == ord(mark)))
        marked = self._marked[mark]
        return [] if marked is None else marked[place].nonzero()[0].tolist()

    @property
    def has_keys(self) -> bool:
        """Always."""
        return True

    def keys(self, place: int) -> NDArray[np.uint64] | None:
        """Return a number of each cell of a column, 0 of a blank one; None if a cell is too long.

        Two texts that differ have the same number once in 2^64, if at all: up to eight bytes never.
        """
        longest = self._longest[place]
        if longest > _LONG_CELL:
            return None
        return self._short_keys[place] if longest <= WORD else self._keys_of(self.starts[place], self._sizes[place])

    @cached_property
    def _sizes(self) -> Places:
        return self.ends - self.starts

    @cached_property
    def _longest(self) -> list[int]:
        """Bytes of the longest cell of each column."""
        longest: list[int] = self._sizes.max(axis=1).tolist()
        return longest

    @cached_property
    def _short_keys(self) -> dict[int, NDArray[np.uint64]]:
        """The numbers of the columns whose cells have eight bytes at most, most of all columns, made in one go."""
        places = [place for place, longest in enumerate(self._longest) if longest <= WORD]
        return dict(zip(places, self._keys_of(self.starts[places], self._sizes[places]), strict=True))

    def _keys_of(self, starts: Places, sizes: Places) -> NDArray[np.uint64]:
        # Eight bytes from each byte of the block on, as one number.
        words = np.ndarray((len(self.padded) - WORD + 1,), np.uint64, self.padded.data, strides=(1,))
        keys = mixed(sizes.astype(np.uint64) * _OF_LENGTH, words[starts] & _MASKS[np.minimum(sizes, WORD)])
        for done in range(WORD, int(sizes.max()), WORD):
            # Only what is longer takes part in the next round.
            at = (sizes > done).nonzero()[0]
            keys[at] = mixed(keys[at], words[starts[at] + done] & _MASKS[np.minimum(sizes[at] - done, WORD)])
        return keys


def mixed(keys: NDArray[np.uint64], more: NDArray[np.unsignedinteger]) -> NDArray[np.uint64]:
    """Return numbers that stand for keys and for what is added to each; of 0 and 0 that is 0."""
    product: NDArray[np.uint64] = (keys ^ more) * _OF_WORD
    return product ^ (product >> _HALF)
