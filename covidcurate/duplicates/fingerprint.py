"""A 256-bit fingerprint of a picture: the signs of its low frequencies, of which mirrored and turned forms follow.

The picture is trimmed of flat borders and made 64 x 64; of its discrete cosine transform the 16 x 16 lowest frequencies
without the constant ones are compared with their median. A mirror image changes the sign of every second one, a
quarter turn exchanges rows and columns, and an inverted picture is the complement, so that all 16 forms cost nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

BITS = 256
FORMS = 8
"""Mirror images and quarter turns, the unchanged form first; each is its own number in :func:`turn`."""
_GRID, _LOW = 64, 16
_HEADER = struct.Struct("<II")
_FLAT = 10
"""Grey levels within which a border is flat."""
_MOST_TRIMMED = 0.35
_FEATURELESS = 4.0
"""Standard deviation of coarse grey levels below which a picture has nothing to be known by."""


@dataclass(frozen=True)
class Fingerprint:
    """What a picture is known by: ``spectra`` of the whole and of windows of it (n x 16 x 16), none if uniform."""

    rows: int
    columns: int
    spectra: Array

    @property
    def is_featureless(self) -> bool:
        """Whether it has nothing to be known by, as a blank frame has not."""
        return not len(self.spectra)

    def to_bytes(self) -> bytes:
        """Return it for a cache, its frequencies rounded to half precision."""
        import numpy

        # Frequencies are sums over the cells; their means fit.
        means = (self.spectra / _GRID**2).astype(numpy.float16)
        return _HEADER.pack(self.rows, self.columns) + means.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Fingerprint:
        """Return what :meth:`to_bytes` wrote."""
        import numpy

        rows, columns = _HEADER.unpack_from(data)
        means = numpy.frombuffer(data, numpy.float16, offset=_HEADER.size).reshape(-1, _LOW, _LOW)
        return cls(rows, columns, means.astype(numpy.float32))


WINDOWS: tuple[tuple[float, float, float, float], ...] = (
    (0, 1, 0, 1),
    *((edge, 1 - edge, edge, 1 - edge) for edge in (0.025, 0.05, 0.075, 0.1, 0.13, 0.16, 0.2)),
    *((top, top + 0.9, left, left + 0.9) for top in (0, 0.1) for left in (0, 0.1)),
    *((top, top + 0.8, left, left + 0.8) for top in (0, 0.2) for left in (0, 0.2)),
    (0.1, 1, 0, 1), (0, 0.9, 0, 1), (0, 1, 0.1, 1), (0, 1, 0, 0.9), (0, 0.95, 0, 1),
    (0.15, 1, 0.075, 0.925), (0, 0.85, 0.075, 0.925), (0.075, 0.925, 0.15, 1), (0.075, 0.925, 0, 0.85),
    *((edge, 1 - edge, 0, 1) for edge in (0.04, 0.08, 0.12)), *((0, 1, edge, 1 - edge) for edge in (0.04, 0.08, 0.12)),
    (0.04, 0.96, 0.16, 0.84), (0.16, 0.84, 0.04, 0.96), (0.08, 0.92, 0.2, 0.8), (0.2, 0.8, 0.08, 0.92),
)  # fmt: skip
"""Top, bottom, left and right of the windows that crops are looked for in, as shares of the trimmed picture."""


def fingerprint(pixels: Array, rows: int = 0, columns: int = 0, *, windows: bool = True) -> Fingerprint:
    """Return the fingerprint of a picture (uint8), of which ``rows`` and ``columns`` tell the size of the original.

    Parameters
    ----------
    windows
        Of windows of the picture too, by which crops are found.
    """
    import numpy

    top, bottom, left, right = trim(pixels)
    whole = pixels[top:bottom, left:right]
    grid = _means(numpy.ascontiguousarray(_means(whole).T)).T
    if min(whole.shape) < _LOW or float(grid.std()) < _FEATURELESS:
        return Fingerprint(rows, columns, numpy.empty((0, _LOW, _LOW), numpy.float32))
    grids = grid[None]
    if windows:
        sums = numpy.zeros((whole.shape[0] + 1, whole.shape[1] + 1))
        sums[1:, 1:] = whole.cumsum(0, dtype=numpy.int64).cumsum(1)
        grids = numpy.stack([grid, *(_grid(sums, window) for window in WINDOWS[1:])])
    return Fingerprint(rows, columns, (_cosines() @ grids @ _cosines().T).astype(numpy.float32))


def trim(pixels: Array) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of what is left of a picture without flat borders."""
    top, bottom = _inside(_flat(pixels, 1))
    left, right = _inside(_flat(pixels, 0))
    if (top, bottom, left, right) == (0, pixels.shape[0], 0, pixels.shape[1]):
        return top, bottom, left, right
    # A border beside the picture hides that above it: once more within what is left.
    part = pixels[top:bottom, left:right]
    upper, lower = _inside(_flat(part, 1))
    first, last = _inside(_flat(part, 0))
    return top + upper, top + lower, left + first, left + last


