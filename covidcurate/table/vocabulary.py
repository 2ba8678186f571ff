"""The different texts of a column, numbered, so that whatever depends on the text alone is worked out once for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from covidcurate.table.keys import Keys, mixed

Codes = NDArray[np.uint16]

_MOST_WORDS = 4096
"""A column that has more is no vocabulary."""
_FEW_ROWS = 64
"""So few rows do not show that texts differ from row to row."""

_LEAST_BITS, _MORE_BITS, _MOST_BITS = 8, 5, 13
"""Of the number of a slot: so many slots for each word that mostly no two words have the same."""
_SPREADS = tuple(np.uint64(0x9E3779B97F4A7C15 * (2 * odd + 1) % (1 << 64)) for odd in range(16))
"""Odd numbers, of which one is sought that gives each word a slot of its own."""


class Vocabulary:
    """The texts of one column as words; the code of a text is its place among them. The blank is the first.

    Codes stay what they are while words are added. Where most texts differ there is no vocabulary: then nothing is
    coded any more.
    """

    def __init__(self) -> None:
        self.words = [""]
        self.ends = False
        """Whether nothing is coded any more."""
        self._keys = np.zeros(1, np.uint64)
        self._codes = np.zeros(1, np.uint16)
        self._of_bytes = np.zeros(256, np.uint16)
        self._lay_out()

    def codes(self, keys: Keys | NDArray[np.uint8], text: Callable[[int], str]) -> Codes | None:
        """Return the code of each text of a column, always the same one; None if the texts have to be looked at.

        Parameters
        ----------
        keys
            Numbers of the texts: equal ones for those that are one word.
        text
            Gives the text of a row.
        """
        if self.ends:
            return None
        if not np.count_nonzero(keys):
            return np.zeros(len(keys), np.uint16)
        if keys.dtype == np.uint8:
            of_bytes: Codes = self._of_bytes[keys]
            # A byte that was not learned has the code of the blank, whose own is 0.
            if np.count_nonzero(of_bytes) == np.count_nonzero(keys):
                return of_bytes
        keys = keys.astype(np.uint64, copy=False)
        codes, known = self._find(keys)
        if np.count_nonzero(known) < len(known):
            if not self._learn(keys, np.flatnonzero(~known), text):
                return None
            codes, _ = self._find(keys)
        return codes

    def _find(self, keys: Keys) -> tuple[Codes, NDArray[np.bool_]]:
        """Return the codes of keys, and which of them are known."""
        slots = self._slots_of(keys)
        codes: Codes = self._slot_codes[slots]
        known: NDArray[np.bool_] = self._slot_keys[slots] == keys
        if np.count_nonzero(known) < len(known):
            # Of the few words of one slot all but one are searched for.
            rest = np.flatnonzero(~known)
            at = np.searchsorted(self._keys, keys[rest])
            at[at == len(self._keys)] = 0
            codes[rest], known[rest] = self._codes[at], self._keys[at] == keys[rest]
        return codes, known

    def _learn(self, keys: Keys, new: NDArray[np.intp], text: Callable[[int], str]) -> bool:
        """Add the words at some rows; return whether the column still has a vocabulary."""
        added, first = np.unique(keys[new], return_index=True)
        count = len(self.words) + len(added)
        if count > _MOST_WORDS or _FEW_ROWS < len(keys) < 4 * len(added):
            self.ends = True
            return False
        codes = np.arange(len(self.words), count, dtype=np.uint16)
        is_byte = added < len(self._of_bytes)
        self._of_bytes[added[is_byte]] = codes[is_byte]
        self.words.extend(map(text, new[first].tolist()))
        merged = np.concatenate((self._keys, added))
        order = np.argsort(merged)
        self._keys, self._codes = merged[order], np.concatenate((self._codes, codes))[order]
        self._lay_out()
        return True

    def _lay_out(self) -> None:
        """Put the keys where they are looked up, one in each slot."""
        bits = min(max(len(self._keys).bit_length() + _MORE_BITS, _LEAST_BITS), _MOST_BITS)
        self._other_bits = np.uint64(64 - bits)
        # The last one of a slot stays; the blank, whose key is 0, is the first of all and stays, too.
        keys = self._keys[::-1]
        for spread in _SPREADS:
            self._spread = spread
            slots = self._slots_of(keys)
            if len(np.unique(slots)) == len(slots):
                break
        self._slot_keys, self._slot_codes = np.zeros(1 << bits, np.uint64), np.zeros(1 << bits, np.uint16)
        self._slot_keys[slots], self._slot_codes[slots] = keys, self._codes[::-1]

    def _slots_of(self, keys: Keys) -> NDArray[np.int64]:
        """Return where keys are looked up: by the high bits of a product, which depend on all of a key."""
        return ((keys * self._spread) >> self._other_bits).view(np.int64)


def rows_with(codes: Codes, chosen: bytearray) -> list[int]:
    """Return the rows whose code is chosen; ``chosen`` has a byte for each code, 0 if it is not."""
    return np.frombuffer(chosen, np.bool_)[codes].nonzero()[0].tolist()


def groups_of(columns: Sequence[Codes], known: set[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield the rows that agree in all columns, group by group, with a number of the combination, unless it is known.

    Two combinations that differ have the same number once in 2^64.
    """
    keys = np.zeros(len(columns[0]), np.uint64)
    for codes in columns:
        keys = mixed(keys, codes)
    for key in set(np.unique(keys).tolist()) - known:
        yield key, np.flatnonzero(keys == key).tolist()
