"""What rules need of long texts without keeping them: a number made of each cell while the table streams by."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import unquote

from covidcurate.spec import Specification

_NO_PLACE = re.compile(r"(?:lang|utm_\w+|fbclid|gclid)(?:=|\Z)", re.IGNORECASE)
"""Parts of a query that lead to the same page with and without them."""
OF_ONE_PAGE = ("url", "patientid", "license")
"""What the rows of one page mostly agree in; looked for once, for the rules on each of them."""
TELLING = 80
"""Characters from which on equal notes are no chance."""

Derive = Callable[[Iterable[str]], Iterator[int]]


def _digests(_: Specification) -> Derive:
    """Make a digest of each long text; 0 of one that is too short to tell anything."""

    def derive(cells: Iterable[str]) -> Iterator[int]:
        return (hash(cell) if len(cell) >= TELLING else 0 for cell in cells)

    return derive


def _cases(specification: Specification) -> Derive:
    """Make the number of the case that a credit names; 0 where it names none."""
    patterns = [re.compile(source.credit) for source in specification.sources if source.credit]

    def number(cell: str) -> int:
        match = next(filter(None, (pattern.search(cell) for pattern in patterns)), None)
        return int(match[1][-18:]) if match else 0

    def derive(cells: Iterable[str]) -> Iterator[int]:
        # Credits mostly stand in runs, and most cells are blank.
        known = {cell: number(cell) if cell else 0 for cell in dict.fromkeys(cells)}
        return map(known.__getitem__, cells)

    return derive


def _pages(_: Specification) -> Derive:
    """Make a number of the page that an address leads to; 0 where there is none."""

    def derive(cells: Iterable[str]) -> Iterator[int]:
        before, page = "", 0
        for cell in cells:
            if cell != before:
                # Images of one page mostly stand together.
                before, page = cell, hash(page_of(cell)) if cell else 0
            yield page

    return derive


def page_of(url: str) -> str:
    """Return what all addresses of one page have in common: host without ``www``, path, and the query that counts."""
    rest = url.strip().partition("://")[2]
    if not rest:
        return url
    rest, query = rest.partition("#")[0], ""
    if "?" in rest:
        rest, _, query = rest.partition("?")
        query = "&".join(part for part in query.split("&") if part and _NO_PLACE.match(part) is None)
    host, _, path = rest.partition("/")
    return f"{host.lower().removeprefix('www.')}/{unquote(path).rstrip('/')}?{query}"


DERIVED: dict[str, tuple[str, Callable[[Specification], Derive]]] = {
    "digest of clinical_notes": ("clinical_notes", _digests),
    "case of other_notes": ("other_notes", _cases),
    "page of url": ("url", _pages),
}
"""What can be asked for, each with the column it is made of."""


class NumberColumn:
    """Numbers made of the cells of one column, row by row, 8 bytes each."""

    def __init__(self, derive: Derive) -> None:
        self._derive = derive
        self._numbers = array("q")
        self._blank = 0

    def extend(self, cells: Sequence[str]) -> None:
        """Add the numbers of some cells."""
        numbers = array("q", self._derive(cells))
        if self._numbers or any(numbers):
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
