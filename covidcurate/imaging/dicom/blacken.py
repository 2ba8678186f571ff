"""Blacken boxes in the stored pixels of a DICOM image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from covidcurate.errors import UnreadableError
from covidcurate.imaging.burned_in import TextBox, mask
from covidcurate.imaging.dicom.layout import read_layout
from covidcurate.imaging.dicom.pixels import decode_frames

if TYPE_CHECKING:
    from pydicom import FileDataset


def blacken(dataset: FileDataset, found: Sequence[Sequence[TextBox]]) -> None:
    """Give the boxes of each frame the value of black, in the data set itself, whose pixels are not compressed then.

    The header says afterwards that nothing is burned in.

    Raises
    ------
    UnreadableError
        The pixels are of a kind in which nothing can be blackened here.
    """
    from pydicom.uid import ExplicitVRLittleEndian

    layout = read_layout(dataset)
    if not layout.is_monochrome or layout.allocated not in (8, 16):
        raise UnreadableError(
            f"text in its pixels cannot be blackened: they are {layout.photometric} of {layout.allocated} bits",
            remedy="Convert it to PNG first, and blacken that.",
        )
    frames = []
    for frame, boxes in zip(decode_frames(dataset, layout), found, strict=True):
        black = int(frame.max()) if layout.photometric == "MONOCHROME1" else int(frame.min())
        frames.append(mask(frame, boxes, black).astype(frame.dtype.newbyteorder("<")).tobytes())
    data = b"".join(frames)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.add_new(0x7FE00010, "OW" if layout.allocated == 16 else "OB", data + b"\0" * (len(data) % 2))
    dataset.BurnedInAnnotation = "NO"
