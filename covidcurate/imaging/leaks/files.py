"""Collect identifiers of input files, and look for them in output files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from covidcurate.errors import UnreadableError
from covidcurate.imaging.describe import describe
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.imaging.leaks.content import contents_of
from covidcurate.imaging.leaks.identifiers import Identifier, Kind, identifiers_in_text, identifiers_of_dataset
from covidcurate.imaging.leaks.search import Finder

_SIDECARS = {".json", ".txt", ".csv", ".tsv", ".xml"}
_MOST_TEXT = 1 << 24
_ORDINARY = re.compile(
    r"(img|image|im|ct|cr|dx|mr|slice|scan|series|study|dicom|dcm|file|test|data|input|output|patient|case)?"
    r"[-_ ]?\d{0,5}",
    re.IGNORECASE,
)
"""Names of files that thousands have."""
_MANY_DIGITS = 6


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
        for place, texts in describe(path, show_phi=True).hidden.items():
            for text in texts:
                found += identifiers_in_text(text, place)
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
        if one.kind is Kind.DATE or digits >= _MANY_DIGITS or (one.kind is Kind.NAME and one.value.istitle()):
            yield replace(one, personal=True)


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
    for one in finder.find_in_text(shown):
        yield Leak("(a file)", "its name", one.kind.value, one.place)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {error.strerror}") from error
    yield from find_leaks_in_bytes(data, finder, shown)


def find_leaks_in_bytes(data: bytes, finder: Finder, shown: str) -> Iterator[Leak]:
    """Yield what stands in the bytes of a file, packed or not."""
    for part in contents_of(data):
        for place, one in finder.find(part.data, part.sort):
            yield Leak(shown, f"{part.place} {part.start + place}", one.kind.value, one.place)


def find_leaks_in_texts(texts: Mapping[str, str], finder: Finder, shown: str) -> Iterator[Leak]:
    """Yield what stands in texts, such as the cells of a row by the names of their columns."""
    for name, text in texts.items():
        for one in finder.find_in_text(text):
            yield Leak(shown, name, one.kind.value, one.place)


def _of_sidecar(path: Path) -> Iterable[Identifier]:
    """Return the values of a JSON file, or the cells and lines of another text."""
    try:
        data = path.read_bytes()[:_MOST_TEXT].decode("utf-8", "replace")
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {error.strerror}") from error
    if path.suffix.casefold() != ".json":
        return []
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return []
    return list(_of_json(document, ""))


def _of_json(value: object, key: str) -> Iterator[Identifier]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _of_json(member, str(name))
    elif isinstance(value, list):
        for member in value:
            yield from _of_json(member, key)
    elif isinstance(value, str):
        yield from identifiers_in_text(value, f"{key} of a JSON file")
