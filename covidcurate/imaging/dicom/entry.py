"""What has to be known of a DICOM file to bring it together with others, before any pixel is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from covidcurate.imaging.dicom.header import get_int, get_text
from covidcurate.imaging.dicom.layout import has_pixels
from covidcurate.imaging.dicom.pixels import name_of_syntax
from covidcurate.imaging.dicom.read import quiet, read_header
from covidcurate.imaging.leaks import identifiers_of_dataset
from covidcurate.imaging.leaks.identifiers import only_personal
from covidcurate.imaging.leaks.search import Finder


@dataclass(frozen=True, slots=True)
class DicomEntry:
    """One DICOM file as its header has it.

    Parameters
    ----------
    kind
        The name of its SOP class, for people.
    patient, issuer, institution, birth_date, sex, name
        Who the patient is there, as written; blank where nothing is. It identifies somebody, and must reach no output.
    is_slice
        Whether it has a place in the patient.
    tells_who
        Whether the path says who the patient is, so that it must not be shown either.
    """

    path: Path
    is_image: bool
    kind: str
    patient: str = field(repr=False)
    issuer: str = field(repr=False)
    institution: str = field(repr=False)
    birth_date: str = field(repr=False)
    sex: str = field(repr=False)
    name: str = field(repr=False)
    study: str
    series: str
    instance: str
    number: int
    modality: str
    is_slice: bool
    tells_who: bool


def read_entry(path: Path) -> DicomEntry:
    """Return what the header of a DICOM file says.

    Raises
    ------
    UnreadableError
        It is broken.
    """
    with quiet():
        dataset, _ = read_header(path)
        kind = _kind_of(get_text(dataset, "SOPClassUID"))
        personal = Finder(only_personal(identifiers_of_dataset(dataset)))
        return DicomEntry(
            path,
            (has_pixels(dataset) or "Rows" in dataset) and not any(word in kind for word in _DRAWN),
            kind,
            get_text(dataset, "PatientID"),
            get_text(dataset, "IssuerOfPatientID"),
            get_text(dataset, "InstitutionName"),
            get_text(dataset, "PatientBirthDate"),
            get_text(dataset, "PatientSex"),
            get_text(dataset, "PatientName"),
            get_text(dataset, "StudyInstanceUID"),
            get_text(dataset, "SeriesInstanceUID"),
            get_text(dataset, "SOPInstanceUID"),
            get_int(dataset, "InstanceNumber", 0) or 0,
            get_text(dataset, "Modality"),
            "ImagePositionPatient" in dataset,
            any(True for _ in personal.find_in_text(str(path))),
        )


_DRAWN = ("Segmentation", "RT Dose", "Parametric Map", "Presentation State", "Real World Value")
"""Kinds of objects whose pixels, where they have some, were computed and are no image of the patient."""


def _kind_of(uid: str) -> str:
    name = name_of_syntax(uid) if uid else ""
    return name.removesuffix(" Storage") if name and name != "unknown to the standard" else "DICOM of an unknown kind"
