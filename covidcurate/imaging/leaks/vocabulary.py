"""Words that identify nobody: codes, makers of machines, and what any comment says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from covidcurate.imaging.dicom.header import get_text

if TYPE_CHECKING:
    from pydicom import Dataset

CODE = re.compile(r"[A-Z0-9 _]{1,16}")
"""What a coded string (CS) may be, by PS3.5."""
ORDINARY_WORDS = frozenset({
    "about", "abdomen", "after", "anonymous", "axial", "before", "between", "cardiac", "center", "central", "chest",
    "clinic", "clinical", "comparison", "contrast", "coronal", "covid", "department", "dicom", "emergency", "erect",
    "examination", "export", "fever", "findings", "follow", "frontal", "general", "health", "history", "hospital",
    "image", "images", "imaging", "infection", "institute", "intensive", "jpeg", "lateral", "learning", "lung",
    "medical", "medicine", "mono", "monochrome", "nifti", "normal", "patient", "patients", "pneumonia", "portable",
    "position", "private", "radiology", "referred", "regional", "review", "right", "sagittal", "scan", "scanner",
    "series", "state", "study", "supine", "symptoms", "test", "thorax", "trauma", "university", "unknown", "upright",
    "usual", "volume", "ward", "which", "without",
})  # fmt: skip
"""Words of comments, addresses and file names that say nothing of anybody."""
_KEYWORDS = {"Manufacturer", "ManufacturerModelName", "ConvolutionKernel", "CodeValue"}
_SCHEMES = {"DCM", "SCT", "SRT", "SNM3", "99SDM", "LN", "UCUM", "FMA", "RADLEX", "UMLS", "NCIT", "MA", "ICD10", "I10"}
"""Published coding schemes (PS3.16, chapter 8), of whose codes the meaning is public."""
_DEEPEST = 64


class Vocabulary:
    """Phrases that a header may keep, because they name a machine, a body part or another code."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._text = "|".join(sorted({" " + " ".join(phrase.casefold().split()) for phrase in phrases}))

    def covers(self, text: str) -> bool:
        """Whether a text is one of the phrases, or stands in one from the beginning of a word on."""
        return text.casefold() in ORDINARY_WORDS or f" {text.casefold()}" in self._text


def vocabulary_of(dataset: Dataset) -> Vocabulary:
    """Return the codes of a data set at any depth, and the maker and the model of the machine."""
    phrases: list[str] = []
    _collect(dataset, 0, phrases)
    return Vocabulary(phrases)


def is_known_creator(name: str) -> bool:
    """Whether private elements of that name are published, so that the name is a product's."""
    from pydicom._private_dict import private_dictionaries

    return name.strip() in private_dictionaries


def _collect(dataset: Any, depth: int, phrases: list[str]) -> None:
    published = get_text(dataset, "CodingSchemeDesignator").upper() in _SCHEMES
    for tag in list(dataset.keys()) if depth < _DEEPEST else ():
        try:
            element = dataset[tag]
            value, vr = element.value, str(element.VR)
        except Exception:  # noqa: S112 - what cannot be converted is no code
            continue
        if vr == "SQ":
            for item in value or ():
                _collect(item, depth + 1, phrases)
        elif vr == "CS" or element.keyword in _KEYWORDS or (element.keyword == "CodeMeaning" and published):
            values = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else value
            phrases += (str(one) for one in values if vr != "CS" or CODE.fullmatch(str(one)))
