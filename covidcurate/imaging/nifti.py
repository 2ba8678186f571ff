"""NIfTI files without the header fields and extensions that may hold names; voxels and geometry stay bit for bit.

The layout is that of nifti1.h (348 bytes) and nifti2.h (540 bytes), https://nifti.nimh.nih.gov.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from typing import NamedTuple

from covidcurate.errors import UnreadableError

# Fields of free text as (offset, length): data_type, db_name, descrip, aux_file, intent_name.
_TEXT_1 = ((4, 10), (14, 18), (148, 80), (228, 24), (328, 16))
# NIfTI-2 has descrip, aux_file, intent_name, unused_str.
_TEXT_2 = ((240, 80), (320, 24), (508, 16), (525, 15))
_HEADER_1, _HEADER_2 = 348, 540
# Bits of a voxel by the code of its data type.
_BITS = {
    2: 8, 4: 16, 8: 32, 16: 32, 32: 64, 64: 64, 128: 24, 256: 8, 512: 16, 768: 32, 1024: 64, 1280: 64, 1536: 128,
    1792: 128, 2048: 256, 2304: 32,
}  # fmt: skip
HEAD = 1 << 20
"""Bytes at the start of a file in which its header is looked for."""
_MOST = 1 << 36
"""Bytes of the largest volume that is taken: 64 GiB."""


class _Layout(NamedTuple):
    """Where one file keeps its text and its voxels."""

    text: tuple[tuple[int, int], ...]
    header: int
    start: int
    end: int


def find_nifti_text(head: bytes, size: int = 0) -> tuple[str, ...]:
    """Return the names of what a NIfTI file carries that may hold names.

    Parameters
    ----------
    head
        Its first bytes, as far as its voxels.
    size
        Length of the whole file in bytes; 0 if that is not known, and then nothing is said of bytes after the voxels.
    """
    layout = _layout(head)
    names = []
    if any(head[position : position + length].strip(b"\x00 ") for position, length in layout.text):
        names.append("text in its header")
    if any(head[layout.header : layout.start]):
        names.append("header extensions")
    if size > layout.end:
        names.append("bytes after the image")
    return tuple(names)


def find_gzip_text(head: bytes) -> tuple[str, ...]:
    """Return whether a gzip header carries a file name, a comment or extra fields (RFC 1952)."""
    return ("text in its gzip header",) if len(head) > 3 and head[3] & 0b11100 else ()


def find_voxels_end(head: bytes) -> int:
    """Return the position after the last voxel, by the number of bits that the header gives each."""
    return _layout(head).end


def strip_nifti(data: bytes) -> bytes:
    """Return a single-file NIfTI with its text fields blank and its extensions cleared.

    The offset of the voxels stays, so that cleared extensions leave zeros behind; nothing after the voxels is kept.
    """
    layout = _layout(data)
    if layout.end > len(data):
        raise UnreadableError(
            f"the NIfTI header puts the voxels at bytes {layout.start} to {layout.end} of {len(data)}"
        )
    clean = bytearray(data[: layout.end])
    for position, length in layout.text:
        clean[position : position + length] = bytes(length)
    clean[layout.header : layout.start] = bytes(layout.start - layout.header)
    return bytes(clean)


def strip_nifti_gzip(data: bytes) -> bytes:
    """Do the same for ``.nii.gz``; the gzip header gets neither name nor time, so equal input gives equal bytes."""
    # The header says how much there is to be read, so that a bomb is not unpacked.
    end = _layout(gunzip(data, HEAD)).end
    return gzip.compress(strip_nifti(gunzip(data, end)), compresslevel=6, mtime=0)


def gunzip(data: bytes, limit: int) -> bytes:
    """Return the first ``limit`` bytes of what a gzip file holds; of all its members, if there are several.

    Raises
    ------
    UnreadableError
        The compressed data is damaged.
    """
    if limit > _MOST:
        raise UnreadableError(f"the NIfTI header asks for {limit} bytes, more than any volume has")
    plain = b""
    try:
        while data and len(plain) < limit:
            member = zlib.decompressobj(wbits=31)
            plain += member.decompress(data, limit - len(plain))
            # Zeros may pad what follows a member.
            data = member.unused_data.lstrip(b"\x00")
    except zlib.error as error:
        raise UnreadableError(f"the gzip container is damaged: {error}") from error
    return plain


def _layout(head: bytes) -> _Layout:
    fields: tuple[tuple[int, int], ...]
    if head[344:348] == b"n+1\x00":
        fields, size = _TEXT_1, _HEADER_1
        (offset,), dimensions = _read(head, "f", 108), _read(head, "8h", 40)
        kind, bits = _read(head, "2h", 70)
    elif head[4:7] == b"n+2":
        fields, size = _TEXT_2, _HEADER_2
        (offset,), dimensions = _read(head, "q", 168), _read(head, "8q", 16)
        kind, bits = _read(head, "2h", 12)
    else:
        raise UnreadableError("the NIfTI header is damaged")
    shape = dimensions[1 : dimensions[0] + 1]
    if not 1 <= dimensions[0] <= 7 or min(shape) < 1:
        raise UnreadableError(f"the NIfTI header has the impossible dimensions {dimensions}")
    if bits != _BITS.get(kind):
        # Readers differ in which of the two they believe.
        raise UnreadableError(f"the NIfTI header contradicts itself: data type {kind} with {bits} bits a voxel")
    if not math.isfinite(offset):
        raise UnreadableError(f"the NIfTI header puts the voxels at byte {offset}")
    start = int(offset)
    end = start + math.prod(shape) * bits // 8
    if not size <= start <= end:
        raise UnreadableError(f"the NIfTI header puts the voxels at bytes {start} to {end}")
    return _Layout(fields, size, start, end)


def _read(data: bytes, code: str, position: int) -> tuple[int, ...]:
    """Read numbers in the byte order that makes the header's own size come out right."""
    (size,) = struct.unpack_from("<i", data, 0)
    order = "<" if size in (_HEADER_1, _HEADER_2) else ">"
    return struct.unpack_from(order + code, data, position)
