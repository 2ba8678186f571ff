"""Comments in compressed pixels: JPEG, JPEG-LS and JPEG 2000 have segments in which encoders and cameras write text.

They are filled with zeros, at the same length: nothing that a decoder reads is touched. Markers: ITU-T T.81 annex B,
T.87 annex C, T.800 annex A.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_SOI, _EOI, _SOS, _COMMENT = b"\xff\xd8", 0xD9, 0xDA, 0xFE
_JFIF, _ADOBE, _SPIFF = (b"JFIF\x00", 12), (b"Adobe", 12), (b"SPIFF\x00", 30)
_NEEDED = {0xE0: _JFIF, 0xE8: _SPIFF, 0xEE: _ADOBE}
# In compressed data a marker is 0xff and a byte that neither stuffing nor a restart puts there.
_NEXT = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
_SOC, _J2K_COMMENT, _SOT, _SOD, _EOC = b"\xff\x4f\xff\x51", 0xFF64, 0xFF90, 0xFF93, 0xFFD9
_ENCODER = re.compile(
    rb"(\x00[\x00\x01])?(Creat(or|ed by):? ?)?"
    rb"(GDCM/)?(Kakadu|OpenJPEG|JasPer|LEAD Technologies Inc\.|Aware|DCMTK|CharLS|Intel\(R\) IPP)"
    rb"[- ]?(v|vs|V|version |Version )?[0-9.]{0,12}\x00?"
)
_LAYERS = re.compile(
    rb"\x00\x01Kdu-Layer-Info: log_2\{Delta-D\([a-z-]+\)/Delta-L\(bytes\)\}, L\(bytes\)\n[-+0-9.einf, \n]*"
)
"""Comments by which encoders name themselves, or list the sizes of layers; they stay."""

Span = tuple[int, int]


def is_start(fragment: bytes) -> bool:
    """Whether a fragment is the first of a frame, and not one that goes on with it."""
    return fragment.startswith((_SOI, _SOC))


def without_comments(stream: bytes) -> bytes:
    """Return a compressed frame of the same length with zeros where text can stand, and after its end.

    What is none of the three codecs, or breaks off, comes back as far as it was understood.
    """
    spans = list(_jpeg(stream) if stream.startswith(_SOI) else _jpeg_2000(stream) if stream.startswith(_SOC) else ())
    if not any(any(stream[start:end]) for start, end in spans):
        return stream
    blank = bytearray(stream)
    for start, end in spans:
        blank[start:end] = bytes(end - start)
    return bytes(blank)


def _jpeg(stream: bytes) -> Iterator[Span]:
    """Yield where text can stand in JPEG and JPEG-LS."""
    position = 2
    while position + 4 <= len(stream) and stream[position] == 0xFF:
        marker = stream[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == _EOI:
            break
        (length,) = struct.unpack_from(">H", stream, position + 2)
        body, end = position + 4, position + 2 + length
        if marker == _COMMENT or 0xE0 <= marker <= 0xEF:
            yield from _text_of(marker, stream, body, min(end, len(stream)))
        if marker == _SOS:
            found = _NEXT.search(stream, end)
            if found is None:
                return
            end = found.start()
        position = max(end, position + 2)
    yield from _behind(stream, position)


def _behind(stream: bytes, end: int) -> Iterator[Span]:
    """Yield what follows the end marker, if that is where it should be; one byte of padding is no text."""
    if stream[end : end + 2] == b"\xff\xd9" and len(stream) > end + 3:
        yield end + 2, len(stream)


def _text_of(marker: int, stream: bytes, start: int, end: int) -> Iterator[Span]:
    body = stream[start:end]
    magic, needed = _NEEDED.get(marker, (b"", 0))
    if magic and body.startswith(magic):
        yield start + needed, end
    elif marker != _COMMENT or not _is_of_encoder(body):
        yield start, end


def _is_of_encoder(comment: bytes) -> bool:
    return _ENCODER.fullmatch(comment) is not None or _LAYERS.fullmatch(comment) is not None


def _jpeg_2000(stream: bytes) -> Iterator[Span]:
    """Yield where text can stand in JPEG 2000: in comments of the main header and of the headers of tile-parts."""
    position, tile_end = 2, 0
    while position + 4 <= len(stream):
        marker, length = struct.unpack_from(">HH", stream, position)
        if marker == _EOC or marker >> 8 != 0xFF:
            break
        if marker == _SOT:
            (size,) = struct.unpack_from(">I", stream.ljust(position + 12, b"\0"), position + 6)
            tile_end = position + size if size else len(stream)
        if marker == _SOD:
            position = max(tile_end, position + 2)
            continue
        if marker == _J2K_COMMENT and not _is_of_encoder(stream[position + 4 : position + 2 + length]):
            # The first two bytes say whether it is text.
            yield position + 6, min(position + 2 + length, len(stream))
        position += 2 + max(length, 2)
    yield from _behind(stream, position)
