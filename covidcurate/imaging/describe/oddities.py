"""What is odd about a DICOM file: what programs stumble over, or people should know before they trust it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.functional import PER_FRAME
from covidcurate.imaging.dicom.header import get_int, get_numbers, get_text, name_of, says_yes
from covidcurate.imaging.dicom.layout import PixelLayout, has_pixels, read_layout
from covidcurate.imaging.dicom.pixels import pixel_bytes
from covidcurate.imaging.dicom.shades import read_shades

if TYPE_CHECKING:
    from pydicom import FileDataset

_PROJECTION = {"CR", "DX", "DR", "RG"}
_OVERLAYS = range(0x6000, 0x6020, 2)


def find_oddities(dataset: FileDataset) -> list[str]:
    """Return a sentence for each oddity."""
    found: list[str] = []
    for check in _CHECKS:
        try:
            found += check(dataset)
        except UnreadableError as error:
            found.append(error.message)
    if has_pixels(dataset):
        try:
            layout = read_layout(dataset)
            found += [*_odd_length(dataset, layout), *_odd_layout(dataset, layout)]
            if layout.is_monochrome:
                found += read_shades(dataset, layout).notes
        except UnreadableError as error:
            found.append(error.message)
    return list(dict.fromkeys(found))


def _odd_file(dataset: FileDataset) -> Iterator[str]:
    if not dataset.preamble:
        yield "it has no preamble"
    meta = getattr(dataset, "file_meta", None)
    if meta is None or not get_text(meta, "TransferSyntaxUID"):
        yield "it does not state its transfer syntax, which is guessed"
    elif get_text(meta, "MediaStorageSOPInstanceUID") != get_text(dataset, "SOPInstanceUID"):
        yield "its file meta information names another instance than its data set"
    if dataset.preamble and any(dataset.preamble):
        yield "its preamble is not empty"


def _odd_content(dataset: FileDataset) -> Iterator[str]:
    private = sum(tag.is_private for tag in dataset.keys())  # noqa: SIM118 - iterating converts the elements
    if private:
        yield f"it has {private} private elements"
    if any((group, 0x3000) in dataset for group in _OVERLAYS):
        yield "it has overlays"
    if any((group, 0x0100) in dataset and (group, 0x3000) not in dataset for group in _OVERLAYS):
        yield "it has overlays in the bits of its pixels"
    if says_yes(dataset, "BurnedInAnnotation"):
        yield "it says that text is burned into its pixels"
    if "IconImageSequence" in dataset:
        yield "it has a thumbnail"


def _odd_spacing(dataset: FileDataset) -> Iterator[str]:
    spacing = get_numbers(dataset, "PixelSpacing")
    detector = get_numbers(dataset, "ImagerPixelSpacing")
    if spacing and min(spacing) <= 0:
        yield f"{name_of('PixelSpacing')} is not above 0"
    if get_text(dataset, "Modality") in _PROJECTION:
        if not spacing and detector:
            yield "its spacing is that at the detector; the patient is magnified by an unknown factor"
        if not get_text(dataset, "ViewPosition"):
            yield f"{name_of('ViewPosition')} is not stated"
        if not get_text(dataset, "PatientOrientation"):
            yield f"{name_of('PatientOrientation')} is not stated, so that left and right are not"
    placed = "ImagePositionPatient" in dataset or PER_FRAME in dataset
    if get_text(dataset, "Modality") == "CT" and not placed:
        yield f"{name_of('ImagePositionPatient')} is missing, so that it cannot become part of a volume"


def _odd_length(dataset: FileDataset, layout: PixelLayout) -> Iterator[str]:
    if not layout.is_native:
        return
    needed, size = -(-layout.frame_bits * layout.frames // 8), len(pixel_bytes(dataset, layout))
    if size < needed:
        yield f"its pixel data is cut short: {size} bytes, where the header asks for {needed}"
    elif size > needed + needed % 2:
        yield f"its pixel data goes on: {size} bytes, where the header asks for {needed}"


def _odd_layout(dataset: FileDataset, layout: PixelLayout) -> Iterator[str]:
    stored, allocated = get_int(dataset, "BitsStored", layout.stored), layout.allocated
    if stored > allocated:
        yield f"{name_of('BitsStored')} is {stored}, more than the {allocated} that are allocated"
    high = get_int(dataset, "HighBit", layout.stored - 1)
    if high != layout.stored - 1:
        yield f"{name_of('HighBit')} is {high}, where {layout.stored - 1} is usual"
    grey = layout.is_monochrome or layout.photometric == "PALETTE COLOR"
    if grey != (layout.samples == 1):
        yield f"it is {layout.photometric} with {layout.samples} samples a pixel"
    if layout.photometric == "MONOCHROME1":
        yield "its low values are bright (MONOCHROME1)"


_CHECKS: tuple[Callable[[FileDataset], Iterator[str]], ...] = (_odd_file, _odd_content, _odd_spacing)
