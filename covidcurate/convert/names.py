"""Names of outputs: readable, free, and without what a header says of the patient."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_SUSPECT = re.compile(r"\d{6,}|\d+(\.\d+){4,}|\d{4}-\d\d-\d\d|\d\d\.\d\d\.\d{4}")
"""Runs of digits such as dates, record numbers and UIDs."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_ENDINGS = re.compile(r"\.(dcm|dicom|ima|nii|nii\.gz|hdr|img|png|jpe?g|gif|bmp|tiff?|webp)$", re.IGNORECASE)
_SHORTEST = 3


class Names:
    """Gives each output a name of its own."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def give(self, stem: str, ending: str, other: str) -> str:
        """Return ``stem`` with the ending; with ``other`` (a pseudonym) behind it where the name is taken."""
        name = f"{stem}{ending}"
        number = 1
        while name.casefold() in self._taken:
            name = f"{stem}-{other}{f'-{number}' if number > 1 else ''}{ending}"
            number += 1
        self._taken.add(name.casefold())
        return name


def stem_of(name: str) -> str:
    """Return a file name without its ending, and with nothing that systems treat differently."""
    return _UNSAFE.sub("-", _ENDINGS.sub("", name)).strip("-.") or "image"


def is_harmless(stem: str, identifiers: Iterable[str]) -> bool:
    """Whether a name holds none of the identifiers of a header, and nothing that looks like a date, a number or a UID.

    Parameters
    ----------
    identifiers
        Values of the header, such as the parts of the patient's name; compared without case, accents and signs.
    """
    if _SUSPECT.search(stem):
        return False
    folded = _fold(stem)
    return not any(len(one) >= _SHORTEST and one in folded for one in map(_fold, identifiers))


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain.casefold() if sign.isalnum())
