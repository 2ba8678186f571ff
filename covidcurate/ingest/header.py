"""What a DICOM header states about an image that belongs into its row: modality, view, age, sex, each with its tag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from covidcurate.imaging.deidentify.substitutes import fold_age
from covidcurate.imaging.describe import dicom_facts
from covidcurate.imaging.dicom.header import get_text, name_of
from covidcurate.imaging.dicom.read import quiet, read_header
from covidcurate.model import Evidence, EvidenceKind, Value
from covidcurate.spec.views import Views

_SEXES = {"M": "M", "F": "F"}
"""The third code, O, says other or not recorded, which is not told apart."""
_YEARS = re.compile(r"0*(\d{1,3})Y")


def read_header_values(path: Path, views: Views) -> dict[str, Value]:
    """Return the values of a row that a header states; what it does not state, or not in a known word, stays blank."""
    with quiet():
        dataset, _ = read_header(path)
        stated = {
            "modality": ("Modality", views.modality_of(get_text(dataset, "Modality"))),
            "age": ("PatientAge", _age(get_text(dataset, "PatientAge"))),
            "sex": ("PatientSex", _SEXES.get(get_text(dataset, "PatientSex").upper(), "")),
        }
        view = views.view_of(get_text(dataset, "ViewPosition"))
        if view:
            stated["view"] = ("ViewPosition", view)
        elif plane := views.view_of(str(dicom_facts(dataset).get("plane", ""))):
            stated["view"] = ("ImageOrientationPatient", plane)
        return dict(_values(stated, {"age": fold_age(get_text(dataset, "PatientAge"))}, dataset))


def _values(stated: dict[str, tuple[str, str]], shown: dict[str, str], dataset: object) -> Iterator[tuple[str, Value]]:
    for column, (keyword, text) in stated.items():
        if text:
            words = shown.get(column) or get_text(dataset, keyword)  # type: ignore[arg-type]
            yield column, Value(text, Evidence(EvidenceKind.STATED, words, name_of(keyword), "dicom-header"))


def _age(text: str) -> str:
    """Return whole years; those above 89 are 90, and what is given in months stays blank."""
    match = _YEARS.fullmatch(fold_age(text))
    return match[1] if match else ""
