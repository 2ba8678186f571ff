"""What rules need of long texts without keeping them: a number made of each cell while the table streams by."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from covidcurate.licenses import LicenseBook, family_of
from covidcurate.rules.articles import may_name_doi, names_other_article
from covidcurate.rules.cells import Cells, rows_with
from covidcurate.rules.pages import Pages
from covidcurate.rules.patterns import is_digit_blind
from covidcurate.spec import Specification

if TYPE_CHECKING:
    from covidcurate.rules.page_numbers import PageNumbers

OF_ONE_PAGE = ("url", "patientid", "license")
"""What the rows of one page mostly agree in; looked for once, for the rules on each of them."""
TELLING = 80
"""Characters from which on equal notes are no chance."""

_SAID = re.compile(
    r"\bCC[- ]?(?:BY(?:[- ](?:NC|SA|ND)){0,2}|0)(?:[- ][1-4]\.[05])?(?![\w-])"
    r"|creativecommons\.org/(?:licenses|publicdomain)/(by(?:-nc)?(?:-sa|-nd)?|zero)/([1-4]\.[05])?"
)
"""A license that a text names; in capitals, since cc are cubic centimeters too."""

Derive = Callable[..., "array[int]"]
"""Make a number below 2^63 of the cells of each row; there is one argument for each column, all with as many rows."""


def _digests(_: Specification) -> Derive:
    """Make a digest of each long text; 0 of one that is too short to tell anything."""

    def derive(cells: Cells) -> array[int]:
        return array("q", cells.digests(TELLING))

    return derive


def _cases(specification: Specification) -> Derive:
    """Make the number of the case that a credit names; 0 where it names none."""
    patterns = [re.compile(source.credit) for source in specification.sources if source.credit]

    def find(cell: str) -> re.Match[str] | None:
        return next(filter(None, (pattern.search(cell) for pattern in patterns)), None) if cell else None

    def number(cell: str) -> int:
        match = find(cell)
        # The pattern of a dataset may find a word, or leave its group out.
        return int(match[1][-18:]) if match and match[1] and match[1].isdecimal() else 0

    if not all(map(is_digit_blind, patterns)):
        return partial(Cells.numbers, number=number)
    with_case = bytearray()

    def derive(cells: Cells) -> array[int]:
        # Most credits are of other sites. Of a shape with a case the sample may be number 0, and others not.
        return _numbers_at(_rows_where(cells, lambda cell: find(cell) is not None, with_case), cells, number)

    return derive


def _licenses(specification: Specification) -> Derive:
    """Make the place, from 1, of the license in the specification that a text names; 0 where it is not just one."""
    book = LicenseBook(specification)
    numbers = {license_.id: number for number, license_ in enumerate(specification.licenses, start=1)}

    def number(cell: str) -> int:
        # An address is read as the words for it: by-nc/4.0 as CC BY-NC 4.0.
        wordings = [f"CC {match[1]} {match[2] or ''}" if match[1] else match[0] for match in _SAID.finditer(cell)]
        named = [book.resolve(wording.replace("CC zero", "CC0")) for wording in wordings]
        known = [license_ for license_ in named if license_ is not None]
        alike = len(known) == len(named) > 0 and len(set(map(family_of, known))) == 1
        return numbers[known[0].id] if alike else 0

    def derive(cells: Cells) -> array[int]:
        # Hardly any text names a license.
        rows = {row for mark in ("CC", "creativecommons.org/") for row in cells.marked(mark)}
        return _numbers_at(rows, cells, number)

    return derive


def _pages(specification: Specification) -> Derive:
    """Make a number of the page that an address leads to; 0 where there is none."""
    page_of = Pages({source.host: re.compile(source.case) for source in specification.sources if source.case})
    numbering: list[PageNumbers] = []

    def derive(cells: Cells) -> array[int]:
        if not cells.of_large:
            return cells.numbers(lambda cell: hash(page_of(cell)) if cell else 0)
        if not numbering:
            from covidcurate.rules.page_numbers import PageNumbers  # it needs numpy

            numbering.append(PageNumbers(page_of))
        return numbering[0].numbers(cells)

    return derive


def _without_origin(_: Specification) -> Derive:
    """Make a 1 of each row whose cells are all blank, a 0 of others."""

    def derive(first: Cells, *others: Cells) -> array[int]:
        rows = [row for row in first.blank if not any(cells.text(row).strip() for cells in others)]
        return _numbers_at(rows, first, lambda _: 1)

    return derive


def _of_other_article(_: Specification) -> Derive:
    """Make a 1 of each row whose address names another DOI than the row has, a 0 of others."""
    with_doi = bytearray()

    def derive(urls: Cells, dois: Cells) -> array[int]:
        rows = _rows_where(urls, may_name_doi, with_doi)
        return _numbers_at(
            (row for row in rows if names_other_article(urls.text(row), dois.text(row))), urls, lambda _: 1
        )

    return derive


def _rows_where(cells: Cells, test: Callable[[str], bool], shapes: bytearray) -> Sequence[int]:
    """Return the rows whose text passes a test that treats all digits alike.

    Parameters
    ----------
    shapes
        Where it is remembered which shapes of a column pass; it is blank at first.
    """
    if cells.shapes is None:
        return [row for row, passes in enumerate(cells.numbers(test)) if passes]
    codes, samples = cells.shapes
    shapes.extend(map(test, samples[len(shapes) :]))
    return rows_with(codes, shapes)


def _numbers_at(rows: Iterable[int], cells: Cells, number: Callable[[str], int]) -> array[int]:
    """Return the numbers of the texts at some rows, and 0 for all others."""
    numbers = array("q", bytes(8 * len(cells)))
    for row in rows:
        numbers[row] = number(cells.text(row))
    return numbers


DERIVED: dict[str, tuple[tuple[str, ...], Callable[[Specification], Derive]]] = {
    "digest of clinical_notes": (("clinical_notes",), _digests),
    "case of other_notes": (("other_notes",), _cases),
    "license of clinical_notes": (("clinical_notes",), _licenses),
    "license of other_notes": (("other_notes",), _licenses),
    "page of url": (("url",), _pages),
    "lack of doi and url": (("url", "doi"), _without_origin),
    "other doi in url": (("url", "doi"), _of_other_article),
}
"""What can be asked for, each with the columns it is made of; those that a table lacks are blank throughout."""


class NumberColumn:
    """Numbers made of the cells of one column or several, row by row, 8 bytes each."""

    def __init__(self, derive: Derive) -> None:
        self._derive = derive
        self._numbers = array("q")
        self._blank = 0

    def extend(self, *columns: Cells) -> None:
        """Add the numbers of some rows, of each column the cells."""
        numbers = self._derive(*columns)
        if self._numbers or numbers.tobytes() != bytes(8 * len(numbers)):
            self._fill()
            self._numbers.extend(numbers)
        else:
            # A column of which nothing can be made, as of credits that name no case, takes no room.
            self._blank += len(numbers)

    @property
    def numbers(self) -> Sequence[int]:
        """All numbers so far; none at all if they are all 0."""
        return self._numbers

    def _fill(self) -> None:
        if self._blank:
            self._numbers.frombytes(bytes(8 * self._blank))
            self._blank = 0
