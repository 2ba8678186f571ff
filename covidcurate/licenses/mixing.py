"""Which licenses do not go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from covidcurate.licenses.resolve import family_of
from covidcurate.spec import License
from covidcurate.spec.licenses import Permission


def cannot_be_mixed(licenses: Iterable[License]) -> Iterator[tuple[str, str]]:
    """Yield pairs of licenses, by their ids, whose images cannot go into one work that is made of them.

    Each of the two asks that what is made is under itself alone; or one asks that and lets the work be sold, which the
    other forbids. Versions of one license are taken for one. A license that forbids changes is in no pair: its images
    go into no such work, whatever the others are.
    """
    changeable = [one for one in licenses if one.derivatives is not Permission.NO]
    for first, second in combinations(sorted(changeable, key=lambda one: one.id), 2):
        if family_of(first) != family_of(second) and (_shuts_out(first, second) or _shuts_out(second, first)):
            yield first.id, second.id


def _shuts_out(first: License, second: License) -> bool:
    """Whether a work under the first license, which it asks for, cannot hold what is under the second."""
    sold = first.commercial is Permission.YES and second.commercial is Permission.NO
    return first.share_alike and (second.share_alike or sold)
