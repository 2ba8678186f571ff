"""Say in a header that it was de-identified, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from covidcurate import __version__
from covidcurate.imaging.deidentify.profile import EDITION
from covidcurate.imaging.deidentify.substitutes import Dates

if TYPE_CHECKING:
    from pydicom import Dataset

_CODES = {
    "113100": "Basic Application Confidentiality Profile",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
    "113111": "Retain Safe Private Option",
}
"""Codes of DICOM PS3.16 CID 7050 for what was done."""


def mark_clean(clean: Dataset, dates: Dates, *, safe_private: bool) -> None:
    """Say in the header what was done: (0012,0062), (0012,0063), (0012,0064) and (0028,0303)."""
    from pydicom import Dataset, Sequence

    codes = ["113100", "113108"]
    if dates is Dates.SHIFTED:
        codes.append("113107")
    if safe_private:
        codes.append("113111")
    items = []
    for code in sorted(codes):
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", _CODES[code]
        items.append(item)
    clean.PatientIdentityRemoved = "YES"
    clean.DeidentificationMethod = [f"covidcurate {__version__}", f"DICOM PS3.15 {EDITION} Annex E Basic Profile"]
    clean.DeidentificationMethodCodeSequence = Sequence(items)
    clean.LongitudinalTemporalInformationModified = "MODIFIED" if dates is Dates.SHIFTED else "REMOVED"
