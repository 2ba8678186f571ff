"""The texts that an image file carries beside its pixels, wherever it does: what may name somebody in an input.

EXIF is read as TIFF 6.0 lays it out, IPTC as IIM 4 does; a color profile is left out, since its words (of a maker of
screens, mostly) are kept with it for the sake of the colors. Nor is what follows the end of a TIFF, which has none.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from covidcurate.imaging.leaks.content import contents_of
from covidcurate.imaging.leaks.parts import Content, Sort

_ASCII, _BYTE, _UNDEFINED, _LONG = 2, 1, 7, 4
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_POINTERS = {0x8769, 0x8825, 0xA005, 0x014A}
_WINDOWS = range(0x9C9B, 0x9CA0)
_USER_COMMENT, _XMP, _IPTC, _PHOTOSHOP, _PROFILE, _TABLES = 0x9286, 700, 33723, 34377, 34675, 347
_THUMBNAIL, _THUMBNAIL_LENGTH = 0x0201, 0x0202
_EXIF_PERSONAL = {0x013B, 0x013C, 0x9C9D, 0xA430}
"""Artist, HostComputer, XPAuthor, CameraOwnerName."""
_IPTC_PERSONAL = {80, 110, 118, 122}
"""By-line, credit, contact, writer of the caption."""
_NIFTI_1 = ((4, 14), (14, 32), (148, 228), (228, 252), (328, 344), (348, None))
"""Where the text fields of a NIfTI-1 header begin and end, then extensions; the numbers between look like words."""
_NIFTI_2 = ((240, 320), (320, 344), (508, 524), (525, 540), (540, None))
_MOST_DIRECTORIES = 64
_LONGEST = 1 << 16
_RUN = re.compile(rb"[\x20-\x7e\x80-\xff]{4,}")
_WIDE_RUNS = {
    "utf-16-le": re.compile(rb"(?:[\x20-\x7e]\x00){4,}"),
    "utf-16-be": re.compile(rb"(?:\x00[\x20-\x7e]){4,}"),
}
_LETTERS = re.compile(rb"[A-Za-z0-9]{3}|[\x80-\xff]{6}")
_XMP_CREATOR = re.compile(r"<(\w+:(?:creator|Author\w*|CaptionWriter|OwnerName))\b[^>]*>(.*?)</\1>", re.DOTALL)
_XMP_VALUE = re.compile(r">([^<>]*[^<>\s][^<>]*)<|(?<!xmlns)[\s:](?!xmlns)\w+:\w+\s*=\s*[\"']([^\"']+)[\"']")
_PROFILES = ("JPEG application segment 2,", "PNG chunk iCCP", "WebP chunk ICCP")


class Text(NamedTuple):
    """A text, what carries it, and whether that is where people are named."""

    place: str
    text: str
    personal: bool = False


def texts_of_image(data: bytes) -> Iterator[Text]:
    """Yield the texts of a raster image or a NIfTI file.

    Raises
    ------
    UnreadableError
        It is packed, and cannot be unpacked.
    """
    if data[:4] in (b"II*\0", b"MM\0*"):
        yield from _of_exif(data, 0)
        return
    for part in contents_of(data):
        if part.sort is not Sort.PIXELS and not part.place.startswith(_PROFILES):
            yield from _of_part(part, 0)


def _of_part(part: Content, depth: int) -> Iterator[Text]:
    data, place = part.data, part.place.removesuffix(", byte")
    if data[:6] == b"Exif\0\0":
        yield from _of_exif(data[6:], depth)
    elif data[:4] in (b"II*\0", b"MM\0*"):
        yield from _of_exif(data, depth)
    elif b"<x:xmpmeta" in data or b"<rdf:RDF" in data:
        yield from _of_xmp(data)
    elif data.startswith(b"Photoshop 3.0"):
        yield from _of_iptc(data)
    elif data.startswith((b"JFIF\0", b"Adobe\0")) or _is_table(place):
        return
    elif fields := _NIFTI_1 if data[344:346] == b"n+" else _NIFTI_2 if data[4:6] == b"n+" else ():
        for begin, end in fields:
            yield from _of_bytes(f"{place} {begin}", data[begin:end])
    elif part.sort is Sort.TEXT or "after" in place:
        yield from _of_bytes(place, data, personal=data[:7].lower() in (b"author\0", b"artist\0"))


def _is_table(place: str) -> bool:
    """Whether a part of JPEG holds tables, which look like words (``CDEFGHIJ``)."""
    return place.startswith("JPEG segment")


def _of_bytes(place: str, data: bytes, *, personal: bool = False) -> Iterator[Text]:
    """Yield the lines of printable characters in bytes, narrow or wide."""
    for match in _RUN.finditer(data[:_LONGEST]):
        if _LETTERS.search(match[0]):
            yield Text(place, _decode(match[0]), personal)
    for encoding, run in _WIDE_RUNS.items():
        for match in run.finditer(data[:_LONGEST]):
            yield Text(place, match[0].decode(encoding), personal)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8").strip("\0 ")
    except UnicodeDecodeError:
        return data.decode("latin-1").strip("\0 ")


def _of_exif(block: bytes, depth: int) -> Iterator[Text]:
    """Yield the texts of all directories of a TIFF block, and those of the thumbnail."""
    order = "<" if block[:2] == b"II" else ">"
    waiting = [int.from_bytes(block[4:8], "little" if order == "<" else "big")]
    known: set[int] = set()
    while waiting and len(known) < _MOST_DIRECTORIES:
        start = waiting.pop()
        if start in known or not 8 <= start <= len(block) - 2:
            continue
        known.add(start)
        thumbnail = {}
        for tag, kind, value in _entries(block, start, order, waiting):
            if kind in (_LONG, 13) and tag in _POINTERS:
                waiting += struct.unpack(f"{order}{len(value) // 4}I", value)
            elif tag in (_THUMBNAIL, _THUMBNAIL_LENGTH) and len(value) == 4:
                thumbnail[tag] = struct.unpack(order + "I", value)[0]
            else:
                yield from _of_entry(tag, kind, value)
        if len(thumbnail) == 2 and depth == 0:
            place = thumbnail[_THUMBNAIL]
            for part in contents_of(block[place : place + thumbnail[_THUMBNAIL_LENGTH]]):
                if part.sort is not Sort.PIXELS and not part.place.startswith(_PROFILES):
                    yield from _of_part(part, depth + 1)


def _entries(block: bytes, start: int, order: str, waiting: list[int]) -> Iterator[tuple[int, int, bytes]]:
    """Yield tag, type and value of each entry of a directory, and note where the next directory is."""
    (count,) = struct.unpack_from(order + "H", block, start)
    for number in range(count):
        place = start + 2 + 12 * number
        if place + 12 > len(block):
            return
        tag, kind, many = struct.unpack_from(order + "HHI", block, place)
        length = _SIZES.get(kind, 1) * many
        where = place + 8 if length <= 4 else struct.unpack_from(order + "I", block, place + 8)[0]
        yield tag, kind, block[where : where + length]
    end = start + 2 + 12 * count
    if end + 4 <= len(block):
        waiting += struct.unpack_from(order + "I", block, end)


def _of_entry(tag: int, kind: int, value: bytes) -> Iterator[Text]:
    place, personal = f"EXIF tag 0x{tag:04x}", tag in _EXIF_PERSONAL
    if tag in _WINDOWS:
        yield Text(place, value.decode("utf-16-le", "replace").strip("\0 "), personal)
    elif tag == _XMP:
        yield from _of_xmp(value)
    elif tag in (_IPTC, _PHOTOSHOP):
        yield from _of_iptc(value)
    elif tag == _USER_COMMENT:
        yield from _of_bytes(place, value[8:])
    elif kind == _ASCII:
        yield from (Text(place, _decode(line), personal) for line in value.split(b"\0") if line.strip())
    elif kind in (_BYTE, _UNDEFINED) and tag not in (_PROFILE, _TABLES) and len(value) > 4:
        yield from _of_bytes(place, value)


def _of_xmp(data: bytes) -> Iterator[Text]:
    """Yield elements and attributes of XMP; those that name its authors first."""
    text = _decode(data)
    for match in _XMP_CREATOR.finditer(text):
        for value in re.findall(r">([^<>]+)<", f">{match[2]}<"):
            if value.strip():
                yield Text("XMP", value.strip(), personal=True)
    for match in _XMP_VALUE.finditer(text):
        yield Text("XMP", (match[1] or match[2]).strip())


def _of_iptc(data: bytes) -> Iterator[Text]:
    """Yield the records of IPTC that hold texts."""
    place = data.find(b"\x1c")
    while 0 <= place <= len(data) - 5:
        record, number, length = struct.unpack_from(">BBH", data, place + 1)
        if 1 <= record <= 9 and length < 0x8000:
            value = data[place + 5 : place + 5 + length]
            if _LETTERS.search(value):
                yield Text(f"IPTC record {record}:{number}", _decode(value), record == 2 and number in _IPTC_PERSONAL)
            place = data.find(b"\x1c", place + 5 + length)
        else:
            place = data.find(b"\x1c", place + 1)
