"""What GIF, TIFF and WebP files carry beside their pixels, by name; nothing of it is shown, and no pixel is decoded.

GIF: GIF89a. TIFF: revision 6.0, with the tags of EXIF, XMP and IPTC. WebP: RFC 9649. A container that cannot be
followed is looked at as far as it can be: that it is broken is for a decoder to say.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from covidcurate.imaging.reading import Content

_TIFF_NAMES = {
    **dict.fromkeys((269, 270, 271, 272, 285, 305, 306, 315, 316, 33432), "text"), 700: "XMP", 33723: "IPTC",
    34377: "IPTC", 34665: "EXIF", 34853: "a position (GPS)",
}  # fmt: skip
_MOST_TAGS, _MOST_BLOCKS = 1 << 16, 1 << 20
"""More are not looked at: they are made to keep readers busy."""
_WEBP_KNOWN = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_NAMES = {b"EXIF": "EXIF", b"XMP ": "XMP"}
_GIF_HARMLESS = {b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"}
_AFTER = "bytes after the image"


def gif_names(data: Content) -> Iterator[str]:
    """Yield the name of each block of a GIF file that says something."""
    flags, size = data[10:11], len(data)
    position, left = 13 + _color_table(flags), _MOST_BLOCKS
    while left > 0 and (kind := data[position : position + 1]):
        left -= 1
        if kind == b";":
            if position + 1 < size:
                yield _AFTER
            return
        if kind == b",":
            position += 11 + _color_table(data[position + 9 : position + 10])
        elif kind == b"!":
            label = data[position + 1 : position + 2]
            application = data[position + 3 : position + 14]
            if label == b"\xfe":
                yield "comment"
            elif label == b"\x01":
                yield "text"
            elif label == b"\xff" and application not in _GIF_HARMLESS:
                yield "XMP" if application == b"XMP DataXMP" else "an application block"
            position += 2
        else:
            return
        # Data follow in blocks, each after its length, up to one without any.
        while left > 0 and (length := data[position : position + 1]) > b"\x00":
            position, left = position + 1 + length[0], left - 1
        position += 1


def _color_table(flags: bytes) -> int:
    """Return the length of a color table, as the flags before it say."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def tiff_names(data: Content) -> Iterator[str]:
    """Yield the name of each tag of a TIFF file that says something of more than the pixels."""
    order = "<" if data[:2] == b"II" else ">"
    position, left = _unpack(data, f"{order}I", 4), _MOST_TAGS
    # A chain of pages may be a circle.
    while position and left > 0:
        count = _unpack(data, f"{order}H", position)
        left -= count + 1
        tags = data[position + 2 : position + 2 + 12 * count]
        for start in range(0, len(tags) - 11, 12):
            (tag,) = struct.unpack_from(f"{order}H", tags, start)
            if tag in _TIFF_NAMES:
                yield _TIFF_NAMES[tag]
        position = _unpack(data, f"{order}I", position + 2 + 12 * count)


def _unpack(data: Content, code: str, position: int) -> int:
    """Return a number; 0 where the file has ended."""
    piece = data[position : position + struct.calcsize(code)]
    return int(struct.unpack(code, piece)[0]) if len(piece) == struct.calcsize(code) else 0


def webp_names(data: Content) -> Iterator[str]:
    """Yield the name of each chunk of a WebP file that the pixels do not need."""
    end = 8 + _unpack(data, "<I", 4)
    position = 12
    while position + 8 <= min(end, len(data)):
        kind = data[position : position + 4]
        if kind not in _WEBP_KNOWN:
            yield _WEBP_NAMES.get(kind, f"chunk {kind.decode('latin-1').strip()}")
        length = _unpack(data, "<I", position + 4)
        # Chunks begin at even positions.
        position += 8 + length + length % 2
    if end + end % 2 < len(data):
        yield _AFTER
