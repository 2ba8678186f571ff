"""Write PNG (W3C, third edition) without anything but pixels, and quickly: large films are the common case here."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

from covidcurate.imaging.containers import png_chunk
from covidcurate.imaging.deflate import deflate, split_blocks

if TYPE_CHECKING:
    import numpy

    Pixels = numpy.ndarray[Any, numpy.dtype[Any]]

_SUB = 1
"""Filter type: each byte less that of the pixel to its left, after which films compress well at a low level."""
_GREY, _RGB = 0, 2
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode_png(pixels: Pixels, *, workers: int = 0) -> bytes:
    """Return a PNG file of grey levels (rows x columns, uint8 or uint16) or RGB (rows x columns x 3, uint8).

    It has the chunks IHDR, IDAT and IEND and no other: no text, no time, no profile.
    """
    filtered = _filter(pixels)
    # A zlib stream (RFC 1950) is deflate between two bytes of header and a checksum.
    stream = b"\x78\x01" + b"".join(deflate(split_blocks(filtered), workers=workers))
    stream += zlib.adler32(filtered.data).to_bytes(4, "big")
    rows, columns = pixels.shape[:2]
    header = struct.pack(
        ">IIBBBBB", columns, rows, 8 * pixels.dtype.itemsize, _RGB if pixels.ndim == 3 else _GREY, 0, 0, 0
    )
    return SIGNATURE + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", stream) + png_chunk(b"IEND", b"")


def _filter(pixels: Pixels) -> Pixels:
    """Return the filtered rows, each after the byte of its filter type."""
    import numpy

    rows = pixels.shape[0]
    big = numpy.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder(">"))
    raw = big.reshape(rows, -1).view(numpy.uint8)
    step = pixels.dtype.itemsize * (pixels.shape[2] if pixels.ndim == 3 else 1)
    filtered = numpy.empty((rows, raw.shape[1] + 1), dtype=numpy.uint8)
    filtered[:, 0] = _SUB
    filtered[:, 1 : step + 1] = raw[:, :step]
    numpy.subtract(raw[:, step:], raw[:, :-step], out=filtered[:, step + 1 :])
    return filtered
