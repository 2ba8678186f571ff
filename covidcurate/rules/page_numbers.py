"""Number the pages that a million addresses lead to, without making a text of each."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from covidcurate.rules.cells import Cells
from covidcurate.rules.hashes import hashes_of_texts
from covidcurate.rules.pages import Pages
from covidcurate.table.keys import Keys, keys_of_texts, mixed

_HEAD = re.compile("[^#/]*#?")
"""What a page begins with: the host, and a mark if a case follows."""


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
        if cells.short is None or cells.shapes is None:
            different = list(dict.fromkeys(cells.texts))
            known = dict(zip(different, self._numbers_of(different).view(np.int64).tolist(), strict=True))
            return array("q", map(known.__getitem__, cells.texts))
        codes, samples = cells.shapes
        if len(samples) > len(self._frames):
            self._learn(samples[len(self._frames) :])
        rows = cells.short.firsts
        shapes = codes[rows]
        firsts, sizes, is_certain, is_number = self._holdings[shapes].T
        parts, leading = cells.short.within(rows, firsts, sizes)
        numbers = mixed(parts, self._frames[shapes])
        others = np.flatnonzero((is_certain == 0) | ((is_number != 0) & (leading == ord("0"))))
        if len(others):
            numbers[others] = self._numbers_of(cells.short.joined(rows[others]).split("\0"))
        return array("q", cells.short.repeated(numbers).tobytes())

    def _learn(self, samples: Sequence[str]) -> None:
        """Look where addresses of some more shapes hold the middle of their pages."""
        self._holdings = np.concatenate((self._holdings, np.array(list(map(self._holding, samples)), np.int64)))
        self._frames = np.concatenate((self._frames, _frames_of(map(self._pages, samples))))

    def _holding(self, url: str) -> _Holding:
        naming, (head, middle, _) = self._pages.naming(url), _parts_of(self._pages(url))
        # A blank one is a page without parts; in a cell a quote is doubled.
        if not url:
            return _UNCERTAIN._replace(is_certain=True)
        if naming is None or naming.before != head or '"' in url:
            return _UNCERTAIN
        end = naming.end - (not naming.after and middle + "?" == url[naming.start : naming.end])
        first, size = len(url[: naming.start].encode()), len(url[naming.start : end].encode())
        is_middle = url[naming.start : end].lstrip(naming.zeros) == middle
        return _Holding(first, size, is_certain=is_middle, is_number=bool(naming.zeros))

    def _numbers_of(self, urls: Sequence[str]) -> Keys:
        pages = list(map(self._pages, urls))
        return mixed(keys_of_texts([_parts_of(page)[1] for page in pages]), _frames_of(pages))


def _frames_of(pages: Iterable[str]) -> Keys:
    """Return a number of the first and the last part of each page; 0 of one that has none at all."""
    frames = [f"{head}?{tail}" if page else "" for page in pages for head, _, tail in (_parts_of(page),)]
    return hashes_of_texts(frames).view(np.uint64)


def _parts_of(page: str) -> tuple[str, str, str]:
    """Return what a page begins with, what follows, and the question mark that ends it, if there is no other."""
    match = _HEAD.match(page)
    head = match[0] if match else ""
    middle, mark, query = page[len(head) :].partition("?")
    return (head, f"{middle}?{query}", "") if query else (head, middle, mark)
