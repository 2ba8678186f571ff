"""What an image file says of itself, without decoding its pixels."""

from __future__ import annotations

import warnings
from pathlib import Path

from covidcurate.errors import UnreadableError

_ORIENTATION = 0x0112


def read_mode(path: Path) -> str:
    """Return Pillow's mode of a raster image, such as ``L``, ``RGB`` or ``P``.

    Raises
    ------
    UnreadableError
        Pillow cannot make sense of the file's header.
    """
    return _read_header(path)[0]


def read_orientation(path: Path) -> int:
    """Return the EXIF orientation of a raster image, 1 (upright) to 8.

    Raises
    ------
    UnreadableError
        Pillow cannot make sense of the file's header.
    """
    return _read_header(path)[1]


def _read_header(path: Path) -> tuple[str, int]:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # A huge image is refused when it is decoded; its header may be read.
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                # Asking a PNG without EXIF for it would decode the pixels, since it may stand after them.
                orientation = image.getexif().get(_ORIENTATION, 1) if "exif" in image.info else 1
                return image.mode, orientation if orientation in range(1, 9) else 1
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableError(f"{path}: cannot be read as an image: {type(error).__name__}") from error
