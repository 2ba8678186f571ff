"""Many texts as one, with NUL between them: taken apart at once only by who goes through all of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from covidcurate.table.keys import WORD, Keys, Places, few_true, keys_of
from covidcurate.table.texts import Texts

_NEVER = np.iinfo(np.int64).max
_DIGIT, _ABOVE_NINE, _HIGH = (np.uint64(int(byte * WORD, 16)) for byte in ("30", "76", "80"))
"""Eight bytes each: what a digit is counted from, what of a larger number reaches the highest bit, and that bit."""


class JoinedTexts(Texts):
    """Texts without NUL, in order; to ask for some of them costs a fifth of splitting what holds all.

    Parameters
    ----------
    joined
        The texts with NUL between them; there is one at least.
    """

    def __init__(self, joined: str) -> None:
        self._joined = joined
        self._raw = joined.encode("utf-8", "surrogatepass") + bytes(WORD)
        self._padded = np.frombuffer(self._raw, np.uint8)
        # The last one ends where the bytes begin that were put behind it.
        self._ends = np.flatnonzero(self._padded[: 1 - WORD] == 0)

    @cached_property
    def _starts(self) -> Places:
        starts = np.zeros_like(self._ends)
        starts[1:] = self._ends[:-1] + 1
        return starts

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[str]:
        return iter(self._joined.split("\0"))

    def text(self, place: int) -> str:
        """Return the text at a place."""
        start = self._ends[place - 1] + 1 if place else 0
        return self._raw[start : self._ends[place]].decode("utf-8", "surrogatepass")

    def keys(self) -> Keys:
        """Return a number of each text, see :func:`keys_of`."""
        return keys_of(self._padded, self._starts, self._ends - self._starts)

    def keys_until(self, mark: str, after: int) -> Keys | None:
        """Return a number of what stands in each text before a mark, the first one after some characters.

        Of a text without the mark it is that of the whole text. None if texts hold more than ASCII.
        """
        if not self._joined.isascii():
            return None
        marks = np.append(few_true(self._padded == ord(mark)), _NEVER)
        found = marks[np.searchsorted(marks, self._starts + after)]
        return keys_of(self._padded, self._starts, np.minimum(found, self._ends) - self._starts)

    def decimals(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the number that each text is, and which texts are one: digits of ASCII, up to eight of them."""
        sizes = self._ends - self._starts
        # The last digit comes to stand in the highest byte, and there is nothing in those before the first.
        shifts = (8 * (WORD - np.minimum(sizes, WORD))).view(np.uint64)
        digits = (self.keys() << shifts) - (_DIGIT << shifts)
        others = (digits | (digits + _ABOVE_NINE)) & _HIGH
        # Neighbors make numbers below 100, those below 10,000, and those below 100,000,000.
        pairs = digits * 10 + (digits >> 8)
        low, high = pairs & 0xFF000000FF, (pairs >> 16) & 0xFF000000FF
        numbers = (low * ((1_000_000 << 32) + 100) + high * ((10_000 << 32) + 1)) >> 32
        return numbers.view(np.int64), (others == 0) & (sizes > 0) & (sizes <= WORD)
