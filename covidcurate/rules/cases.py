"""Rules on cases that came in twice: one case under several patient ids, one page under several addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from covidcurate.model import Severity
from covidcurate.rules.columns import keys_that_differ
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import TableView
from covidcurate.spec import Specification

_FEW = 20
"""Patients that one text may have and still mean one case; the words of a data release stand under more."""
_ADDRESS = re.compile(r"https?://(?:www\.)?([^/?#]+)([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)
_NO_PLACE = re.compile(r"(?:lang|utm_\w+|fbclid|gclid)(?:=|\Z)", re.IGNORECASE)
"""Parts of a query that lead to the same page with and without them."""


@rule(
    "PATIENT-NOTES",
    Severity.WARNING,
    Scope.TABLE,
    columns=("patientid", "filename", "digest of clinical_notes"),
    remedy="Look whether it is one case that came in twice; then give its images one id, or remove the copies.",
)
def check_notes(view: TableView, _: Specification) -> Iterator[Finding]:
    """Long clinical notes stand word for word under two patients.

    Nobody writes the same paragraph about two people: one case came in twice, and a split can put it on both sides.
    Notes of 80 characters and more count, under up to twenty patients.
    """
    patients = view.column("patientid")
    for rows in view.rows_shared(view.numbers("digest of clinical_notes"), patients).values():
        ids = _ids(patients, rows)
        if len(ids) <= _FEW:
            yield _several(view, rows, ids, "clinical_notes", "the same notes stand under patients")


@rule(
    "PATIENT-CASE",
    Severity.WARNING,
    Scope.TABLE,
    columns=("patientid", "filename", "case of other_notes"),
    remedy="Look the case up: give its images one id, or correct the credit.",
)
def check_case(view: TableView, _: Specification) -> Iterator[Finding]:
    """The credit names one case for several patients.

    A case of Radiopaedia (its rID) is one person's. Either that person has several ids, or a credit was copied from
    another row, and the wrong author is thanked.
    """
    patients, cases = view.column("patientid"), view.numbers("case of other_notes")
    for case, rows in view.rows_shared(cases, patients).items():
        yield _several(view, rows, _ids(patients, rows), "other_notes", f"case {case} is credited under patients")


@rule(
    "URL-SPELLING",
    Severity.INFO,
    Scope.TABLE,
    columns=("patientid", "url", "filename"),
    remedy="Write all addresses of one page alike.",
)
def check_spelling(view: TableView, _: Specification) -> Iterator[Finding]:
    """One page stands under two addresses.

    ``http`` or ``https``, ``www``, a slash at the end or ``?lang=us`` make no other page; but a program that looks
    whether a case is there already does not find it. It weighs more where its patient has another id.
    """
    urls, patients = view.column("url"), view.column("patientid")
    alike = keys_that_differ(map(_outline, urls), urls)
    firsts: dict[str, tuple[int, str, str]] = {}
    for row, (url, patient) in enumerate(zip(urls, patients, strict=True)) if alike else ():
        if not url or hash(_outline(url)) not in alike:
            continue
        first, usual, owner = firsts.setdefault(_page(url), (row, url, patient))
        if url != usual:
            other = f", of patient {owner} there and {patient} here" if owner != patient else ""
            message = f"{url} is the page of line {view.lines[first]}, written otherwise{other}"
            finding = _on(view, row, "url", message, view.lines[first])
            weight = Severity.WARNING if other else None
            yield finding._replace(remedy=f"Write {usual}", severity=weight, value=url)


def _outline(url: str) -> str:
    """Return quickly what two addresses of one page have in common for certain; others may have it in common too."""
    _, _, rest = url.partition("://")
    return rest.partition("?")[0].partition("#")[0].removeprefix("www.").rstrip("/").lower()


def _page(url: str) -> str:
    """Return what two addresses of one page have in common; the address itself where it is none."""
    match = _ADDRESS.match(url)
    if match is None:
        return url
    host, path, query = match[1].casefold(), unquote(match[2]).rstrip("/"), match[3] or ""
    kept = [part for part in query.split("&") if part and _NO_PLACE.match(part) is None]
    return f"{host}{path}?{'&'.join(kept)}"


def _ids(patients: Sequence[str], rows: list[int]) -> dict[str, int]:
    """Return the patients of rows, each with its first row."""
    ids: dict[str, int] = {}
    for row in rows:
        ids.setdefault(patients[row], row)
    return ids


def _several(view: TableView, rows: list[int], ids: dict[str, int], column: str, words: str) -> Finding:
    first, second = list(ids.values())[:2]
    shown = ", ".join(list(ids)[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
    return _on(view, second, column, f"{words} {shown} ({len(rows)} images)", view.lines[first])


def _on(view: TableView, row: int, column: str, message: str, related: int) -> Finding:
    key = view.column("filename")[row]
    return Finding(message, column=column, line=view.lines[row], related_line=related, key=key)
