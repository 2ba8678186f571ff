"""Collect identifiers of input files, and look for them in output files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.imaging.leaks.carriers import texts_of_image
from covidcurate.imaging.leaks.content import contents_of
from covidcurate.imaging.leaks.identifiers import (
    Identifier,
    Kind,
    identifiers_in_text,
    identifiers_of_dataset,
    identifiers_of_name,
    is_personal,
)
from covidcurate.imaging.leaks.places import place_in_text
from covidcurate.imaging.leaks.search import Finder
from covidcurate.imaging.leaks.vocabulary import ORDINARY_WORDS

_SIDECARS = {".json", ".txt", ".csv", ".tsv", ".xml"}
_MOST_TEXT = 1 << 24
_ORDINARY = re.compile(
    r"(img|image|im|ct|cr|dx|mr|slice|scan|series|study|dicom|dcm|file|test|data|input|output|patient|case)?"
    r"[-_ ]?\d{0,5}",
    re.IGNORECASE,
)
"""Names of files that thousands have."""
_MANY_DIGITS = 6
_SHORTEST_CAPITAL = 4
_PERSON_KEY = re.compile(
    r"Patients?_?(Birth|Mother|Other)?.*Name|Physician|Operator|Performer|Requester|Reader|Reviewer"
)


@dataclass(frozen=True, slots=True)
class Leak:
    """An identifier of an input that stands in an output: where, and where in the input it is from; never the value."""

    file: str
    place: str
    what: str
    source: str


def identifiers_of_file(path: Path, root: Path | None = None) -> list[Identifier]:
    """Return what identifies somebody in a file: its header, its metadata, its name and those of its folders.

    Parameters
    ----------
    root
        The folder whose own name does not count; by default that of the file.

    Raises
    ------
    UnreadableError
        The file cannot be read.
    """
    found: list[Identifier] = []
    kind = sniff_file(path)
    if kind is FileType.DICOM:
        found += identifiers_of_dataset(read_dicom(path))
    elif path.suffix.casefold() in _SIDECARS:
        found += _of_sidecar(path)
    elif kind not in (FileType.UNKNOWN, FileType.GZIP):
        for place, text, personal in texts_of_image(_read(path)):
            found += (replace(one, personal=one.personal or personal) for one in identifiers_in_text(text, place))
    names = path.relative_to(root or path.parent).with_suffix("").parts
    for name in names:
        if not _ORDINARY.fullmatch(name):
            found += _of_name(name)
    return found


def _of_name(name: str) -> Iterator[Identifier]:
    """Yield what in a name of a file or folder may be a person: dates, long numbers, UIDs and words like Meier.

    Words in small letters are descriptions, which outputs may well share.
    """
    for one in identifiers_in_text(name.replace("_", " "), "a file or folder name"):
        digits = sum(sign.isdigit() for sign in one.value)
        if one.kind is Kind.DATE or digits >= _MANY_DIGITS or (one.kind is Kind.NAME and _is_capital(one.value)):
            yield replace(one, personal=True)


def _is_capital(word: str) -> bool:
    """Whether a word may be a name by its letters: Meier, or MEIER but not THORAX."""
    parts = re.split(r"[-']", word)
    said = any(part.casefold() in ORDINARY_WORDS for part in parts)
    return word.istitle() or (not said and word.isupper() and all(len(part) >= _SHORTEST_CAPITAL for part in parts))


def find_leaks(path: Path, finder: Finder, shown: str) -> Iterator[Leak]:
    """Yield what stands in a file or in its name.

    Parameters
    ----------
    shown
        The name of the file relative to the folder of outputs; its parts are looked at.

    Raises
    ------
    UnreadableError
        The file cannot be read.
    """
    safe = hide_names(shown, finder)
    for one in finder.find_in_text(shown):
        yield Leak(safe, "its name", one.kind.value, one.place)
    data = _read(path, safe)
    try:
        yield from find_leaks_in_bytes(data, finder, safe)
    except UnreadableError as error:
        raise UnreadableError(f"{safe}: {error.message}", remedy=error.remedy) from error


def hide_names(shown: str, finder: Finder) -> str:
    """Return a path with stars for what in it must not be shown, and with its ending."""
    parts = list(PurePath(shown).parts)
    if any(finder.find_in_text(shown)):
        parts = [f"***{PurePath(part).suffix}" if any(finder.find_in_text(part)) else part for part in parts]
    safe = "/".join(parts)
    # What is no identity in any of the parts may be one in all, and the ending may be one too.
    return "***" if any(finder.find_in_text(safe)) else safe


def find_leaks_in_bytes(data: bytes, finder: Finder, shown: str) -> Iterator[Leak]:
    """Yield what stands in the bytes of a file, packed or not.

    Raises
    ------
    UnreadableError
        Something packed cannot be searched to its end; what was found before is yielded first.
    """

    def may_show(text: str) -> bool:
        return not any(finder.find_in_text(text))

    for part in contents_of(data):
        for place, one in finder.find(part.data, part.sort):
            where = place_in_text(data, place, shown, may_show) if part.data is data else ""
            yield Leak(shown, where or f"{part.place} {part.start + place}", one.kind.value, one.place)


def find_leaks_in_texts(texts: Mapping[str, str], finder: Finder, shown: str) -> Iterator[Leak]:
    """Yield what stands in texts, such as the cells of a row by the names of their columns."""
    for name, text in texts.items():
        for one in finder.find_in_text(text):
            yield Leak(shown, name, one.kind.value, one.place)


def _read(path: Path, shown: str = "") -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{shown or path.name}: cannot be read: {error.strerror}") from error


def _of_sidecar(path: Path) -> Iterable[Identifier]:
    """Return the values of a JSON file; of tables and notes nothing, since outputs share their words."""
    if path.suffix.casefold() != ".json":
        return []
    try:
        document = json.loads(_read(path)[:_MOST_TEXT].decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return []
    return list(_of_json(document, ""))


def _of_json(value: object, key: str) -> Iterator[Identifier]:
    """Yield what stands in strings, and the numbers of people and devices, of which JSON may make numbers."""
    place = f"{_known(key)} of a JSON file"
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _of_json(member, str(name))
    elif isinstance(value, list):
        for member in value:
            yield from _of_json(member, key)
    elif isinstance(value, str) and _PERSON_KEY.search(key):
        yield from identifiers_of_name(value, place)
    elif isinstance(value, str):
        personal = is_personal(key, value)
        yield from (replace(one, personal=one.personal or personal) for one in identifiers_in_text(value, place))
    elif isinstance(value, int) and not isinstance(value, bool) and is_personal(key, str(value)):
        yield Identifier(Kind.NUMBER, place, str(value))


def _known(key: str) -> str:
    """Return a key if it is one of DICOM's; others might be names themselves."""
    from pydicom.datadict import tag_for_keyword

    return key if tag_for_keyword(key) is not None else "a value"
