"""The functional groups of enhanced multi-frame images: what is said once for all frames, and what of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.header import get_items

if TYPE_CHECKING:
    from pydicom import Dataset

SHARED = "SharedFunctionalGroupsSequence"
PER_FRAME = "PerFrameFunctionalGroupsSequence"
_TRANSFORMS = ("PixelValueTransformationSequence", "FrameVOILUTSequence")
GEOMETRY = ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence")


def transforms_of_frame(dataset: Dataset, index: int) -> Dataset:
    """Return where rescale and windows of a frame stand: the data set itself, or its functional groups merged."""
    return merge_groups(dataset, index, _TRANSFORMS) if PER_FRAME in dataset or SHARED in dataset else dataset


def merge_groups(dataset: Dataset, index: int, sequences: tuple[str, ...]) -> Dataset:
    """Return a data set with what the sequences say of a frame; what is said of it alone wins over what is shared.

    Raises
    ------
    UnreadableError
        There are groups for some frames, but not for this one.
    """
    import pydicom

    merged = pydicom.Dataset()
    per_frame = get_items(dataset, PER_FRAME)
    if per_frame and index >= len(per_frame):
        raise UnreadableError(f"it has functional groups of {len(per_frame)} frames, but more frames")
    for group in [*get_items(dataset, SHARED)[:1], *per_frame[index : index + 1]]:
        for keyword in sequences:
            for item in get_items(group, keyword)[:1]:
                merged.update(item)
    return merged
