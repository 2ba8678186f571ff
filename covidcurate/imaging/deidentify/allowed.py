"""What may stay: an allow-list, since whatever it does not name goes, be it known to the profile or not.

Groups of attributes that describe an image and its making are allowed with the value representations that cannot hold
a sentence: coded strings, numbers, and tables of numbers. Anything else is allowed by its keyword.
"""

from __future__ import annotations

import re

NUMBERS = {"DS", "IS", "FL", "FD", "US", "SS", "UL", "SL", "UV", "SV", "AT"}
_TABLES = {"OW", "OB", "OF", "OD", "OL", "OV"}
_CODED = {"CS", "SQ", *NUMBERS}

GROUPS: dict[int, set[str]] = {
    0x0018: _CODED,  # acquisition: exposure, geometry of the machine, view, reconstruction
    0x0020: _CODED,  # relationship: positions, orientations, numbers of series and instances, frame contents
    0x0028: _CODED,  # image pixel, rescale, windows, look-up tables
    0x0054: _CODED,  # nuclear medicine and PET: units, times in ms, corrections, views as codes
    0x2050: {"CS"},  # presentation LUT shape
    0x5200: {"SQ"},  # functional groups of enhanced images
}
"""Groups whose attributes may stay if they have one of these value representations."""

KEYWORDS: dict[str, str] = {
    # Identification of the kind of object.
    "SpecificCharacterSet": "CS", "ImageType": "CS", "SOPClassUID": "UI", "Modality": "CS", "ConversionType": "CS",
    "PresentationIntentType": "CS", "ModalitiesInStudy": "CS", "FrameType": "CS", "PixelPresentation": "CS",
    "VolumetricProperties": "CS", "VolumeBasedCalculationTechnique": "CS", "ComplexImageComponent": "CS",
    "AcquisitionContrast": "CS", "BurnedInAnnotation": "CS", "RecognizableVisualFeatures": "CS",
    "ReferencedSOPClassUID": "UI", "ReferencedFrameNumber": "IS", "RescaleType": "LO", "QualityControlImage": "CS",
    # Coded concepts: a view, a region of the body, a projection.
    "AnatomicRegionSequence": "SQ", "AnatomicRegionModifierSequence": "SQ", "PrimaryAnatomicStructureSequence": "SQ",
    "ViewCodeSequence": "SQ", "ViewModifierCodeSequence": "SQ", "CodeValue": "SH", "CodingSchemeDesignator": "SH",
    "ConceptNameCodeSequence": "SQ", "MeasurementUnitsCodeSequence": "SQ", "RealWorldValueMappingSequence": "SQ",
    "RealWorldValueIntercept": "FD", "RealWorldValueSlope": "FD", "RealWorldValueFirstValueMapped": "US",
    "RealWorldValueLastValueMapped": "US",
    # The machine, of which thousands are alike; what tells them apart is in the profile.
    "Manufacturer": "LO", "ManufacturerModelName": "LO", "ConvolutionKernel": "SH", "FilterType": "SH",
    # The patient, by the option to retain characteristics; ages are folded.
    "PatientSex": "CS", "PatientAge": "AS", "PatientSize": "DS", "PatientWeight": "DS",
    # Pixels and tables.
    "PixelData": "OW", "FloatPixelData": "OF", "DoubleFloatPixelData": "OD", "LUTData": "OW",
    "RedPaletteColorLookupTableData": "OW", "GreenPaletteColorLookupTableData": "OW",
    "BluePaletteColorLookupTableData": "OW", "SegmentedRedPaletteColorLookupTableData": "OW",
    "SegmentedGreenPaletteColorLookupTableData": "OW", "SegmentedBluePaletteColorLookupTableData": "OW",
    "ExtendedOffsetTable": "OV", "ExtendedOffsetTableLengths": "OV", "ICCProfile": "OB",
}  # fmt: skip
"""Attributes that may stay one by one."""

SAFE_PRIVATE: dict[tuple[str, int, int], str] = {
    ("GEMS_ACQU_01", 0x0019, 0x23): "DS",  # table speed
    ("GEMS_ACQU_01", 0x0019, 0x27): "DS",  # rotation speed
    ("GEMS_HELIOS_01", 0x0045, 0x01): "SS",  # number of macro rows of the detector
    ("GEMS_HELIOS_01", 0x0045, 0x02): "FL",  # width of a macro row at the center
    ("ELSCINT1", 0x00E1, 0x21): "DS",  # dose-length product
    ("ELSCINT1", 0x01F1, 0x07): "DS",  # table velocity
    ("ELSCINT1", 0x01F1, 0x26): "DS",  # pitch
    ("ELSCINT1", 0x01F1, 0x27): "DS",  # rotation time
}
"""Private attributes that PS3.15 table E.3.10-1 calls safe, by creator, group and element; numbers only."""

_PATTERNS = {
    "CS": re.compile(rb"[A-Z0-9_ \\]*"),
    "DS": re.compile(rb"[-+0-9.eE \\]*"),
    "IS": re.compile(rb"[-+0-9 \\]*"),
    "SH": re.compile(rb"[A-Za-z0-9_.+/\\ -]{0,32}"),
    "LO": re.compile(rb"[A-Za-z0-9_.+/&(),\\ -]{0,64}"),
    "AS": re.compile(rb"[0-9]{3}[DWMY] ?"),
    "UI": re.compile(rb"1\.2\.840\.10008\.[0-9.\\]*\x00?"),
}
_SCHEMES = re.compile(rb"(SRT|SCT|DCM|SNM3|UCUM|99SDM|FMA|RADLEX) ?")
_CODE = re.compile(rb"[A-Z0-9-]{2,16} ?|[A-Za-z0-9/.%{}\[\]-]{1,16} ?")
_SEX = re.compile(rb"[MFO] ?")
_BY_KEYWORD = {"CodingSchemeDesignator": _SCHEMES, "CodeValue": _CODE, "PatientSex": _SEX}
_ZEROS = b"\x00 "


def is_allowed(group: int, keyword: str, vr: str) -> bool:
    """Whether an attribute may stay, by what the dictionary of DICOM says of it; its value is judged apart."""
    return keyword in KEYWORDS or vr in GROUPS.get(group, ())


def is_in_form(keyword: str, vr: str, value: bytes) -> bool:
    """Whether the bytes of a value can be what its attribute is there for: nobody's name is a number.

    Coded strings of more than 16 letters, and numbers of more than 16 digits, are not as the standard has them.
    """
    pattern = _BY_KEYWORD.get(keyword) or _PATTERNS.get(vr)
    if pattern is None:
        return vr in NUMBERS or vr in _TABLES
    if vr in {"CS", "DS", "IS"} and any(len(part.strip(_ZEROS)) > 16 for part in value.split(b"\\")):
        return False
    return pattern.fullmatch(value.rstrip(b"\x00")) is not None or pattern.fullmatch(value) is not None
