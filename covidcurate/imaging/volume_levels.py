"""The levels of a volume: which values occur, and how many-th each voxel is among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_MOST_LEVELS = 1 << 20
"""Distinct values beyond which they are measurements of real numbers, and not levels."""
_MOST_RANGE = 1 << 24


@dataclass(frozen=True)
class Levels:
    """The distinct values of a volume in ascending order, or a table from value less ``low`` to rank, or neither."""

    count: int
    values: Array | None = None
    table: Array | None = None
    low: int = 0

    @property
    def is_ranked(self) -> bool:
        """Whether values are few enough to be told by their rank."""
        return self.values is not None or self.table is not None

    def planes(self, voxels: Array) -> Iterator[Array]:
        """Yield planes of ranks, or of float32 where there are too many values for ranks."""
        import numpy

        kind = "<u2" if self.count <= 1 << 16 else "<u4"
        for number in range(voxels.shape[2]):
            plane = numpy.ascontiguousarray(voxels[:, :, number])
            if self.table is not None:
                yield self.table[_whole(plane) - self.low]
            elif self.values is not None:
                yield numpy.searchsorted(self.values, _real(plane)).astype(kind)
            else:
                yield _real(plane).astype("<f4")


def levels_of(voxels: Array) -> Levels:
    """Return the levels of a volume, read plane by plane."""
    import numpy

    if voxels.dtype.kind in "iu" or _are_whole(voxels):
        low, high = int(voxels.min()), int(voxels.max())
        if high - low < _MOST_RANGE:
            present = numpy.zeros(high - low + 1, dtype=bool)
            for number in range(voxels.shape[2]):
                present[_whole(voxels[:, :, number]) - low] = True
            count = int(present.sum())
            ranks = (present.cumsum() - 1).astype("<u2" if count <= 1 << 16 else "<u4")
            return Levels(count, table=ranks, low=low)
    values = numpy.empty(0, dtype=numpy.float64)
    for number in range(voxels.shape[2]):
        values = numpy.union1d(values, _real(voxels[:, :, number]))
        if len(values) > _MOST_LEVELS:
            return Levels(0)
    return Levels(len(values), values=values)


def _are_whole(voxels: Array) -> bool:
    """Whether real numbers are all whole, as HU are that some program wrote as floating point."""
    import numpy

    for number in range(voxels.shape[2]):
        plane = voxels[:, :, number]
        if not (numpy.abs(plane) < _MOST_RANGE).all() or not (plane == numpy.rint(plane)).all():
            return False
    return True


def _whole(plane: Array) -> Array:
    import numpy

    return plane.astype(numpy.int64)


def _real(plane: Array) -> Array:
    """Return real numbers, with what is none as the lowest."""
    import numpy

    return numpy.nan_to_num(plane.astype(numpy.float64), nan=-numpy.inf)
