"""Rules on cases that came in twice: one case under several patient ids, one page under several addresses."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from covidcurate.model import Severity
from covidcurate.rules.derived import OF_ONE_PAGE
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import TableView
from covidcurate.spec import Specification
from covidcurate.words import counted

_FEW = 20
"""Patients that one text may have and still mean one case; the words of a data release stand under more."""


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
    for _key, rows, ids in _shared(view, "digest of clinical_notes"):
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
    for case, rows, ids in _shared(view, "case of other_notes"):
        yield _several(view, rows, ids, "other_notes", f"case {case} is credited under patients")


@rule(
    "URL-SPELLING",
    Severity.INFO,
    Scope.TABLE,
    columns=(*OF_ONE_PAGE, "filename", "page of url"),
    remedy="Write all addresses of one page alike.",
)
def check_spelling(view: TableView, _: Specification) -> Iterator[Finding]:
    """One page stands under two addresses.

    ``http`` or ``https``, ``www``, a slash at the end or ``?lang=us`` make no other page, and neither does what stands
    around the number or name of a case on a site whose addresses are known (``case`` in sources.toml); but a program
    that looks whether a case is there already does not find it. It weighs more where its patient has another id.
    """
    urls, patients = view.column("url"), view.column("patientid")
    for rows in view.groups_that_differ("page of url", OF_ONE_PAGE).values():
        first = rows[0]
        usual, owner = urls[first], patients[first]
        for row in rows:
            if urls[row] != usual:
                other = f", of patient {owner} there and {patients[row]} here" if patients[row] != owner else ""
                message = f"{urls[row]} is the page of line {view.lines[first]}, written otherwise{other}"
                finding = view.finding(row, "url", message, view.lines[first])
                weight = Severity.WARNING if other else None
                yield finding._replace(remedy=f"Write {usual}", severity=weight)


def _shared(view: TableView, name: str) -> Iterator[tuple[Hashable, list[int], dict[str, int]]]:
    """Yield what was derived of a column and several patients share, its rows, and each patient with its first row."""
    patients = view.column("patientid")
    for key, group in view.groups_that_differ(name, ("patientid",)).items():
        rows = [row for row in group if patients[row]]
        ids: dict[str, int] = {}
        for row in rows:
            ids.setdefault(patients[row], row)
        if len(ids) > 1:
            yield key, rows, ids


def _several(view: TableView, rows: list[int], ids: dict[str, int], column: str, words: str) -> Finding:
    first, second = list(ids.values())[:2]
    shown = ", ".join(list(ids)[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
    return view.finding(second, column, f"{words} {shown} ({counted(len(rows), 'image')})", view.lines[first], "")
