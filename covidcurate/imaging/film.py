"""A raster image read once and decoded once: whether it is whole, what it carries, and its small picture."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from covidcurate.errors import UnreadableError
from covidcurate.imaging.filetype import FileType
from covidcurate.imaging.inspect import orientation_of
from covidcurate.imaging.strip import image_parts, name_metadata
from covidcurate.imaging.thumbnail import Thumbnail, decode_small, thumbnail_of
from covidcurate.imaging.verify import verifying

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class Film:
    """What one decoding tells of a raster image; ``metadata`` is named as by :func:`find_metadata`.

    ``thumbnail`` is that of :func:`read_thumbnail`, None if there can be none of a file that is whole all the same.
    """

    orientation: int
    metadata: tuple[str, ...]
    thumbnail: Thumbnail | None


def read_film(data: bytes, kind: FileType, name: str) -> Film:
    """Decode the content of a raster file to its end, as :func:`verify_image` does, and learn all that is asked of it.

    Raises
    ------
    UnreadableError
        The file is cut short, damaged or unreasonably large.
    """
    from PIL import Image

    with verifying(name):
        image = Image.open(io.BytesIO(data))
        size = decode_small(image, kind)
    with image:
        try:
            # Pillow is content when it has all pixels; the container has to be whole as well.
            metadata = name_metadata(data, kind, image_parts(data, kind))
        except UnreadableError as error:
            raise UnreadableError(f"{name}: {error.message}") from error
        try:
            orientation = orientation_of(image, lambda: data)
        except Exception as error:
            # As with decoders: the file is at fault.
            raise UnreadableError(f"{name}: cannot be read as an image: {type(error).__name__}") from error
        return Film(orientation, metadata, _shrink(image, kind, size))


def _shrink(image: Image.Image, kind: FileType, size: tuple[int, int]) -> Thumbnail | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return thumbnail_of(image, kind, size)
    except Exception:
        # Its pixels are whole; who needs the small picture will find out, and say so.
        return None
