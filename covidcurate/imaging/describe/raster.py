"""Describe a raster image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from covidcurate.errors import UnreadableError
from covidcurate.imaging.describe.description import Description, Fact
from covidcurate.imaging.filetype import FileType
from covidcurate.imaging.inspect import read_header, read_orientation
from covidcurate.imaging.strip import find_metadata

if TYPE_CHECKING:
    from PIL import Image

_BITS = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}
_PLAIN_INFO = {"dpi", "jfif", "jfif_version", "jfif_unit", "jfif_density", "transparency", "gamma", "interlace"}
_PLAIN_INFO |= {"background", "duration", "loop", "version", "compression", "progressive", "progression", "adobe"}
_PLAIN_INFO |= {"adobe_transform", "icc_profile", "resolution", "srgb", "chromaticity", "timestamp", "aspect"}


def describe_raster(path: Path, kind: FileType, odd: list[str], *, show_phi: bool) -> Description:
    """Return the description of a raster image; ``odd`` is what is known of it already."""
    facts, texts = read_header(path, _read)
    orientation = read_orientation(path)
    if orientation != 1:
        odd.append(f"its EXIF asks that it be turned (orientation {orientation})")
    if facts["frames"] != 1:
        odd.append(f"it has {facts['frames']} frames")
    try:
        found = dict.fromkeys(find_metadata(path, kind), 1)
    except UnreadableError as error:
        odd.append(error.message)
        found = {}
    for name in texts:
        found.setdefault(name, 1)
    hidden = {name: (text,) for name, text in texts.items()} if show_phi else {}
    return Description(kind, path.stat().st_size, facts, tuple(odd), found, {}, hidden)


def _read(image: Image.Image) -> tuple[dict[str, Fact], dict[str, str]]:
    facts: dict[str, Fact] = {
        "columns x rows": list(image.size),
        "mode": image.mode,
        "bits": _BITS.get(image.mode, 8),
        "frames": int(getattr(image, "n_frames", 1)),
        "color profile": bool(image.info.get("icc_profile")),
    }
    texts = {str(name): str(value)[:2000] for name, value in image.info.items() if str(name) not in _PLAIN_INFO}
    if image.format != "PNG":  # of which Pillow would decode the pixels
        from PIL.ExifTags import TAGS

        for tag, value in image.getexif().items():
            # Numbers are measures of the picture; whoever is named is named in text.
            if isinstance(value, str | bytes) and value:
                texts[f"EXIF {TAGS.get(tag, hex(tag))}"] = str(value)[:2000]
    return facts, texts
