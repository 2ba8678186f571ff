"""Number the pages that a million addresses lead to, without making a text of each."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from covidcurate.rules.cells import Cells
from covidcurate.rules.hashes import hashes_of_texts
from covidcurate.rules.pages import Pages, parts_of
from covidcurate.table.keys import Keys, keys_of_texts, mixed
from covidcurate.table.short import ShortCells


class _Holding(NamedTuple):
    """Where addresses of one shape hold the middle part of their page, in bytes."""

    first: int
    size: int
    is_certain: bool
    """Whether all of them do."""
    is_number: bool
    """Whether zeros that it begins with count for nothing."""


_UNCERTAIN = _Holding(0, 0, is_certain=False, is_number=False)


class PageNumbers:
    """Make the same number, below 2^63, of all addresses of one page, and 0 of a blank one.

    A page is numbered by its parts, of which addresses mostly hold the middle one as it is. Where those of one shape
    hold it, the same but for their digits, is looked for once.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._holdings = np.zeros((0, len(_UNCERTAIN)), np.int64)
        self._frames = np.zeros(0, np.uint64)

    def numbers(self, cells: Cells) -> array[int]:
        """Return the number of each address of a batch of a large table."""
        if cells.short is None:
            different = list(dict.fromkeys(cells.texts))
            known = dict(zip(different, self._numbers_of(different).view(np.int64).tolist(), strict=True))
            return array("q", map(known.__getitem__, cells.texts))
        numbers = self._numbers_of_shapes(cells, cells.short)
        if numbers is None:
            numbers = self._numbers_of(cells.short.joined(cells.short.firsts).split("\0"))
        return array("q", cells.short.repeated(numbers).tobytes())

    def _numbers_of_shapes(self, cells: Cells, short: ShortCells) -> Keys | None:
        """Return the number of each address that is not the one before it; None where shapes mostly differ."""
        if cells.shapes is None:
            return None
        codes, samples = cells.shapes
        if len(samples) > len(self._frames):
            self._learn(samples[len(self._frames) :])
        shapes = codes[short.firsts]
        firsts, sizes, is_certain, is_number = self._holdings[shapes].T
        parts, leading = short.within(short.firsts, firsts, sizes)
        numbers = mixed(parts, self._frames[shapes])
        others = np.flatnonzero((is_certain == 0) | ((is_number != 0) & (leading == ord("0"))))
        if len(others):
            numbers[others] = self._numbers_of(short.joined(short.firsts[others]).split("\0"))
        return numbers

    def _learn(self, samples: Sequence[str]) -> None:
        """Look where addresses of some more shapes hold the middle of their pages."""
        holdings = np.array(list(map(self._holding, samples)), np.int64)
        self._holdings = np.concatenate((self._holdings, holdings))
        self._frames = np.concatenate((self._frames, _frames_of(map(self._parts_of, samples))))

    def _holding(self, url: str) -> _Holding:
        naming = self._pages.naming(url)
        if not url:
            # A page without parts.
            return _UNCERTAIN._replace(is_certain=True)
        # In a cell a quote is doubled.
        if naming is None or '"' in url:
            return _UNCERTAIN
        first, size = (len(part.encode()) for part in (url[: naming.start], url[naming.start : naming.end]))
        return _Holding(first, size, is_certain=True, is_number=bool(naming.zeros))

    def _parts_of(self, url: str) -> tuple[str, str, str]:
        return parts_of(self._pages(url))

    def _numbers_of(self, urls: Sequence[str]) -> Keys:
        parts = list(map(self._parts_of, urls))
        return mixed(keys_of_texts([middle for _, middle, _ in parts]), _frames_of(parts))


def _frames_of(pages: Iterable[tuple[str, str, str]]) -> Keys:
    """Return a number of the first and the last part of each page; 0 of one that has no part at all."""
    frames = [f"{before}?{after}" if any((before, middle, after)) else "" for before, middle, after in pages]
    different = list(dict.fromkeys(frames))
    numbers = dict(zip(different, hashes_of_texts(different).view(np.uint64).tolist(), strict=True))
    return np.fromiter(map(numbers.__getitem__, frames), np.uint64, len(frames))
