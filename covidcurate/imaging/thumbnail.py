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
from covidcurate.imaging.picture import to_8_bits
from covidcurate.imaging.raster import decoding, read_raster
from covidcurate.imaging.window import WindowChoice

if TYPE_CHECKING:
    import numpy

    Pixels = numpy.ndarray[Any, numpy.dtype[Any]]

SIDE = 512
"""Pixels of the longer side at most."""
_WEIGHTS = (0.299, 0.587, 0.114)
"""Of red, green and blue in luma (ITU-R BT.601)."""


@dataclass(frozen=True)
class Thumbnail:
    """Rows x columns of uint8, no longer than :data:`SIDE`, and the size of the image that it is of."""

    pixels: Pixels
    rows: int
    columns: int
    kind: FileType


def read_thumbnail(path: Path) -> Thumbnail:
    """Return a small grey picture of a raster image, or of the first frame of a DICOM image.

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
    if kind is FileType.JPEG:
        return _read_jpeg(path)
    if kind is FileType.DICOM:
        # Everything that was measured, not the window of one hospital.
        look = Look(WindowChoice("full"))
        pixels = next(_frames(path, look))
    elif kind.is_raster:
        pixels = _to_grey(next(iter(read_raster(path))).pixels)
    else:
        raise NotAnImageError(f"{path.name}: is {kind.value}, which is no picture")
    return Thumbnail(_shrink(pixels), pixels.shape[0], pixels.shape[1], kind)


def _frames(path: Path, look: Look) -> Iterator[Pixels]:
    for frame in render_frames(read_dicom(path), look, [0]):
        yield _to_grey(frame.pixels)


def _read_jpeg(path: Path) -> Thumbnail:
    """Decode a JPEG at an eighth to the whole of its size, whatever is enough."""
    import numpy
    from PIL import Image, ImageOps

    with decoding(path) as image:
        columns, rows = image.size
        image.draft("L", (SIDE, SIDE))
        turned = ImageOps.exif_transpose(image).convert("L")
        if image.getexif().get(0x0112, 1) in (5, 6, 7, 8):
            columns, rows = rows, columns
        turned.thumbnail((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2)
        return Thumbnail(numpy.asarray(turned), rows, columns, FileType.JPEG)


def _to_grey(pixels: Pixels) -> Pixels:
    import numpy

    if pixels.ndim == 3:
        grey: Pixels = (pixels @ numpy.array(_WEIGHTS) + 0.5).astype(numpy.uint8)
        return grey
    if pixels.dtype == numpy.uint16:
        # Twelve bits are often kept in sixteen: the range that is used counts.
        low, high = int(pixels.min()), int(pixels.max())
        share = (pixels - numpy.uint16(low)).astype(numpy.float32) / max(1, high - low)
        spread: Pixels = (share * 255 + 0.5).astype(numpy.uint8)
        return spread
    return to_8_bits(pixels)


def _shrink(pixels: Pixels) -> Pixels:
    import numpy
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2)
    return numpy.asarray(image)
