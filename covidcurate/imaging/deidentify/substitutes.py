"""What stands in the place of an identity: pseudonyms, UIDs and shifted dates, all from one key."""

from __future__ import annotations

import datetime
import hmac
import re
from enum import Enum
from functools import lru_cache

from covidcurate.imaging.deidentify.key import pseudonym
from covidcurate.imaging.dicom.header import make_uid

_STANDARD = "1.2.840.10008."
_FURTHEST = 3650
"""Days by which dates are moved at most, always to the past."""
_OLDEST = 89
DUMMIES = {
    "AE": "REMOVED", "AS": "000Y", "CS": "REMOVED", "DA": "19000101", "DT": "19000101000000", "LO": "REMOVED",
    "LT": "REMOVED", "PN": "REMOVED", "SH": "REMOVED", "ST": "REMOVED", "TM": "000000", "UC": "REMOVED",
    "UT": "REMOVED", "UR": "about:blank", "DS": "0", "IS": "0",
}  # fmt: skip
"""A value for each representation that says nothing."""


class Dates(Enum):
    """What becomes of dates."""

    SHIFTED = "shifted"
    """Moved by a number of days that is the same for all of a patient, so that intervals stay."""
    REMOVED = "removed"
    """Gone, or empty where the attribute must be there."""


class Substitutes:
    """Substitutes for one patient.

    Parameters
    ----------
    key
        The secret.
    patient
        What tells this patient from others.
    """

    def __init__(self, key: bytes, patient: str) -> None:
        self._key = key
        self.patient = f"P{pseudonym(key, 'patient', patient)}"
        digest = hmac.new(key, f"days\0{patient}".encode(), "sha256").digest()
        self._days = 1 + int.from_bytes(digest[:8], "big") % _FURTHEST

    def uid(self, uid: str) -> str:
        """Return a UID in place of one: 2.25 and a number of 122 bits; those that the standard lists stay."""
        if is_standard(uid):
            return uid
        digest = hmac.new(self._key, f"uid\0{uid}".encode(), "sha256").digest()
        return f"2.25.{int.from_bytes(digest[:16], 'big') >> 6}"

    def date(self, text: str) -> str:
        """Return a date (DA, or a DT of which the time goes) moved to the past; empty if it is none."""
        match = re.match(r"(\d{4})\.?(\d\d)\.?(\d\d)", text.strip("\x00 "))
        if match is None:
            return ""
        try:
            day = datetime.date(*(int(part) for part in match.groups()))
            return (day - datetime.timedelta(self._days)).strftime("%Y%m%d")
        except (ValueError, OverflowError):
            return ""


@lru_cache(1024)
def is_standard(uid: str) -> bool:
    """Whether a UID is one that the standard lists; one that only begins like those may be anybody's."""
    return uid.startswith(_STANDARD) and make_uid(uid).name != uid


def fold_age(text: str) -> str:
    """Return an age (AS) of four characters; all above 89 years are 090Y, since so old people are few."""
    match = re.fullmatch(r"([0-9]{1,3})([DWMY])", text.strip("\x00 "))
    if match is None:
        return text.strip("\x00 ")
    number, unit = int(match[1]), match[2]
    return "090Y" if unit == "Y" and number > _OLDEST else f"{number:03d}{unit}"
