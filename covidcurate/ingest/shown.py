"""Say where a file lies without the words of its path that may be somebody's name or number."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from covidcurate.imaging.deidentify.forms import is_term

_WORD = re.compile(r"[A-Za-z]+")
_NUMBER = re.compile(r"[0-9](?:[^A-Za-z]*[0-9])*")
"""Digits with whatever parts them but letters, as in dates and numbers of insurances."""
_DIGITS = re.compile(r"[0-9]+")
_PARTS_OF_A_DATE = 3
_MOST_DIGITS = 5
"""Digits of a number that numbers slices; a date of birth has six, and so have the ids of most hospitals."""
MODALITIES = frozenset(
    {"CR", "DX", "DR", "RG", "CT", "MR", "MG", "XA", "RF", "PX", "IO", "US", "NM", "PT", "OT", "SC", "XC"}
)
"""Codes that may be shown: in a header, as in a path, anything may stand for a modality."""
_USUAL = frozenset({
    "data", "dcm", "dicom", "dicomdir", "export", "img", "jpg", "nii", "png", "ser", "series", "src", "study",
    "ap", "im", "ll", "pa", "se", "sr", "st",
})  # fmt: skip
"""Words of paths that mean nobody, besides modalities and the terms that may stand in headers."""
_NAMES = frozenset({
    "black", "dixon", "eastman", "fair", "iris", "isis", "light", "long", "max", "nova",
    "picker", "power", "ran", "riesz", "silver", "speed", "tran", "tukey", "wall",
})  # fmt: skip
"""Terms of headers that are names of people, too."""


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
        shown.append(f"#{_numbers(folder).get(part, '?')}" if hidden or not _means_nobody(part) else part)
        folder /= part
    return "/".join(shown)


def _means_nobody(part: str) -> bool:
    """Whether all words of a name are terms of the trade, and its numbers too short to be a person's."""
    # In other scripts two letters are a whole name, and an accent may stand apart from its letter.
    return (
        part.isascii()
        and part.isprintable()
        and all(len(word) == 1 or _is_usual(word.casefold()) for word in _WORD.findall(part))
        and not any(_is_long(_DIGITS.findall(number)) for number in _NUMBER.findall(part))
    )


def _is_long(runs: list[str]) -> bool:
    return len(runs) >= _PARTS_OF_A_DATE or sum(map(len, runs)) > _MOST_DIGITS


def _is_usual(word: str) -> bool:
    return word in _USUAL or word.upper() in MODALITIES or (is_term(word.encode()) and word not in _NAMES)


@lru_cache(64)
def _numbers(folder: Path) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(entry.name for entry in folder.iterdir()), start=1)}
