"""Which licenses do not go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from covidcurate.licenses.resolve import family_of
from covidcurate.spec import License
from covidcurate.spec.licenses import Permission


def cannot_be_mixed(licenses: Iterable[License]) -> Iterator[tuple[str, str]]:
    """Yield pairs of licenses, by their ids, whose images cannot go into one work that is made of them.

    Each of the two asks that what is made is under itself alone; or one asks that, and the other forbids changes.
    Versions of one license are taken for one.
    """
    for first, second in combinations(sorted(licenses, key=lambda one: one.id), 2):
        no_changes = Permission.NO in (first.derivatives, second.derivatives)
        same = family_of(first) == family_of(second)
        if (not same and first.share_alike and second.share_alike) or (
            no_changes and (first.share_alike or second.share_alike)
        ):
            yield first.id, second.id
