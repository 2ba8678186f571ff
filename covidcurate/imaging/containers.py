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
from covidcurate.imaging.reading import Content

# Chunks that PNG decoders need, each with the most bytes it may have; beyond them anything could stand.
_PNG_KEPT = {
    b"IHDR": 13, b"PLTE": 768, b"IDAT": None, b"IEND": 0, b"tRNS": 256, b"cHRM": 32, b"gAMA": 4, b"iCCP": None,
    b"sBIT": 4, b"sRGB": 1, b"bKGD": 6, b"pHYs": 9,
}  # fmt: skip
_PNG_NAMES = {b"eXIf": "EXIF", b"tEXt": "text", b"zTXt": "text", b"iTXt": "text", b"tIME": "the time of a change"}
_EOI, _SOS, _COMMENT = 0xD9, 0xDA, 0xFE
# Frame headers, tables and scans: all that a decoder asks for.
_JPEG_KEPT = {*range(0xC0, 0xD0), _SOS, 0xDB, 0xDD} - {0xC8}
_DNL = 0xDC
# Application segments that say how to show the pixels, with the bytes that they begin with and that matter of them.
_JPEG_APPLICATION = {0xE0: (b"JFIF\x00", 12), 0xE2: (b"ICC_PROFILE\x00", None), 0xEE: (b"Adobe", 12)}
_JPEG_NAMES = {
    b"Exif": "EXIF",
    b"http://ns.adobe.com/x": "XMP",
    b"Photoshop": "IPTC",
    b"MPF": "further images",
    b"JFXX": "a thumbnail",
}
# In compressed data a marker is 0xff with neither a stuffed zero, a restart number nor another 0xff after it.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_END = b"\xff\xd9"
_TOLD_BY = 64
"""Bytes of a segment that tell what it is, and whether there is more in it than there should be."""
_BLOCK = 1 << 20
_CHUNK_START = struct.Struct(">I4s")


class Part(NamedTuple):
    """Bytes ``start`` to ``end`` of a file, what people call them, and whether the pixels need them.

    ``instead`` stands for a part that is needed, but not with everything in it.
    """

    name: str
    start: int
    end: int
    kept: bool
    instead: bytes = b""


def jpeg_parts(data: Content, *, trusting: bool = False) -> Iterator[Part]:
    """Yield the segments of a JPEG file, compressed data with the scan header before it.

    Parameters
    ----------
    data
        The whole file.
    trusting
        Take a file that ends with an end marker for one whose first compressed data go on up to there, so that they are
        not read. What is missed is then a second image after the first, and a comment between scans.

    Raises
    ------
    UnreadableError
        A segment does not begin where it should, or the end is missing.
    """
    yield Part("start", 0, 2, True)
    position, size = 2, len(data)
    while True:
        mark, marker = _take(data, position, 2)
        if mark != 0xFF:
            raise UnreadableError(f"the JPEG container is damaged at byte {position}")
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        if marker == _EOI:
            yield Part("end", position, position + 2, True)
            if position + 2 < size:
                yield Part("bytes after the image", position + 2, size, False)
            return
        end = position + 2 + int.from_bytes(_take(data, position + 2, 2), "big")
        if marker == _SOS:
            end = size - 2 if trusting and end < size and data[size - 2 :] == _END else _find_marker(data, end)
        if end >= size:
            raise UnreadableError("the JPEG container is cut short")
        yield _jpeg_part(marker, position, end, data[position : min(end, position + _TOLD_BY)])
        position = end


def _find_marker(data: Content, position: int) -> int:
    """Return where compressed data end."""
    for start in range(position, len(data), _BLOCK):
        # A marker may begin with the last byte of a block.
        if match := _NEXT_MARKER.search(data[start : start + _BLOCK + 1]):
            return start + match.start()
    raise UnreadableError("the JPEG container is cut short: it has no end marker")


def _take(data: Content, start: int, length: int) -> bytes:
    """Return bytes that have to be there."""
    piece = data[start : start + length]
    if len(piece) < length:
        raise IndexError
    return piece


def _jpeg_part(marker: int, start: int, end: int, segment: bytes) -> Part:
    """Judge one JPEG segment; ``segment`` is its start with marker and length, as far as it matters."""
    if marker in _JPEG_KEPT or (marker == _DNL and end - start == 6):
        return Part("image", start, end, True)
    body = segment[4:]
    magic, length = _JPEG_APPLICATION.get(marker, (b"", None))
    if magic and body.startswith(magic):
        if length is None:
            return Part("image", start, end, True)
        # JFIF ends with the size of a thumbnail, of which there is to be none.
        short = body[:length] + (b"\x00\x00" if marker == 0xE0 else b"")
        instead = struct.pack(">BBH", 0xFF, marker, len(short) + 2) + short
        name = "a thumbnail" if marker == 0xE0 else "bytes after the Adobe segment"
        return Part("image", start, end, True) if instead == segment else Part(name, start, end, True, instead)
    other = f"application segment {marker - 0xE0}" if 0xE0 <= marker <= 0xEF else f"segment 0x{marker:02x}"
    known = next((name for magic, name in _JPEG_NAMES.items() if body.startswith(magic)), other)
    return Part("comment" if marker == _COMMENT else known, start, end, False)


def png_parts(data: Content) -> Iterator[Part]:
    """Yield the chunks of a PNG file; the first part is the signature together with the image header.

    Raises
    ------
    UnreadableError
        The image header is not where it belongs, or the end is missing.
    """
    position, start, size = 8, 0, len(data)
    while True:
        length, kind = _CHUNK_START.unpack(_take(data, position, 8))
        end = position + 12 + length
        if end > len(data) or (start == 0) != (kind == b"IHDR"):
            raise UnreadableError(f"the PNG container is damaged at byte {position}")
        most = _PNG_KEPT.get(kind, -1)
        kept = most is None or length <= most
        if kind in (b"IHDR", b"PLTE", b"IEND") and not kept:
            raise UnreadableError(f"the PNG container is damaged at byte {position}")
        yield Part(_PNG_NAMES.get(kind, f"chunk {kind.decode('latin-1')}"), start, end, kept)
        if kind == b"IEND":
            if end < size:
                yield Part("bytes after the image", end, size, False)
            return
        position = start = end


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Return a PNG chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
