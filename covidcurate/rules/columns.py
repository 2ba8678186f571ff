"""Rows of a table that belong together, are told apart or counted: of a short table by dictionaries, else by numpy."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from covidcurate.memory import give_memory_back
from covidcurate.rules.text_column import REMEMBERED, TextColumn

MANY = 50_000
"""Rows from which on numpy finds those that belong together: in a fifth of the time, and in less memory."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """What of a text stands before a mark, of one character, the first one after some others; or else all of it."""

    mark: str
    after: int

    def __call__(self, text: str) -> str:
        """Return it."""
        end = text.find(self.mark, self.after)
        return text if end < 0 else text[:end]


def rows_that_differ(
    keys: Sequence[Hashable], *values: Sequence[Hashable], among: array[int] | None = None
) -> list[int]:
    """Return the rows whose key comes with more than one combination of values, in order; what is blank or 0 is no key.

    Of a long table hashes are compared, so that one difference in four billions is overlooked.

    Parameters
    ----------
    among
        Rows with a 0 in it do not count; all do by default.
    """
    if len(keys) >= MANY:
        from covidcurate.rules import hashes  # numpy takes longer to load than a short table to be looked through

        rows = hashes.rows_that_differ(keys, values, among)
        # Some ten bytes for each row of the table, which the next rule may not find together.
        give_memory_back()
        return rows
    if among is not None:
        keys = [key if counts else 0 for key, counts in zip(keys, among, strict=True)]
    seen = dict[Hashable, tuple[Hashable, ...]]().setdefault
    told = zip(*values, strict=True)
    differing = {key for key, value in zip(keys, told, strict=True) if key and seen(key, value) != value}
    return [row for row, key in enumerate(keys) if key in differing] if differing else []


def rows_that_repeat(texts: Sequence[str], change: Callable[[str], str]) -> list[int]:
    """Return the rows whose text, changed, is that of another row too, in order; blank ones are none.

    Parameters
    ----------
    change
        Changes each character for itself, so that it may be asked for many texts at once, with NUL between them.
    """
    if len(texts) >= MANY:
        from covidcurate.rules import hashes

        return hashes.rows_that_repeat(texts, change)
    counts = Counter(map(change, texts))
    return [row for row, text in enumerate(texts) if text and counts[change(text)] > 1]


def rows_by_pair(one: Sequence[str], other: Sequence[str], prefix: Prefix) -> Iterator[tuple[list[int], str, str]]:
    """Yield rows that have one pair of texts, of the first its prefix alone, and the texts of one of them.

    The rows of a pair may come in several parts, each of them in order.
    """
    if len(one) >= MANY and isinstance(one, TextColumn) and isinstance(other, TextColumn):
        from covidcurate.rules import hashes

        yield from hashes.rows_by_pair(one, other, prefix)
        return
    rows: dict[tuple[str, str], list[int]] = {}
    for row, pair in enumerate(zip(map(prefix, one), other, strict=True)):
        rows.setdefault(pair, []).append(row)
    yield from ((some, one[some[0]], told) for (_, told), some in rows.items())


def counts_of(texts: Sequence[str]) -> Counter[str]:
    """Return how often each text stands in a column of few different ones."""
    return texts.counts() if len(texts) >= MANY and isinstance(texts, TextColumn) else Counter(texts)


def numbers_of(texts: Sequence[str], number: Callable[[str], int]) -> array[int]:
    """Return a number below 2^63 of each text: ``number`` tells it, of digits alone that which they are."""
    if len(texts) >= MANY and isinstance(texts, TextColumn):
        from covidcurate.rules import hashes

        return hashes.numbers_of(texts, number)
    return array("q", map(number, texts))


def steps_back(numbers: array[int]) -> list[int]:
    """Return the places of numbers above 0 that are smaller than the one before."""
    if len(numbers) >= MANY:
        from covidcurate.rules import hashes

        return hashes.steps_back(numbers)
    return [at for at, (before, number) in enumerate(pairwise(numbers), start=1) if 0 < number < before]


def rows_where(texts: Sequence[str], test: Callable[[str], bool]) -> Iterator[int]:
    """Yield the rows whose text passes a test, which is asked for each text about once."""
    if isinstance(texts, TextColumn) and len(texts) >= MANY:
        return texts.rows_where(test)
    known = lru_cache(REMEMBERED)(test)
    return (row for row, text in enumerate(texts) if known(text))


def numbers_of_pairs(number: Callable[[str, str], int], one: Sequence[str], other: Sequence[str]) -> array[int]:
    """Return a number below 2^31 for the two texts of each row, worked out once for each pair of texts."""
    if len(one) >= MANY:
        from covidcurate.rules import hashes

        return hashes.numbers_of_pairs(number, one, other)
    known = cache(number)
    return array("i", map(known, one, other))


def count_gaps(numbers: array[int]) -> int:
    """Return how many numbers between the lowest above 0 and the highest are not there; none is below 0."""
    if len(numbers) >= MANY:
        from covidcurate.rules import hashes

        return hashes.count_gaps(numbers)
    different = set(numbers) - {0}
    return max(different) - min(different) + 1 - len(different) if different else 0
