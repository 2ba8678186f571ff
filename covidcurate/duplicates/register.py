"""Lay one picture over another: scale, shift, shear and small turns, found by least squares on local contrast.

Both are first made free of their grey scale: each value less the mean of its neighborhood, over its deviation there.
What is left is edges and texture, the same through any window, gamma or equalization; marks that were burned in are
bounded, so that they cannot outvote the lungs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covidcurate.imaging.picture import resize_smoothly

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

SIDE = 128
"""Cells along each side of the pictures that are compared."""
_LEVELS = (32, 64, SIDE)
_STEPS = 12
_RADIUS = 0.07
"""Half the width of a neighborhood, as a share of the side."""
_BOUND = 2.5
_LEAST_OVERLAP = 0.3


@dataclass(frozen=True)
class Registration:
    """How well a picture lies over another, and how: ``score`` is the correlation of local contrast where they overlap.

    ``affine`` (2 x 3) takes places of the first picture (row, column, from -1 to 1) to those of the second; ``overlap``
    is the share of the first that the second covers.
    """

    score: float
    affine: Array
    overlap: float


def prepare(pixels: Array) -> list[Array]:
    """Return local contrast of a picture at three sizes, the smallest first."""
    return [_local_contrast(_resize(pixels, side)) for side in _LEVELS]


def register(first: list[Array], second: list[Array], start: Array) -> Registration:
    """Return how the second prepared picture is best laid over the first, beginning with an affine (2 x 3)."""
    affine = start
    for fixed, moving in zip(first, second, strict=True):
        affine = _refine(fixed, moving, affine)
    score, overlap = _correlate(first[-1], second[-1], affine)
    return Registration(score, affine, overlap)


def identity() -> Array:
    """Return the affine that changes nothing."""
    import numpy

    return numpy.array([[1.0, 0, 0], [0, 1.0, 0]])


def _refine(fixed: Array, moving: Array, affine: Array) -> Array:
    """Improve an affine by Gauss-Newton steps (Lucas and Kanade 1981), as long as they help."""
    import numpy

    rows, columns = _places(len(fixed))
    best, best_score = affine, _correlate(fixed, moving, affine)[0]
    slope_rows, slope_columns = numpy.gradient(moving)
    scale = len(moving) / 2
    for _ in range(_STEPS):
        warped, inside = _sample(moving, affine, rows, columns)
        if inside.mean() < _LEAST_OVERLAP:
            break
        down, _ = _sample(slope_rows, affine, rows, columns)
        across, _ = _sample(slope_columns, affine, rows, columns)
        terms = (
            numpy.stack([down * rows, down * columns, down, across * rows, across * columns, across], axis=-1)[inside]
            * scale
        )
        # Contrast differs by a factor where a picture was blurred or sharpened.
        gain = float((fixed[inside] * warped[inside]).sum() / max(1e-9, (fixed[inside] ** 2).sum()))
        error = gain * fixed[inside] - warped[inside]
        normal = terms.T @ terms
        normal[numpy.diag_indices(6)] *= 1.001
        try:
            step = numpy.linalg.solve(normal, terms.T @ error)
        except numpy.linalg.LinAlgError:
            break
        affine = affine + step.reshape(2, 3)
        score = _correlate(fixed, moving, affine)[0]
        if score > best_score:
            gained, best, best_score = score - best_score, affine, score
            if gained < 1e-4:
                break
        elif score < best_score - 0.1:
            break
    return best


def _correlate(fixed: Array, moving: Array, affine: Array) -> tuple[float, float]:
    import numpy

    warped, inside = _sample(moving, affine, *_places(len(fixed)))
    overlap = float(inside.mean())
    if overlap < _LEAST_OVERLAP:
        return 0.0, overlap
    one, other = fixed[inside], warped[inside]
    one, other = one - one.mean(), other - other.mean()
    length = float(numpy.sqrt((one**2).sum() * (other**2).sum()))
    return (float((one * other).sum()) / length if length else 0.0), overlap


def _places(side: int) -> tuple[Array, Array]:
    """Return the rows and columns of the middles of cells, from -1 to 1."""
    import numpy

    places = (numpy.arange(side) + 0.5) * 2 / side - 1
    return numpy.broadcast_to(places[:, None], (side, side)), numpy.broadcast_to(places[None, :], (side, side))


def _sample(values: Array, affine: Array, rows: Array, columns: Array) -> tuple[Array, Array]:
    """Return the values at warped places, between cells linearly, and which of them lie inside."""
    import numpy

    side = len(values)
    down = (affine[0, 0] * rows + affine[0, 1] * columns + affine[0, 2] + 1) * side / 2 - 0.5
    across = (affine[1, 0] * rows + affine[1, 1] * columns + affine[1, 2] + 1) * side / 2 - 0.5
    inside = (down >= 0) & (down <= side - 1) & (across >= 0) & (across <= side - 1)
    top = numpy.clip(down.astype(int), 0, side - 2)
    left = numpy.clip(across.astype(int), 0, side - 2)
    share, other = down - top, across - left
    upper = values[top, left] * (1 - other) + values[top, left + 1] * other
    lower = values[top + 1, left] * (1 - other) + values[top + 1, left + 1] * other
    return upper * (1 - share) + lower * share, inside


def _local_contrast(grid: Array) -> Array:
    import numpy

    radius = max(2, round(len(grid) * _RADIUS))
    mean = _box(grid, radius)
    deviation = numpy.sqrt(numpy.maximum(_box(grid**2, radius) - mean**2, 0))
    bounded: Array = numpy.clip((grid - mean) / (deviation + 2.0), -_BOUND, _BOUND)
    return bounded


def _box(values: Array, radius: int) -> Array:
    """Return the means of square neighborhoods, the edge repeated."""
    import numpy

    padded = numpy.pad(values, radius, mode="edge")
    sums = numpy.zeros((padded.shape[0] + 1, padded.shape[1] + 1))
    sums[1:, 1:] = padded.cumsum(0).cumsum(1)
    width = 2 * radius + 1
    sums = sums[width:, width:] - sums[:-width, width:] - sums[width:, :-width] + sums[:-width, :-width]
    box: Array = sums / width**2
    return box


def _resize(pixels: Array, side: int) -> Array:
    import numpy

    grid: Array = resize_smoothly(pixels, (side, side)).astype(numpy.float64)
    return grid
