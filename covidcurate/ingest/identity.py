"""Look whether somebody's identity, as the headers of a candidate have it, stands in what would enter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from covidcurate.errors import PolicyError
from covidcurate.imaging import FileType
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.leaks import Identifier, identifiers_of_dataset
from covidcurate.imaging.leaks.files import Leak, find_leaks_in_bytes, find_leaks_in_texts
from covidcurate.imaging.leaks.identifiers import only_personal
from covidcurate.imaging.leaks.search import Finder
from covidcurate.ingest.candidates import Candidate


def require_no_identity(candidate: Candidate, source: FileType, cells: Mapping[str, str]) -> None:
    """Look for every identity of a candidate's headers in cells that a person wrote.

    Raises
    ------
    PolicyError
        One stands there.
    """
    if source is FileType.DICOM:
        _require_not_in(cells, _identifiers(candidate), ())


def require_no_leak(candidate: Candidate, data: bytes) -> list[Identifier]:
    """Look for every identity of the headers in the bytes that would enter, and in the values and the name.

    Returns
    -------
    list[Identifier]
        All of them.

    Raises
    ------
    PolicyError
        One stands there.
    """
    identifiers = _identifiers(candidate)
    texts = {column: value.text for column, value in candidate.values.items()} | {"filename": candidate.name}
    _require_not_in(texts, identifiers, find_leaks_in_bytes(data, Finder(identifiers), "its pixels"))
    return identifiers


def _identifiers(candidate: Candidate) -> list[Identifier]:
    ends = {candidate.files[0], candidate.files[-1]}
    return [one for path in sorted(ends) for one in identifiers_of_dataset(read_dicom(path))]


def _require_not_in(texts: Mapping[str, str], identifiers: list[Identifier], leaks: Iterable[Leak]) -> None:
    # Ages, sexes and codes are no identity; a date that is offered for the row is its author's decision.
    shown = {column: text for column, text in texts.items() if column != "date"}
    for leak in (*leaks, *find_leaks_in_texts(shown, Finder(only_personal(identifiers)), "its row")):
        raise PolicyError(
            f"{leak.what} of the header ({leak.source}) stands in {leak.place}",
            remedy="Take it out of there; rename the file if it is the file name.",
        )
