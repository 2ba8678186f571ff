"""Look for many patterns in much data at once, in time that hardly grows with the number of patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from covidcurate.imaging.leaks.forms import Meaning, patterns
from covidcurate.imaging.leaks.identifiers import Identifier

if TYPE_CHECKING:
    import numpy

    Bools = numpy.ndarray[Any, numpy.dtype[Any]]

_SMALL = 1 << 16
"""Bytes up to which a plain search is quicker than the tables."""
_WORD = 8
"""Letters of the shortest pattern that is looked for among pixels.

Of random data 2 ** 32 bytes hold a given pattern of four about once, so that a film holds one of a hundred such names
by chance; of eight bytes no collection does.
"""


class Finder:
    """Finds identifiers in bytes and in texts.

    Parameters
    ----------
    identifiers
        What to look for.
    """

    def __init__(self, identifiers: Iterable[Identifier]) -> None:
        self._patterns = patterns(identifiers)
        self._long = {pattern: one for pattern, one in self._patterns.items() if one.letters >= _WORD}

    def __len__(self) -> int:
        """Return the number of byte patterns."""
        return len(self._patterns)

    def find(self, data: bytes, *, pixels: bool = False) -> Iterator[tuple[int, Identifier]]:
        """Yield the place and the identifier of each hit, the first one of each identifier.

        Parameters
        ----------
        pixels
            The data is pixels or compressed, so that short patterns stand there by chance.
        """
        wanted = self._long if pixels else self._patterns
        if not wanted or not data:
            return
        lower = data.lower()
        seen: set[int] = set()
        for place, pattern in _locate(lower, wanted):
            one = wanted[pattern].identifier
            if id(one) not in seen and _stands_alone(lower, place, pattern):
                seen.add(id(one))
                yield place, one


def _locate(data: bytes, wanted: Mapping[bytes, Meaning]) -> Iterator[tuple[int, bytes]]:
    """Yield where patterns stand."""
    if len(data) <= _SMALL:
        for pattern in wanted:
            place = data.find(pattern)
            while place >= 0:
                yield place, pattern
                place = data.find(pattern, place + 1)
        return
    by_head: dict[bytes, list[bytes]] = {}
    for pattern in wanted:
        by_head.setdefault(pattern[:3], []).append(pattern)
    for place in _candidates(data, by_head):
        for pattern in by_head.get(data[place : place + 3], ()):
            if data.startswith(pattern, place):
                yield place, pattern


def _candidates(data: bytes, heads: Iterable[bytes]) -> Iterator[int]:
    """Yield the places whose first two and next two bytes are those of some pattern."""
    import numpy

    firsts, seconds = numpy.zeros(1 << 16, dtype=bool), numpy.zeros(1 << 16, dtype=bool)
    for head in heads:
        firsts[head[0] | head[1] << 8] = True
        seconds[head[1] | head[2] << 8] = True
    chunk = 1 << 24
    for start in range(0, len(data), chunk):
        block = numpy.frombuffer(data, numpy.uint8, min(chunk + 2, len(data) - start), start).astype(numpy.uint16)
        pairs = block[:-1] | block[1:] << 8
        hits = firsts[pairs[:-1]] & seconds[pairs[1:]]
        yield from (start + int(place) for place in numpy.flatnonzero(hits))


_PLAIN_WORD = re.compile(rb"[a-z0-9]+")


def _stands_alone(data: bytes, place: int, pattern: bytes) -> bool:
    """Whether a short word is not just a part of a longer one, as Lang is of language."""
    if len(pattern) >= _WORD or not _PLAIN_WORD.fullmatch(pattern):
        return True
    before, after = data[place - 1 : place], data[place + len(pattern) : place + len(pattern) + 1]
    return not (_PLAIN_WORD.match(before) or _PLAIN_WORD.match(after))
