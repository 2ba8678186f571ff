"""What may stay: an allow-list, since whatever it does not name goes, be it known to the profile or not.

Groups of attributes that describe an image and its making are allowed with the value representations that cannot hold
a sentence: coded strings, numbers, and tables of numbers. Anything else is allowed by its keyword. What the standard
has retired goes, since among it are identities under other names. Values are judged by
:mod:`covidcurate.imaging.deidentify.forms`.
"""

from __future__ import annotations

NUMBERS = {"DS", "IS", "FL", "FD", "US", "SS", "UL", "SL", "UV", "SV", "AT"}
TABLES = {"OW", "OB", "OF", "OD", "OL", "OV"}
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
    "ReferencedSOPClassUID": "UI", "ReferencedFrameNumber": "IS", "RescaleType": "LO", "ModalityLUTType": "LO",
    "QualityControlImage": "CS", "StackID": "SH",
    # Coded concepts: a view, a region of the body, a projection; their codes are looked up.
    "AnatomicRegionSequence": "SQ", "AnatomicRegionModifierSequence": "SQ", "PrimaryAnatomicStructureSequence": "SQ",
    "ViewCodeSequence": "SQ", "ViewModifierCodeSequence": "SQ", "ConceptNameCodeSequence": "SQ",
    "MeasurementUnitsCodeSequence": "SQ", "RealWorldValueMappingSequence": "SQ", "RealWorldValueIntercept": "FD",
    "RealWorldValueSlope": "FD", "RealWorldValueFirstValueMapped": "US", "RealWorldValueLastValueMapped": "US",
    # The machine, of which thousands are alike; what tells them apart is in the profile.
    "Manufacturer": "LO", "ManufacturerModelName": "LO", "ConvolutionKernel": "SH", "FilterType": "SH",
    # The patient, by the option to retain characteristics; ages are folded.
    "PatientSex": "CS", "PatientAge": "AS", "PatientSize": "DS", "PatientWeight": "DS",
    # Tables that a look-up table is made of.
    "LUTData": "OW",
}  # fmt: skip
"""Attributes that may stay one by one, wherever they are."""

PIXELS: dict[str, str] = {
    "PixelData": "OW", "FloatPixelData": "OF", "DoubleFloatPixelData": "OD", "ExtendedOffsetTable": "OV",
    "ExtendedOffsetTableLengths": "OV", "RedPaletteColorLookupTableData": "OW",
    "GreenPaletteColorLookupTableData": "OW", "BluePaletteColorLookupTableData": "OW",
    "SegmentedRedPaletteColorLookupTableData": "OW", "SegmentedGreenPaletteColorLookupTableData": "OW",
    "SegmentedBluePaletteColorLookupTableData": "OW",
}  # fmt: skip
"""Attributes that may stay in the data set itself and in no item of a sequence: there they would be a thumbnail."""

EMPTIED = {
    "PositionReferenceIndicator", "Manufacturer", "Laterality", "PatientOrientation", "PatientPosition", "ViewPosition",
    "AcquisitionContextSequence", "KVP", "SeriesNumber", "InstanceNumber", "AcquisitionNumber", "PatientSex",
}  # fmt: skip
"""Attributes that images must have, if only empty: they stay without a value where the value may not."""

RENAMED = {"LUTLabel", "LUTExplanation"}
"""Free text that must not be empty where a mapping to real values has it: a dummy stands in its place."""

MACHINE = {"Manufacturer", "ManufacturerModelName", "SoftwareVersions"}
"""What enhanced images must say of their machine: a dummy, where it may not stay."""

_TABLE_OWNERS = {"ModalityLUTSequence", "VOILUTSequence"}

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


def is_allowed(group: int, keyword: str, vr: str, *, retired: bool = False, inside: str = "") -> bool:
    """Whether an attribute may stay, by what the dictionary of DICOM says of it; its value is judged apart.

    Parameters
    ----------
    inside
        Keyword of the sequence that it is in; empty for the data set itself.
    """
    if keyword == "LUTData":
        return inside in _TABLE_OWNERS
    if keyword in PIXELS:
        return not inside
    return keyword in KEYWORDS or (vr in GROUPS.get(group, ()) and not retired)
