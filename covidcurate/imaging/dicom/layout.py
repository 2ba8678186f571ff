"""What a DICOM header says of its pixels, checked before anything is decoded or allocated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.header import get_int, get_text

if TYPE_CHECKING:
    from pydicom import FileDataset

MOST_PIXELS = 1 << 28
"""Pixels of the largest frame that is decoded; a mammogram has 2 ** 24."""
_MOST_FRAMES = 1 << 16
IMPLICIT, EXPLICIT, _BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"
NATIVE = {IMPLICIT, EXPLICIT, _BIG, _DEFLATED}
"""Transfer syntaxes whose pixels lie there as they are."""
_PHOTOMETRIC = {
    "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422",
    "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT", "XYB",
}  # fmt: skip
PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """How the pixels of a DICOM image lie in its file; sizes in pixels and bits."""

    keyword: str
    rows: int
    columns: int
    samples: int
    frames: int
    allocated: int
    stored: int
    high_bit: int
    signed: bool
    planar: bool
    photometric: str
    syntax: str

    @property
    def is_monochrome(self) -> bool:
        """Whether a pixel is one number that means a shade of grey."""
        return self.photometric in {"MONOCHROME1", "MONOCHROME2"}

    @property
    def is_native(self) -> bool:
        """Whether the pixels are not compressed."""
        return self.syntax in NATIVE

    @property
    def big_endian(self) -> bool:
        """Whether the more significant byte comes first."""
        return self.syntax == _BIG

    @property
    def frame_bits(self) -> int:
        """Number of bits of a frame that is not compressed."""
        return self.rows * self.columns * self.samples * self.allocated


def has_pixels(dataset: FileDataset) -> bool:
    """Whether a data set carries an image."""
    return any(keyword in dataset for keyword in PIXEL_KEYWORDS)


def read_layout(dataset: FileDataset, keyword: str = "") -> PixelLayout:
    """Return how the pixels lie.

    Parameters
    ----------
    keyword
        The element that they are in, where the data set was read no further than to it.

    Raises
    ------
    UnreadableError
        There are none, or what the header says of them is impossible or larger than any real image.
    """
    keyword = keyword or next((name for name in PIXEL_KEYWORDS if name in dataset), "")
    if not keyword:
        raise UnreadableError("it has no pixel data")
    rows, columns = get_int(dataset, "Rows"), get_int(dataset, "Columns")
    samples, frames = get_int(dataset, "SamplesPerPixel", 1), get_int(dataset, "NumberOfFrames", 1) or 1
    allocated = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}.get(keyword) or get_int(dataset, "BitsAllocated")
    stored = min(get_int(dataset, "BitsStored", allocated), allocated)
    high_bit = get_int(dataset, "HighBit", stored - 1)
    layout = PixelLayout(
        keyword,
        rows,
        columns,
        samples,
        frames,
        allocated,
        stored,
        high_bit if stored - 1 <= high_bit < allocated else stored - 1,
        get_int(dataset, "PixelRepresentation", 0) == 1,
        get_int(dataset, "PlanarConfiguration", 0) == 1,
        _read_photometric(dataset, samples),
        read_syntax(dataset),
    )
    if rows < 1 or columns < 1 or rows * columns > MOST_PIXELS or not 1 <= frames <= _MOST_FRAMES:
        raise UnreadableError(f"its header speaks of {frames} frames of {columns} x {rows} pixels")
    if samples not in (1, 3) or allocated not in (1, 8, 16, 32, 64) or stored < 1:
        raise UnreadableError(f"its header speaks of {samples} samples a pixel, {stored} of {allocated} bits each")
    return layout


def _read_photometric(dataset: FileDataset, samples: int) -> str:
    """Return one of the terms of the standard; what is none of them is not repeated, since anything may stand there."""
    stated = get_text(dataset, "PhotometricInterpretation")
    if not stated:
        return "MONOCHROME2" if samples == 1 else "RGB"
    return stated if stated in _PHOTOMETRIC else "of an unknown photometric interpretation"


def read_syntax(dataset: FileDataset) -> str:
    """Return the UID of the transfer syntax; where the file does not say, the one it was read by."""
    meta = getattr(dataset, "file_meta", None)
    stated = get_text(meta, "TransferSyntaxUID") if meta is not None else ""
    if stated:
        return stated
    implicit, little = dataset.original_encoding
    return IMPLICIT if implicit else EXPLICIT if little or little is None else _BIG
