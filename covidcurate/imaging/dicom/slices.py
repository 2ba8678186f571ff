"""One cross-section of a series: where it lies in the patient and how its numbers become values."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.functional import GEOMETRY, PER_FRAME, SHARED, merge_groups
from covidcurate.imaging.dicom.header import get_int, get_items, get_numbers, get_text, name_of
from covidcurate.imaging.dicom.layout import EXPLICIT, IMPLICIT, read_layout

if TYPE_CHECKING:
    from pydicom import Dataset, FileDataset

_UNIT = 1e-3
"""By how much the length of a direction cosine may differ from 1, and the product of two from 0."""
Triple = tuple[float, float, float]
_LONGEST_SIDE = 65535
_MOMENT = (
    "AcquisitionNumber",
    "TemporalPositionIdentifier",
    "TriggerTime",
    "AcquisitionDateTime",
    "AcquisitionTime",
    "ContentTime",
)


@dataclass(frozen=True, slots=True)
class DirectPixels:
    """Where in its file a slice of 16-bit little-endian numbers lies, which can be read without a parser."""

    offset: int
    signed: bool
    above: int
    below: int

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the greatest number that its bits can say."""
        bits = 16 - self.above - self.below
        return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if self.signed else (0, (1 << bits) - 1)


@dataclass(frozen=True, slots=True)
class Slice:
    """One frame of a file with what its header says of it; lengths in mm, directions in the patient's LPS axes.

    ``position`` is the center of its first pixel, ``along_row`` the direction in which the column number grows,
    ``along_column`` that of the row number. ``moments`` are what may tell acquisitions of one series apart, by
    keyword, as text. Nothing here is to be printed but numbers of the geometry: UIDs and times are a patient's.
    """

    path: Path
    frame: int
    series: str
    study: str
    instance: str
    modality: str
    series_number: str
    image_type: tuple[str, ...]
    rows: int
    columns: int
    position: Triple
    along_row: Triple
    along_column: Triple
    row_spacing: float
    column_spacing: float
    thickness: float
    slope: float
    intercept: float
    moments: tuple[str, ...]
    direct: DirectPixels | None = None

    @property
    def is_localizer(self) -> bool:
        """Whether the header calls it a scout, made to plan the others."""
        return "LOCALIZER" in self.image_type


def slices_of(path: Path, dataset: FileDataset, end: int) -> Iterator[Slice]:
    """Yield the slices of a file whose header has been read up to its pixels, which begin at byte ``end``.

    Raises
    ------
    UnreadableError
        The header does not say where in the patient they lie.
    """
    frames = get_int(dataset, "NumberOfFrames", 1) or 1
    if frames == 1 and PER_FRAME not in dataset:
        yield replace(_read_one(path, dataset, dataset, dataset, 0), direct=_find_pixels(path, dataset, end))
        return
    if PER_FRAME not in dataset and SHARED not in dataset:
        raise UnreadableError(f"it has {frames} frames without functional groups, so their places are not known")
    for index in range(frames):
        place = merge_groups(dataset, index, GEOMETRY)
        transform = merge_groups(dataset, index, ("PixelValueTransformationSequence",))
        yield _read_one(path, dataset, place, transform, index)


def _read_one(path: Path, dataset: Dataset, place: Dataset, transform: Dataset, frame: int) -> Slice:
    position, along_row, along_column, spacing = _read_place(place)
    rows, columns = get_int(dataset, "Rows"), get_int(dataset, "Columns")
    if not (0 < rows <= _LONGEST_SIDE and 0 < columns <= _LONGEST_SIDE):
        raise UnreadableError(f"its header speaks of {columns} x {rows} pixels")
    slope = (*get_numbers(transform, "RescaleSlope", 1), 1.0)[0]
    if slope == 0:
        raise UnreadableError(f"{name_of('RescaleSlope')} is 0, so that every value would become the same")
    return Slice(
        path,
        frame,
        get_text(dataset, "SeriesInstanceUID"),
        get_text(dataset, "StudyInstanceUID"),
        get_text(dataset, "SOPInstanceUID"),
        get_text(dataset, "Modality"),
        get_text(dataset, "SeriesNumber"),
        tuple(get_text(dataset, "ImageType").split("\\")),
        rows,
        columns,
        position,
        along_row,
        along_column,
        spacing[0],
        spacing[1],
        _read_thickness(place) or _read_thickness(dataset),
        slope,
        (*get_numbers(transform, "RescaleIntercept", 1), 0.0)[0],
        tuple(_moments(dataset, frame)),
    )


