"""A small grey picture of any image, whatever carries it; decoded at reduced size where the format allows that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidcurate.errors import NotAnImageError
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.dicom.render import Look, render_frames
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.imaging.picture import to_8_bits, without_empty_color
from covidcurate.imaging.raster import decoding, to_pixels
from covidcurate.imaging.window import WindowChoice

if TYPE_CHECKING:
    import numpy
    from PIL import Image

    Pixels = numpy.ndarray[Any, numpy.dtype[Any]]

SIDE = 512
"""Pixels of the longer side at most."""
_WEIGHTS = (0.299, 0.587, 0.114)
"""Of red, green and blue in luma (ITU-R BT.601)."""
_ORIENTATION = 0x0112
_ON_THEIR_SIDE = (5, 6, 7, 8)


@dataclass(frozen=True)
class Thumbnail:
    """Rows x columns of uint8, no longer than :data:`SIDE` where not said otherwise, and the size of its image."""

    pixels: Pixels
    rows: int
    columns: int
    kind: FileType


def read_thumbnail(path: Path, *, coarse: bool = False) -> Thumbnail:
    """Return a small grey picture of a raster image, or of the first frame of a DICOM image.

    Parameters
    ----------
    coarse
        Shrink by a whole number alone, to less than twice :data:`SIDE`: for what takes means of it, in half the time.

    Raises
    ------
    UnreadableError
        It cannot be decoded.
    NotAnImageError
        It is no picture, but a volume or something else.
    ConfigError
        A decoder is missing.
    """
    kind = sniff_file(path)
    if kind is FileType.DICOM:
        # Everything that was measured, not the window of one hospital.
        look = Look(WindowChoice("full"))
        pixels = next(_frames(path, look))
        return Thumbnail(_shrink(pixels, coarse=coarse), pixels.shape[0], pixels.shape[1], kind)
    if not kind.is_raster:
        raise NotAnImageError(f"{path.name}: is {kind.value}, which is no picture")
    with decoding(path) as image:
        return thumbnail_of(image, kind, decode_small(image, kind), coarse=coarse)


def _frames(path: Path, look: Look) -> Iterator[Pixels]:
    for frame in render_frames(read_dicom(path), look, [0]):
        yield _to_grey(frame.pixels)


def decode_small(image: Image.Image, kind: FileType) -> tuple[int, int]:
    """Decode a raster image that was opened to its end, and return the columns and rows that it has.

    All data of a JPEG are decoded, into an eighth to the whole of its size, whatever is enough for a small picture.
    """
    size = image.size
    if kind is FileType.JPEG:
        image.draft("L", (SIDE, SIDE))
    image.load()
    return size


def thumbnail_of(image: Image.Image, kind: FileType, size: tuple[int, int], *, coarse: bool = False) -> Thumbnail:
    """Return what :func:`read_thumbnail` does of a raster image decoded by :func:`decode_small`; it is used up.

    What is wrong with it is said in the words of the decoder: ask within :func:`covidcurate.imaging.raster.decoding`.
    """
    import numpy

    turn = image.getexif().get(_ORIENTATION, 1)
    if turn in range(2, 9):
        from PIL import ImageOps

        image = ImageOps.exif_transpose(image)
    # A TIFF file is turned as it is decoded.
    columns, rows = image.size if kind is not FileType.JPEG else reversed(size) if turn in _ON_THEIR_SIDE else size
    if kind is FileType.JPEG or image.mode in {"1", "L"}:
        # Grey already, as most films are: its pixels need not leave the decoder's memory.
        small = numpy.asarray(_shrunk(image if image.mode == "L" else image.convert("L"), coarse=coarse))
    else:
        small = _shrink(_to_grey(to_pixels(image, [])), coarse=coarse)
    return Thumbnail(small, rows, columns, kind)


def _to_grey(pixels: Pixels) -> Pixels:
    import numpy

    pixels = without_empty_color(pixels)
    if pixels.ndim == 3:
        grey: Pixels = (pixels @ numpy.array(_WEIGHTS) + 0.5).astype(numpy.uint8)
        return grey
    if pixels.dtype == numpy.uint16:
        # Twelve bits are often kept in sixteen: the range that is used counts.
        low, high = int(pixels.min()), int(pixels.max())
        share = numpy.arange(high - low + 1, dtype=numpy.float32) / max(1, high - low)
        shades = (share * 255 + 0.5).astype(numpy.uint8)
        spread: Pixels = shades[pixels - numpy.uint16(low)]
        return spread
    return to_8_bits(pixels)


def _shrink(pixels: Pixels, *, coarse: bool) -> Pixels:
    import numpy
    from PIL import Image

    return numpy.asarray(_shrunk(Image.fromarray(pixels), coarse=coarse))


def _shrunk(image: Image.Image, *, coarse: bool) -> Image.Image:
    from PIL import Image

    if coarse:
        times = max(image.size) // SIDE
        return image.reduce(times) if times > 1 else image
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2)
    return image
