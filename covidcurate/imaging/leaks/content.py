"""The bytes of an output in which something might stand: as they are, and unpacked, pixels told from the rest."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

_MOST = 1 << 32
"""Bytes that are unpacked of one file."""
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_TEXT_CHUNKS = {b"zTXt", b"iTXt", b"iCCP"}
_DEEPEST = 3


class Content(NamedTuple):
    """Bytes of a file; ``place`` says where they come from, ``pixels`` that they are pixels or compressed."""

    place: str
    data: bytes
    pixels: bool


def contents_of(data: bytes, depth: int = 0) -> Iterator[Content]:
    """Yield the parts of a file, and what is packed in them."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _png(data)
    elif data.startswith(b"\xff\xd8\xff"):
        yield from _jpeg(data)
    elif data.startswith(b"\x1f\x8b"):
        yield Content("gzip header", data[:512], True)
        yield Content("byte", data, True)
        if depth < _DEEPEST:
            yield from _inside("unpacked", _unpack(data, 31), depth)
    elif data.startswith(b"PK\x03\x04"):
        yield Content("byte", data, True)
        yield from _zip(data, depth)
    elif data[128:132] == b"DICM":
        yield from _dicom(data)
    elif data[344:348] in (b"n+1\x00", b"ni1\x00") or data[4:7] == b"n+2":
        end = _voxels(data)
        yield Content("byte", data[:end], False)
        yield Content("voxels, byte", data[end:], True)
    else:
        yield Content("byte", data, False)


def _inside(place: str, data: bytes, depth: int) -> Iterator[Content]:
    for part in contents_of(data, depth + 1):
        yield Content(f"{place}: {part.place}", part.data, part.pixels)


def _png(data: bytes) -> Iterator[Content]:
    position = 8
    yield Content("byte", data, True)
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        name = f"PNG chunk {kind.decode('latin-1')}"
        if kind != b"IDAT":
            yield Content(name, body, False)
            if kind in _TEXT_CHUNKS:
                start = body.find(b"\x78")
                while start >= 0 and (plain := _unpack(body[start:], 15)) == b"":
                    start = body.find(b"\x78", start + 1)
                if start >= 0:
                    yield Content(f"{name} unpacked", plain, False)
        position += 12 + length
        if kind == b"IEND":
            break
    yield Content("after the image", data[position:], False)


def _jpeg(data: bytes) -> Iterator[Content]:
    scan, end = data.find(b"\xff\xda"), data.rfind(b"\xff\xd9")
    if scan < 0 or end < scan:
        yield Content("byte", data, False)
        return
    yield Content("byte", data[:scan], False)
    yield Content("scan, byte", data[scan:end], True)
    yield Content("after the image", data[end:], False)


def _zip(data: bytes, depth: int) -> Iterator[Content]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for info in archive.infolist():
                yield Content("name in the archive", info.filename.encode(), False)
                if depth < _DEEPEST and info.file_size < _MOST:
                    yield from _inside(f"member {info.header_offset}", archive.read(info), depth)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error):
        yield Content("byte", data, False)


def _dicom(data: bytes) -> Iterator[Content]:
    if _DEFLATED in data[:1024]:
        (length,) = struct.unpack_from("<I", data, 140)
        yield Content("byte", data[: 144 + length], False)
        data = _unpack(data[144 + length :], -15)
    # The last element of pixel data, in either byte order; all before it is header, and so is what little follows.
    start = max(data.rfind(b"\xe0\x7f\x10\x00"), data.rfind(b"\x7f\xe0\x00\x10"))
    if start < 0:
        yield Content("byte", data, False)
        return
    yield Content("byte", data[:start], False)
    yield Content("pixel data, byte", data[start:], True)
    yield Content("end of the file", data[-4096:], False) if len(data) - start > 8192 else Content("end", b"", False)


def _voxels(data: bytes) -> int:
    """Return where the voxels of a NIfTI file begin, by its header."""
    order = "<" if data[:4] in (b"\x5c\x01\x00\x00", b"\x1c\x02\x00\x00") else ">"
    try:
        if data[4:7] == b"n+2":
            return max(540, int(struct.unpack_from(order + "q", data, 168)[0]))
        return max(348, int(struct.unpack_from(order + "f", data, 108)[0]))
    except (struct.error, ValueError, OverflowError):
        return len(data)


def _unpack(data: bytes, bits: int) -> bytes:
    """Return what compressed data unpacks to, as far as it can be unpacked; all members of gzip."""
    plain = b""
    while data:
        machine = zlib.decompressobj(bits)
        try:
            plain += machine.decompress(data, _MOST - len(plain))
        except zlib.error:
            break
        if bits != 31 or not machine.eof:
            break
        data = machine.unused_data.lstrip(b"\x00")
    return plain
