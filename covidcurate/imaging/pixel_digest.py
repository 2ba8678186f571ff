"""A proof that two files hold one picture: a digest of its grey levels that no lossless change of file can alter.

Other containers, transfer syntaxes and depths of one image have other numbers for the same shades. What they share is
which pixel is how many-th in brightness: each grey level is replaced by its rank among those that occur.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidcurate.imaging.dicom.layout import read_layout
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.dicom.render import Look, render_frames
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.imaging.picture import without_empty_color
from covidcurate.imaging.raster import count_frames, read_raster
from covidcurate.imaging.window import WindowChoice

if TYPE_CHECKING:
    import numpy

    Pixels = numpy.ndarray[Any, numpy.dtype[Any]]

VERSION = 1
"""Of how a picture is brought into the form that is digested; digests of other versions are not to be compared."""
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class PixelDigest:
    """Two digests (SHA-256, in hexadecimal) of one picture.

    ``levels`` is equal where all pixels have equal numbers; ``order`` also where one picture is the other with its grey
    levels renamed, none lost and their order kept.
    """

    levels: str
    order: str


def digest_pixels(path: Path) -> PixelDigest | None:
    """Return the digest of a picture as it is shown, upright and with black for the lowest level.

    A MONOCHROME1 image therefore has that of its PNG. None for files with several pictures, for volumes, and for
    pixels of more than 16 bits: of these nothing is proved.

    Raises
    ------
    UnreadableError
        It cannot be decoded.
    ConfigError
        A decoder is missing.
    """
    kind = sniff_file(path)
    if kind is FileType.DICOM:
        dataset = read_dicom(path)
        layout = read_layout(dataset)
        if layout.frames > 1 or layout.allocated > _DEEPEST:
            return None
        # Everything that was measured: a window would lose what lies outside.
        (rendered,) = render_frames(dataset, Look(WindowChoice("full"), bits=_DEEPEST))
        return digest_of(rendered.pixels)
    if not kind.is_raster or count_frames(path) > 1:
        return None
    (picture,) = read_raster(path)
    return digest_of(picture.pixels)


def digest_of(pixels: Pixels) -> PixelDigest:
    """Return the digest of grey levels (uint8 or uint16, rows x columns) or RGB (uint8, rows x columns x 3)."""
    pixels = without_empty_color(pixels)
    if pixels.ndim == 3:
        levels = _sha256(pixels)
        return PixelDigest(levels, levels)
    return PixelDigest(_sha256(pixels.astype("<u2")), _sha256(_ranks(pixels)))


def _ranks(pixels: Pixels) -> Pixels:
    """Return for each pixel how many of the grey levels that occur lie below its own (uint16)."""
    import numpy

    present = numpy.zeros(1 << 8 * pixels.dtype.itemsize, dtype=bool)
    present[pixels] = True
    ranks: Pixels = (present.cumsum() - 1).astype("<u2")[pixels]
    return ranks


def _sha256(pixels: Pixels) -> str:
    digest = hashlib.sha256(f"{VERSION} {pixels.shape}".encode())
    digest.update(pixels.tobytes())
    return digest.hexdigest()
