"""The patient's name and ids, which people copy to where they do not belong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from covidcurate.imaging.dicom.header import get_text

if TYPE_CHECKING:
    from pydicom import Dataset

_NAMES = ("PatientName", "OtherPatientNames", "PatientBirthName", "ReferringPhysicianName", "OperatorsName")
_IDS = ("PatientID", "AccessionNumber", "OtherPatientIDs", "StudyID")
_SHORTEST_ID = 5


def find_own_words(dataset: Dataset) -> re.Pattern[bytes] | None:
    """Return what finds parts of the names and the ids of a header in other values of it; None if there are none."""
    words = {word for keyword in _NAMES for word in re.findall(r"[^\W_]{3,}", get_text(dataset, keyword))}
    words |= {text for keyword in _IDS if len(text := get_text(dataset, keyword)) >= _SHORTEST_ID}
    if not words:
        return None
    forms = sorted(re.escape(word.encode("latin-1", "replace")) for word in words)
    return re.compile(rb"(?<![A-Za-z0-9])(" + b"|".join(forms) + rb")(?![A-Za-z0-9])", re.IGNORECASE)
