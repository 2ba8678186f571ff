"""DOIs in the addresses of articles: whether an address is that of the article whose DOI a row has."""

from __future__ import annotations

import re
from urllib.parse import unquote

from covidcurate.rules.values import DOI

_IN_ADDRESS = re.compile(r"(?<=[/=:])10\.\d{4,9}/[^\s?#&]+")
_SHAPE = re.compile(r"[/=:]\d\d\.\d{4,9}/")
"""What such an address has, whatever its digits are."""
_GOES_ON = re.compile(r"\Z|[^0-9a-z]|v\d")
"""What follows a DOI in an address: ``/full``, ``.pdf``, the version of a preprint."""


def may_name_doi(url: str) -> bool:
    """Whether an address, or one that differs from it in digits alone, may name a DOI."""
    # What is escaped depends on digits, too.
    return "%" in url or _SHAPE.search(url) is not None


def doi_of_address(url: str) -> str:
    """Return the DOI that an address names, with what follows it in its path; blank if there is none."""
    found = _IN_ADDRESS.search(unquote(url))
    return found[0] if found else ""


def names_other_article(url: str, doi: str) -> bool:
    """Whether an address names a DOI that is not the one of a cell; False where one of them has none.

    The DOI of a figure or a supplement goes on where that of its article ends, and is of the same article.
    """
    named, found = doi_of_address(url).casefold(), DOI.search(doi.casefold())
    if not named or not found:
        return False
    short, long = sorted((named, found[0]), key=len)
    return not (long.startswith(short) and _GOES_ON.match(long, len(short)))
