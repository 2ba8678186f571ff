"""Parts of a file in which something might stand, and how far chance can write it there."""

from __future__ import annotations

import zlib
from enum import Enum
from typing import NamedTuple

_MOST_TEXT = 1 << 26
"""Bytes that a compressed text inside an image may unpack to."""
_SAMPLE = 1 << 16
_ODD = bytes(sign for sign in range(32) if sign not in b"\t\n\r\f\x1b") + b"\x7f"
"""Control characters that no text has; of random bytes they are every ninth."""


class Sort(Enum):
    """What bytes are, which decides how long a word has to be before it is none of chance."""

    TEXT = "text"
    """Headers, metadata and texts: any word in them was written."""
    PIXELS = "pixels"
    """Pixels, or compressed data."""
    UNKNOWN = "unknown"
    """Either, in a file whose structure is not known here."""


class Content(NamedTuple):
    """Bytes of a file; ``place`` says where they come from, and ``start`` which byte there is the first of them."""

    place: str
    data: bytes
    sort: Sort
    start: int = 0


def sort_of(data: bytes) -> Sort:
    """Return whether bytes of an unknown file are a text, by their first 64 KiB."""
    sample = data[:_SAMPLE]
    odd = len(sample) - len(sample.translate(None, _ODD))
    return Sort.TEXT if odd * 50 <= len(sample) else Sort.UNKNOWN


def unpack(data: bytes, bits: int, most: int = _MOST_TEXT) -> bytes:
    """Return what deflated data unpacks to, as far as it can be unpacked, but not more than ``most`` bytes.

    Parameters
    ----------
    bits
        Window bits of zlib: 15 with its header, -15 without.
    """
    machine = zlib.decompressobj(bits)
    plain = bytearray()
    # In small steps, so that what stands before the damage is not lost with it.
    for start in range(0, len(data), 4096):
        try:
            plain += machine.decompress(data[start : start + 4096], most - len(plain))
        except zlib.error:
            break
        if machine.eof or len(plain) >= most:
            break
    return bytes(plain)
