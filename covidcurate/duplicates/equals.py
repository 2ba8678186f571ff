"""Rows that are equal are looked up once: groups of them, and how pairs of groups become pairs of rows again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

MOST_PAIRS = 1024
"""Pairs that two groups of equal rows give one by one; of more, only those with a group's first."""
_MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
"""Odd numbers: the four words of a row times these are summed to one, that differs where rows do."""


@dataclass(frozen=True)
class Equals:
    """Rows of ``order`` from ``starts[k]`` to ``starts[k + 1]`` are equal, and ascend."""

    order: Array
    starts: Array

    @property
    def firsts(self) -> Array:
        """The first row of each group."""
        rows: Array = self.order[self.starts[:-1]]
        return rows

    @property
    def lasts(self) -> Array:
        """The last row of each group."""
        rows: Array = self.order[self.starts[1:] - 1]
        return rows

    @property
    def sizes(self) -> Array:
        """The number of rows of each group."""
        import numpy

        sizes: Array = numpy.diff(self.starts)
        return sizes

    def take(self, groups: Array) -> Equals:
        """Return the same groups in another order."""
        import numpy

        sizes = self.sizes[groups]
        ends = sizes.cumsum()
        places = numpy.arange(len(self.order)) + numpy.repeat(self.starts[groups] - ends + sizes, sizes)
        return Equals(self.order[places], numpy.append(0, ends))


def group_equals(words: Array) -> Equals:
    """Return groups of equal rows of n x 4 words (uint64)."""
    import numpy

    mixed = (words * numpy.array(_MIX, dtype=numpy.uint64)).sum(axis=1)
    order = numpy.argsort(mixed, kind="stable")
    mixed = mixed[order]
    differ = mixed[1:] != mixed[:-1]
    # Sums may be equal where rows are not: such rows are groups of their own, however often they change.
    doubtful = numpy.flatnonzero(~differ)
    differ[doubtful] = (words[order[doubtful]] != words[order[doubtful + 1]]).any(axis=1)
    starts = numpy.concatenate([[0], numpy.flatnonzero(differ) + 1, [len(order)]])
    return Equals(order, starts)


def expand(left: Equals, right: Equals, first: Array, second: Array) -> tuple[Array, Array, Array]:
    """Return the rows of pairs of groups, and for each the place of the pair of groups that it is of.

    Two groups of which more than ``MOST_PAIRS`` pairs could be made give those with the first row of either alone.
    """
    import numpy

    across = right.sizes[second]
    totals = left.sizes[first] * across
    many = totals > MOST_PAIRS
    few = numpy.flatnonzero(~many)
    origin = numpy.repeat(few, totals[few])
    inside = numpy.arange(len(origin)) - numpy.repeat(totals[few].cumsum() - totals[few], totals[few])
    down, along = numpy.divmod(inside, across[origin])
    lefts = [left.order[left.starts[first[origin]] + down]]
    rights = [right.order[right.starts[second[origin]] + along]]
    origins = [origin]
    for place in numpy.flatnonzero(many).tolist():
        one, other = first[place], second[place]
        rows = left.order[left.starts[one] : left.starts[one + 1]]
        columns = right.order[right.starts[other] : right.starts[other + 1]]
        lefts += [rows, numpy.repeat(rows[:1], len(columns))]
        rights += [numpy.repeat(columns[:1], len(rows)), columns]
        origins.append(numpy.repeat(place, len(rows) + len(columns)))
    return numpy.concatenate(lefts), numpy.concatenate(rights), numpy.concatenate(origins)
