"""Where in the bytes of a DICOM file its pixels are."""

from __future__ import annotations

import struct
from io import BytesIO

from covidcurate.imaging.dicom.read import quiet

_LENGTHY = {b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"UN"}
_TAGS = {(0x7FE0, 0x0010), (0x7FE0, 0x0008), (0x7FE0, 0x0009)}
_ITEM, _END = 0xE000, 0xE0DD
_UNDEFINED = 0xFFFFFFFF


def find_pixel_data(data: bytes) -> tuple[int, int]:
    """Return the first byte of a data set's pixel data and the one after it; the length twice if it has none.

    What cannot be parsed counts as header, in which more is found than among pixels.
    """
    import pydicom

    stream = BytesIO(data)
    try:
        with quiet():
            pydicom.dcmread(stream, stop_before_pixels=True, force=True)
    except Exception:
        # Whatever a reader raises: the bytes are searched all the same.
        return len(data), len(data)
    start = stream.tell()
    for order in "<>":
        if struct.unpack_from(order + "HH", data, start) in _TAGS if start + 12 <= len(data) else False:
            return start, min(len(data), _end(data, start, order))
    return len(data), len(data)


def _end(data: bytes, start: int, order: str) -> int:
    """Return where an element of pixel data ends."""
    explicit = data[start + 4 : start + 6] in _LENGTHY
    body = start + 12 if explicit else start + 8
    (length,) = struct.unpack_from(order + "I", data, body - 4)
    if length != _UNDEFINED:
        return body + int(length)
    position = body
    while position + 8 <= len(data):
        group, element, size = struct.unpack_from(order + "HHI", data, position)
        if group != 0xFFFE or element not in (_ITEM, _END):
            break
        position += 8 + (size if element == _ITEM else 0)
        if element == _END:
            break
    return position
