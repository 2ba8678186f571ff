"""Lay one picture over another: scale, shift, shear and small turns, found by least squares on local contrast.

Both are first made free of their grey scale: each value less the mean of its neighborhood, over its deviation there.
What is left is edges and texture, the same through any window, gamma or equalization; marks that were burned in are
bounded, so that they cannot outvote the lungs.

What decides is the finest of it. Two films of one patient, taken with care on two days, agree in all that is coarse
once one is laid over the other; vessels and trabeculae do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from covidcurate.imaging.picture import resize_smoothly

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

SIDE = 128
"""Cells along each side of the pictures that are compared."""
_LEVELS = (32, 64, SIDE)
_STEPS = 12
_GAIN = 1e-3
"""What a step is to add to the correlation, that another is worth its time."""
_RADIUS = 0.07
"""Half the width of a neighborhood, as a share of the side."""
_FINE = 4
"""Half the width, in cells, of the neighborhoods whose means are taken from what is scored."""
_BOUND = 2.5
_LEAST_OVERLAP = 0.3
_LEAST_FACTOR = 0.2
"""Of contrast, by which a step is divided."""


@dataclass(frozen=True)
class Registration:
    """How well a picture lies over another, and how: ``score`` is the correlation of fine contrast where they overlap.

    ``affine`` (2 x 3) takes places of the first picture (row, column, from -1 to 1) to those of the second; ``overlap``
    is the share of the first that the second covers.
    """

    score: float
    affine: Array
    overlap: float


def prepare(pixels: Array) -> tuple[Array, ...]:
    """Return local contrast of a picture at three sizes, the smallest first, and what is fine in the last."""
    levels = [_local_contrast(resize_smoothly(pixels, (side, side))) for side in _LEVELS]
    return *levels, (levels[-1] - _box(levels[-1], _FINE)).astype(levels[-1].dtype)


def register(first: Sequence[Array], second: Sequence[Array], start: Array) -> Registration:
    """Return how the second prepared picture is best laid over the first, beginning with an affine (2 x 3)."""
    affine = start
    for fixed, moving in zip(first[:-1], second[:-1], strict=True):
        affine = _refine(fixed, moving, affine)
    warped, inside = sample(second[-1], affine)
    score, _, overlap = _correlate(first[-1].ravel(), warped, inside)
    return Registration(score if overlap >= _LEAST_OVERLAP else 0.0, affine, overlap)


def identity() -> Array:
    """Return the affine that changes nothing."""
    import numpy

    return numpy.array([[1.0, 0, 0], [0, 1.0, 0]])


def _refine(fixed: Array, moving: Array, affine: Array) -> Array:
    """Improve an affine by Gauss-Newton steps, as long as they help.

    A step is solved for the fixed picture, whose slopes stay, and taken back from the moving one (the inverse
    compositional form of Lucas and Kanade 1981, by Baker and Matthews 2004).
    """
    import numpy

    terms, still = _terms(fixed), fixed.ravel()
    best, best_score = affine, 0.0
    for _ in range(_STEPS + 1):
        warped, inside = sample(moving, affine)
        score, gain, overlap = _correlate(still, warped, inside)
        if overlap < _LEAST_OVERLAP or score < best_score - 0.1:
            break
        if score > best_score:
            gained, best, best_score = score - best_score, affine, score
            if gained < _GAIN:
                break
        seen = terms * inside[:, None]
        normal = seen.T @ terms
        normal[numpy.diag_indices(6)] *= 1.001
        # Contrast differs by a factor where a picture was blurred or sharpened.
        error = warped - gain * still
        try:
            step = numpy.linalg.solve(normal, seen.T @ error) / max(gain, _LEAST_FACTOR)
            affine = affine @ numpy.linalg.inv(numpy.vstack([step.reshape(2, 3) + identity(), [0, 0, 1]]))
        except numpy.linalg.LinAlgError:
            break
    return best


def _terms(fixed: Array) -> Array:
    """Return how each cell changes (cells x 6) with each number of an affine."""
    import numpy

    places = _places(len(fixed)).astype(numpy.float32)
    down, across = (slope * (len(fixed) / 2) for slope in numpy.gradient(fixed))
    slopes = [down * places[:, None], down * places, down, across * places[:, None], across * places, across]
    return numpy.stack(slopes, axis=-1).reshape(-1, 6)


def _correlate(fixed: Array, warped: Array, inside: Array) -> tuple[float, float, float]:
    """Return the correlation of what lies inside, the factor of contrast, and how much that is."""
    import numpy

    count = float(inside.sum())
    if not count:
        return 0.0, 1.0, 0.0
    one, other = fixed * inside, warped * inside
    squares, mean, other_mean = float(one @ one), float(one.sum()) / count, float(other.sum()) / count
    both = float(one @ other)
    lengths = (squares - count * mean**2) * (float(other @ other) - count * other_mean**2)
    score = (both - count * mean * other_mean) / float(numpy.sqrt(lengths)) if lengths > 0 else 0.0
    return score, both / max(1e-9, squares), count / len(fixed)


@cache
def _places(side: int) -> Array:
    """Return where the middles of cells are, from -1 to 1."""
    import numpy

    return (numpy.arange(side) + 0.5) * 2 / side - 1


def sample(values: Array, affine: Array, shape: tuple[int, int] | None = None) -> tuple[Array, Array]:
    """Return the values at warped places, between cells linearly, and 1 for those that lie inside, else 0; both flat.

    Parameters
    ----------
    shape
        Rows and columns of what is returned; by default those of the values.
    """
    import numpy

    rows, columns = values.shape
    down_places, along_places = (_places(side) for side in shape or values.shape)
    (a, b, c), (d, e, f) = affine * numpy.array([[rows / 2], [columns / 2]])
    down = numpy.add.outer(a * down_places + (c + (rows - 1) / 2), b * along_places).astype(numpy.float32).ravel()
    across = numpy.add.outer(d * down_places + (f + (columns - 1) / 2), e * along_places).astype(numpy.float32).ravel()
    inside = ((down >= 0) & (down <= rows - 1) & (across >= 0) & (across <= columns - 1)).astype(numpy.float32)
    numpy.clip(down, 0, rows - 1.001, out=down)
    numpy.clip(across, 0, columns - 1.001, out=across)
    top, left = down.astype(numpy.int32), across.astype(numpy.int32)
    down -= top
    across -= left
    corner = top * columns + left
    flat = values.ravel()
    upper, lower = flat.take(corner), flat.take(corner + columns)
    upper += (flat.take(corner + 1) - upper) * across
    lower += (flat.take(corner + (columns + 1)) - lower) * across
    sampled: Array = upper + (lower - upper) * down
    return sampled, inside


def _local_contrast(grid: Array) -> Array:
    import numpy

    radius = max(2, round(len(grid) * _RADIUS))
    mean = _box(grid, radius)
    deviation = numpy.sqrt(numpy.maximum(_box(grid**2, radius) - mean**2, 0))
    bounded = numpy.clip((grid - mean) / (deviation + 2.0), -_BOUND, _BOUND)
    # Single precision is enough, and half the time.
    single: Array = bounded.astype(numpy.float32)
    return single


def _box(values: Array, radius: int) -> Array:
    """Return the means of square neighborhoods, the edge repeated."""
    import numpy

    padded = numpy.pad(values, radius, mode="edge")
    sums = numpy.zeros((padded.shape[0] + 1, padded.shape[1] + 1))
    sums[1:, 1:] = padded.cumsum(0, dtype=numpy.float64).cumsum(1)
    width = 2 * radius + 1
    sums = sums[width:, width:] - sums[:-width, width:] - sums[width:, :-width] + sums[:-width, :-width]
    box: Array = sums / width**2
    return box
