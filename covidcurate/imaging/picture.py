"""Grey levels or RGB on their way into a file: square pixels, a size, a depth, and PNG or JPEG without metadata."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from covidcurate.errors import UnreadableError
from covidcurate.imaging.png import encode_png

if TYPE_CHECKING:
    import numpy

    Pixels = numpy.ndarray[Any, numpy.dtype[Any]]

_SQUARE = 0.01
"""By how much a pixel may be higher than wide, or the other way round, and still be shown as a square."""
_MOST_SIDE = 65500
"""Pixels of the longest side that a JPEG may have."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows x columns of grey levels (uint8 or uint16), or rows x columns x 3 of RGB (uint8).

    ``height_over_width`` is the shape of a pixel, ``name`` tells the pictures of one file apart (empty for the only
    one), ``notes`` say what was done or left undone.
    """

    pixels: Pixels
    height_over_width: float = 1.0
    name: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Encoding:
    """What kind of file a picture becomes: ``bits`` 8 or 16 (0: as they are), ``max_size`` pixels (0: any)."""

    kind: str = "png"
    bits: int = 0
    max_size: int = 0
    quality: int = 95


@dataclass
class Encoded:
    """The bytes of a file, and what was done to the picture on its way there."""

    data: bytes
    notes: list[str] = field(default_factory=list)


def encode_picture(picture: Picture, encoding: Encoding) -> Encoded:
    """Return the file of a picture.

    Raises
    ------
    UnreadableError
        It is larger than the format can hold.
    """
    pixels, notes = without_empty_color(picture.pixels), list(picture.notes)
    resized = _resize(pixels, picture.height_over_width, encoding.max_size)
    if resized.shape != pixels.shape:
        notes.append(f"resized from {_size(pixels)} to {_size(resized)} pixels")
    pixels = _with_bits(resized, 8 if encoding.kind == "jpg" else encoding.bits)
    if encoding.kind == "png":
        return Encoded(encode_png(pixels), notes)
    if max(pixels.shape) > _MOST_SIDE:
        raise UnreadableError(f"{_size(pixels)} pixels are more than a JPEG can hold", remedy="Use --to png.")
    return Encoded(_encode_jpeg(pixels, encoding.quality), notes)


def _size(pixels: Pixels) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"


def without_empty_color(pixels: Pixels) -> Pixels:
    """Return grey levels of RGB whose three parts are equal everywhere; others as they are."""
    import numpy

    if pixels.ndim == 3 and all(numpy.array_equal(pixels[..., 0], pixels[..., part]) for part in (1, 2)):
        return numpy.ascontiguousarray(pixels[..., 0])
    return pixels


def _with_bits(pixels: Pixels, bits: int) -> Pixels:
    """Return grey levels with 8 or 16 bits, black and white staying what they are."""
    import numpy

    if pixels.ndim == 3 or bits in (0, 8 * pixels.dtype.itemsize):
        return pixels
    if bits == 16:
        return pixels.astype(numpy.uint16) * numpy.uint16(257)
    return ((pixels.astype(numpy.uint32) * 255 + 32767) // 65535).astype(numpy.uint8)


def to_8_bits(pixels: Pixels) -> Pixels:
    """Return grey levels or RGB of 8 bits."""
    return _with_bits(pixels, 8)


def _resize(pixels: Pixels, height_over_width: float, max_size: int) -> Pixels:
    """Return square pixels, made by enlarging the shorter side, no longer than ``max_size``."""
    rows, columns = pixels.shape[:2]
    height, width = float(rows), float(columns)
    if height_over_width > 1 + _SQUARE:
        height *= height_over_width
    elif height_over_width < 1 / (1 + _SQUARE):
        width /= height_over_width
    if max_size and max(height, width) > max_size:
        height, width = (side * max_size / max(height, width) for side in (height, width))
    target = (max(1, round(width)), max(1, round(height)))
    return pixels if target == (columns, rows) else resize(pixels, target)


def resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return pixels at another size (columns, rows), by Lanczos, which neither blurs nor aliases much."""
    import numpy
    from PIL import Image

    if pixels.dtype == numpy.uint16:
        # Pillow resizes 16 bits as floating point only.
        image = Image.fromarray(pixels.astype(numpy.float32)).resize(size, Image.Resampling.LANCZOS)
        deep: Pixels = numpy.clip(numpy.rint(numpy.asarray(image)), 0, 65535).astype(numpy.uint16)
        return deep
    resized: Pixels = numpy.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
    return resized


def resize_smoothly(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return grey levels of 8 bits at another size (columns, rows), each the mean of those in its place."""
    import numpy
    from PIL import Image

    kind = Image.Resampling.BOX if min(pixels.shape) >= max(size) else Image.Resampling.BILINEAR
    image = Image.fromarray(numpy.ascontiguousarray(pixels, dtype=numpy.float32))
    resized: Pixels = numpy.asarray(image.resize(size, kind))
    return resized


def _encode_jpeg(pixels: Pixels, quality: int) -> bytes:
    """Return a JPEG; made of the pixels alone, it carries neither comment nor profile."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality, subsampling=0, optimize=True)
    return stream.getvalue()
