"""Describe a DICOM file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from covidcurate.errors import UnreadableError
from covidcurate.imaging.describe.description import Description, Fact
from covidcurate.imaging.describe.oddities import find_oddities
from covidcurate.imaging.dicom.functional import GEOMETRY, PER_FRAME, SHARED, merge_groups
from covidcurate.imaging.dicom.header import get_numbers, get_text
from covidcurate.imaging.dicom.layout import PixelLayout, has_pixels, read_layout, read_syntax
from covidcurate.imaging.dicom.pixels import is_decodable, name_of_syntax
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.filetype import FileType
from covidcurate.imaging.leaks import identifiers_of_dataset

if TYPE_CHECKING:
    from pydicom import FileDataset

# Elements of coded strings and numbers, with the names under which they are shown.
_TEXTS = {
    "modality": "Modality", "view": "ViewPosition", "body part": "BodyPartExamined", "laterality": "ImageLaterality",
    "image type": "ImageType", "presentation LUT shape": "PresentationLUTShape", "window function": "VOILUTFunction",
    "burned-in annotation": "BurnedInAnnotation", "patient's sex": "PatientSex", "patient's age": "PatientAge",
    "patient's position": "PatientPosition",
}  # fmt: skip
_NUMBERS = {
    "spacing at the patient (mm)": "PixelSpacing", "spacing at the detector (mm)": "ImagerPixelSpacing",
    "slice thickness (mm)": "SliceThickness", "position (mm, LPS)": "ImagePositionPatient",
    "orientation (LPS)": "ImageOrientationPatient", "rescale slope": "RescaleSlope",
    "rescale intercept": "RescaleIntercept", "window center": "WindowCenter", "window width": "WindowWidth",
    "padding": "PixelPaddingValue", "series number": "SeriesNumber", "kVp": "KVP",
}  # fmt: skip
_LONGEST_UID = 64
_PLANES = ("sagittal", "coronal", "axial")


def describe_dicom(path: Path, odd: list[str], *, show_phi: bool) -> Description:
    """Return the description of a DICOM file; ``odd`` is what is known of it already."""
    dataset = read_dicom(path)
    facts = dicom_facts(dataset)
    identifiers = identifiers_of_dataset(dataset)
    personal = Counter(one.place for one in identifiers if one.personal)
    others = Counter(one.place for one in identifiers if not one.personal)
    hidden: dict[str, tuple[str, ...]] = {}
    if show_phi:
        for one in identifiers:
            hidden[one.place] = (*hidden.get(one.place, ()), one.value)
    return Description(
        FileType.DICOM,
        path.stat().st_size,
        facts,
        (*odd, *find_oddities(dataset)),
        dict(personal),
        dict(others),
        hidden,
        get_text(dataset, "PatientID") or get_text(dataset, "PatientName"),
        get_text(dataset, "StudyInstanceUID"),
        get_text(dataset, "SeriesInstanceUID"),
    )


def dicom_facts(dataset: FileDataset) -> dict[str, Fact]:
    """Return the technical facts of a DICOM header, by their names; nothing in them identifies a person.

    An element that cannot be read is left out.
    """
    facts: dict[str, Fact] = {}
    sop_class = get_text(dataset, "SOPClassUID")
    facts["kind of object"] = name_of_syntax(sop_class) if sop_class else "not stated"
    syntax = read_syntax(dataset)
    known = f" ({syntax})" if syntax.startswith("1.2.840.10008.") and len(syntax) <= _LONGEST_UID else ""
    facts["transfer syntax"] = f"{name_of_syntax(syntax)}{known}"
    if has_pixels(dataset):
        try:
            facts |= _pixel_facts(read_layout(dataset))
        except UnreadableError as error:
            facts["pixels"] = error.message
    else:
        facts["pixels"] = "none"
    for name, keyword in _TEXTS.items():
        if text := get_text(dataset, keyword):
            # Coded strings are short and in capitals; anything else has no business here.
            facts[name] = text if len(text) <= 80 and text == text.upper() else "(not a code)"
    source = merge_groups(dataset, 0, GEOMETRY) if PER_FRAME in dataset or SHARED in dataset else dataset
    for name, keyword in _NUMBERS.items():
        try:
            numbers = get_numbers(source, keyword) or get_numbers(dataset, keyword)
        except UnreadableError:
            continue
        if numbers:
            facts[name] = [_short(one) for one in numbers] if len(numbers) > 1 else _short(numbers[0])
    if plane := _plane_of(source):
        facts["plane"] = plane
    return facts


def _pixel_facts(layout: PixelLayout) -> dict[str, Fact]:
    return {
        "columns x rows": [layout.columns, layout.rows],
        "frames": layout.frames,
        "bits": f"{layout.stored} of {layout.allocated}, {'signed' if layout.signed else 'unsigned'}",
        "samples a pixel": layout.samples,
        "photometric interpretation": layout.photometric,
        "decodable here": layout.is_native or is_decodable(layout.syntax),
    }


def _plane_of(dataset: object) -> str:
    """Return the anatomical plane nearest to the image's; ``oblique`` where none is near."""
    try:
        cosines = get_numbers(dataset, "ImageOrientationPatient", 6)  # type: ignore[arg-type]
    except UnreadableError:
        return ""
    if not cosines:
        return ""
    (a, b, c), (d, e, f) = cosines[:3], cosines[3:]
    normal = [abs(b * f - c * e), abs(c * d - a * f), abs(a * e - b * d)]
    largest = max(normal)
    return _PLANES[normal.index(largest)] if largest > 0.9 else "oblique"


def _short(number: float) -> float | int:
    return int(number) if number.is_integer() else round(number, 6)
