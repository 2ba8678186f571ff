"""Compare rows that share a key, and only those: whole arrays at a time, with nothing but what fits into the cache.

Groups of one size lie side by side, first members before second ones, so that "this member with all that follow" is one
operation on neighboring memory for all these groups. One 64-bit word decides first; the few that pass are compared in
full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

WORDS = 4
"""Of 64 bits in a fingerprint."""
_WORD = 64
_BLOCK = 1 << 15
"""Pairs that are compared at a time: their words stay in the cache of a core."""
_WIDE = 16
"""Size of a group from which its own row is long enough for an operation."""


@dataclass(frozen=True)
class Measure:
    """What is near: at most ``distance`` bits.

    Where ``folded``, each word of one may be complemented: of it, those bits count that differ or those that do not,
    whichever are fewer.
    """

    distance: int
    folded: bool = False

    @property
    def first(self) -> tuple[int, int]:
        """How many words decide first, and how many bits may differ in them.

        Of bits that differ anywhere, a share falls into these words less the key, that is equal; three standard
        deviations more are let pass. Pairs 15 bits apart are never lost: at most one word has more than 7 of these, so
        that another has a key that is equal.
        """
        one = max(8, round(self.distance / 5 + 1.2 * self.distance**0.5))
        if one <= _WORD // 5:
            return 1, one
        return 2, round(self.distance * 7 / 15 + 1.5 * self.distance**0.5)

    def count(self, words: Array) -> Array:
        """Return for each word how many bits speak against it."""
        import numpy

        bits: Array = numpy.bitwise_count(words)
        return numpy.minimum(bits, _WORD - bits) if self.folded else bits


def near_rows(
    words: Array, keys: Array, word: int, measure: Measure, active: int, *, apart: bool = False
) -> Iterator[tuple[Array, Array]]:
    """Yield the places of pairs of rows with equal keys that are near, each once, in pieces.

    Parameters
    ----------
    words
        4 x n words of 64 bits.
    keys
        n numbers of 16 bits.
    word
        Number of the word that the keys are part of.
    active
        Only pairs of which one is among so many first rows, which comes first in the pair.
    apart
        The other is not among these.
    """
    import numpy

    counts = numpy.bincount(keys, minlength=1 << 16)
    actives = numpy.bincount(keys[:active], minlength=1 << 16)
    wanted = (actives > 0) & (counts > actives if apart else counts > 1)
    places = numpy.flatnonzero(wanted[keys])
    # A stable sort leaves those that are active in front of their group.
    order = places[numpy.argsort(keys[places], kind="stable")]
    groups = numpy.flatnonzero(wanted)
    if not len(groups):
        return
    starts = numpy.cumsum(counts[groups]) - counts[groups]
    shapes, members = numpy.unique(counts[groups] << 32 | actives[groups], return_inverse=True)
    by_shape = numpy.split(starts[numpy.argsort(members, kind="stable")], numpy.bincount(members).cumsum()[:-1])
    for shape, begins in zip(shapes.tolist(), by_shape, strict=True):
        size, first = shape >> 32, shape & 0xFFFFFFFF
        width = 1 if _WIDE <= size > len(begins) else max(1, _BLOCK // size)
        for begin in range(0, len(begins), width):
            rows = order[numpy.arange(size)[:, None] + begins[begin : begin + width]]
            left, right = _near_in_block(words, rows, word, measure, first, apart=apart)
            if len(left):
                yield left, right


def _near_in_block(
    words: Array, rows: Array, word: int, measure: Measure, active: int, *, apart: bool
) -> tuple[Array, Array]:
    """Compare members (first axis) of groups (second axis) with the members that follow."""
    import numpy

    size, width = rows.shape
    numbers = [word, *(other for other in range(WORDS) if other != word)]
    deciding, most = measure.first
    parts = [words[number][rows] for number in numbers[:deciding]]
    lefts, rights = [], []
    begin = 0
    while begin < active:
        other = active if apart else begin + 1
        across = (size - other) * width
        end = min(active, begin + max(1, _BLOCK // max(1, across)))
        bits = measure.count(parts[0][begin:end, None] ^ parts[0][None, other:])
        for part in parts[1:]:
            bits += measure.count(part[begin:end, None] ^ part[None, other:])
        passed = numpy.flatnonzero(bits <= most)
        if len(passed):
            member, rest = numpy.divmod(passed, across)
            left, right = (begin + member) * width + rest % width, other * width + rest
            # Of members that are compared together, each meets itself and those before it too.
            later = left < right
            lefts.append(left[later])
            rights.append(right[later])
        begin = end
    flat = rows.reshape(-1)
    if not lefts:
        return flat[:0], flat[:0]
    left, right = flat[numpy.concatenate(lefts)], flat[numpy.concatenate(rights)]
    differing = numpy.zeros(len(left), dtype=numpy.uint16)
    for number in numbers:
        differing = differing + measure.count(words[number][left] ^ words[number][right])
        near = differing <= measure.distance
        left, right, differing = left[near], right[near], differing[near]
    return left, right
