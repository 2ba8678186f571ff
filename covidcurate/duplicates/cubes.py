"""Small grids of volumes: every way to lay one along its axes, coarse shapes to find likely pairs, and correlations."""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING, Any

from covidcurate.imaging.volume_sample import SIDE

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_LOW, _BITS = 7, 256
_RADIUS = 2
_BOUND = 2.5
_LEAST_DETAIL = 500
"""Voxels that have to be compared before a correlation says anything."""
_LEAST_LEVELS = 16
"""Levels in the middle of a window below which voxels in order are no proof, as those of a mask are none."""
_AXES = ("left and right", "front and back", "head and feet")
Form = tuple[tuple[int, ...], tuple[int, ...]]
"""In which order the axes are taken, and which are then reversed."""
FORMS: tuple[Form, ...] = tuple(
    (order, flips)
    for order in itertools.permutations(range(3))
    for count in range(4)
    for flips in itertools.combinations(range(3), count)
)
"""Every way to lay a volume along its axes, the unchanged one first."""


def frequencies_of(grid: Array) -> Array:
    """Return the lowest 7 x 7 x 7 frequencies of a grid whose levels are spread evenly."""
    import numpy

    places = (numpy.arange(SIDE) + 0.5) / SIDE
    cosines = numpy.cos(numpy.pi * numpy.arange(_LOW)[:, None] * places)
    counts = numpy.bincount(grid.ravel(), minlength=256)
    even = (counts.cumsum() - counts / 2)[grid] / grid.size
    return numpy.asarray(numpy.einsum("xyz,ax,by,cz->abc", even, cosines, cosines, cosines, optimize=True))


def _signs(flips: tuple[int, ...]) -> Array:
    """Return what frequencies are multiplied by when axes are reversed: those of odd number change their sign."""
    import numpy

    number = numpy.indices((_LOW,) * 3)
    return (-1.0) ** sum((number[axis] for axis in flips), numpy.zeros((_LOW,) * 3))


@cache
def _lowest() -> Array:
    """Return the places of the 256 lowest frequencies but the constant."""
    import numpy

    length = (numpy.indices((_LOW,) * 3) ** 2).sum(axis=0).ravel()
    return numpy.asarray(numpy.argsort(length, kind="stable")[1 : _BITS + 1])


def hash_frequencies(frequencies: Array) -> Array:
    """Return the 256 bits of each of n x 7 x 7 x 7 frequencies as 32 bytes (uint8)."""
    import numpy

    flat = frequencies.reshape(len(frequencies), -1)[:, _lowest()]
    return numpy.packbits(flat > numpy.median(flat, axis=1, keepdims=True), axis=1)


def turn_frequencies(frequencies: Array, form: Form) -> Array:
    """Return the frequencies (n x 7 x 7 x 7) of grids that are turned as :func:`turn_grid` does."""
    order, flips = form
    turned: Array = frequencies.transpose(0, *(axis + 1 for axis in order)) * _signs(flips)
    return turned


def turn_grid(values: Array, form: Form) -> Array:
    """Return a grid whose axes are taken in the order of a form, and then reversed where it says so."""
    import numpy

    order, flips = form
    return numpy.flip(values.transpose(order), flips)


def describe_form(form: Form) -> str:
    """Return what was done to a volume that is laid over another by a form; empty for nothing."""
    order, flips = form
    swaps = sum(order[a] > order[b] for a, b in itertools.combinations(range(3), 2))
    how = "mirrored" if (swaps + len(flips)) % 2 else "turned"
    if swaps:
        return f"{how}, with its axes in another order"
    return f"{how}: {', '.join(_AXES[axis] for axis in flips)} exchanged" if flips else ""


def local_contrast(grid: Array) -> Array:
    """Return each cell less the mean of its neighborhood over its deviation there, the same through any window."""
    import numpy

    values = grid.astype(numpy.float64)
    mean = _box(values)
    deviation = numpy.sqrt(numpy.maximum(_box(values**2) - mean**2, 0))
    bounded: Array = numpy.clip((values - mean) / (deviation + 2.0), -_BOUND, _BOUND)
    return bounded


def _box(values: Array) -> Array:
    """Return the means of cubes, the edge repeated."""
    import numpy

    for axis in range(3):
        padded = numpy.pad(values, [(_RADIUS, _RADIUS) if place == axis else (0, 0) for place in range(3)], mode="edge")
        parts = numpy.lib.stride_tricks.sliding_window_view(padded, 2 * _RADIUS + 1, axis)
        values = parts.mean(axis=-1)
    return values


def correlate(one: Array, other: Array) -> float:
    """Return the correlation of two grids; 0 where one is uniform."""
    import numpy

    one, other = one - one.mean(), other - other.mean()
    length = float(numpy.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / length if length else 0.0


def correlate_detail(one: Array, other: Array) -> float:
    """Return the correlation of single voxels where both have detail; edges are bounded, so that noise counts."""
    import numpy

    both = (one != 0) & (other != 0)
    if int(both.sum()) < _LEAST_DETAIL:
        return 0.0
    bounded = [numpy.clip(values[both].astype(numpy.float64), -_BOUND, _BOUND) for values in (one, other)]
    return correlate(*bounded)


def is_window_of(one: Array, other: Array) -> bool:
    """Whether single voxels (ranks, from the same places) of two volumes lie in one order, levels lost in one of them.

    Noise of its own, or any filter, puts some of them out of order.
    """
    import numpy

    fine, coarse = sorted((one.ravel(), other.ravel()), key=lambda ranks: -int(ranks.max()))
    order = numpy.lexsort((coarse, fine))
    in_order = bool((numpy.diff(coarse[order].astype(numpy.int32)) >= 0).all())
    # A level of the finer one may not be two of the coarser.
    pairs = numpy.unique(fine.astype(numpy.int64) << 16 | coarse)
    inside = (coarse > 0) & (coarse < coarse.max())
    return (
        in_order
        and len(pairs) == int(fine.max()) + 1
        and int(inside.sum()) >= _LEAST_DETAIL
        and int(coarse.max()) >= _LEAST_LEVELS
    )
