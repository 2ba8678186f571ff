"""A raster image read once and decoded once: whether it is whole, what it carries, and its small picture."""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from covidcurate.errors import UnreadableError
from covidcurate.imaging.containers import Part
from covidcurate.imaging.filetype import FileType
from covidcurate.imaging.inflate import inflated, quickest_library
from covidcurate.imaging.inspect import orientation_of
from covidcurate.imaging.strip import image_parts, name_metadata
from covidcurate.imaging.thumbnail import Thumbnail, decode_small, thumbnail_of
from covidcurate.imaging.verify import verifying
from covidcurate.memory import LARGEST, keep_freed_memory

if TYPE_CHECKING:
    from PIL import Image

_BLOCKS = 2
"""Blocks of memory (16 MiB each) that are kept; a film of 4,000 x 4,000 fills one."""


@dataclass(frozen=True)
class Film:
    """What one decoding tells of a raster image; ``metadata`` is named as by :func:`find_metadata`.

    ``parts`` are those of a JPEG or PNG file. ``thumbnail`` is the coarse one of :func:`read_thumbnail`, None where a
    file that is whole has none all the same.
    """

    orientation: int
    metadata: tuple[str, ...]
    parts: tuple[Part, ...]
    thumbnail: Thumbnail | None


def get_ready() -> None:
    """Import what reading films takes, before processes are begun that would each do so."""
    import numpy  # noqa: F401
    from PIL import Image

    Image.preinit()
    quickest_library()


def read_film(data: bytes, kind: FileType, name: str) -> Film:
    """Decode the content of a raster file to its end, as :func:`verify_image` does, and learn all that is asked of it.

    Raises
    ------
    UnreadableError
        The file is cut short, damaged or unreasonably large.
    """
    from PIL import Image

    _keep_memory()
    parts, damage = _parts_of(data, kind)
    with verifying(name):
        image = Image.open(io.BytesIO(inflated(data, parts) if kind is FileType.PNG and not damage else data))
        size = decode_small(image, kind)
    with image:
        try:
            # Pillow is content when it has all pixels; the container has to be whole as well.
            if damage is not None:
                raise damage
            metadata = name_metadata(data, kind, parts)
        except UnreadableError as error:
            raise UnreadableError(f"{name}: {error.message}") from error
        try:
            orientation = orientation_of(image, data, parts)
        except Exception as error:
            # As with decoders: the file is at fault.
            raise UnreadableError(f"{name}: cannot be read as an image: {type(error).__name__}") from error
        return Film(orientation, metadata, parts, _shrink(image, kind, size))


def _parts_of(data: bytes, kind: FileType) -> tuple[tuple[Part, ...], UnreadableError | None]:
    """Return the parts of a file, or none and what is wrong with its container, which the decoder is asked first."""
    try:
        return tuple(image_parts(data, kind)), None
    except UnreadableError as error:
        return (), error


@cache
def _keep_memory() -> None:
    """Let Pillow and this process keep the memory of one film for the next; to get it anew costs half a decoding."""
    from PIL import Image

    keep_freed_memory(largest=LARGEST, spare=2 * LARGEST)
    with suppress(AttributeError):
        Image.core.set_blocks_max(_BLOCKS)  # type: ignore[attr-defined]


def _shrink(image: Image.Image, kind: FileType, size: tuple[int, int]) -> Thumbnail | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return thumbnail_of(image, kind, size, coarse=True)
    except Exception:
        # Its pixels are whole; who needs the small picture will find out, and say so.
        return None
