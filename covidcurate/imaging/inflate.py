"""PNG files with their pixels inflated, for Pillow, which inflates row by row; all at once takes half the time.

zlib is slow at the end of each buffer that it fills, and a row is a small one; igzip, where the extra ``fast`` has it,
takes half of what zlib does. The rows are put back into the file as deflate blocks that are stored (RFC 1951, 3.2.4),
so that Pillow still does all that it does of a file: nothing of what it refuses or returns is another.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from covidcurate.imaging.containers import Part
from covidcurate.imaging.deflate import uses_isal

_MOST = 1 << 25
"""Bytes of rows that are held at once, those of a film of 4,000 x 4,000 with 16 bits; larger ones stay as they are."""
_PIECE, _MOST_OF_PIECE = 1 << 18, 1 << 20
"""Bytes that are inflated at a time, and what may become of them at a time."""
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By color type."""
_LONGEST_STORED = 65535
_STORED = struct.Struct("<BHH")
_STREAM_START = b"\x78\x01"
_LAST_BLOCK = _STORED.pack(1, 0, 0xFFFF)
_CHECKSUM = 4


def inflated(data: bytes, parts: Sequence[Part]) -> bytes:
    """Return a PNG file that decodes to the same, its rows stored; the file itself where they are not whole and sound.

    Where anything is unusual (rows are interlaced, or something stands between or after them), it is the file itself
    too: what is wrong with a file is for the decoder to say.

    Parameters
    ----------
    parts
        Those of the file, by :func:`covidcurate.imaging.containers.png_parts`.
    """
    chunks = [number for number, part in enumerate(parts) if data[part.start + 4 : part.start + 8] == b"IDAT"]
    size = _size_of_rows(data)
    if not chunks or len(chunks) != chunks[-1] - chunks[0] + 1 or not 0 < size <= _MOST:
        return data
    first, last = parts[chunks[0]].start, parts[chunks[-1]].end
    view = memoryview(data)
    packed = b"".join(view[parts[number].start + 8 : parts[number].end - 4] for number in chunks)
    rows = _inflate(packed, size)
    if rows is None:
        return data
    stream = [_STREAM_START, *_stored(rows), _LAST_BLOCK, packed[-_CHECKSUM:]]
    # No decoder of PNG looks at the checksum of a chunk with rows, since the stream has its own.
    chunk = [struct.pack(">I", sum(map(len, stream))), b"IDAT", *stream, bytes(_CHECKSUM)]
    return b"".join([view[:first], *chunk, view[last:]])


def _size_of_rows(data: bytes) -> int:
    """Return how many bytes all rows have, each with that of its filter; 0 if that is not simply so."""
    columns, rows, depth, color, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    bits = columns * depth * _CHANNELS.get(color, 0)
    return rows * (1 + (bits + 7) // 8) if bits and not interlaced else 0


def _inflate(packed: bytes, size: int) -> list[bytes] | None:
    """Return the pieces of what a zlib stream holds; None if it is not sound, or holds more or less than ``size``."""
    library, found, room = quickest_library(), list[bytes](), size
    machine, view = library.decompressobj(), memoryview(packed)
    try:
        for start in range(0, len(packed), _PIECE):
            if machine.eof:
                return None
            piece: bytes | memoryview = view[start : start + _PIECE]
            while piece and not machine.eof:
                # One byte more than there should be tells of all others.
                found.append(machine.decompress(piece, min(room + 1, _MOST_OF_PIECE)))
                room -= len(found[-1])
                piece = machine.unconsumed_tail
                if room < 0:
                    return None
    except (zlib.error, library.error):
        return None
    return found if machine.eof and not machine.unused_data and not room else None


def _stored(pieces: Sequence[bytes]) -> Iterator[bytes | memoryview]:
    """Yield deflate blocks that hold pieces as they are, none of them the last."""
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), _LONGEST_STORED):
            block = view[start : start + _LONGEST_STORED]
            yield _STORED.pack(0, len(block), len(block) ^ 0xFFFF)
            yield block


@cache
def quickest_library() -> Any:
    """Return the quicker of the libraries that inflate, of those that are there."""
    if uses_isal():
        from isal import isal_zlib

        return isal_zlib
    return zlib
