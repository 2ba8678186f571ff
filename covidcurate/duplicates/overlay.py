"""Two pictures of one image on one grid, so that people can see in what they differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidcurate.duplicates.candidates import nearest_candidate
from covidcurate.duplicates.changes import grey_curve
from covidcurate.duplicates.compare import lay_over, read_picture
from covidcurate.duplicates.fingerprint import fingerprint, trim, turn_pixels
from covidcurate.duplicates.register import sample
from covidcurate.imaging.thumbnail import read_thumbnail

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_GAIN = 3
"""By which a difference is multiplied, to be seen."""


@dataclass(frozen=True)
class Overlay:
    """Grey pictures of one size (uint8): the first, the second laid over it, and in what they differ.

    The ``difference`` is taken after the second was given the grey levels of the first, and made three times as
    strong; where only one of them is, it is black.
    """

    first: Array
    second: Array
    difference: Array


def overlay(first: Path, second: Path) -> Overlay | None:
    """Lay one picture over the other, whatever it was turned or cut to; None if one of them shows nothing.

    Raises
    ------
    UnreadableError
        One of them cannot be read, or is no picture.
    """
    import numpy

    paths = first, second
    small = [read_thumbnail(path).pixels for path in paths]
    candidate = nearest_candidate(*(fingerprint(pixels) for pixels in small))
    if candidate is None:
        return None
    still, other = (1, 0) if candidate.swapped else (0, 1)
    laid = lay_over(read_picture(paths[still]), read_picture(paths[other]), candidate)
    fixed = _inside(small[still]).astype(numpy.float32)
    moving = turn_pixels(_inside(small[other]), candidate.form).astype(numpy.float32)
    warped, inside = sample(255 - moving if candidate.inverted else moving, laid.affine, fixed.shape)
    seen = inside > 0
    flat = fixed.ravel()
    matched = numpy.interp(warped, *grey_curve(warped[seen], flat[seen])) if seen.any() else warped
    difference = numpy.minimum(numpy.abs(matched - flat) * _GAIN, 255) * seen
    shown = {still: flat, other: warped * seen}
    return Overlay(*(picture.reshape(fixed.shape).astype(numpy.uint8) for picture in (shown[0], shown[1], difference)))


def _inside(pixels: Array) -> Array:
    """Return a picture without its flat borders, as pictures are compared."""
    top, bottom, left, right = trim(pixels)
    return pixels[top:bottom, left:right]
