"""What identifies somebody in a DICOM header, by the nature of each value and not by a list of attributes.

A name is a name wherever it stands. What stands in an element of coded strings (CS) or numbers is vocabulary or a
measurement, and is not looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from covidcurate.imaging.dicom.read import quiet
from covidcurate.imaging.leaks.vocabulary import CODE, Vocabulary, is_known_creator, vocabulary_of

if TYPE_CHECKING:
    from pydicom import Dataset

_TEXT = {"LO", "SH", "ST", "LT", "UT", "UC", "UR", "AE"}
_DEEPEST = 64
"""Levels of sequences that are gone down; no real file has a tenth of them."""
_SHORTEST_NAME, _SHORTEST_TEXT, _SHORTEST_ID, _LONGEST_TEXT = 3, 4, 5, 4096
_FEWEST_SIGNS = 3
_FILLERS = {"removed", "anonymized", "anonymous", "deidentified", "none", "unknown"}
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-.:/ ]?([01]\d)[-.:/ ]?([0-3]\d)(?!\d)")
_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_PERSONAL_KEYWORD = re.compile(
    r"Name|Address|Institution|Physician|Operator|Telephone|Comments|Telecom|Occupation|History|Responsible"
)
_TECHNICAL_KEYWORD = re.compile(r"Model|Protocol|Version|Manufacturer|Algorithm")
_MACHINE_WORDS = {
    "Manufacturer", "ManufacturerModelName", "ConvolutionKernel", "FilterType", "RescaleType", "CodeValue",
    "CodingSchemeDesignator", "ImplementationClassUID", "ImplementationVersionName",
}  # fmt: skip
"""Names of machines, programs and codes, of which thousands are alike."""
_STANDARD_UID = re.compile(r"1\.2\.840\.10008\.")
_FORMED = {"DA", "DT", "TM", "AS", "DS", "IS"}
"""Representations of numbers and times; words in them are not what the standard means."""
_LETTERS = re.compile(r"[^\W\d_]{4}")
_PATIENT = 0x0010
_NUMBERED = ("ID", "Number", "IDs")
_PIECE = 23
"""Letters by which a longer text is known as well: as many as a field of NIfTI has room for."""
_HIGHEST_AGE = 89
"""Years of age above which few people are as old, so that the age names them (45 CFR 164.514)."""
_PRINTABLE = re.compile(rb"[\x20-\x7e\xc0-\xff]{4,}")
_WORDS = re.compile(rb"[A-Za-z0-9]{4}")


class Kind(Enum):
    """What sort of value identifies; each is spelled in ways of its own."""

    NAME = "a name"
    """A person's name, or a part of one."""
    NUMBER = "an id"
    """A record number or another short text with digits."""
    DATE = "a date"
    """A day, as YYYYMMDD."""
    TIME = "a time"
    """A time of day with seconds and their fraction, as it was written."""
    UID = "a UID"
    """A unique identifier of an instance, series, study or device."""
    TEXT = "a text"
    """Anything else that somebody wrote."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One value to look for; the value is never shown.

    ``place`` says where in the input it stands. ``personal`` values may stand nowhere in an output; the others (such
    as the description of a series) only not in its header, because people write the same words in good faith.
    """

    kind: Kind
    place: str
    value: str = field(repr=False)
    personal: bool = True


def identifiers_of_dataset(dataset: Dataset) -> list[Identifier]:
    """Return what identifies somebody in a data set, its file meta information and its items at any depth."""
    found: dict[tuple[Kind, str], Identifier] = {}
    with quiet():
        vocabulary = vocabulary_of(dataset)
        for one in _of_bytes("the preamble", getattr(dataset, "preamble", None)):
            found.setdefault((one.kind, one.value), one)
        for part in (dataset, getattr(dataset, "file_meta", None)):
            for one in _of_dataset(part, 0, vocabulary) if part is not None else ():
                known = found.get((one.kind, one.value))
                if known is None or (one.personal and not known.personal):
                    found[one.kind, one.value] = one
    return [one for one in found.values() if not _is_filler(one)]


def _is_filler(one: Identifier) -> bool:
    """Whether a value says nothing: a word such as REMOVED, or one digit again and again, as in a fraction."""
    if one.kind is Kind.NUMBER:
        return len({sign for sign in one.value if sign.isalnum()}) < _FEWEST_SIGNS
    return one.value.casefold() in _FILLERS


def identifiers_of_text(text: str, place: str, *, personal: bool = True) -> Iterator[Identifier]:
    """Yield a text as what it is: a date, an id or words."""
    text = " ".join(text.split())
    if re.fullmatch(r"(19|20)\d\d[-.:/]?[01]\d[-.:/]?[0-3]\d", text):
        yield Identifier(Kind.DATE, place, re.sub(r"\D", "", text), personal)
    elif len(text) >= _SHORTEST_TEXT:
        kind = Kind.NUMBER if any(sign.isdigit() for sign in text) and len(text) <= 64 else Kind.TEXT
        yield Identifier(kind, place, text, personal)


def identifiers_in_text(text: str, place: str) -> Iterator[Identifier]:
    """Yield a text as a whole, and the dates, the ids and the longer words in it, of which any might be a name."""
    yield from identifiers_of_text(text[:_LONGEST_TEXT], place, personal=False)
    for match in _DATE.finditer(text):
        yield Identifier(Kind.DATE, place, "".join(match.groups()), True)
    for word in _WORD.findall(text):
        digits = sum(sign.isdigit() for sign in word)
        if digits >= _SHORTEST_ID or (digits and len(word) > _SHORTEST_ID):
            yield Identifier(Kind.NUMBER, place, word, True)
        elif not digits and len(word) > _SHORTEST_TEXT:
            yield Identifier(Kind.NAME, place, word, False)


