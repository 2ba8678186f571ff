"""One look at an image file: what it is, its size in pixels, its color, what it carries; no more is read than that."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from covidcurate.errors import UnreadableError
from covidcurate.imaging.containers import Part
from covidcurate.imaging.filetype import FileType, sniff
from covidcurate.imaging.inspect import read_header
from covidcurate.imaging.nifti import HEAD
from covidcurate.imaging.reading import FileContent
from covidcurate.imaging.strip import image_parts, name_metadata

if TYPE_CHECKING:
    from PIL import Image

VERSION = 1
"""Of what a look sees; what older versions left in a cache is not asked for."""
_HEAD, _TAIL, _VOLUME_HEAD = 1024, 64, 1 << 16
_FRAMES = {bytes([marker]) for marker in {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}}
"""Markers of JPEG frame headers."""
_JPEG_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_PNG_MODES = {(1, 0): "1", (16, 0): "I;16", (0, 0): "L", (0, 2): "RGB", (0, 3): "P", (0, 4): "LA", (0, 6): "RGBA"}
"""By bit depth and color type; with a depth of 0 for all others."""
_LONGEST_PALETTE = 12 + 768
_SEE_THROUGH = {"LA", "PA", "RGBA"}


class Shade(Enum):
    """Whether an image that could have color has any, as far as that is known."""

    UNKNOWN = ""
    """Nobody has looked."""
    GRAY = "gray"
    """All colors are gray."""
    LEVELS = "levels"
    """A palette of grays in their order, so that its numbers are the gray levels."""
    COLOR = "color"
    """Some color is none of the grays."""


class Look(NamedTuple):
    """What a file says of itself.

    ``mode``, ``columns`` and ``rows`` are those of a raster image, blank and 0 where its header cannot be read;
    ``metadata`` names what it carries beside pixels, ``damage`` says what is wrong with its container. Files with equal
    bytes have equal ``sketches``, and mostly no others do.
    """

    kind: FileType
    mode: str = ""
    shade: Shade = Shade.UNKNOWN
    metadata: tuple[str, ...] = ()
    damage: str = ""
    columns: int = 0
    rows: int = 0
    sketch: int = 0

    def to_bytes(self) -> bytes:
        """Return it for a cache."""
        words = [self.kind.value, self.mode, self.shade.value, self.metadata, self.damage]
        return _NUMBERS.pack(self.columns, self.rows, self.sketch) + json.dumps(words).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Look:
        """Return what :meth:`to_bytes` wrote."""
        return cls(*_read_words(data[_NUMBERS.size :]), *_NUMBERS.unpack_from(data))


_NUMBERS = struct.Struct("<QQI")


@lru_cache(1024)
def _read_words(data: bytes) -> tuple[FileType, str, Shade, tuple[str, ...], str]:
    """Return the words of a look; most files of a dataset share theirs with many others."""
    kind, mode, shade, metadata, damage = json.loads(data)
    return FileType(kind), mode, Shade(shade), tuple(metadata), damage


def look_at(path: Path, *, whole: bool = False) -> Look:
    """Look at a file.

    Parameters
    ----------
    whole
        Read compressed data to their end, for what may stand in them or after them, and decode an image with an alpha
        channel, for its shade; otherwise neither is done.

    Raises
    ------
    UnreadableError
        The file cannot be opened or read.
    """
    try:
        with FileContent(path) as content:
            look = look_through(content, whole=whole)
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {error.strerror}") from error
    if look.kind.is_raster and not look.mode:
        look = _with_header(path, look)
    if whole and look.mode in _SEE_THROUGH:
        return look._replace(shade=_decoded_shade(path))
    return look


def look_through(content: FileContent, *, whole: bool = False) -> Look:
    """Return what the bytes of a file tell without a decoder."""
    size = len(content)
    kind = sniff(content.head[:_HEAD])
    tail = content[max(0, size - _TAIL) : size]
    look = Look(kind, sketch=zlib.crc32(tail, zlib.crc32(content.head[:_HEAD])))
    telling: list[bytes] = []

    def watched(parts: Iterable[Part]) -> Iterator[Part]:
        """Pass parts on, and keep the first that tells of the picture; a hostile file may have millions."""
        for part in parts:
            if not telling and part.kept and _tells(kind, content[part.start : part.start + 8]):
                telling.append(content[part.start : min(part.end, part.start + _LONGEST_PALETTE)])
            yield part

    try:
        parts = watched(image_parts(content, kind, trusting=not whole))
        look = look._replace(
            metadata=name_metadata(content, kind, parts, most=HEAD if whole else _VOLUME_HEAD, forgiving=True)
        )
    except UnreadableError as error:
        look = look._replace(damage=error.message)
    if kind is FileType.PNG:
        return _with_png_header(content[16:26], telling, look)
    return _with_jpeg_header(telling, look) if kind is FileType.JPEG else look


def _tells(kind: FileType, start: bytes) -> bool:
    """Whether a part that begins so is the frame header of a JPEG file, or the palette of a PNG file."""
    return start[4:] == b"PLTE" if kind is FileType.PNG else start[1:2] in _FRAMES


def _with_jpeg_header(telling: Sequence[bytes], look: Look) -> Look:
    header = telling[0] if telling else b""
    if len(header) < 10:
        return look
    rows, columns = int.from_bytes(header[5:7], "big"), int.from_bytes(header[7:9], "big")
    return look._replace(mode=_JPEG_MODES.get(header[9], ""), columns=columns, rows=rows)


def _with_png_header(header: bytes, telling: Sequence[bytes], look: Look) -> Look:
    if len(header) < 10:
        return look
    depth, color = header[8], header[9]
    mode = _PNG_MODES.get((depth, color)) or _PNG_MODES.get((0, color), "")
    palette = telling[0][8:-4] if telling and mode == "P" else b""
    columns, rows = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    return look._replace(mode=mode, columns=columns, rows=rows, shade=shade_of(palette))


def shade_of(palette: bytes) -> Shade:
    """Return what the colors of a palette (red, green, blue of each in turn) are."""
    red = palette[::3]
    if not red:
        return Shade.UNKNOWN
    if not red == palette[1::3] == palette[2::3]:
        return Shade.COLOR
    return Shade.LEVELS if red == bytes(range(len(red))) else Shade.GRAY


def _with_header(path: Path, look: Look) -> Look:
    """Return a look with what Pillow reads of a header of any other kind."""

    def read(image: Image.Image) -> Look:
        palette = bytes(image.getpalette("RGB") or ()) if image.mode in {"P", "PA"} else b""
        return look._replace(mode=image.mode, columns=image.width, rows=image.height, shade=shade_of(palette))

    try:
        return read_header(path, read)
    except UnreadableError:
        return look


def _decoded_shade(path: Path) -> Shade:
    """Return whether an image with an alpha channel is gray."""
    from PIL import ImageChops

    from covidcurate.imaging.raster import decoding

    try:
        with decoding(path) as image:
            if image.mode == "LA":
                return Shade.GRAY
            red, green, blue = image.convert("RGB").split()
            same = all(ImageChops.difference(red, other).getbbox() is None for other in (green, blue))
            return Shade.GRAY if same else Shade.COLOR
    except UnreadableError:
        return Shade.UNKNOWN
