"""Find which of a million rows belong together, by the hashes of their texts; `columns.py` asks for it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from covidcurate.rules.columns import Prefix
from covidcurate.rules.text_column import TextColumn
from covidcurate.table.joined import JoinedTexts
from covidcurate.table.keys import Keys, are_new, keys_of_texts, mixed

Hashes = NDArray[np.int64]

_RUN = 16384
_PARTS = 16
"""In so many parts the rows are sorted, so that what is sorted takes little memory."""
_MOST_PAIRS = 1 << 20
"""Pairs of words for which there is room."""
_NO_RUN: tuple[Sequence[str], NDArray[Any]] = ((), np.empty(0, np.int64))
_HIGHEST = np.iinfo(np.int64).max
_ODD = np.int64(0x1E3779B97F4A7C15)


def hash_runs(things: Sequence[Any], change: Callable[[Any], str] | None = None) -> Iterator[Hashes]:
    """Yield the hash of each thing, in order, some at a time, so that they take little memory."""
    if isinstance(things, TextColumn):
        yield from things.hash_runs(change)
        return
    for start in range(0, len(things), _RUN):
        run = things[start : start + _RUN]
        if isinstance(run, array):
            yield np.asarray(run, np.int64)
        else:
            yield np.fromiter(map(hash, run if change is None else map(change, run)), np.int64)


def hashes_of_texts(texts: Sequence[str]) -> Hashes:
    """Return a number of each text, spread over all numbers, 0 of a blank one; see :func:`keys_of_texts`."""
    keys = texts.keys() if isinstance(texts, JoinedTexts) else keys_of_texts(texts)
    return mixed(keys, np.uint64(0)).view(np.int64)


def hashes_of(things: Sequence[Any], change: Callable[[Any], str] | None = None) -> Hashes:
    """Return the hash of each thing, in order."""
    if isinstance(things, array):
        return np.asarray(things, np.int64)
    hashes, start = np.empty(len(things), np.int64), 0
    for run in hash_runs(things, change):
        hashes[start : start + len(run)] = run
        start += len(run)
    return hashes


def rows_that_differ(
    keys: Sequence[Hashable], values: Sequence[Sequence[Hashable]], among: array[int] | None
) -> list[int]:
    """Return the rows whose key comes with more than one combination of values, in order; see ``columns.py``."""
    by, told = hashes_of(keys), _told_by(values)
    if among is not None:
        by = by if by.flags.owndata else by.copy()
        by[np.asarray(among) == 0] = 0
    # Rows that belong together mostly stand together; of each run the first is enough.
    counts = are_new(by)
    counts |= are_new(told)
    counts &= by != 0
    found = [np.empty(0, np.int64)]
    for is_part in _parts_of(by):
        some = np.flatnonzero(counts & is_part)
        differing = _differing(by[some], told[some])
        if len(differing):
            of_part = np.flatnonzero(is_part)
            found.append(of_part[np.isin(by[of_part], differing)])
    rows: list[int] = np.sort(np.concatenate(found)).tolist()
    return rows


def _parts_of(hashes: Hashes) -> Iterator[NDArray[np.bool_]]:
    """Yield which rows belong to each part of the table; rows of one hash are in one part."""
    parts = hashes.view(np.uint8)[:: hashes.itemsize] % _PARTS
    return (parts == part for part in range(_PARTS))


def _told_by(values: Sequence[Sequence[Hashable]]) -> NDArray[np.integer[Any]]:
    """Return one number for the combination of values of each row."""
    if len(values) == 1 and isinstance(values[0], array):
        return np.asarray(values[0])
    told = np.zeros(len(values[0]), np.uint32)
    for column in values:
        start = 0
        for hashes in hash_runs(column):
            run = told[start : start + len(hashes)]
            run[:] = ((hashes ^ run) * _ODD) >> 32
            start += len(hashes)
    return told


def _differing(keys: Hashes, told: NDArray[np.integer[Any]]) -> Hashes:
    """Return the keys that come with more than one number."""
    # In which order rows of one key come does not matter, and a stable sort takes half as long again.
    order = np.argsort(keys)
    keys, told = keys[order], told[order]
    twice: Hashes = keys[1:][(keys[1:] == keys[:-1]) & (told[1:] != told[:-1])]
    return twice


def rows_that_repeat(texts: Sequence[str], change: Callable[[str], str]) -> list[int]:
    """Return the rows whose text, changed, is that of another row too, in order; blank ones are none."""
    hashes = hashes_of(texts, change)
    found = [np.empty(0, np.int64)]
    for is_part in _parts_of(hashes):
        ordered = np.sort(hashes[is_part])
        found.append(np.unique(ordered[1:][(ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)]))
    twice = np.concatenate(found)
    rows: list[int] = []
    for start in range(0, len(hashes), _RUN) if len(twice) else ():
        rows.extend((np.flatnonzero(np.isin(hashes[start : start + _RUN], twice)) + start).tolist())
    return rows


def rows_by_pair(one: TextColumn, other: TextColumn, prefix: Prefix) -> Iterator[tuple[list[int], str, str]]:
    """Yield rows that have one pair of texts, of the first what stands before a mark; see ``columns.py``."""
    before, last, of_texts = 0, _NO_RUN[0], _NO_RUN[1]
    for texts, of_one, others, of_other in _side_by_side(one, other):
        if texts is not last:
            last, of_texts = texts, np.unique(_keys_of_prefixes(texts, prefix), return_inverse=True)[1]
        pairs = of_texts[of_one] * len(others) + of_other
        order = np.argsort(pairs, kind="stable")
        firsts = np.flatnonzero(are_new(pairs[order]))
        # Not one search for each pair: where addresses tell more than their hosts, there are as many as rows.
        for rows in np.split(order, firsts[1:]):
            yield (rows + before).tolist(), texts[of_one[rows[0]]], others[of_other[rows[0]]]
        before += len(pairs)


def _keys_of_prefixes(texts: Sequence[str], prefix: Prefix) -> Keys:
    keys = texts.keys_until(prefix.mark, prefix.after) if isinstance(texts, JoinedTexts) else None
    return keys_of_texts(list(map(prefix, texts))) if keys is None else keys


def _side_by_side(
    one: TextColumn, other: TextColumn
) -> Iterator[tuple[Sequence[str], NDArray[Any], Sequence[str], NDArray[Any]]]:
    """Yield runs of rows, of both columns the different texts and which each row has; their own runs may differ."""
    runs, others = _runs_of(one), _runs_of(other)
    (texts, which), (texts_other, which_other) = next(runs, _NO_RUN), next(others, _NO_RUN)
    while size := min(len(which), len(which_other)):
        yield texts, which[:size], texts_other, which_other[:size]
        which, which_other = which[size:], which_other[size:]
        if not len(which):
            texts, which = next(runs, _NO_RUN)
        if not len(which_other):
            texts_other, which_other = next(others, _NO_RUN)


def _runs_of(column: TextColumn) -> Iterator[tuple[Sequence[str], NDArray[Any]]]:
    for texts, which in column.chunks():
        yield texts, np.arange(len(texts)) if which is None else which


def steps_back(numbers: array[int]) -> list[int]:
    """Return the places of numbers above 0 that are smaller than the one before."""
    each = np.frombuffer(numbers, np.int64)
    steps: list[int] = (np.flatnonzero((each[1:] < each[:-1]) & (each[1:] > 0)) + 1).tolist()
    return steps


def numbers_of(texts: TextColumn, number: Callable[[str], int]) -> array[int]:
    """Return the number of each text; see ``columns.py``."""
    found = array("q")
    for different, which in texts.chunks():
        if isinstance(different, JoinedTexts):
            each, is_plain = different.decimals()
            for place in np.flatnonzero(~is_plain).tolist():
                each[place] = number(different[place])
        else:
            each = np.fromiter(map(number, different), np.int64, len(different))
        found.frombytes((each if which is None else each[which]).tobytes())
    return found


def numbers_of_pairs(number: Callable[[str, str], int], one: Sequence[str], other: Sequence[str]) -> array[int]:
    """Return a number below 2^31 for the two texts of each row, worked out once for each pair of texts."""
    numbers = array("i")
    coded = [column.codes() if isinstance(column, TextColumn) else None for column in (one, other)]
    if coded[0] is None or coded[1] is None or len(coded[0][0]) * len(coded[1][0]) > _MOST_PAIRS:
        numbers.extend(map(cache(number), one, other))
        return numbers
    (words, codes), (others, other_codes) = coded[0], coded[1]
    pairs = codes.astype(np.int32)
    pairs *= len(others)
    pairs += other_codes
    of_pairs = np.zeros(len(words) * len(others), np.int32)
    of_pairs[pairs] = 1
    for pair in np.flatnonzero(of_pairs).tolist():
        of_pairs[pair] = number(words[pair // len(others)], others[pair % len(others)])
    # In place, since a copy takes four bytes a row.
    numbers.frombytes(np.take(of_pairs, pairs, out=pairs, mode="clip").data.cast("B"))
    return numbers


def count_gaps(numbers: array[int]) -> int:
    """Return how many numbers between the lowest above 0 and the highest are not there; none is below 0."""
    each, count = np.frombuffer(numbers, np.int64), 0
    lowest, highest = int(each.min(where=each > 0, initial=_HIGHEST)), int(each.max(initial=0))
    for is_part in _parts_of(each):
        ordered = np.sort(each[is_part & (each > 0)])
        count += int(np.count_nonzero(ordered[1:] != ordered[:-1])) + (len(ordered) > 0)
    return highest - lowest + 1 - count if count else 0
