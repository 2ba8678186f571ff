"""The parts of GIF, WebP, BMP and NIfTI files: what was written, and what is pixels.

From the specifications of GIF89a, of the WebP container and of NIfTI-1 and -2; what is not known counts as written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import prod

from covidcurate.imaging.leaks.parts import Content, Sort, sort_of

_EXTENSION, _IMAGE = 0x21, 0x2C
_WEBP_PIXELS = {b"VP8 ", b"VP8L", b"ALPH", b"ANMF"}


def gif_contents(data: bytes) -> Iterator[Content]:
    """Yield extensions and images of a GIF file, blocks joined, and what follows its end."""
    position = 13 + _colors(data[10:11])
    yield Content("byte", data[:position], Sort.UNKNOWN)
    while data[position : position + 1] in (b"\x21", b"\x2c"):
        begin = position
        if data[position] == _EXTENSION:
            position += 2
            name, sort = f"GIF extension 0x{data[begin + 1 : position].hex()}", Sort.TEXT
        else:
            position += 11 + _colors(data[position + 9 : position + 10])
            name, sort = "pixels", Sort.PIXELS
        blocks = []
        while position < len(data) and data[position]:
            blocks.append(data[position + 1 : position + 1 + data[position]])
            position += 1 + data[position]
        position += 1
        yield Content(f"{name}, unpacked from byte {begin}, byte", b"".join(blocks), sort)
    yield Content("after the image, byte", data[position:], sort_of(data[position:]), position)


def _colors(flags: bytes) -> int:
    """Return the bytes of the color table that flags announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def webp_contents(data: bytes) -> Iterator[Content]:
    """Yield the chunks of a WebP file (or another RIFF file), and what follows them."""
    position = 12
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, position)
        sort = Sort.PIXELS if kind in _WEBP_PIXELS else Sort.UNKNOWN if kind == b"ICCP" else Sort.TEXT
        body = data[position + 8 : position + 8 + length]
        yield Content(f"WebP chunk {kind.decode('ascii', 'replace').strip()}, byte", body, sort, position + 8)
        position += 8 + length + length % 2
    yield Content("after the image, byte", data[position:], sort_of(data[position:]), position)


def bmp_contents(data: bytes) -> Iterator[Content]:
    """Yield the header, the pixels and what follows the end of a BMP file, as its header says."""
    end, start = struct.unpack_from("<I4xI", data, 2) if len(data) >= 14 else (len(data), 0)
    start = min(max(start, 14), len(data))
    end = end if start <= end <= len(data) else len(data)
    yield Content("byte", data[:start], Sort.UNKNOWN)
    yield Content("pixels, byte", data[start:end], Sort.PIXELS, start)
    yield Content("after the image, byte", data[end:], sort_of(data[end:]), end)


def nifti_contents(data: bytes) -> Iterator[Content]:
    """Yield header and extensions, voxels, and what follows them; data that is cut off ends with voxels."""
    start, end = _voxels(data)
    yield Content("byte", data[:start], Sort.TEXT)
    yield Content("voxels, byte", data[start:end], Sort.PIXELS, start)
    if end < len(data):
        yield Content("after the voxels, byte", data[end:], sort_of(data[end:]), end)


def _voxels(data: bytes) -> tuple[int, int]:
    """Return where the voxels of a NIfTI file begin and end, by its header."""
    order = "<" if data[:4] in (b"\x5c\x01\x00\x00", b"\x1c\x02\x00\x00") else ">"
    try:
        if data[4:7] == b"n+2":
            (bits,) = struct.unpack_from(order + "h", data, 14)
            lengths = struct.unpack_from(order + "8q", data, 16)
            start = max(540, int(struct.unpack_from(order + "q", data, 168)[0]))
        elif data[344:347] == b"n+1":
            (bits,) = struct.unpack_from(order + "h", data, 72)
            lengths = struct.unpack_from(order + "8h", data, 40)
            start = max(348, int(struct.unpack_from(order + "f", data, 108)[0]))
        else:
            return len(data), len(data)
    except (struct.error, ValueError, OverflowError):
        return len(data), len(data)
    count = lengths[0] if 1 <= lengths[0] <= 7 else 7
    size = prod(max(1, length) for length in lengths[1 : 1 + count]) * max(0, bits) // 8
    return min(start, len(data)), min(start + size, len(data))
