"""The bytes of an output in which something might stand: as they are, and unpacked, pixels told from the rest."""

from __future__ import annotations

import datetime
import itertools
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from covidcurate.errors import UnreadableError
from covidcurate.imaging.leaks.other_files import bmp_contents, gif_contents, nifti_contents, webp_contents
from covidcurate.imaging.leaks.parts import Content, Sort, sort_of, unpack
from covidcurate.imaging.leaks.pixel_data import find_pixel_data
from covidcurate.imaging.leaks.rasters import jpeg_contents, png_contents

_PIECE = 1 << 26
"""Bytes that are unpacked at once; a header is in the first of them."""
_OVERLAP = 1 << 14
_MOST = 1 << 35
"""Bytes that one file may unpack to: 32 GiB."""
_STEP = 1 << 20
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_DEEPEST = 4
_OTHERS = {b"GIF8": gif_contents, b"RIFF": webp_contents, b"BM": bmp_contents}
_EXTRA, _NAME, _COMMENT, _CHECK = 4, 8, 16, 2
"""Flags of a gzip header (RFC 1952), in the order of their fields."""


def contents_of(data: bytes, depth: int = 0) -> Iterator[Content]:
    """Yield the parts of a file, and what is packed in them, never more than 64 MiB unpacked at a time.

    Raises
    ------
    UnreadableError
        Something packed is damaged, locked or larger than anything here, so that it is not searched to its end.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from png_contents(data)
    elif data.startswith(b"\xff\xd8\xff"):
        yield from jpeg_contents(data)
    elif data.startswith(b"\x1f\x8b"):
        yield from _gzip(data, depth)
    elif data.startswith(b"PK\x03\x04"):
        yield from _zip(data, depth)
    elif data[128:132] == b"DICM":
        yield from _dicom(data)
    elif data[344:348] in (b"n+1\x00", b"ni1\x00") or data[4:7] in (b"n+2", b"ni2"):
        yield from nifti_contents(data)
    else:
        walk = next((walk for magic, walk in _OTHERS.items() if data.startswith(magic)), None)
        yield from walk(data) if walk else [Content("byte", data, sort_of(data))]


def _inside(place: str, data: bytes, depth: int) -> Iterator[Content]:
    if depth >= _DEEPEST:
        raise UnreadableError(f"is packed more than {_DEEPEST} times over, and not searched to its end")
    for part in contents_of(data, depth + 1):
        yield part._replace(place=f"{place}: {part.place}")


def _gzip(data: bytes, depth: int) -> Iterator[Content]:
    """Yield the headers of the members, then what they unpack to together, in pieces that overlap."""
    yield Content("compressed, byte", data, Sort.PIXELS)
    headers: list[Content] = []
    piece, start, sort = bytearray(), 0, Sort.UNKNOWN
    first = True
    for step in _plain(data, headers):
        piece += step
        if len(piece) >= _PIECE:
            whole = bytes(piece)
            if first:
                for part in _inside("unpacked", whole, depth):
                    sort = part.sort if part.data else sort
                    yield part
            else:
                yield Content("unpacked: byte", whole, sort, start)
            first, start = False, start + len(whole) - _OVERLAP
            del piece[:-_OVERLAP]
    if first:
        yield from _inside("unpacked", bytes(piece), depth)
    else:
        yield Content("unpacked: byte", bytes(piece), sort, start)
    yield from headers


def _plain(data: bytes, headers: list[Content]) -> Iterator[bytes]:
    """Yield what gzip unpacks to, step by step, and collect what stands before and after its members."""
    position, total = 0, 0
    while data.startswith(b"\x1f\x8b", position):
        ends = _gzip_header(data, position)
        for begin, end in itertools.pairwise((position, *ends)):
            headers.append(Content("gzip header, byte", data[begin:end], Sort.TEXT, begin))
        headers.append(Content("time in the gzip header, byte", _time(data[position + 4 : position + 8]), Sort.TEXT))
        machine = zlib.decompressobj(-15)
        position = ends[-1]
        while not machine.eof and position < len(data):
            packed = data[position : position + _STEP]
            position += len(packed)
            while packed and not machine.eof:
                try:
                    step = machine.decompress(packed, _STEP)
                except zlib.error as error:
                    raise UnreadableError(
                        f"the compressed data is damaged before byte {position}, and not searched to its end"
                    ) from error
                total += len(step)
                if total > _MOST:
                    raise UnreadableError(f"unpacks to more than {_MOST >> 30} GiB, and is not searched to its end")
                packed = machine.unconsumed_tail
                yield step
        if not machine.eof:
            raise UnreadableError("the compressed data is cut short")
        # After the deflated data come its checksum and its length.
        position += 8 - len(machine.unused_data)
        while data[position : position + 1] == b"\0":
            position += 1
    rest = data[position:]
    headers.append(Content("after the compressed data, byte", rest, sort_of(rest), position))


def _gzip_header(data: bytes, start: int) -> list[int]:
    """Return where each field of a gzip header ends: the last one is where the deflated data begins."""
    flags = int.from_bytes(data[start + 3 : start + 4], "little")
    ends = [start + 10]
    if flags & _EXTRA:
        ends.append(ends[-1] + 2 + int.from_bytes(data[ends[-1] : ends[-1] + 2], "little"))
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            ends.append(data.find(b"\0", ends[-1]) + 1 or len(data))
    return [*ends, ends[-1] + 2] if flags & _CHECK else ends


def _time(seconds: bytes) -> bytes:
    """Return a time in seconds since 1970 as people write it; nothing if there is none."""
    number = int.from_bytes(seconds, "little")
    when = datetime.datetime.fromtimestamp(number, tz=datetime.UTC)
    return when.strftime("%Y-%m-%d %H:%M:%S").encode() if number else b""


def _zip(data: bytes, depth: int) -> Iterator[Content]:
    """Yield names, comments and members of an archive."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            yield Content("comment of the archive, byte", archive.comment, Sort.TEXT)
            for number, info in enumerate(archive.infolist(), start=1):
                name = info.filename.encode("utf-8", "surrogateescape")
                yield Content(f"name and comment of member {number}, byte", name + b"\n" + info.comment, Sort.TEXT)
                if info.file_size > _MOST:
                    raise UnreadableError(f"member {number} unpacks to more than {_MOST >> 30} GiB")
                yield from _inside(f"member {number}", archive.read(info), depth)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError, MemoryError) as error:
        raise UnreadableError("the archive is damaged, or needs a password, and is not searched to its end") from error


def _dicom(data: bytes) -> Iterator[Content]:
    """Yield a DICOM file up to its pixel data, that, and what follows it."""
    place = ""
    if _DEFLATED in data[:1024]:
        (length,) = struct.unpack_from("<I", data, 140)
        yield Content("byte", data[: 144 + length], Sort.TEXT)
        data, place = unpack(data[144 + length :], -15, _MOST), "inflated, "
    start, end = find_pixel_data(data)
    yield Content(f"{place}byte", data[:start], Sort.TEXT)
    yield Content(f"{place}pixel data, byte", data[start:end], Sort.PIXELS, start)
    yield Content(f"{place}after the pixel data, byte", data[end:], Sort.TEXT, end)
