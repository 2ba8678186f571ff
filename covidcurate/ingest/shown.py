"""Say where a file lies without the words of its path that may be somebody's name or number."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from covidcurate.imaging.deidentify.forms import is_term

_WORD = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+")
_SHORTEST_NAME = 3
_MOST_DIGITS = 5
"""Digits in a row that number slices; a date of birth has six, and so have the ids of most hospitals."""
_USUAL = frozenset(
    {"data", "dcm", "dicom", "export", "img", "jpg", "nii", "png", "ser", "series", "src", "std", "study"}
)
"""Words of paths that mean nobody, besides the terms that may stand in headers."""


def shown_place(path: Path, root: Path, *, hidden: bool) -> str:
    """Return the path of a file from a folder, in which a part that may tell who somebody is, is a number.

    ``#3`` is the third of all that lies in that folder, in the order of names.

    Parameters
    ----------
    hidden
        Show no word of it: something in it is known to tell who somebody is.
    """
    shown, folder = [], root
    for part in path.relative_to(root).parts:
        shown.append(f"#{_entries(folder).index(part) + 1}" if hidden or not _means_nobody(part) else part)
        folder /= part
    return "/".join(shown)


def _means_nobody(part: str) -> bool:
    """Whether all words of a name are terms of the trade, and its numbers too short to be a person's."""
    words = (word for word in _WORD.findall(part) if len(word) >= _SHORTEST_NAME)
    return all(word.casefold() in _USUAL or is_term(word.encode()) for word in words) and all(
        len(digits) <= _MOST_DIGITS for digits in _DIGITS.findall(part)
    )


@lru_cache(64)
def _entries(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())
