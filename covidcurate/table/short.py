"""The cells of a column of a block where none of them is long: a few words of eight bytes each, filled up with NUL."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from covidcurate.table.keys import MASKS, WORD, Keys, Places, keys_of, longer

LONGEST = 128
"""Bytes of a cell that is short; whoever cuts a block puts so many behind it."""
_DIGITS_ALIKE = bytes(ord("0") if chr(byte) in "123456789" else byte for byte in range(256))

_Value = TypeVar("_Value", bound=np.generic)


class ShortCells:
    """The cells of a column, row by row; there is one at least.

    Parameters
    ----------
    padded
        The bytes of the block without control characters, and ``LONGEST`` more.
    starts, sizes
        Where in it the cells stand, in bytes.
    """

    def __init__(self, padded: NDArray[np.uint8], starts: Places, sizes: Places) -> None:
        count = max(1, -(-int(sizes.max()) // WORD))
        # To take all words of a cell at once costs a third of taking them word by word.
        at_each = np.ndarray((len(padded) - count * WORD + 1,), f"V{count * WORD}", padded.data, strides=(1,))
        self._words = at_each[starts].view(np.uint64).reshape(-1, count)
        # The words that all cells fill are taken as they are.
        full = int(sizes.min()) // WORD
        left = sizes[:, np.newaxis] - np.arange(full * WORD, count * WORD, WORD)
        self._words[:, full:] &= MASKS[np.clip(left, 0, WORD)]
        self._padded, self._starts, self._sizes = padded, starts, sizes

    def __len__(self) -> int:
        """Return how many cells there are."""
        return len(self._sizes)

    @cached_property
    def shapes(self) -> Keys:
        """A number of each cell of ``firsts``, the same for texts that are the same but for their digits."""
        some, sizes = self._words, self._sizes
        if len(self.firsts) < len(self):
            some, sizes = some[self.firsts], sizes[self.firsts]
        words = np.frombuffer(some.tobytes().translate(_DIGITS_ALIKE), np.uint64).reshape(some.shape)
        keys = words[:, 0].copy()
        for place in range(1, words.shape[1]):
            at = (sizes > place * WORD).nonzero()[0]
            if len(at) == len(keys):
                keys = longer(keys, words[:, place], place * WORD)
                continue
            keys[at] = longer(keys[at], words[at, place], place * WORD)
        return keys

    @cached_property
    def firsts(self) -> NDArray[np.intp]:
        """The rows whose cell is not that of the row before."""
        other = np.ones(len(self), np.bool_)
        (self._words[1:] != self._words[:-1]).any(axis=1, out=other[1:])
        return other.nonzero()[0]

    def within(self, rows: NDArray[np.intp], firsts: Places, sizes: Places) -> tuple[Keys, NDArray[np.uint8]]:
        """Return a number of a part of each of some cells, see :func:`keys_of`, and its first byte.

        Parameters
        ----------
        firsts, sizes
            Where in its cell each part begins, and how much it is, in bytes.
        """
        starts = self._starts[rows] + firsts
        return keys_of(self._padded, starts, sizes), self._padded[starts]

    def joined(self, rows: NDArray[np.intp] | None = None) -> str:
        """Return the texts, or those of some rows, with NUL between them."""
        words = self._words if rows is None else self._words[rows]
        # What fills a cell up is not part of it to numpy either.
        texts = words.view(f"S{words.shape[1] * WORD}")[:, 0].tolist()
        # A quote inside of a cell is always doubled, or the block would not have been cut.
        return b"\0".join(texts).decode("utf-8").replace('""', '"')

    def numbers(self, number: Callable[[str], int]) -> array[int]:
        """Return a number below 2^63 of each text, worked out once for neighbors that are alike."""
        numbers = np.fromiter(map(number, self.joined(self.firsts).split("\0")), np.int64, len(self.firsts))
        return array("q", self.repeated(numbers).tobytes())

    def repeated(self, values: NDArray[_Value]) -> NDArray[_Value]:
        """Return for each row the value of the one of ``firsts`` whose cell it has."""
        return np.repeat(values, self._repeats)

    @cached_property
    def _repeats(self) -> NDArray[np.intp]:
        """How many rows have the cell of each of ``firsts``."""
        return np.diff(self.firsts, append=len(self))

    @property
    def empty(self) -> list[int]:
        """The rows whose cell has no bytes."""
        empty: list[int] = np.flatnonzero(self._sizes == 0).tolist()
        return empty

    def without_start(self, start: bytes) -> list[int]:
        """Return the rows whose cell is not blank and does not begin so; ``start`` has eight bytes at most."""
        begins = (self._words[:, 0] & MASKS[len(start)]) == int.from_bytes(start, "little")
        rows: list[int] = np.flatnonzero(~begins & (self._sizes > 0)).tolist()
        return rows
