"""Rules on the license of an image."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from operator import itemgetter
from weakref import WeakKeyDictionary

from covidcurate.licenses import LicenseBook, family_of
from covidcurate.model import Fix, Severity
from covidcurate.rules.columns import Prefix, rows_by_pair
from covidcurate.rules.memory import remember
from covidcurate.rules.registry import Finding, Scope, of_type, rule
from covidcurate.rules.view import TableView
from covidcurate.spec import Column, ColumnType, Permission, Specification

_IS_LICENSE = of_type(ColumnType.LICENSE)
_REMEMBERED = 4096
"""Addresses that are not asked for twice, where hosts do not tell the source."""
_HOST = Prefix("/", after=len("https://"))
"""What stands before the path of an address; a scheme has eight characters at most."""
_BOOKS: WeakKeyDictionary[Specification, LicenseBook] = WeakKeyDictionary()


def book_of(specification: Specification) -> LicenseBook:
    """Return the licenses of a specification, made once."""
    if specification not in _BOOKS:
        _BOOKS[specification] = LicenseBook(specification)
    return _BOOKS[specification]


@rule(
    "LICENSE-BLANK",
    Severity.WARNING,
    Scope.CELL,
    applies=_IS_LICENSE,
    remedy="Enter the license in the words of the source, or ask the authors.",
)
def check_blank(text: str, _: Column, __: Specification) -> Iterator[Finding]:
    """The license is blank.

    Without one nobody may hand the image on, so it falls out of every release.
    """
    if not text.strip():
        yield Finding("the license is blank")


@rule(
    "LICENSE-UNKNOWN",
    Severity.ERROR,
    Scope.CELL,
    applies=_IS_LICENSE,
    remedy="Correct the spelling, or add the license to covidcurate.toml as a [[license]].",
)
def check_known(text: str, _: Column, specification: Specification) -> Iterator[Finding]:
    """A license is not in the list.

    What it allows is not known, so nothing is allowed.
    """
    book = book_of(specification)
    if text.strip() and book.resolve(text) is None:
        close = book.suggest(text)
        yield Finding(f"{text!r} is not a license of the specification", f"Did you mean {close!r}?" if close else "")


@rule("LICENSE-FORM", Severity.INFO, Scope.CELL, applies=_IS_LICENSE, remedy="Write it as the specification has it.")
def check_form(text: str, _: Column, specification: Specification) -> Iterator[Finding]:
    """A license is not written as the specification has it.

    It is understood here, but each spelling is a license of its own to programs that count or select by it.
    """
    spelling, same_words = book_of(specification).spelling_of(text)
    if spelling != text.strip():
        fix = Fix(spelling, "" if same_words else "these may be the words of the source")
        yield Finding(f"{text.strip()!r} is {spelling!r} in the specification", f"Write {spelling!r}.", fix=fix)


@rule(
    "LICENSE-ALLOWED",
    Severity.ERROR,
    Scope.CELL,
    applies=_IS_LICENSE,
    remedy="Leave the image out, or add its license to [licenses] allowed in covidcurate.toml.",
)
def check_allowed(text: str, _: Column, specification: Specification) -> Iterator[Finding]:
    """The dataset does not take this license.

    Its covidcurate.toml lists those that it takes.
    """
    license_ = book_of(specification).resolve(text)
    if license_ and specification.allowed_licenses and license_.id not in specification.allowed_licenses:
        yield Finding(f"{text.strip()!r} ({license_.id}) is not a license that this dataset takes")


@rule(
    "LICENSE-VERSION",
    Severity.INFO,
    Scope.CELL,
    applies=_IS_LICENSE,
    remedy="Look at the source and add the version, as in CC BY-NC-SA 4.0.",
)
def check_version(text: str, _: Column, specification: Specification) -> Iterator[Finding]:
    """A license is named without its version.

    The terms of versions differ, and no SPDX identifier fits.
    """
    license_ = book_of(specification).resolve(text)
    if license_ and not license_.version_known:
        yield Finding(f"{text.strip()!r} leaves the exact terms open; it is recorded as {license_.id}")


@rule(
    "LICENSE-NODERIVATIVES",
    Severity.INFO,
    Scope.CELL,
    applies=_IS_LICENSE,
    remedy="Keep the file as its source published it: no crop, no conversion.",
)
def check_derivatives(text: str, _: Column, specification: Specification) -> Iterator[Finding]:
    """The license forbids to hand on a changed image.

    A crop or conversion of it may not be published.
    """
    license_ = book_of(specification).resolve(text)
    if license_ and license_.derivatives is Permission.NO:
        yield Finding(f"{text.strip()!r} allows no changed copies")


@rule(
    "LICENSE-SOURCE",
    Severity.WARNING,
    Scope.TABLE,
    columns=("license", "url", "filename"),
    remedy="Look at the page and correct the license.",
)
def check_source(view: TableView, specification: Specification) -> Iterator[Finding]:
    """A license is not the one that its source is known for.

    One of the two is a slip, and the stricter one may hold.
    """
    book = book_of(specification)
    urls, names = view.column("url"), view.column("filename")
    against_source = lru_cache(_REMEMBERED)(partial(_against_source, book))
    fine: set[tuple[str, str]] = set()
    found: list[tuple[int, Finding]] = []
    for rows, url, wording in rows_by_pair(urls, view.column("license"), _HOST):
        pair = (_HOST(url), wording)
        if pair in fine:
            continue
        told = book.is_told_by_host(url)
        judged = ((row, against_source(url if told else urls[row], wording)) for row in rows)
        wrong = [(row, finding) for row, finding in judged if finding is not None]
        found.extend(wrong)
        if told and not wrong:
            remember(fine, pair)
    for row, finding in sorted(found, key=itemgetter(0)):
        yield finding._replace(line=view.lines[row], key=names[row])


def _against_source(book: LicenseBook, url: str, wording: str) -> Finding | None:
    """Hold the license of a row against those that are known of the source of its address."""
    place, license_ = book.expected_for(url), book.resolve(wording)
    if place is None or license_ is None or not place[1]:
        return None
    source, expected = place
    if family_of(license_) not in {family_of(one) for one in expected}:
        said = " or ".join(one.id for one in expected)
        return Finding(f"images of {source.name} are {said}, not {license_.id}", column="license", value=wording)
    if len(expected) > 1:
        said = " and as ".join(one.id for one in expected)
        remedy = "A person has to decide; ask the source."
        return Finding(f"images of {source.name} are described as {said}", remedy, Severity.INFO, "license", wording)
    return None