def _of_dataset(dataset: Any, depth: int, vocabulary: Vocabulary) -> Iterator[Identifier]:
    for tag in list(dataset.keys()) if depth < _DEEPEST else ():
        try:
            element = dataset[tag]
            value, vr = element.value, str(element.VR)
        except Exception:
            # What cannot be converted still holds what somebody wrote.
            yield from _of_bytes(f"an unreadable element {tag}", _raw_of(dataset, tag))
            continue
        if vr == "SQ":
            for item in value or ():
                yield from _of_dataset(item, depth + 1, vocabulary)
            continue
        if element.keyword in _MACHINE_WORDS or (tag.is_private_creator and is_known_creator(str(value))):
            continue
        place = f"{element.keyword or 'a private element' if tag.is_private else element.keyword} {tag}"
        sure = vr not in _TEXT or tag.group == _PATIENT or (element.keyword or "").endswith(_NUMBERED)
        for one in _of_element(element, vr, value, place):
            if (sure and one.personal) or one.kind is Kind.DATE or not vocabulary.covers(one.value):
                yield one


def _raw_of(dataset: Any, tag: Any) -> Any:
    """Return what stands in the file for an element; nothing if pydicom cannot even tell that."""
    try:
        return getattr(dataset.get_item(tag), "value", b"")
    except Exception:
        return b""


def _of_element(element: Any, vr: str, value: Any, place: str) -> Iterator[Identifier]:
    if isinstance(value, bytes):
        # Bytes of unknown meaning hold text as often as not; pixels and tables of numbers are not asked.
        if vr in {"UN", "OB"} and element.tag.group != 0x7FE0:
            yield from _of_bytes(place, value)
        return
    for one in value if _is_many(value) else [value]:
        if one is None:
            continue
        text = str(one).strip("\x00 ")
        if vr == "PN":
            yield from identifiers_of_name(text, place)
        elif vr in _TEXT:
            personal = element.tag.group == _PATIENT or is_personal(element.keyword or "", text)
            yield from _of_written(text, place, personal=personal)
        elif (element.keyword or "").startswith("GPS"):
            yield Identifier(Kind.NUMBER, place, text)
        else:
            yield from _of_code(vr, text, place)


def _of_written(text: str, place: str, *, personal: bool) -> Iterator[Identifier]:
    """Yield a text, and of a personal one its beginning and the days, ids and words in it: notes are quoted in part."""
    yield from identifiers_of_text(text, place, personal=personal)
    if " " in text:
        # The words of a description are nobody's; a day or a long number in it may be.
        yield from (one for one in identifiers_in_text(text, place) if personal or one.personal)
        if personal and len(text) > _PIECE:
            yield Identifier(Kind.TEXT, place, text[:_PIECE].strip())


def _of_bytes(place: str, value: object) -> Iterator[Identifier]:
    """Yield the texts in bytes of unknown meaning; none of more than 64 KiB, which are a picture or a table."""
    if isinstance(value, bytes) and len(value) < 1 << 16:
        for match in filter(lambda match: _WORDS.search(match[0]), _PRINTABLE.finditer(value)):
            yield from identifiers_of_text(match[0].decode("latin-1"), place, personal=False)


def _of_code(vr: str, text: str, place: str) -> Iterator[Identifier]:
    """Yield dates, times, UIDs, high ages, and what stands where a code belongs and is none."""
    if vr in _FORMED and _LETTERS.search(text):
        yield from identifiers_of_text(text, place, personal=False)
    elif vr in {"DA", "DT"}:
        # Days of ACR-NEMA have dots in them.
        if match := re.match(r"(\d{4})\.?(\d\d)\.?(\d\d)", text):
            yield Identifier(Kind.DATE, place, "".join(match.groups()))
        if match := re.match(r"\d{8}(\d{6}\.\d+)", text):
            yield Identifier(Kind.TIME, place, match[1])
    elif vr == "TM" and re.fullmatch(r"\d{6}\.\d+", text):
        yield Identifier(Kind.TIME, place, text)
    elif vr == "AS" and re.fullmatch(r"\d{3}Y", text) and int(text[:3]) > _HIGHEST_AGE:
        yield Identifier(Kind.NUMBER, place, text)
    elif vr == "CS" and text and not CODE.fullmatch(text):
        yield from identifiers_of_text(text, place, personal=False)
    elif vr == "UI" and len(text) > _SHORTEST_TEXT and not _STANDARD_UID.match(text):
        yield Identifier(Kind.UID, place, text)


def is_personal(keyword: str, text: str) -> bool:
    """Whether an attribute, by its keyword, says who somebody is or numbers them; short numbers only count things."""
    numbered = keyword.endswith(_NUMBERED) and len(text) > _SHORTEST_TEXT
    return numbered or bool(_PERSONAL_KEYWORD.search(keyword) and not _TECHNICAL_KEYWORD.search(keyword))


def identifiers_of_name(text: str, place: str) -> Iterator[Identifier]:
    """Yield a name as a whole, and each of its parts."""
    whole = " ".join(text.replace("^", " ").replace("=", " ").split())
    if len(whole) >= _SHORTEST_TEXT and not (whole.isdigit() and len(whole) < _SHORTEST_ID):
        yield Identifier(Kind.NAME, place, whole)
    for word in _WORD.findall(whole):
        if word.isdigit() and len(word) >= _SHORTEST_ID:
            yield Identifier(Kind.NUMBER, place, word)
        elif not word.isdigit() and len(word) >= _SHORTEST_NAME:
            yield Identifier(Kind.NAME, place, word)


def _is_many(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str) and not hasattr(value, "components")


def only_personal(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Return the identifiers that may stand nowhere."""
    return [one for one in identifiers if one.personal]
