"""Coded concepts: only codes that are published may stay, with the meaning that is published and not the one stated."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from covidcurate.imaging.dicom.header import get_text

if TYPE_CHECKING:
    from pydicom import Dataset

CODE_KEYWORDS = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
_OLD_SNOMED = {"SRT", "SNM3", "99SDM"}
_LONGEST_CODE, _LONGEST_MEANING = 16, 64
_ATOM = r"(mm|cm|m|um|nm|kg|g|mg|ug|l|ml|L|mL|dl|s|ms|us|min|h|d|Bq|kBq|MBq|Gy|mGy|kV|mA|mAs|Hz|eV|keV|%|1|\[hnsf'U\])"
_UNIT = re.compile(
    rf"10*{_ATOM}?[23]?(/10*{_ATOM}[23]?|/{_ATOM}[23]?|\.{_ATOM}[23]?)*|{_ATOM}[23]?([/.]1?0*{_ATOM}[23]?)*"
)


def is_coded(item: Dataset) -> bool:
    """Whether an item of a sequence is a coded concept."""
    return "CodeValue" in item


def find_concept(item: Dataset) -> dict[str, str] | None:
    """Return the code, scheme and published meaning of a coded concept; None if the code is not published."""
    code, scheme = get_text(item, "CodeValue"), get_text(item, "CodingSchemeDesignator")
    if len(code) > _LONGEST_CODE:
        return None
    meaning = _meanings().get((_common(scheme), code))
    if meaning is None and scheme == "UCUM" and _UNIT.fullmatch(code):
        meaning = code
    if meaning is None:
        return None
    return dict(zip(CODE_KEYWORDS, (code, scheme, meaning[:_LONGEST_MEANING]), strict=True))


def _common(scheme: str) -> str:
    return "SRT" if scheme in _OLD_SNOMED else scheme


@cache
def _meanings() -> dict[tuple[str, str], str]:
    """Return the meanings of the codes of PS3.16 by scheme and code, those of SNOMED by their old codes too."""
    from pydicom.sr._concepts_dict import concepts
    from pydicom.sr._snomed_dict import mapping

    tables: dict[str, Any] = concepts
    meanings: dict[tuple[str, str], str] = {}
    for scheme, names in tables.items():
        for codes in names.values():
            for code, (meaning, _) in codes.items():
                # Some have several: the shortest is the one that people use.
                meanings[scheme, code] = min(meanings.get((scheme, code), _plain(meaning)), _plain(meaning), key=len)
    for old, new in mapping["SRT"].items():
        if ("SCT", new) in meanings:
            meanings["SRT", old] = meanings["SCT", new]
    # Of the views of chest films, the one that the table of old codes lacks.
    return {**meanings, ("SRT", "R-10214"): "postero-anterior"}


def _plain(meaning: str) -> str:
    """Return a meaning in the characters that every data set knows."""
    plain = meaning.encode("ascii", "replace").decode("ascii").replace("\\", "/")
    return plain.partition(" (body structure)")[0]
