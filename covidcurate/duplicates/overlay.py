"""Two pictures of one image on one grid, so that people can see in what they differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidcurate.duplicates.candidates import nearest_candidate
from covidcurate.duplicates.changes import grey_curve
from covidcurate.duplicates.compare import ALIKE, lay_over, read_picture
from covidcurate.duplicates.fingerprint import fingerprint, trim, turn_pixels
from covidcurate.duplicates.register import sample
from covidcurate.imaging.thumbnail import read_thumbnail

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

GAIN = 3
"""By which a difference is multiplied, to be seen."""
_OUTSIDE = (20, 40, 84)
_QUARTERS = {5: 6, 6: 5}
"""Forms (:func:`covidcurate.duplicates.fingerprint.turn`) by which a picture is turned to the left and the right."""


@dataclass(frozen=True)
class Overlay:
    """Grey pictures of one size (uint8): the first, the second laid over it, and in what they differ.

    Where the first is a part of the second, it is the one that was laid over the other.

    The ``difference`` is taken after the one was given the grey levels of the other, and made :data:`GAIN` times as
    strong. ``inside`` (bool) is where both are; elsewhere the one that was laid over the other is black, and so is the
    difference.
    """

    first: Array
    second: Array
    difference: Array
    inside: Array

    @property
    def colored_difference(self) -> Array:
        """The difference as RGB, blue where only one of them is: black would say that they are the same there."""
        import numpy

        blue = numpy.array(_OUTSIDE, dtype=numpy.uint8)
        return numpy.where(self.inside[..., None], self.difference[..., None], blue)


def overlay(first: Path, second: Path) -> Overlay | None:
    """Lay one picture over the other, whatever it was turned or cut to.

    None if one of them shows nothing, or if they are not even alike: what lies anywhere says nothing by its place.

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
    if candidate.swapped and not candidate.window:
        # Where either could stay, the first does. Quarter turns undo each other, every other form itself.
        form = _QUARTERS.get(candidate.form, candidate.form)
        candidate = replace(candidate, swapped=False, form=form)
    still, other = (1, 0) if candidate.swapped else (0, 1)
    laid = lay_over(read_picture(paths[still]), read_picture(paths[other]), candidate)
    if laid.score < ALIKE:
        return None
    fixed = _inside(small[still]).astype(numpy.float32)
    moving = turn_pixels(_inside(small[other]), candidate.form).astype(numpy.float32)
    warped, inside = sample(255 - moving if candidate.inverted else moving, laid.affine, fixed.shape)
    seen = inside > 0
    flat = fixed.ravel()
    matched = numpy.interp(warped, *grey_curve(warped[seen], flat[seen])) if seen.any() else warped
    difference = numpy.minimum(numpy.abs(matched - flat) * GAIN, 255) * seen
    shown = {still: flat, other: warped * seen}
    types = (shown[0], numpy.uint8), (shown[1], numpy.uint8), (difference, numpy.uint8), (seen, numpy.bool_)
    return Overlay(*(picture.reshape(fixed.shape).astype(kind) for picture, kind in types))


def _inside(pixels: Array) -> Array:
    """Return a picture without its flat borders, as pictures are compared."""
    top, bottom, left, right = trim(pixels)
    return pixels[top:bottom, left:right]
