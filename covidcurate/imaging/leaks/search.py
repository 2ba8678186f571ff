"""Look for many patterns in much data at once, in time that hardly grows with the number of patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from covidcurate.imaging.leaks.forms import Meaning, patterns, tokens
from covidcurate.imaging.leaks.identifiers import Identifier
from covidcurate.imaging.leaks.parts import Sort

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_CHUNK = 1 << 23
"""Bytes that are looked at in one go."""
_SMALL = 1 << 11
"""Bytes up to which a loop is quicker than arrays are made."""
_LONG = 8
"""Letters of the shortest pattern that is looked for among pixels.

A given word of four letters, large or small, stands in random data once in 256 MiB, one of three once in 2 MiB, so that
a film would hold one of a hundred such names by chance; of eight no collection does.
"""
_SHORT = 5
"""Letters below which chance writes a word into any binary file, so that it has to look like a text there."""
_RUN = 12
_WORD = re.compile(rb"[a-z0-9]+")
_PRINTABLE = re.compile(rb"[\x20-\x7e]*")


class _Table:
    """Patterns of at least ``width`` bytes (3 or 8), by their first bytes."""

    def __init__(self, wanted: Iterable[bytes], width: int) -> None:
        lengths: dict[bytes, set[int]] = {}
        for pattern in wanted:
            lengths.setdefault(pattern[:width], set()).add(len(pattern))
        self.width = width
        self.lengths = {head: sorted(found) for head, found in lengths.items()}
        # The offsets at which two bytes are looked at together.
        self.offsets = (0, 2, 4, 6) if width == 8 else (0, 1)

    def places(self, block: bytes, most: int) -> Iterator[int]:
        """Yield the places below ``most`` at which a head of some pattern stands."""
        if not self.lengths:
            return
        if len(block) <= _SMALL:
            width, heads = self.width, self.lengths
            yield from (place for place in range(most) if block[place : place + width] in heads)
            return
        for place in self._candidates(block):
            if place < most and block[place : place + self.width] in self.lengths:
                yield int(place)

    def _candidates(self, block: bytes) -> Array:
        """Return the places at which each pair of bytes is one that some pattern has there."""
        import numpy

        flags = numpy.zeros(1 << 16, dtype=numpy.uint8)
        for head in self.lengths:
            for bit, offset in enumerate(self.offsets):
                flags[head[offset] | head[offset + 1] << 8] |= 1 << bit
        data = numpy.frombuffer(block, numpy.uint8)
        pairs = data[1:].astype(numpy.uint16) << 8
        pairs |= data[:-1]
        found = flags[pairs]
        count = len(found) - self.offsets[-1]
        hits = found[:count] & 1
        for bit, offset in enumerate(self.offsets[1:], start=1):
            hits &= found[offset : offset + count] >> bit
        places = numpy.flatnonzero(hits)
        if self.width == 8 and len(places):
            # Pairs of different patterns mix; the eight bytes as one number do not.
            keys = numpy.array(sorted(int.from_bytes(head, "little") for head in self.lengths), numpy.uint64)
            numbers = numpy.zeros(len(places), numpy.uint64)
            for offset in range(8):
                numbers |= data[places + offset].astype(numpy.uint64) << numpy.uint64(8 * offset)
            near = numpy.minimum(numpy.searchsorted(keys, numbers), len(keys) - 1)
            places = places[keys[near] == numbers]
        return places


class Finder:
    """Finds identifiers in bytes and in texts.

    Parameters
    ----------
    identifiers
        What to look for.
    """

    def __init__(self, identifiers: Iterable[Identifier]) -> None:
        found = list(identifiers)
        self._patterns = patterns(found)
        self._tokens = tokens(found)
        self._short = _Table((one for one in self._patterns if len(one) < _LONG), 3)
        self._long = _Table((one for one in self._patterns if len(one) >= _LONG), 8)
        self._reach = max((len(one) for one in self._patterns), default=0)

    def __len__(self) -> int:
        """Return the number of byte patterns."""
        return len(self._patterns)

    def find(self, data: bytes, sort: Sort = Sort.TEXT) -> Iterator[tuple[int, Identifier]]:
        """Yield the place and the identifier of each hit, the first one of each identifier.

        Parameters
        ----------
        sort
            What the data is; among pixels, and in files of unknown structure, short words stand by chance.
        """
        seen: set[int] = set()
        for place, meaning, pattern in self._hits(data, sort):
            if id(meaning.identifier) not in seen and _counts(data, place, pattern, meaning, sort):
                seen.add(id(meaning.identifier))
                yield place, meaning.identifier

    def find_in_text(self, text: str) -> Iterator[Identifier]:
        """Yield what stands in a file name or a cell, short numbers as well if they stand there as a whole."""
        data = text.encode("utf-8", "surrogateescape")
        yield from (one for _, one in self.find(data))
        if self._tokens:
            yield from (self._tokens[word] for word in sorted(set(re.findall(r"\d+", text))) if word in self._tokens)

    def _hits(self, data: bytes, sort: Sort) -> Iterator[tuple[int, Meaning, bytes]]:
        """Yield each place at which a pattern stands, with its meaning, in pieces of bounded size."""
        tables = (self._long,) if sort is Sort.PIXELS else (self._short, self._long)
        for start in range(0, len(data), _CHUNK):
            block = data[start : start + _CHUNK + self._reach].lower()
            most = min(_CHUNK, len(data) - start)
            for table in tables:
                for place in table.places(block, most):
                    for length in table.lengths[block[place : place + table.width]]:
                        pattern = block[place : place + length]
                        meaning = self._patterns.get(pattern)
                        if meaning is not None:
                            yield start + place, meaning, pattern


def _counts(data: bytes, place: int, pattern: bytes, meaning: Meaning, sort: Sort) -> bool:
    """Whether a hit is none of chance, and no part of a longer word, as Lang is of language."""
    if sort is Sort.PIXELS:
        return meaning.letters >= _LONG
    if meaning.encoded or not _WORD.fullmatch(pattern):
        return True
    before, after = (
        data[max(0, place - 1) : place].lower(),
        data[place + len(pattern) : place + len(pattern) + 1].lower(),
    )
    if len(pattern) < _LONG and (_WORD.match(before) or _WORD.match(after)):
        return False
    return sort is Sort.TEXT or len(pattern) >= _SHORT or _looks_written(data, place, len(pattern))


def _looks_written(data: bytes, place: int, length: int) -> bool:
    """Whether a word stands between zeros or in a line of printable characters."""
    before, after = data[max(0, place - _RUN) : place], data[place + length : place + length + _RUN]
    if before[-1:] in (b"", b"\0") and after[:1] in (b"", b"\0"):
        return True
    left, right = _PRINTABLE.match(before[::-1]), _PRINTABLE.match(after)
    return length + (left.end() if left else 0) + (right.end() if right else 0) >= _RUN
