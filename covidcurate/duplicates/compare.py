"""Decide about a pair by its pixels, and say in words what was done to the one to get the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidcurate.duplicates.candidates import Candidate
from covidcurate.duplicates.changes import describe_greys
from covidcurate.duplicates.fingerprint import WINDOWS, trim, turn_pixels
from covidcurate.duplicates.register import SIDE, Registration, identity, prepare, register, sample
from covidcurate.imaging.picture import resize_smoothly
from covidcurate.imaging.thumbnail import read_thumbnail

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

SAME = 0.72
"""Correlation of fine contrast from which on two pictures are one image, changed.

Chosen with edited copies of films of half of the patients of a public collection: of 3,196 copies eleven candidates
were below; films of one patient of other days came as near as 0.70, films of different patients as 0.48.
"""
ALIKE = 0.5
"""The same from which on they look alike, as films of one patient do; different patients were below."""
_FORMS = ("", "mirrored", "upside down", "turned by 180 degrees", "mirrored and turned", "turned by 90 degrees",
          "turned by 270 degrees", "mirrored and turned")  # fmt: skip
_NOTICEABLE = 0.015


@dataclass(frozen=True, slots=True)
class Match:
    """How well the second picture of a pair is explained by the first: ``score`` to 1, and what was changed.

    ``shape`` is what was done to rows and columns, ``greys`` to grey levels.
    ``marked`` is which of them has marks burned in that the other has not: 1, 2, or 0 for none.
    """

    score: float
    shape: tuple[str, ...] = ()
    greys: tuple[str, ...] = ()
    marked: int = 0

    @property
    def changes(self) -> tuple[str, ...]:
        """Everything that was changed."""
        return (*self.shape, *self.greys)

    @property
    def is_same(self) -> bool:
        """Whether they are one image."""
        return self.score >= SAME


@dataclass(frozen=True)
class Picture:
    """The trimmed small picture of a file as it is compared (:func:`prepare`), and its grey levels at that size.

    ``border`` is how much of the picture was flat and trimmed.
    """

    levels: tuple[Array, ...]
    greys: Array
    rows: int
    columns: int
    border: float


def read_picture(path: Path) -> Picture:
    """Return what is compared of a file; of those read last it is remembered, as long as they do not change.

    Raises
    ------
    UnreadableError
        It cannot be decoded.
    """
    status = path.stat()
    return _read(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, _size: int, _changed: int) -> Picture:
    thumbnail = read_thumbnail(path)
    top, bottom, left, right = trim(thumbnail.pixels)
    part = thumbnail.pixels[top:bottom, left:right]
    return picture_of(part, thumbnail.rows, thumbnail.columns, 1 - part.size / thumbnail.pixels.size)


def picture_of(pixels: Array, rows: int, columns: int, border: float = 0.0) -> Picture:
    """Return what is compared of pixels (uint8) that are trimmed already."""
    return Picture(prepare(pixels), resize_smoothly(pixels, (SIDE, SIDE)), rows, columns, border)


def compare(first: Picture, second: Picture, candidate: Candidate) -> Match:
    """Lay the second picture over the first as the candidate suggests, and say how well it fits."""
    still, other = (second, first) if candidate.swapped else (first, second)
    laid = lay_over(still, other, candidate)
    changes = tuple(_changes(first, second, candidate, laid))
    if laid.score < ALIKE:
        return Match(laid.score, changes)
    turned = turn_pixels(other.greys, candidate.form)
    warped, inside = sample(255 - turned if candidate.inverted else turned, laid.affine)
    greys, moved = still.greys, warped.reshape(SIDE, SIDE)
    if candidate.swapped:
        greys, moved = moved, greys
    found = describe_greys(greys, moved, inside.reshape(SIDE, SIDE), _angle(laid))
    words = found.words if changes or found.words else ("in values alone, as by compression or noise",)
    words = (*words, f"{found.explained:.0%} of the variance of the one follows from the other")
    return Match(laid.score, changes, words, found.marked)


def lay_over(still: Picture, other: Picture, candidate: Candidate) -> Registration:
    """Return how a picture lies over one that stays, beginning with what a candidate suggests.

    The affine is that of the other as the candidate turns it.
    """
    # Local contrast of what was turned is the contrast turned, and that of what was inverted its negative.
    sign = -1 if candidate.inverted else 1
    moving = [sign * turn_pixels(level, candidate.form) for level in other.levels]
    laid = register(still.levels, moving, _start(WINDOWS[candidate.window]))
    if candidate.window and laid.score < SAME:
        # A crop that is nearly nothing is found as well from the whole.
        laid = max(laid, register(still.levels, moving, identity()), key=lambda one: one.score)
    return laid


def _start(window: tuple[float, float, float, float]) -> Array:
    """Return the affine that lays a picture over a window of another."""
    import numpy

    top, bottom, left, right = window
    height, width = bottom - top, right - left
    return numpy.array([[1 / height, 0, (1 - top - bottom) / height], [0, 1 / width, (1 - left - right) / width]])


def _changes(first: Picture, second: Picture, candidate: Candidate, laid: Registration) -> Iterator[str]:
    """Yield what was done, as far as it can be told."""
    import numpy

    if candidate.form:
        yield _FORMS[candidate.form]
    if candidate.inverted:
        yield "black and white exchanged"
    if (first.rows, first.columns) != (second.rows, second.columns) and candidate.form < 4:
        yield f"{first.columns} x {first.rows} and {second.columns} x {second.rows} pixels"
    scale = float(numpy.sqrt(abs(numpy.linalg.det(laid.affine[:, :2]))))
    if abs(scale - 1) > _NOTICEABLE:
        of_first = (scale > 1) != candidate.swapped
        share = min(scale, 1 / scale)
        yield f"the {'second' if of_first else 'first'} shows {share:.0%} of the other's height and width"
    angle = _angle(laid)
    if abs(angle) > 0.4:
        yield f"turned by {abs(angle):.1f} degrees"
    if abs(first.border - second.border) > 2 * _NOTICEABLE:
        yield f"a border of the {'first' if first.border > second.border else 'second'}"


def _angle(laid: Registration) -> float:
    """Return by how many degrees the one picture is turned against the other."""
    import numpy

    (a, b, _), (c, d, _) = laid.affine
    return float(numpy.degrees(numpy.arctan2(c - b, a + d)))
