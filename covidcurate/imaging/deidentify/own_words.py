"""The patient's name and ids, which people copy to where they do not belong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from covidcurate.imaging.deidentify.forms import is_term
from covidcurate.imaging.dicom.header import get_text

if TYPE_CHECKING:
    from pydicom import Dataset

_NAMES = ("PatientName", "OtherPatientNames", "PatientBirthName", "ReferringPhysicianName", "OperatorsName")
_IDS = ("PatientID", "AccessionNumber", "OtherPatientIDs", "StudyID", "PatientBirthDate")
_SHORTEST_ID = 5


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Parts of the names and the ids of one header."""

    pattern: re.Pattern[bytes] | None
    ids: frozenset[bytes]

    def are_in(self, value: bytes) -> bool:
        """Whether a text holds one, if it is not also a term that the standard defines, such as CHEST."""
        if self.pattern is None:
            return False
        return any(not is_term(match[0]) for match in self.pattern.finditer(value))

    def are_numbers_of(self, value: bytes) -> bool:
        """Whether one of the numbers in a value is an id."""
        return bool(self.ids) and any(part.strip(b"\x00 ") in self.ids for part in value.split(b"\\"))


def find_own_words(dataset: Dataset) -> OwnWords:
    """Return what finds parts of the names and the ids of a header in other values of it."""
    words = {word for keyword in _NAMES for word in re.findall(r"[^\W_]{3,}", get_text(dataset, keyword))}
    ids = {text for keyword in _IDS if len(text := get_text(dataset, keyword)) >= _SHORTEST_ID}
    forms = sorted(re.escape(word.encode("latin-1", "replace")) for word in words | ids)
    pattern = None
    if forms:
        pattern = re.compile(rb"(?<![A-Za-z0-9])(" + b"|".join(forms) + rb")(?![A-Za-z0-9])", re.IGNORECASE)
    return OwnWords(pattern, frozenset(text.encode("latin-1", "replace") for text in ids))
