"""What has to be known of a DICOM file to bring it together with others, before any pixel is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from covidcurate.imaging.dicom.header import get_int, get_text
from covidcurate.imaging.dicom.layout import has_pixels
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
    patient
        Who the patient is there: the id with its issuer, as written. Blank where there is none. It identifies
        somebody, and must reach no output.
    tells_who
        Whether the path says who the patient is, so that it must not be shown either.
    """

    path: Path
    is_image: bool
    kind: str
    patient: str
    study: str
    series: str
    instance: str
    number: int
    modality: str
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
        identifier, issuer = get_text(dataset, "PatientID"), get_text(dataset, "IssuerOfPatientID")
        personal = Finder(only_personal(identifiers_of_dataset(dataset)))
        return DicomEntry(
            path,
            has_pixels(dataset) or "Rows" in dataset,
            _kind_of(get_text(dataset, "SOPClassUID")),
            f"{issuer}\0{identifier}" if identifier else "",
            get_text(dataset, "StudyInstanceUID"),
            get_text(dataset, "SeriesInstanceUID"),
            get_text(dataset, "SOPInstanceUID"),
            get_int(dataset, "InstanceNumber", 0) or 0,
            get_text(dataset, "Modality"),
            any(True for _ in personal.find_in_text(str(path))),
        )


def _kind_of(uid: str) -> str:
    from pydicom.uid import UID

    name = UID(uid).name if uid else ""
    return name.removesuffix(" Storage") if name and name != uid else "DICOM of an unknown kind"
