"""Read JPEG, PNG, GIF, BMP, TIFF and WebP as grey levels or RGB, upright, with the depth that they have."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidcurate.errors import UnreadableError
from covidcurate.imaging.inspect import read_header
from covidcurate.imaging.picture import Picture

if TYPE_CHECKING:
    import numpy
    from PIL import Image

    Pixels = numpy.ndarray[Any, numpy.dtype[Any]]

_MOST_FRAMES = 4096
_DEEP = {"I;16", "I;16L", "I;16B", "I;16N", "I", "F"}
_PNG_COLOR_16 = {(16, 2), (16, 4), (16, 6)}
"""Bit depth and color type of PNG files that Pillow reads with 8 bits only."""


def read_raster(path: Path) -> Iterator[Picture]:
    """Yield the pictures of a file: one, or each frame of an animation or of a TIFF with pages.

    EXIF orientation is applied, an ICC profile turned into sRGB, transparency laid on black; all of it is noted.

    Raises
    ------
    UnreadableError
        The file is damaged, or larger than any radiograph.
    """
    from PIL import ImageOps

    with decoding(path) as image:
        frames = min(getattr(image, "n_frames", 1), _MOST_FRAMES)
        for number in range(frames):
            image.seek(number)
            image.load()
            notes = list(_remarks(path, image))
            upright = ImageOps.exif_transpose(image)
            if upright.size != image.size or image.getexif().get(0x0112, 1) != 1:
                notes.append("turned upright, as its EXIF orientation asks")
            pixels = to_pixels(upright, notes)
            yield Picture(pixels, 1.0, f"{number + 1:04d}" if frames > 1 else "", tuple(notes))


@contextmanager
def decoding(path: Path, data: bytes | None = None) -> Iterator[Image.Image]:
    """Yield a raster image that is to be decoded; whatever goes wrong with it meanwhile is said of the file.

    Parameters
    ----------
    data
        The content of the file, where it was read already.

    Raises
    ------
    UnreadableError
        The file is damaged, or larger than any radiograph.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            with Image.open(path if data is None else io.BytesIO(data)) as image:
                yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableError(f"{path.name}: has more pixels than any radiograph") from error
    except UnreadableError as error:
        raise UnreadableError(f"{path.name}: {error.message}", remedy=error.remedy) from error
    except Exception as error:
        # Whatever a decoder raises, the file is at fault.
        raise UnreadableError(f"{path.name}: does not decode to its end ({type(error).__name__})") from error


def count_frames(path: Path) -> int:
    """Return how many pictures :func:`read_raster` yields, by the container alone.

    Raises
    ------
    UnreadableError
        Pillow cannot make sense of it.
    """
    return read_header(path, lambda image: min(getattr(image, "n_frames", 1), _MOST_FRAMES))


def _remarks(path: Path, image: Image.Image) -> Iterator[str]:
    if image.format == "PNG":
        with path.open("rb") as stream:
            head = stream.read(26)
        if (head[24], head[25]) in _PNG_COLOR_16:
            yield "its 16 bits of color or transparency are read as 8"


def to_pixels(image: Image.Image, notes: list[str]) -> Pixels:
    """Return grey levels or RGB of an image in any of Pillow's modes; what was done to it is added to the notes."""
    import numpy

    if image.mode in _DEEP:
        return _to_16_bits(numpy.asarray(image), notes)
    if image.mode in {"1", "L"}:
        return numpy.asarray(image.convert("L"))
    if image.mode in {"P", "PA"}:
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    if image.mode in {"LA", "La", "RGBA", "RGBa"}:
        image = _without_alpha(image.convert("LA" if image.mode in {"LA", "La"} else "RGBA"), notes)
    if image.mode == "L":
        return numpy.asarray(image)
    image = _to_srgb(image, notes)
    pixels = numpy.asarray(image.convert("RGB"))
    if not (pixels[..., :1] == pixels).all():
        notes.append("it has color, which is kept")
    return pixels


def _to_16_bits(values: Pixels, notes: list[str]) -> Pixels:
    """Return deep grey levels as uint16; those that do not fit are spread over its range."""
    import numpy

    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    whole = values.dtype.kind in "iu"
    if not numpy.isfinite(values).all():
        raise UnreadableError("has grey levels that are no numbers")
    low, high = float(values.min()), float(values.max())
    if whole and low >= 0 and high <= 65535:
        return values.astype(numpy.uint16)
    notes.append(f"grey levels from {low:g} to {high:g} are spread over 16 bits")
    return numpy.rint((values.astype(numpy.float64) - low) * (65535 / ((high - low) or 1))).astype(numpy.uint16)


def _without_alpha(image: Image.Image, notes: list[str]) -> Image.Image:
    """Return an image laid on black; an alpha that hides nothing goes without a word."""
    from PIL import Image

    alpha = image.getchannel("A")
    opaque = image.convert("RGB" if image.mode == "RGBA" else "L")
    if alpha.getextrema() == (255, 255):
        return opaque
    notes.append("transparent parts are laid on black")
    return Image.composite(opaque, Image.new(opaque.mode, opaque.size), alpha)


def _to_srgb(image: Image.Image, notes: list[str]) -> Image.Image:
    """Return color as the profile in the file means it; a profile that is broken is left out, and said to be."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK"}:
        return image
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        notes.append("its color profile is broken and was left out")
        return image
    return converted or image
