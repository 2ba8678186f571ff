"""What stands in the element of the pixels and is no pixel: bytes after the last, overlays in spare bits, comments."""

from __future__ import annotations

import struct
from collections import Counter
from typing import TYPE_CHECKING

from covidcurate.errors import PolicyError, UnreadableError
from covidcurate.imaging.deidentify.codestreams import is_start, without_comments
from covidcurate.imaging.dicom.header import get_bytes
from covidcurate.imaging.dicom.layout import PixelLayout, read_layout

if TYPE_CHECKING:
    from pydicom import Dataset, FileDataset

_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_OVERLAYS = range(0x6000, 0x6020, 2)


def clean_pixels(original: FileDataset, clean: Dataset, removed: Counter[str]) -> None:
    """Take out of the pixel data of ``clean`` what is no pixel; the pixels stay bit for bit.

    Raises
    ------
    UnreadableError
        What the header says of the pixels is impossible, or compressed pixels are not in items.
    PolicyError
        An overlay, which may be text, is drawn into spare bits of compressed pixels.
    """
    layout = read_layout(original)
    data = get_bytes(clean, layout.keyword)
    drawn = _has_overlay_in_pixels(original)
    if not layout.is_native:
        if drawn:
            raise PolicyError(
                "has an overlay in spare bits of its compressed pixels, which may be text",
                remedy="Decompress it first, with dcmdjpeg or dcmdrle of DCMTK.",
            )
        cleaned = _without_comments(data, layout)
        name = "comments in the compressed pixels"
    else:
        cleaned, name = _pixels_alone(data, layout), "bytes after the pixels"
        if drawn and layout.stored < layout.allocated:
            cleaned, name = _without_spare_bits(cleaned, layout), "an overlay in spare bits of the pixels"
    if cleaned != data:
        removed[name] += 1
        element = clean[layout.keyword]
        clean.add_new(element.tag, element.VR, cleaned)
        clean[layout.keyword].is_undefined_length = not layout.is_native


def _pixels_alone(data: bytes, layout: PixelLayout) -> bytes:
    bits = layout.frame_bits * layout.frames
    if layout.photometric in {"YBR_FULL_422", "YBR_PARTIAL_422"} and len(data) * 8 < bits:
        bits = bits * 2 // 3
    length = (bits + 7) // 8
    return data if len(data) <= length + length % 2 else data[:length] + b"\0" * (length % 2)


def _has_overlay_in_pixels(original: FileDataset) -> bool:
    """Whether a header speaks of an overlay that is in no element of its own."""
    return any(
        (group, 0x0102) in original and (group, 0x3000) not in original and _number(original, group) > 0
        for group in _OVERLAYS
    )


def _number(original: FileDataset, group: int) -> int:
    try:
        return int(original[group, 0x0102].value or 0)
    except Exception:
        return 1  # it cannot be told, so that there may be one


def _without_spare_bits(data: bytes, layout: PixelLayout) -> bytes:
    """Return pixels with zeros in the bits that are no part of their values."""
    if layout.allocated not in (8, 16, 32):
        return data
    import numpy

    order = ">" if layout.big_endian else "<"
    mask = ((1 << layout.stored) - 1) << (layout.high_bit - layout.stored + 1)
    values = numpy.frombuffer(data, f"{order}u{layout.allocated // 8}", len(data) * 8 // layout.allocated)
    return (values & mask).astype(values.dtype).tobytes() + data[values.nbytes :]


def _without_comments(data: bytes, layout: PixelLayout) -> bytes:
    """Return the items of compressed pixels, each without text, at the same length, and nothing after them."""
    items, position = [], 0
    while position + 8 <= len(data) and data[position : position + 4] == _ITEM:
        (length,) = struct.unpack_from("<I", data, position + 4)
        body = data[position + 8 : position + 8 + length]
        if len(body) < length:
            raise UnreadableError("its compressed pixels break off inside a fragment")
        items.append(body)
        position += 8 + length
    if not items or (data[position : position + 4] not in (b"", _END) and any(data[position:])):
        raise UnreadableError("its compressed pixels are not in fragments")
    if len(items[0]) not in (0, 4 * layout.frames):
        items[0] = b""  # it is no table of offsets, whatever else it is
    items[1:] = _clean_fragments(items[1:])
    return b"".join(_ITEM + struct.pack("<I", len(item)) + item for item in items)


def _clean_fragments(fragments: list[bytes]) -> list[bytes]:
    """Return fragments without text; those of one frame are looked at together, and parted again where they were."""
    cleaned: list[bytes] = []
    first = 0
    while first < len(fragments):
        end = first + 1
        while end < len(fragments) and not is_start(fragments[end]):
            end += 1
        frame, position = without_comments(b"".join(fragments[first:end])), 0
        for fragment in fragments[first:end]:
            cleaned.append(frame[position : position + len(fragment)])
            position += len(fragment)
        first = end
    return cleaned
