"""Which licenses go into one adapted work: the table of Creative Commons, by hand."""

from __future__ import annotations

import pytest

from covidcurate.licenses import LicenseBook, cannot_be_mixed
from covidcurate.spec import load_specification

BOOK = LicenseBook(load_specification())


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("CC BY-SA 4.0", "CC BY-NC-SA 4.0", True),
        ("CC BY-SA 4.0", "CC BY-NC 4.0", True),
        ("CC BY-NC 4.0", "CC BY-SA 4.0", True),
        ("CC BY-NC-SA 4.0", "CC BY-NC 4.0", False),
        ("CC BY-NC-SA 4.0", "CC BY-NC-SA 3.0", False),
        ("CC BY-NC-SA 4.0", "CC BY-NC-SA", False),
        ("CC BY-SA 4.0", "CC BY 4.0", False),
        ("CC BY-SA 4.0", "CC0", False),
        ("CC BY-NC 4.0", "CC BY 4.0", False),
        # What forbids changes goes into no such work, so it is no question of pairs.
        ("CC BY-NC-ND 4.0", "CC BY-SA 4.0", False),
        ("CC BY-NC-ND 4.0", "CC BY 4.0", False),
    ],
)
def test_pairs(one: str, other: str, apart: bool) -> None:
    licenses = [license_ for wording in (one, other) if (license_ := BOOK.resolve(wording))]
    assert len(licenses) == 2
    assert bool(list(cannot_be_mixed(licenses))) is apart
