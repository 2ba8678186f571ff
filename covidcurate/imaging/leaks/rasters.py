"""The parts of PNG and JPEG files: what was written, and what is compressed.

Written from PNG (third edition) and ITU-T T.81, and apart from the code that cleans such files: a fault there is not to
be repeated here.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from covidcurate.imaging.leaks.parts import Content, Sort, sort_of, unpack

_PACKED = {b"zTXt", b"iTXt", b"iCCP"}
_STREAM_HEAD = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_SOI, _EOI, _SOS, _ICC, _COMMENT = 0xD8, 0xD9, 0xDA, 0xE2, 0xFE
_ALONE = {0x01, *range(0xD0, 0xD8), _SOI}
"""JPEG markers without a length."""
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def png_contents(data: bytes) -> Iterator[Content]:
    """Yield the chunks of a PNG file, unpacked too, and what follows them; its pixels as one part."""
    position, pixels = 8, 0
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        following = position + 12 + length
        if kind == b"IDAT":
            pixels = pixels or position
        else:
            if pixels:
                yield Content("pixels, byte", data[pixels:position], Sort.PIXELS, pixels)
                pixels = 0
            yield from _chunk(kind, data[position + 8 : position + 8 + length], position + 8)
        position = following
        if kind == b"IEND":
            break
    if pixels:
        yield Content("pixels, byte", data[pixels:], Sort.PIXELS, pixels)
    yield Content("after the image, byte", data[position:], sort_of(data[position:]), position)


def _chunk(kind: bytes, body: bytes, start: int) -> Iterator[Content]:
    name = f"PNG chunk {kind.decode('ascii', 'replace')}"
    yield Content(f"{name}, byte", body, Sort.UNKNOWN if kind == b"iCCP" else Sort.TEXT, start)
    if kind == b"tIME" and len(body) == 7:
        year, *rest = struct.unpack(">H5B", body)
        written = f"{year}-{rest[0]:02d}-{rest[1]:02d} {rest[2]:02d}:{rest[3]:02d}:{rest[4]:02d}"
        yield Content(f"{name} as a time, byte", written.encode(), Sort.TEXT)
    if kind in _PACKED:
        for match in _STREAM_HEAD.finditer(body):
            if plain := unpack(body[match.start() :], 15):
                yield Content(f"{name} unpacked, byte", plain, sort_of(plain))
                return


def jpeg_contents(data: bytes) -> Iterator[Content]:
    """Yield the segments of a JPEG file, its compressed scans, and what follows the image.

    A thumbnail in EXIF is a JPEG too, with markers of its own, so that segments are walked by their lengths.
    """
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == _EOI:
            position += 2
            break
        if marker in _ALONE:
            position += 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        end = position + 2 + max(2, length)
        sort = Sort.UNKNOWN if marker == _ICC else Sort.TEXT
        yield Content(f"JPEG {_name(marker)}, byte", data[position + 4 : end], sort, position + 4)
        position = end
        if marker == _SOS:
            match = _MARKER.search(data, end)
            position = match.start() if match else len(data)
            yield Content("scan, byte", data[end:position], Sort.PIXELS, end)
    yield Content("after the image, byte", data[position:], sort_of(data[position:]), position)


def _name(marker: int) -> str:
    if marker == _COMMENT:
        return "comment"
    return f"application segment {marker - 0xE0}" if 0xE0 <= marker <= 0xEF else f"segment 0x{marker:02x}"
