"""Put slices on a regular, upright grid where the scanner did not: between slices, and against the tilt of a gantry.

Values are interpolated linearly, so that none lies outside of those that were measured; what was done is told in the
notes and in the description that the file carries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.geometry import SAME_PLACE, Stack, affine_of, stack_slices
from covidcurate.imaging.dicom.volume import Volume

if TYPE_CHECKING:
    import numpy

    from covidcurate.imaging.dicom.slices import Slice

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_AIR = -1000
_MOST_SLICES = 4096


def resample(volume: Volume, slices: Sequence[Slice]) -> Volume:
    """Return a volume on an upright grid whose slices are as far apart as the nearest two that were measured.

    Parameters
    ----------
    volume
        Voxels of the slices, in their order; its affine is not looked at.
    slices
        The slices, ordered by place.

    Raises
    ------
    UnreadableError
        The grid would have more slices than any volume, because two of them nearly share a place.
    """
    import numpy

    measured = numpy.asarray(volume.voxels)
    stack = stack_slices(slices)
    step = _step(stack)
    count = round((stack.places[-1] - stack.places[0]) / step) + 1
    if count > _MOST_SLICES:
        raise UnreadableError(f"a regular grid of {step:.3f} mm would have {count} slices")
    origin = numpy.array(slices[0].position)
    # Where each slice really lies beside the normal through the first, in columns and rows.
    shifts = [_shift(one, origin, stack.normal) for one in slices]
    upright = [_move(plane, *shift) for plane, shift in zip(measured, shifts, strict=True)]
    result = numpy.empty((count, *measured.shape[1:]), dtype=measured.dtype)
    for number in range(count):
        place = min(stack.places[0] + number * step, stack.places[-1])
        above = int(numpy.clip(numpy.searchsorted(stack.places, place), 1, len(slices) - 1))
        gap = stack.places[above] - stack.places[above - 1]
        share = float((place - stack.places[above - 1]) / gap)
        mixed = upright[above - 1] * (1 - share) + upright[above] * share
        result[number] = _as_type(mixed, result.dtype)
    affine = affine_of(slices[0], origin, stack.normal * step)
    moved = max(max(abs(column), abs(row)) for column, row in shifts)
    sideways = f", slices moved sideways by up to {moved:.1f} pixels" if moved > SAME_PLACE else ""
    text = f"resampled linearly to {step:.3f} mm ({len(slices)} slices to {count}){sideways}"
    return Volume(result, affine, volume.slope, volume.intercept, False, [*volume.notes, text], text)


def _step(stack: Stack) -> float:
    """Return the smallest gap, in mm; it keeps every detail that was measured."""
    return float(stack.gaps.min())


def _shift(one: Slice, origin: Array, normal: Array) -> tuple[float, float]:
    """Return by how many columns and rows a slice lies beside the place on the normal through the origin."""
    import numpy

    beside = numpy.array(one.position) - origin
    beside = beside - (beside @ normal) * normal
    return (
        float(beside @ numpy.array(one.along_row)) / one.column_spacing,
        float(beside @ numpy.array(one.along_column)) / one.row_spacing,
    )


def _move(plane: Array, columns: float, rows: float) -> Array:
    """Return a plane whose content lies a number of columns and rows further on, as float32."""
    moved = plane.astype("float32")
    for axis, distance in ((1, columns), (0, rows)):
        moved = _move_along(moved, distance, axis)
    return moved


def _move_along(plane: Array, distance: float, axis: int) -> Array:
    import numpy

    if abs(distance) < SAME_PLACE:
        return plane
    size = plane.shape[axis]
    source = numpy.arange(size) - distance
    low = numpy.floor(source).astype(int)
    share = (source - low).astype(numpy.float32)
    shape = (-1, 1) if axis == 0 else (1, -1)
    share = share.reshape(shape)
    near = numpy.take(plane, numpy.clip(low, 0, size - 1), axis)
    far = numpy.take(plane, numpy.clip(low + 1, 0, size - 1), axis)
    mixed: Array = near * (1 - share) + far * share
    # Beyond the edge nothing was measured: air, or the least that there is.
    outside = ((source < -0.5) | (source > size - 0.5)).reshape(shape)
    return numpy.where(outside, min(_AIR, float(plane.min())), mixed)


def _as_type(values: Array, kind: Any) -> Array:
    import numpy

    return values.astype(kind) if kind.kind == "f" else numpy.rint(values).astype(kind)
