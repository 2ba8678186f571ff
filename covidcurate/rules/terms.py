"""Rules on licenses that do not go together: on one page, in one dataset, with what became of the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from covidcurate.licenses import LicenseBook, cannot_be_mixed, family_of
from covidcurate.model import Severity
from covidcurate.rules.columns import counts_of
from covidcurate.rules.derived import OF_ONE_PAGE
from covidcurate.rules.licenses import book_of
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import TableView
from covidcurate.spec import License, Permission, Specification

_PART = re.compile(r"(.+)[-_. ]([a-z])\d?\.\w+", re.IGNORECASE)
"""A name that ends as the parts of a figure do: ``fig1-a.png``, ``002_b2.jpg``."""
_NOTES = ("clinical_notes", "other_notes")
_CONVERTED = (".nii", ".nii.gz")


@rule(
    "LICENSE-CONFLICT",
    Severity.WARNING,
    Scope.TABLE,
    columns=(*OF_ONE_PAGE, "filename", "page of url", *(f"license of {column}" for column in _NOTES)),
    remedy="Look at the page and correct the license that is wrong.",
)
def check_conflict(view: TableView, specification: Specification) -> Iterator[Finding]:
    """Two licenses are stated for one image, or for the images of one page.

    Who publishes a page mostly puts all of it under one license, and notes that name a license mean the image's. So
    one of the two is a slip, and the stricter one may hold. A license and the same without its version are no
    conflict.
    """
    book = book_of(specification)
    for column in _NOTES:
        yield from _against_notes(view, column, book, specification.licenses)
    wordings = view.column("license")
    for rows in view.groups_that_differ("page of url", OF_ONE_PAGE).values():
        firsts: dict[str, int] = {}
        for row in rows:
            license_ = book.resolve(wordings[row])
            if license_ is not None:
                firsts.setdefault(family_of(license_), row)
        if len(firsts) > 1:
            first, second = list(firsts.values())[:2]
            message = (
                f"{view.column('url')[second]} is {wordings[second]!r} here and {wordings[first]!r} in line "
                f"{view.lines[first]}"
            )
            yield view.finding(second, "license", message, view.lines[first])


@rule(
    "LICENSE-MIX",
    Severity.INFO,
    Scope.TABLE,
    columns=("license",),
    remedy="Nothing to do for a collection; whoever makes one work of the images leaves one side out.",
)
def check_mix(view: TableView, specification: Specification) -> Iterator[Finding]:
    """The table holds images that cannot go into one adapted work.

    Two licenses each ask that what is made is under themselves alone (share-alike), or one asks that and lets it be
    sold, which another forbids. Side by side in a collection they may stand. Images that may not be changed go into
    no such work at all; see LICENSE-NODERIVATIVES.
    """
    book = book_of(specification)
    counts: Counter[str] = Counter()
    terms: dict[str, License] = {}
    for wording, count in counts_of(view.column("license")).items():
        license_ = book.resolve(wording)
        if license_ is not None:
            counts[license_.id] += count
            terms[license_.id] = license_
    pairs = list(cannot_be_mixed(terms.values()))
    if pairs:
        shown = "; ".join(f"{one} ({counts[one]}) with {other} ({counts[other]})" for one, other in pairs[:3])
        more = f" and {len(pairs) - 3} more pairs" if len(pairs) > 3 else ""
        yield Finding(f"images cannot go into one adapted work: {shown}{more}", column="license")


@rule(
    "LICENSE-CHANGED",
    Severity.WARNING,
    Scope.TABLE,
    columns=("license", "url", "filename"),
    remedy="Take the file as its source published it, or leave it out; the holder of the rights may allow more.",
)
def check_changed(view: TableView, specification: Specification) -> Iterator[Finding]:
    """An image whose license forbids changes seems to be changed.

    Parts of one figure are cut from it (their names end in -a, -b, ...), and a NIfTI file is made of something else.
    NoDerivatives allows neither to be handed on. What names cannot tell, such as another format or size, only the
    source can.
    """
    book = book_of(specification)
    names, wordings = view.column("filename"), view.column("license")
    if not any(_forbids(book, wording) for wording in counts_of(wordings)):
        return
    figures: dict[tuple[str, str], list[int]] = {}
    for row, (name, wording, url) in enumerate(zip(names, wordings, view.column("url"), strict=True)):
        if not wording or not _forbids(book, wording):
            continue
        part = _PART.fullmatch(name)
        if part is not None:
            figures.setdefault((url, part[1]), []).append(row)
        elif name.casefold().endswith(_CONVERTED):
            message = f"{name} is NIfTI, which is made of something else, and {wording} forbids that"
            yield view.finding(row, "filename", message)
    for (_, figure), rows in figures.items():
        if len(rows) > 1:
            message = (
                f"{len(rows)} files seem to be cut from one figure ({figure}), and {wordings[rows[0]]} forbids that"
            )
            yield view.finding(rows[0], "filename", message, view.lines[rows[1]])


def _against_notes(view: TableView, column: str, book: LicenseBook, licenses: Sequence[License]) -> Iterator[Finding]:
    """Hold the license of each row against the one that its notes name."""
    numbers = view.numbers(f"license of {column}")
    if not any(numbers):
        return
    for row, (number, wording) in enumerate(zip(numbers, view.column("license"), strict=True)):
        license_ = book.resolve(wording) if number else None
        if license_ is not None and family_of(license_) != family_of(licenses[number - 1]):
            message = f"{column} names {licenses[number - 1].id}, the license is {wording!r}"
            yield view.finding(row, "license", message)


def _forbids(book: LicenseBook, wording: str) -> bool:
    license_ = book.resolve(wording)
    return license_ is not None and license_.derivatives is Permission.NO
