"""Find all pairs of fingerprints that differ in few bits, without comparing each with each.

Multi-index hashing (Norouzi, Punjani and Fleet 2012): 256 bits are cut into 16 bands of 16, in two ways; two
fingerprints that differ in fewer than 16 bits share a band whole, and nearly all that differ in up to 24 do. Rows are
grouped by each band in turn, and those of a group compared. Groups of any size are compared in full: a collection of
which all share a band takes as long as comparing each with each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from covidcurate.duplicates.bands import WORDS, Measure, near_rows
from covidcurate.duplicates.equals import expand, group_equals

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

BANDS = 16
_MOST_CODES = 1 << 24
"""Pairs that are gathered before those found twice are dropped."""


def find_pairs(hashes: Array, others: Array | None = None, distance: int = 24, *, since: int = 0) -> Array:
    """Return pairs of rows (n x 2, sorted) that differ in at most ``distance`` bits.

    Parameters
    ----------
    hashes
        Fingerprints, n x 32 bytes.
    others
        The second of each pair is a row of these; of ``hashes`` itself if there are none, and then greater than the
        first.
    distance
        Pairs up to 15 bits apart are all found; of those 24 apart, 999 of 1,000, and of those 40 apart, 7 of 8.
    since
        Only pairs of which the second is at this row of ``hashes`` or later, if there are no others: what is before is
        not compared again, and time grows with the number of old rows times that of new ones.

    Notes
    -----
    Equal fingerprints are never lost, but 10,000 equal ones are no 50 million pairs: where two groups of equal rows
    (or one with itself) would give more than 1,024 pairs, only those are given that the first row of either is part of.
    """
    import numpy

    if not len(hashes) or (others is not None and not len(others)):
        return numpy.empty((0, 2), dtype=numpy.int64)
    words = numpy.ascontiguousarray(hashes).view(numpy.uint64)
    left = group_equals(words)
    if others is None:
        # Groups with a new row come first: only these are looked up.
        new = left.lasts >= since
        left = right = left.take(numpy.argsort(~new, kind="stable"))
        active, rows = int(new.sum()), words[left.firsts]
    else:
        other_words = numpy.ascontiguousarray(others).view(numpy.uint64)
        right = group_equals(other_words)
        active, rows = len(left.firsts), numpy.concatenate([words[left.firsts], other_words[right.firsts]])
    columns, apart = numpy.ascontiguousarray(rows.T), others is not None
    found = (
        one << 32 | other
        for keys, word in _bands(rows)
        for one, other in near_rows(columns, keys, word, Measure(distance), active, apart=apart)
    )
    first, second = numpy.divmod(distinct(found), 1 << 32)
    if others is not None:
        first, second, _ = expand(left, right, first, second - active)
        return _sorted(first, second)
    repeated = numpy.flatnonzero(left.sizes[:active] > 1)
    one, other, _ = expand(left, left, numpy.append(first, repeated), numpy.append(second, repeated))
    first, second = numpy.minimum(one, other), numpy.maximum(one, other)
    wanted = (first < second) & (second >= since)
    return _sorted(first[wanted], second[wanted])


def _bands(words: Array) -> Iterator[tuple[Array, int]]:
    """Yield the bands of 16 bits and of which word each is: as they lie, and of a fourth of each of four of these."""
    import numpy

    bands = numpy.ascontiguousarray(words.view(numpy.uint16).T)
    across = BANDS // WORDS
    for band in range(BANDS):
        word = band // across
        yield bands[band], word
        mixed = numpy.zeros_like(bands[band])
        for part in range(across):
            mixed |= bands[word * across + (band + part) % across] & numpy.uint16(0xF << 4 * part)
        yield mixed, word


def distinct(parts: Iterable[Array]) -> Array:
    """Return the distinct numbers (int64) of all parts, ascending; in memory for those and no more."""
    import numpy

    kept, waiting, count = numpy.empty(0, dtype=numpy.int64), [], 0
    for part in parts:
        waiting.append(part)
        count += len(part)
        if count > max(_MOST_CODES, len(kept)):
            kept, waiting, count = _without_copies([kept, *waiting]), [], 0
    return _without_copies([kept, *waiting])


def _without_copies(parts: list[Array]) -> Array:
    import numpy

    numbers = numpy.sort(numpy.concatenate(parts))
    return numbers[numpy.append(True, numbers[1:] != numbers[:-1])] if len(numbers) else numbers


def _sorted(first: Array, second: Array) -> Array:
    """Return pairs in order, each once."""
    import numpy

    pairs: Array = numpy.column_stack(numpy.divmod(distinct([first << 32 | second]), 1 << 32))
    return pairs
