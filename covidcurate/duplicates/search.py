"""Find all pairs of fingerprints that differ in few bits, without comparing each with each.

Multi-index hashing (Norouzi, Punjani and Fleet 2012): 256 bits are cut into 16 bands of 16; two fingerprints that
differ in fewer than 16 bits share a band whole, and nearly all that differ in up to 24 do. Bands are sorted, equal ones
compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

BANDS = 16
_BLOCK = 1 << 22
"""Pairs that are compared at a time."""
_MOST_OF_BAND = 4096
"""Equal bands beyond which one says nothing: a picture of one grey has millions of equals."""


def find_pairs(hashes: Array, others: Array | None = None, distance: int = 24) -> Array:
    """Return pairs of rows (n x 2, sorted) that differ in at most ``distance`` bits.

    Parameters
    ----------
    hashes
        Fingerprints, n x 32 bytes.
    others
        The second of each pair is a row of these; of ``hashes`` itself if there are none, and then greater than the
        first.
    distance
        Pairs up to 15 bits apart are all found; of those 24 apart, 999 of 1,000.
    """
    import numpy

    if not len(hashes) or (others is not None and not len(others)):
        return numpy.empty((0, 2), dtype=numpy.int64)
    left = numpy.ascontiguousarray(hashes).view(numpy.uint16)
    right = left if others is None else numpy.ascontiguousarray(others).view(numpy.uint16)
    words = numpy.ascontiguousarray(hashes).view(numpy.uint64)
    other_words = words if others is None else numpy.ascontiguousarray(others).view(numpy.uint64)
    found = []
    for band in range(BANDS):
        for first, second in _equal(left[:, band], right[:, band], same=others is None):
            bits = numpy.bitwise_count(words[first] ^ other_words[second]).sum(axis=1)
            near = bits <= distance
            found.append(numpy.column_stack([first[near], second[near]]))
    pairs = numpy.concatenate(found) if found else numpy.empty((0, 2), dtype=numpy.int64)
    unique: Array = numpy.unique(pairs, axis=0)
    return unique


def _equal(left: Array, right: Array, *, same: bool) -> Any:
    """Yield blocks of pairs of places with equal values."""
    import numpy

    order, other = numpy.argsort(left, kind="stable"), numpy.argsort(right, kind="stable")
    starts = numpy.searchsorted(right[other], left[order], "left")
    ends = numpy.searchsorted(right[other], left[order], "right")
    if same:
        # Of a pair only the later is paired with the earlier.
        ends = numpy.minimum(ends, numpy.arange(len(order)))
    counts = numpy.clip(ends - starts, 0, None)
    counts[counts > _MOST_OF_BAND] = 0
    begin = 0
    totals = counts.cumsum()
    while begin < len(order):
        base = totals[begin - 1] if begin else 0
        end = max(begin + 1, int(numpy.searchsorted(totals, base + _BLOCK, "right")))
        part = counts[begin:end]
        if part.sum():
            first = numpy.repeat(order[begin:end], part)
            offsets = numpy.arange(part.sum()) - numpy.repeat(part.cumsum() - part, part)
            second = other[numpy.repeat(starts[begin:end], part) + offsets]
            if same:
                yield numpy.minimum(first, second), numpy.maximum(first, second)
            else:
                yield first, second
        begin = end
