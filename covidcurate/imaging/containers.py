"""The parts of JPEG and PNG files, each with whether it is needed to decode and show the pixels.

JPEG: ITU-T T.81, annex B, with the application segments of JFIF, ICC and Adobe. PNG: W3C PNG, third edition. What is
not known is not needed: it might name somebody.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from covidcurate.errors import UnreadableError

_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"bKGD", b"pHYs"}
_PNG_NAMES = {b"eXIf": "EXIF", b"tEXt": "text", b"zTXt": "text", b"iTXt": "text", b"tIME": "the time of a change"}
_EOI, _SOS, _COMMENT = 0xD9, 0xDA, 0xFE
_JPEG_KEPT = {0xE0: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
_JPEG_NAMES = {
    b"Exif": "EXIF",
    b"http://ns.adobe.com/x": "XMP",
    b"Photoshop": "IPTC",
    b"MPF": "further images",
    b"JFXX": "a thumbnail",
}
# In compressed data a marker is 0xff with neither a stuffed zero, a restart number nor another 0xff after it.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


class Part(NamedTuple):
    """Bytes ``start`` to ``end`` of a file, what people call them, and whether the pixels need them."""

    name: str
    start: int
    end: int
    kept: bool


def jpeg_parts(data: bytes) -> Iterator[Part]:
    """Yield the segments of a JPEG file, compressed data with the scan header before it.

    Raises
    ------
    UnreadableError
        A segment does not begin where it should, or the end is missing.
    """
    yield Part("start", 0, 2, True)
    position = 2
    while True:
        if data[position] != 0xFF:
            raise UnreadableError(f"the JPEG container is damaged at byte {position}")
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        if marker == _EOI:
            yield Part("end", position, position + 2, True)
            if position + 2 < len(data):
                yield Part("bytes after the image", position + 2, len(data), False)
            return
        (length,) = struct.unpack_from(">H", data, position + 2)
        end = position + 2 + length
        body = data[position + 4 : position + 40]
        if marker == _SOS:
            match = _NEXT_MARKER.search(data, end)
            if match is None:
                raise UnreadableError("the JPEG container is cut short: it has no end marker")
            end = match.start()
        if end >= len(data):
            raise UnreadableError("the JPEG container is cut short")
        is_application = 0xE0 <= marker <= 0xEF
        kept = marker != _COMMENT and (not is_application or body.startswith(_JPEG_KEPT.get(marker, b"\x00none")))
        name = (
            "comment" if marker == _COMMENT else f"application segment {marker - 0xE0}" if is_application else "image"
        )
        name = next((known for start, known in _JPEG_NAMES.items() if not kept and body.startswith(start)), name)
        yield Part(name, position, end, kept)
        position = end


def png_parts(data: bytes) -> Iterator[Part]:
    """Yield the chunks of a PNG file; the first part is the signature together with the image header.

    Raises
    ------
    UnreadableError
        The image header is not where it belongs, or the end is missing.
    """
    position, start = 8, 0
    while True:
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data) or (start == 0) != (kind == b"IHDR"):
            raise UnreadableError(f"the PNG container is damaged at byte {position}")
        yield Part(_PNG_NAMES.get(kind, f"chunk {kind.decode('latin-1')}"), start or 0, end, kind in _PNG_KEPT)
        if kind == b"IEND":
            if end < len(data):
                yield Part("bytes after the image", end, len(data), False)
            return
        position = start = end


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Return a PNG chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
