"""Synthetic images, drawn in memory: gradients that show nobody."""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from typing import Any

SECRET = "SECRETNAME"
"""Planted in metadata, so that tests can see that it goes nowhere."""


@lru_cache(maxsize=2000)
def picture(seed: int, kind: str = "JPEG", size: int = 48) -> bytes:
    """Return an image file; each seed looks different."""
    from PIL import Image

    image = Image.new("L", (size, size))
    image.putdata(
        [(x * (seed % 7 + 1) + y * (seed % 5 + 2) + seed * 13) % 256 for y in range(size) for x in range(size)]
    )
    stream = io.BytesIO()
    options: dict[str, Any] = {"comment": SECRET.encode()} if kind == "JPEG" else {}
    image.save(stream, kind, **options)
    return stream.getvalue()


_PLANES = {
    "axial": "1\\0\\0\\0\\1\\0",
    "coronal": "1\\0\\0\\0\\0\\-1",
    "sagittal": "0\\1\\0\\0\\0\\-1",
}


_PLACES = {"axial": "0\\0\\{}", "coronal": "0\\{}\\0", "sagittal": "{}\\0\\0"}


@lru_cache(maxsize=2000)
def dicom_slice(series: str, number: int) -> bytes:
    """Return one slice of a synthetic CT series of 16 by 16 pixels, written by hand (DICOM PS3.10, explicit VR)."""
    uid = f"1.2.826.0.1.3680043.10.999.{sum(map(ord, series))}"
    meta = (
        _element(2, 2, "UI", "1.2.840.10008.5.1.4.1.1.2")
        + _element(2, 3, "UI", f"{uid}.{number}")
        + _element(2, 0x10, "UI", "1.2.840.10008.1.2.1")
    )
    dataset = (
        _element(8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.2")
        + _element(8, 0x18, "UI", f"{uid}.{number}")
        + _element(8, 0x60, "CS", "CT")
        + _element(0x10, 0x10, "PN", "SYNTHETIC^NOBODY")
        + _element(0x10, 0x20, "LO", SECRET)
        + _element(0x20, 0xE, "UI", uid)
        + _element(0x20, 0x13, "IS", str(number))
        + _element(0x20, 0x32, "DS", _PLACES[series.rpartition("-")[2]].format(number))
        + _element(0x20, 0x37, "DS", _PLANES[series.rpartition("-")[2]])
        + _element(0x28, 2, "US", 1)
        + _element(0x28, 4, "CS", "MONOCHROME2")
        + _element(0x28, 0x10, "US", 16)
        + _element(0x28, 0x11, "US", 16)
        + _element(0x28, 0x30, "DS", "1\\1")
        + _element(0x28, 0x100, "US", 16)
        + _element(0x28, 0x101, "US", 16)
        + _element(0x28, 0x102, "US", 15)
        + _element(0x28, 0x103, "US", 1)
        + _element(0x28, 0x1052, "DS", "-1024")
        + _element(0x28, 0x1053, "DS", "1")
        + struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, 512)
        + struct.pack("<h", number) * 256
    )
    return b"\0" * 128 + b"DICM" + _element(2, 0, "UL", len(meta)) + meta + dataset


def _element(group: int, element: int, kind: str, value: str | int) -> bytes:
    if isinstance(value, int):
        content = struct.pack("<I" if kind == "UL" else "<H", value)
    else:
        content = value.encode()
        content += (b"\0" if kind == "UI" else b" ") * (len(content) % 2)
    return struct.pack("<HH2sH", group, element, kind.encode(), len(content)) + content
