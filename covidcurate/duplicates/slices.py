"""Which slice of a volume a picture may show: fingerprints of the body in it, through the windows that people use.

Borders, tables and markers differ between a slice and the pictures made of it, so that both are cut to the body first.
Each is fingerprinted as it is and with its grey levels spread evenly, by which a window that is not among those tried
is found too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covidcurate.duplicates.compare import Picture, picture_of
from covidcurate.duplicates.fingerprint import BITS, FORMS, fingerprint, hash_of, turn
from covidcurate.imaging.picture import resize_smoothly

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

NEAR = 66
"""Bits by which a picture may differ from a slice; few slices of other people do, and pixels decide."""
_CELLS = 96
_DARK = 0.2
"""Share of the range of grey levels below which there is air."""
_THIN = 3
"""Cells: what is less than twice as thick, as a table is, is no body."""
_LEAST_SIDE = 16
_MOST_SLICES = 3
"""Slices of a volume that are worth a closer look."""
_BLOCK = 1 << 24


@dataclass(frozen=True)
class PicturePrint:
    """What slices are found by in a picture: 8 forms x 2 x 32 bytes, or 0 x 2 x 32 for one that shows nothing."""

    hashes: Array

    def to_bytes(self) -> bytes:
        """Return it for a cache."""
        return self.hashes.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> PicturePrint:
        """Return what :meth:`to_bytes` wrote."""
        import numpy

        return cls(numpy.frombuffer(data, numpy.uint8).reshape(-1, 2, BITS // 8))


@dataclass(frozen=True, slots=True)
class SliceCandidate:
    """A picture and a volume by their places in the lists given, and slices from 0 that it may show, the likest first.

    ``window`` is the number of the one through which it is likest; ``form`` turns the picture so that it lies as the
    slice does; ``distance`` is in bits.
    """

    picture: int
    volume: int
    slices: tuple[int, ...]
    window: int
    form: int
    distance: int


def body_box(pixels: Array) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of the body in a picture of a slice (uint8); all of it where there is none."""
    import numpy

    height, width = pixels.shape
    cells = resize_smoothly(pixels, (_CELLS, _CELLS))
    dark, bright = numpy.percentile(cells, (1, 99))
    body = ~_flood(cells <= dark + _DARK * (bright - dark))
    body = _spread(~_spread(~body, _THIN), _THIN)
    if not body.any():
        return 0, height, 0, width
    rows, columns = (numpy.flatnonzero(body.any(axis)) for axis in (1, 0))
    return (
        int(rows[0] * height // _CELLS),
        int(-(-(rows[-1] + 1) * height // _CELLS)),
        int(columns[0] * width // _CELLS),
        int(-(-(columns[-1] + 1) * width // _CELLS)),
    )


def _flood(free: Array) -> Array:
    """Return which free cells can be reached from outside."""
    import numpy

    free = numpy.pad(free, 1, constant_values=True)
    reached = numpy.zeros_like(free)
    reached[[0, -1]] = reached[:, [0, -1]] = True
    count = 0
    while count != (count := int(reached.sum())):
        for along in (reached, reached.T):
            along[1:] |= along[:-1]
            along[:-1] |= along[1:].copy()
            reached &= free
    return reached[1:-1, 1:-1]


def _spread(cells: Array, by: int) -> Array:
    """Return cells and all that lie beside them, up to some steps away."""
    import numpy

    for axis in (0, 1):
        padded = numpy.pad(cells, [(by, by) if place == axis else (0, 0) for place in (0, 1)])
        length = cells.shape[axis]
        parts = [numpy.take(padded, range(step, step + length), axis) for step in range(2 * by + 1)]
        cells = numpy.logical_or.reduce(parts)
    return cells


def _spectra(pixels: Array) -> Array:
    """Return frequencies of the body as it is and with its grey levels spread evenly (n x 16 x 16); none if blank."""
    import numpy

    top, bottom, left, right = body_box(pixels)
    body = pixels[top:bottom, left:right]
    counts = numpy.bincount(body.ravel(), minlength=256)
    even = ((counts.cumsum() - counts / 2) * (255 / max(1, body.size))).astype(numpy.uint8)[body]
    found = [fingerprint(one, windows=False).spectra for one in (body, even)]
    return found[0][:0] if any(not len(one) for one in found) else numpy.concatenate(found)


def hash_slice(pictures: Sequence[Array]) -> Array:
    """Return the fingerprints of a slice seen through several windows: 2 x windows x 32 bytes, 0 where it is blank."""
    import numpy

    hashes = numpy.zeros((len(pictures), 2, BITS // 8), numpy.uint8)
    for place, pixels in enumerate(pictures):
        spectra = _spectra(pixels)
        if len(spectra):
            hashes[place] = hash_of(spectra)
    return hashes.reshape(-1, BITS // 8)


def picture_of_body(pixels: Array, rows: int = 0, columns: int = 0) -> Picture:
    """Return what is compared of a picture or slice (uint8); the size is that of the original, else its own."""
    top, bottom, left, right = body_box(pixels)
    return picture_of(pixels[top:bottom, left:right], rows or pixels.shape[0], columns or pixels.shape[1])


def print_picture(pixels: Array) -> PicturePrint:
    """Return what the slice that a picture (uint8) shows is found by."""
    import numpy

    spectra = _spectra(pixels) if min(pixels.shape) >= _LEAST_SIDE else numpy.empty((0, 1, 1))
    if not len(spectra):
        return PicturePrint(numpy.empty((0, 2, BITS // 8), numpy.uint8))
    return PicturePrint(numpy.stack([hash_of(turn(spectra, form)) for form in range(FORMS)]))


def find_slice_candidates(pictures: Sequence[PicturePrint], volumes: Sequence[Array]) -> Iterator[SliceCandidate]:
    """Yield which pictures may show slices of which volumes.

    Time grows with the number of pictures times that of slices: 10,000 by 10,000 take a minute.

    Parameters
    ----------
    volumes
        Of each what :func:`hash_slice` returned for its slices: slices x fingerprints x 32 bytes.
    """
    import numpy

    known = [place for place, one in enumerate(pictures) if len(one.hashes)]
    if not known:
        return
    queries = _signs(numpy.stack([pictures[place].hashes for place in known]).reshape(-1, BITS // 8))
    for number, hashes in enumerate(volumes):
        blank = ~hashes.any(axis=2)
        table = _signs(hashes.reshape(-1, BITS // 8))
        at_once = max(1, _BLOCK // max(1, len(table)) // (2 * FORMS))
        for begin in range(0, len(known), at_once):
            part = queries[begin * 2 * FORMS : (begin + at_once) * 2 * FORMS]
            bits = ((BITS - part @ table.T) / 2).astype(numpy.int16)
            bits = bits.reshape(-1, FORMS, 2, *hashes.shape[:2])
            bits[..., blank] = BITS
            # Of each picture, form and slice the best of all fingerprints.
            best = bits.min(axis=(2, 4))
            for row in numpy.flatnonzero(best.min(axis=(1, 2)) <= NEAR):
                form = int(best[row].min(axis=1).argmin())
                distances = best[row, form]
                likest = numpy.argsort(distances, kind="stable")[:_MOST_SLICES]
                slices = tuple(int(one) for one in likest if distances[one] <= NEAR)
                window = int(bits[row, form, :, likest[0]].min(axis=0).argmin()) // 2
                yield SliceCandidate(known[begin + row], number, slices, window, form, int(distances[likest[0]]))


def _signs(hashes: Array) -> Array:
    import numpy

    return numpy.unpackbits(hashes, axis=-1).astype(numpy.float32) * 2 - 1
