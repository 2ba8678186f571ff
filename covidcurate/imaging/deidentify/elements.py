"""Single elements: read them without raising, and judge whether they may stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from covidcurate.imaging.deidentify.allowed import TABLES
from covidcurate.imaging.deidentify.forms import is_in_form
from covidcurate.imaging.deidentify.own_words import OwnWords

if TYPE_CHECKING:
    from pydicom import Dataset

_WORDS = {"CS", "SH", "LO"}
_DIGITS = {"DS", "IS"}
_BINARY_NUMBERS = {"US", "SS", "UL", "SL", "FL", "FD", "UV", "SV", "AT"}


def get_raw(dataset: Dataset, tag: Any) -> Any:
    """Return an element as it stands in the file; None if not even that can be told."""
    try:
        return dataset.get_item(tag)
    except Exception:
        return None


def text_of(element: Any) -> str:
    """Return the value of an element as text; empty if there is none."""
    if element is None:
        return ""
    value = element.value
    if isinstance(value, bytes):
        return value.decode("latin-1").strip("\x00 ")
    if value is None:
        return ""
    many = not isinstance(value, str) and hasattr(value, "__iter__") and not hasattr(value, "components")
    return "\\".join(str(part) for part in value) if many else str(value)


def may_stay(raw: Any, keyword: str, vr: str, multiplicity: str, own_words: OwnWords) -> bool:
    """Whether the value of an allowed element has the form that its attribute asks for, and names nobody.

    Parameters
    ----------
    vr, multiplicity
        Value representation, and how many values there may be, by the dictionary of DICOM.
    """
    # pydicom gives several representations where it read none, and the dictionary has several.
    stated = None if raw.VR is not None and " or " in raw.VR else raw.VR
    if stated not in (None, vr, "UN") and not (vr in TABLES and stated in TABLES):
        return False
    if isinstance(raw.value, bytes):
        value = raw.value
    elif vr in _BINARY_NUMBERS:
        return _are_numbers(raw.value)  # converted already, and so of the right form
    else:
        value = text_of(raw).encode("latin-1", "replace")
    if not is_in_form(keyword, vr, value, multiplicity):
        return False
    return not ((vr in _WORDS and own_words.are_in(value)) or (vr in _DIGITS and own_words.are_numbers_of(value)))


def _are_numbers(value: Any) -> bool:
    many = hasattr(value, "__iter__") and not isinstance(value, str)
    return all(isinstance(part, int | float) for part in (value if many else [value]) if part is not None)
