"""Find which of a million rows belong together, by the hashes of their texts; `columns.py` asks for it."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.int64]

_RUN = 4096
_PARTS = 16
"""In so many parts the rows are sorted, so that what is sorted takes little memory."""
_ODD = np.int64(0x1E3779B97F4A7C15)


@runtime_checkable
class Hashed(Protocol):
    """What knows its own hashes."""

    def hash_runs(self) -> Iterator[Hashes]:
        """Yield the hash of each, in order, some thousands at a time."""


def hash_runs(things: Sequence[Hashable] | Hashed) -> Iterator[Hashes]:
    """Yield the hash of each thing, in order, some at a time, so that they take little memory."""
    if isinstance(things, Hashed):
        yield from things.hash_runs()
        return
    for start in range(0, len(things), _RUN):
        run = things[start : start + _RUN]
        yield np.asarray(run, np.int64) if isinstance(run, array) else np.fromiter(map(hash, run), np.int64)


def hashes_of(things: Sequence[Hashable]) -> Hashes:
    """Return the hash of each thing, in order."""
    if isinstance(things, array):
        return np.asarray(things, np.int64)
    hashes, start = np.empty(len(things), np.int64), 0
    for run in hash_runs(things):
        hashes[start : start + len(run)] = run
        start += len(run)
    return hashes


def rows_that_differ(keys: Sequence[Hashable], values: Sequence[Sequence[Hashable]]) -> list[int]:
    """Return the rows whose key comes with more than one combination of values, in order; see ``columns.py``."""
    by, told = hashes_of(keys), _told_by(values)
    # Rows that belong together mostly stand together; of each run the first is enough.
    counts = by != 0
    counts[1:] &= (by[1:] != by[:-1]) | (told[1:] != told[:-1])
    parts = by.view(np.uint8)[:: by.itemsize] % _PARTS
    found = [np.empty(0, np.int64)]
    for part in range(_PARTS):
        some = np.flatnonzero(counts & (parts == part))
        differing = _differing(by[some], told[some])
        if len(differing):
            of_part = np.flatnonzero(parts == part)
            found.append(of_part[np.isin(by[of_part], differing)])
    rows: list[int] = np.sort(np.concatenate(found)).tolist()
    return rows


def _told_by(values: Sequence[Sequence[Hashable]]) -> NDArray[np.uint32]:
    """Return one number for the combination of values of each row."""
    told = np.zeros(len(values[0]), np.uint32)
    for column in values:
        start = 0
        for hashes in hash_runs(column):
            run = told[start : start + len(hashes)]
            mixed = (hashes ^ run) * _ODD
            run[:] = mixed >> 32
            start += len(hashes)
    return told


def _differing(keys: Hashes, told: NDArray[np.uint32]) -> Hashes:
    """Return the keys that come with more than one number."""
    order = np.argsort(keys, kind="stable")
    keys, told = keys[order], told[order]
    twice: Hashes = keys[1:][(keys[1:] == keys[:-1]) & (told[1:] != told[:-1])]
    return twice


def hashes_that_repeat(things: Iterable[Hashable], count: int) -> set[int]:
    """Return the hashes that occur more than once among those of so many things."""
    ordered = np.fromiter(map(hash, things), np.int64, count)
    ordered.sort()
    return set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())


def count_different(numbers: Sequence[int]) -> int:
    """Return how many different numbers there are."""
    ordered = np.sort(hashes_of(numbers))
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + (len(ordered) > 0)