def _flat(pixels: Array, axis: int) -> Array:
    # The less is taken from the greater, so that bytes are wide enough.
    flat: Array = pixels.max(axis) - pixels.min(axis) <= _FLAT
    return flat


def _inside(flat: Array) -> tuple[int, int]:
    length = len(flat)
    most = int(length * _MOST_TRIMMED)
    begin = next((place for place in range(most) if not flat[place]), 0)
    end = next((place for place in range(most) if not flat[length - 1 - place]), 0)
    return begin, length - end


def hash_of(frequencies: Array) -> Array:
    """Return the 256 bits of each of n x 16 x 16 frequencies as 32 bytes (uint8)."""
    import numpy

    flat = frequencies.reshape(*frequencies.shape[:-2], BITS)
    return numpy.packbits(flat > numpy.median(flat, axis=-1, keepdims=True), axis=-1)


def turn(frequencies: Array, form: int) -> Array:
    """Return the frequencies of a mirrored or turned picture; 1 mirrors columns, 2 rows, 4 exchanges them, first."""
    import numpy

    turned = frequencies.swapaxes(-1, -2) if form & 4 else frequencies
    # Row and column k stand for the frequency k + 1, whose cosine is odd for odd ones.
    signs = numpy.where(numpy.arange(1, _LOW + 1) % 2, -1.0, 1.0)
    if form & 1:
        turned = turned * signs
    return turned * signs[:, None] if form & 2 else turned


def turn_pixels(pixels: Array, form: int) -> Array:
    """Return a picture mirrored or turned as :func:`turn` does with its frequencies."""
    turned = pixels.T if form & 4 else pixels
    turned = turned[:, ::-1] if form & 1 else turned
    return turned[::-1] if form & 2 else turned


def _means(values: Array) -> Array:
    """Return the means of 64 stripes of rows, of as much of each row as lies in them."""
    import numpy

    length = len(values)
    ends = numpy.linspace(0, length, _GRID + 1)
    first = numpy.minimum(ends.astype(int), length - 1)
    whole = values.dtype.type if values.dtype != numpy.uint8 else numpy.int32
    sums = numpy.empty((_GRID, values.shape[1]), whole)
    for stripe, (top, bottom) in zip(sums, pairwise(first.tolist()), strict=True):
        numpy.add.reduce(values[top:bottom], 0, whole, stripe)
    # Of the row in which a stripe begins, what lies above it is not its own; of that after its last one, some is.
    shares = values[first] * (ends - first)[:, None]
    means: Array = (sums + numpy.diff(shares, axis=0)) * (_GRID / length)
    return means


def _grid(sums: Array, window: tuple[float, float, float, float]) -> Array:
    """Return the means of 64 x 64 cells of a window, by sums over the picture, whatever its size."""
    import numpy

    top, bottom, left, right = window
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    rows = numpy.linspace(top * height, bottom * height, _GRID + 1)
    columns = numpy.linspace(left * width, right * width, _GRID + 1)
    # Edges between pixels are interpolated, so that a picture of another size has the same means.
    corner = _between(_between(sums, rows, 0), columns, 1)
    boxes = corner[1:, 1:] - corner[:-1, 1:] - corner[1:, :-1] + corner[:-1, :-1]
    cells: Array = boxes * (_GRID**2 / ((bottom - top) * height * (right - left) * width))
    return cells


def _between(values: Array, places: Array, axis: int) -> Array:
    import numpy

    low = numpy.minimum(places.astype(int), values.shape[axis] - 2)
    share = (places - low).reshape((-1, 1) if axis == 0 else (1, -1))
    mixed: Array = numpy.take(values, low, axis) * (1 - share) + numpy.take(values, low + 1, axis) * share
    return mixed


@cache
def _cosines() -> Array:
    """Return the cosines of the frequencies 1 to 16 at 64 places (DCT-II)."""
    import numpy

    places = (numpy.arange(_GRID) + 0.5) / _GRID
    return numpy.cos(numpy.pi * numpy.arange(1, _LOW + 1)[:, None] * places[None, :])
