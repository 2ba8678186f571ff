"""What an image file says of itself, without decoding its pixels."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from covidcurate.errors import UnreadableError
from covidcurate.imaging.containers import Part, png_parts

if TYPE_CHECKING:
    from PIL import Image

T = TypeVar("T")

_ORIENTATION = 0x0112


def read_orientation(path: Path) -> int:
    """Return the EXIF orientation of a raster image, 1 (upright) to 8.

    Raises
    ------
    UnreadableError
        Pillow cannot make sense of the file's header.
    """

    def read(image: Image.Image) -> int:
        data = path.read_bytes() if image.format == "PNG" else b""
        return orientation_of(image, data, png_parts(data))

    return read_header(path, read)


def orientation_of(image: Image.Image, data: bytes, parts: Iterable[Part]) -> int:
    """Return the EXIF orientation of a raster image that was opened; of PNG by its content and the parts of that."""
    # Pillow would decode the pixels of a PNG to find EXIF that stands after them.
    exif = _exif_of_png(data, parts) if image.format == "PNG" else image.getexif()
    orientation = exif.get(_ORIENTATION, 1)
    return orientation if orientation in range(1, 9) else 1


def read_header(path: Path, read: Callable[[Image.Image], T]) -> T:
    """Open an image without decoding it, and return what is read of it.

    Raises
    ------
    UnreadableError
        Pillow cannot make sense of the file's header.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # A huge image is refused when it is decoded; its header may be read.
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                return read(image)
    except UnreadableError:
        raise
    except Exception as error:
        # Whatever a decoder raises over a header, the file is at fault.
        raise UnreadableError(f"{path}: cannot be read as an image: {type(error).__name__}") from error


def _exif_of_png(data: bytes, parts: Iterable[Part]) -> Image.Exif:
    from PIL import Image

    exif = Image.Exif()
    for part in parts:
        if part.name == "EXIF":
            # A chunk is 4 bytes of length, 4 of name, the content, 4 of checksum.
            exif.load(data[part.start + 8 : part.end - 4])
    return exif