def _read_place(place: Dataset) -> tuple[Triple, Triple, Triple, tuple[float, ...]]:
    """Return position, both directions and the spacing of rows and columns.

    Raises
    ------
    UnreadableError
        One is missing, or the directions are not at right angles.
    """
    position = get_numbers(place, "ImagePositionPatient", 3)
    orientation = get_numbers(place, "ImageOrientationPatient", 6)
    spacing = get_numbers(place, "PixelSpacing", 2)
    for keyword, numbers in (
        ("ImagePositionPatient", position),
        ("ImageOrientationPatient", orientation),
        ("PixelSpacing", spacing),
    ):
        if not numbers:
            raise UnreadableError(f"{name_of(keyword)} is missing, so its place in the patient is not known")
    if min(spacing) <= 0:
        raise UnreadableError(f"{name_of('PixelSpacing')} is {spacing[0]:g} x {spacing[1]:g} mm")
    along_row, along_column = orientation[:3], orientation[3:]
    if (
        abs(_dot(along_row, along_row) - 1) > 2 * _UNIT
        or abs(_dot(along_column, along_column) - 1) > 2 * _UNIT
        or abs(_dot(along_row, along_column)) > _UNIT
    ):
        raise UnreadableError(f"{name_of('ImageOrientationPatient')} holds no two directions at right angles")
    return _triple(position), _triple(along_row), _triple(along_column), spacing


def _triple(numbers: tuple[float, ...]) -> Triple:
    return (numbers[0], numbers[1], numbers[2])


def _moments(dataset: Dataset, frame: int) -> Iterator[str]:
    """Yield what may tell acquisitions apart, one text for each keyword, empty where nothing is stated."""
    groups = get_items(dataset, PER_FRAME)
    content = get_items(groups[frame], "FrameContentSequence") if frame < len(groups) else []
    for keyword in (*_MOMENT, "TemporalPositionIndex", "FrameAcquisitionNumber", "StackID"):
        yield get_text(content[0], keyword) if content and keyword in content[0] else get_text(dataset, keyword)


def _read_thickness(dataset: Dataset) -> float:
    """Return the thickness in mm; 0 if it is not stated, or not as a number."""
    try:
        numbers = get_numbers(dataset, "SliceThickness", 1)
    except UnreadableError:
        return 0.0
    return max(0.0, *numbers) if numbers else 0.0


def _find_pixels(path: Path, dataset: FileDataset, start: int) -> DirectPixels | None:
    """Return where the pixels of a file of one frame lie, if they lie there as plain numbers; None if in doubt."""
    try:
        layout = read_layout(dataset, "PixelData")
    except UnreadableError:
        return None
    plain = layout.samples == layout.frames == 1 and layout.allocated == 16 and layout.is_monochrome
    if not plain or layout.syntax not in (IMPLICIT, EXPLICIT):
        return None
    with path.open("rb") as stream:
        stream.seek(start)
        head = stream.read(12)
        size = stream.seek(0, 2)
    implicit = layout.syntax == IMPLICIT
    expected = b"\xe0\x7f\x10\x00" + (b"" if implicit else b"OW\x00\x00")
    begin = len(expected) + 4
    if not head.startswith(expected) or len(head) < 12:
        return None
    (length,) = struct.unpack_from("<I", head, len(expected))
    if length < layout.frame_bits // 8 or start + begin + length > size:
        return None
    below = layout.high_bit + 1 - layout.stored
    return DirectPixels(start + begin, layout.signed, layout.allocated - 1 - layout.high_bit, below)


def _dot(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
