"""Say what was done to one picture to make another of it, once the one has been laid over the other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_QUANTILES = (0, 0.002, 0.01, 0.03, *(place / 20 for place in range(1, 20)), 0.97, 0.99, 0.998, 1)
"""Shares of a picture that are darker than where the curve of grey levels is taken; finer at its ends."""
_EDGE = 2
"""Cells along the edges in which nothing is taken for a mark."""
_ALIKE = 10.0
"""Grey levels by which two pictures may differ without a word."""
_STRAIGHT = 8.0
"""Grey levels that a curve may bend before it is more than another brightness and contrast."""
_CLIPPED = 0.03
"""Share of a picture that is black or white where the other is not, from which on it was windowed."""
_MARK = 40.0
"""Grey levels that stand out of everything in the neighborhood, as letters and arrows do."""
_LEAST_EXPLAINED = 0.93
"""Share of the variance, marks left out, below which the one is no plain function of the other."""
_LEAST_MARKED, _MOST_MARKED = 0.0004, 0.1
"""Shares of a picture that marks may cover: less is noise, more is another picture."""


@dataclass(frozen=True, slots=True)
class GreyChange:
    """How grey levels differ, in words, and which picture has marks in it that the other has not: 1, 2, or 0 for none.

    ``explained`` is the share of the variance of the second picture's grey levels that follows from the first.
    """

    words: tuple[str, ...]
    marked: int
    explained: float


def describe_greys(first: Array, second: Array, inside: Array, degrees: float = 0.0) -> GreyChange:
    """Compare the grey levels (0 to 255) of two square pictures that lie one over the other.

    Parameters
    ----------
    inside
        Where both are, as 1 and 0.
    degrees
        By which one was turned: what came in at its edges is no mark.
    """
    seen = inside > 0
    curve = grey_curve(first[seen], second[seen])
    # Marks bend the curve from the picture that has them, so that they stand out in the other direction.
    ways = [
        _stray(second, first, curve, seen, degrees),
        _stray(first, second, grey_curve(second[seen], first[seen]), seen, degrees),
    ]
    words = list(_tone(first[seen], second[seen], curve))
    way = max(ways, key=lambda one: one.share)
    marked = 0
    if max(one.rest_explained for one in ways) < _LEAST_EXPLAINED:
        words.append("grey levels changed from place to place, as by CLAHE or another exposure")
    elif _LEAST_MARKED <= way.share <= _MOST_MARKED:
        marked = 1 + (_stands_out(second, way.marks) > _stands_out(first, way.marks))
        words.append(f"text, arrows or other marks in the {_ordinal(marked)}, on {way.share:.1%} of the picture")
    return GreyChange(tuple(words), marked, max(0.0, *(one.explained for one in ways)))


@dataclass(frozen=True)
class _Stray:
    """Where one picture is not what a curve makes of the other, and how much is explained with that and without."""

    marks: Array
    explained: float
    rest_explained: float

    @property
    def share(self) -> float:
        """How much of the picture strays."""
        return float(self.marks.mean())


def _stray(picture: Array, source: Array, curve: tuple[Array, Array], seen: Array, degrees: float) -> _Stray:
    import numpy

    predicted = numpy.interp(source, *curve)
    # A cell beside is as good: pictures fit to a cell at best.
    lowest, highest = _around(predicted)
    outside = numpy.maximum(lowest - picture, picture - highest) * seen
    edge = _EDGE + math.ceil(abs(math.sin(math.radians(degrees))) * len(picture))
    within = numpy.zeros_like(seen)
    within[edge:-edge, edge:-edge] = True
    # What is black or white may have been anything, and says so in the other direction if it is a mark.
    marks = (outside > _MARK) & within & ~_is_clipped(source)
    return _Stray(marks, _explained(picture, predicted, seen), _explained(picture, predicted, seen & ~marks))


def grey_curve(first: Array, second: Array) -> tuple[Array, Array]:
    """Return grey levels of one picture (flat), and what another mostly has in their place, never falling."""
    import numpy

    edges = numpy.unique(numpy.quantile(first, _QUANTILES))
    if len(edges) < 2:
        return numpy.array([0.0, 255.0]), numpy.full(2, float(numpy.median(second)))
    bins = numpy.clip(numpy.searchsorted(edges, first, "right") - 1, 0, len(edges) - 2)
    present, counts = numpy.unique(bins, return_counts=True)
    levels = numpy.array([numpy.median(first[bins == one]) for one in present])
    medians = numpy.array([numpy.median(second[bins == one]) for one in present])
    return levels, _rising(medians, counts)


def _rising(values: Array, weights: Array) -> Array:
    """Return the nearest values that never fall (isotonic regression), so that few marks bend the curve little."""
    import numpy

    blocks: list[list[float]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (one, first, count), (other, second, more) = blocks[-2:]
            blocks[-2:] = [[(one * first + other * second) / (first + second), first + second, count + more]]
    return numpy.repeat([value for value, _, _ in blocks], [int(count) for _, _, count in blocks])


def _tone(first: Array, second: Array, curve: tuple[Array, Array]) -> Iterator[str]:
    import numpy

    clipped = [float(_is_clipped(one).mean()) for one in (first, second)]
    if abs(clipped[1] - clipped[0]) > _CLIPPED:
        which = _ordinal(1 + (clipped[1] > clipped[0]))
        yield f"a narrower window in the {which}: {max(clipped):.0%} of it is black or white"
        return
    levels, medians = curve
    if numpy.abs(levels - medians).max() > _ALIKE and len(levels) > 2:
        slope, offset = numpy.polyfit(levels, medians, 1)
        if numpy.abs(slope * levels + offset - medians).max() <= _STRAIGHT:
            yield f"another brightness and contrast: times {slope:.2f}, {offset:+.0f} of 255"
        else:
            yield "another curve of grey levels, as by gamma or equalization"


def _explained(second: Array, predicted: Array, where: Array) -> float:
    """Return the share of the variance of grey levels that is predicted."""
    variance = float(second[where].var())
    return 1 - float((second - predicted)[where].var()) / variance if variance else 0.0


def _stands_out(picture: Array, marks: Array) -> float:
    """Return by how many grey levels marked cells differ from those around them that are not marked."""
    import numpy

    kept = numpy.where(marks, 0.0, picture)
    sums, counts = (_sums(one) for one in (kept, (~marks).astype(numpy.float64)))
    known = marks & (counts > 0)
    return float(numpy.abs(picture[known] - sums[known] / counts[known]).mean()) if known.any() else 0.0


def _sums(values: Array) -> Array:
    """Return the sum of each cell and all within four cells of it."""
    import numpy

    windows = numpy.lib.stride_tricks.sliding_window_view(numpy.pad(values, 4), (9, 9))
    sums: Array = windows.sum(axis=(2, 3))
    return sums


def _is_clipped(picture: Array) -> Array:
    clipped: Array = (picture <= 1) | (picture >= 254)
    return clipped


def _around(picture: Array) -> tuple[Array, Array]:
    """Return the least and the greatest value of each cell and the eight around it."""
    import numpy

    padded = numpy.pad(picture, 1, mode="edge")
    rows, columns = picture.shape
    near = numpy.stack([padded[down : down + rows, along : along + columns] for down in range(3) for along in range(3)])
    return near.min(axis=0), near.max(axis=0)


def _ordinal(which: int) -> str:
    return "first" if which == 1 else "second"
