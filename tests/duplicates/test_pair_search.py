"""Pairs are those that a comparison of each with each finds; on made-up fingerprints, even and clumped ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covidcurate.duplicates import candidates
from covidcurate.duplicates.bands import Measure, near_rows
from covidcurate.duplicates.candidates import NEAR, find_candidates
from covidcurate.duplicates.equals import _MIX, MOST_PAIRS, group_equals
from covidcurate.duplicates.fingerprint import FORMS, Fingerprint, hash_of, turn
from covidcurate.duplicates.forms import find_turned
from covidcurate.duplicates.search import find_pairs

Pairs = set[tuple[int, ...]]


def even(count: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def flipped(hashes: Any, bits: Any, seed: int = 0) -> Any:
    """Return fingerprints of which as many bits as given, a number or one for each, are changed."""
    places = np.random.default_rng(seed).random((len(hashes), 256)).argsort(axis=1).argsort(axis=1)
    return hashes ^ np.packbits(places < np.broadcast_to(bits, len(hashes))[:, None], axis=1)


def clumped(count: int, seed: int = 0) -> Any:
    """Return fingerprints around a few centers, at all distances up to far ones."""
    random = np.random.default_rng(seed)
    centers = even(5, seed)[random.integers(0, 5, count)]
    return flipped(centers, random.integers(0, 60, count), seed)


def as_set(pairs: Any) -> Pairs:
    rows = [tuple(row) for row in pairs.tolist()]
    assert rows == sorted(set(rows)), "pairs are in order, each once"
    return set(rows)


def apart(hashes: Any, others: Any) -> Any:
    return np.bitwise_count(hashes[:, None] ^ others[None]).sum(axis=2, dtype=int)


def within(hashes: Any, distance: int, others: Any = None) -> Pairs:
    near = apart(hashes, hashes if others is None else others) <= distance
    return {(one, other) for one, other in np.argwhere(near if others is not None else np.triu(near, 1)).tolist()}


MAKERS = pytest.mark.parametrize("make", [even, clumped])


@MAKERS
@pytest.mark.parametrize("distance", [0, 7, 15, 24, 40, 100])
def test_all_near_pairs_and_none_beyond(make: Callable[[int], Any], distance: int) -> None:
    hashes = np.concatenate([make(500), flipped(make(500)[:200], np.arange(200) % 41, 3)])
    found = as_set(find_pairs(hashes, distance=distance))
    assert within(hashes, min(15, distance)) <= found <= within(hashes, distance)


def test_of_pairs_further_apart_few_are_missed() -> None:
    hashes = even(6000)
    for bits, share in ((20, 0.999), (24, 0.998), (32, 0.96), (40, 0.84)):
        found = as_set(find_pairs(np.concatenate([hashes, flipped(hashes, bits)]), distance=40))
        assert len(found) >= share * len(hashes), bits


@MAKERS
def test_others(make: Callable[[int], Any]) -> None:
    hashes, others = make(300), np.concatenate([flipped(make(300), np.arange(300) % 30), even(50, 9)])
    found = as_set(find_pairs(hashes, others, 24))
    assert within(hashes, 15, others) <= found <= within(hashes, 24, others)
    assert {(other, one) for one, other in found} == as_set(find_pairs(others, hashes, 24))


def test_complements() -> None:
    hashes = even(200)
    inverted = ~flipped(hashes, 12)
    assert find_pairs(hashes, inverted).size == 0
    assert as_set(find_pairs(hashes, ~inverted)) == {(row, row) for row in range(200)}


@MAKERS
@pytest.mark.parametrize("since", [0, 1, 350, 399, 400, 1000])
def test_since(make: Callable[[int], Any], since: int) -> None:
    hashes = np.concatenate([make(200), flipped(make(200), 10)])
    everything = as_set(find_pairs(hashes))
    assert len(everything) >= 200
    assert as_set(find_pairs(hashes, since=since)) == {pair for pair in everything if pair[1] >= since}


@MAKERS
def test_the_order_of_rows_changes_nothing(make: Callable[[int], Any]) -> None:
    hashes = np.concatenate([make(400), flipped(make(400)[:100], 20), make(400)[:50]])
    order = np.random.default_rng(4).permutation(len(hashes))
    moved = {tuple(sorted(order[list(pair)].tolist())) for pair in as_set(find_pairs(hashes[order]))}
    assert moved == as_set(find_pairs(hashes))


def test_few_equal_rows_are_paired_one_by_one() -> None:
    hashes = np.concatenate([even(20), np.repeat(even(1, 5), 30, axis=0)])
    assert as_set(find_pairs(hashes)) == {(one, other) for other in range(20, 50) for one in range(20, other)}
    assert as_set(find_pairs(hashes, distance=0)) == as_set(find_pairs(hashes))


def test_many_equal_rows_are_paired_with_their_first() -> None:
    count = 10_000
    hashes = np.concatenate([even(20), np.repeat(even(1, 5), count, axis=0), flipped(even(1, 5), 9)])
    of_first = {(20, other) for other in range(21, 20 + count)}
    of_neighbor = {(row, 20 + count) for row in range(20, 20 + count)}
    assert as_set(find_pairs(hashes)) == of_first | of_neighbor
    assert as_set(find_pairs(hashes, since=19 + count)) == {(20, 19 + count)} | of_neighbor
    assert as_set(find_pairs(hashes[20:21], hashes[20:])) == {(0, other) for other in range(count + 1)}


def test_many_equal_rows_near_many_equal_rows_are_paired_with_their_firsts() -> None:
    count = MOST_PAIRS
    left, right = (np.repeat(row, count, axis=0) for row in (even(1), flipped(even(1), 15)))
    stars = {(0, row) for row in range(count)} | {(row, 0) for row in range(count)}
    assert as_set(find_pairs(left, right)) == stars


def test_many_that_are_nearly_equal_are_all_found() -> None:
    """No band is too common to be looked at."""
    hashes = flipped(np.repeat(even(1), 1500, axis=0), np.arange(1500) % 8)
    distinct = np.unique(hashes, axis=0)
    assert len(as_set(find_pairs(distinct))) == len(distinct) * (len(distinct) - 1) // 2


def test_one_band_in_common_with_all() -> None:
    hashes = even(5000)
    hashes[:, :2] = 0xAB
    hashes[-1] = hashes[7]
    hashes[-1, 2:17] ^= 1  # in every band but the last, and the first
    assert as_set(find_pairs(hashes)) == {(7, 4999)}


@pytest.mark.parametrize("find", [find_pairs, lambda hashes: find_turned(hashes, 24)])
def test_nothing_among_none_or_one(find: Callable[[Any], Any]) -> None:
    assert find(even(0)).shape[0] == 0
    assert find(even(1)).shape[0] == 0
    assert find(even(2)).shape[0] == 0


def test_nothing_among_no_others() -> None:
    assert find_pairs(even(3), even(0)).shape == find_pairs(even(0), even(3)).shape == (0, 2)


def test_rows_with_the_same_sum_are_not_the_same() -> None:
    other = _MIX[0] * pow(_MIX[1], -1, 1 << 64) % (1 << 64)
    words = np.array([[1, 0, 0, 0], [0, other, 0, 0]] * 3, dtype=np.uint64)
    assert all((words[rows] == words[rows[0]]).all() for rows in np.split(*_groups(words)))
    hashes = words.view(np.uint8)
    assert as_set(find_pairs(hashes, distance=0)) == within(hashes, 0)


def _groups(words: Any) -> tuple[Any, Any]:
    equals = group_equals(words)
    return equals.order, equals.starts[1:-1]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_groups_of_any_shape_are_compared_in_full(data: st.DataObject) -> None:
    """Each pair with a key in common and one of the first rows, once, the one of the first rows first."""
    count = data.draw(st.integers(1, 120))
    keys = np.array(data.draw(st.lists(st.integers(0, 6), min_size=count, max_size=count)), dtype=np.uint16) % 5
    active, aside = data.draw(st.integers(0, count)), data.draw(st.booleans())
    parts = near_rows(np.zeros((4, count), dtype=np.uint64), keys, 0, Measure(24), active, apart=aside)
    found = [(one, other) for left, right in parts for one, other in zip(left.tolist(), right.tolist(), strict=True)]
    wanted = {
        (one, other)
        for one in range(active)
        for other in range(active if aside else one + 1, count)
        if keys[one] == keys[other]
    }
    assert len(found) == len(set(found))
    assert set(found) == wanted


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(0, 40), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_any_collection(seed: int, count: int, distance: int, since: int) -> None:
    random = np.random.default_rng(seed)
    hashes = flipped(even(3, seed)[random.integers(0, 3, count)], random.integers(0, 20, count), seed)
    found = as_set(find_pairs(hashes, distance=distance))
    assert within(hashes, min(15, distance)) <= found <= within(hashes, distance)
    assert as_set(find_pairs(hashes, distance=distance, since=since)) == {pair for pair in found if pair[1] >= since}


def spectra(count: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal((count, 16, 16)).astype(np.float32)


def signs(frequencies: Any) -> Any:
    return np.packbits(frequencies.reshape(-1, 256) > 0, axis=1)


FORM = pytest.mark.parametrize("form", range(FORMS))
POLARITY = pytest.mark.parametrize("inverted", [False, True])


@FORM
@POLARITY
def test_every_form_is_found(form: int, inverted: bool) -> None:
    plain = spectra(150)
    turned = flipped(signs(turn(plain, form)), np.arange(150) % 16)
    hashes = np.concatenate([signs(plain), ~turned if inverted else turned])
    wanted = {(row, 150 + row, form // 4) for row in range(150)}
    assert as_set(find_turned(hashes, 15)) == wanted
    assert as_set(find_turned(hashes, 15, since=290)) == {row for row in wanted if row[1] >= 290}
    assert as_set(find_turned(hashes[::-1], 15)) == {
        (299 - other, 299 - one, quarter) for one, other, quarter in wanted
    }


@FORM
@pytest.mark.parametrize("spared", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_every_form_is_found_by_the_frequencies_of_one_parity(form: int, spared: tuple[int, int]) -> None:
    """All bands of the others differ: in each, one of four places."""
    plain = spectra(100)
    changed = np.zeros((16, 16), dtype=bool)
    for down, along in ((0, 0), (1, 2), (2, 3), (2, 4)):
        changed[2 * down : 2 * down + 2, 2 * along : 2 * along + 2] = True
    changed[spared[0] :: 2, spared[1] :: 2] = False
    hashes = np.concatenate([signs(plain), signs(turn(plain, form)) ^ np.packbits(changed)])
    assert as_set(find_turned(hashes, 15)) == {(row, 100 + row, form // 4) for row in range(100)}


def test_forms_of_equal_pictures() -> None:
    """Equal ones with each other while they are few, and with their first when they are many."""
    plain = spectra(1)
    some = np.repeat(signs(plain), 20, axis=0)
    found = as_set(find_turned(np.concatenate([some, signs(turn(plain, 4))]), 24))
    assert found == {(one, other, 0) for one, other in within(some, 0)} | {(row, 20, 1) for row in range(20)}
    assert as_set(find_turned(some, 24, since=15)) == {(one, other, 0) for one, other in within(some, 0) if other >= 15}
    many = np.repeat(signs(plain), 3000, axis=0)
    assert as_set(find_turned(many, 24)) == {(0, row, 0) for row in range(1, 3000)}


def test_a_picture_that_is_its_own_mirror_image_is_no_pair() -> None:
    symmetric = spectra(40) + spectra(40).swapaxes(1, 2)
    assert find_turned(signs(symmetric), 24).size == 0
    found = as_set(find_turned(np.concatenate([signs(symmetric), signs(symmetric)]), 24))
    assert {row[:2] for row in found} == {(row, 40 + row) for row in range(40)}


@pytest.mark.parametrize("few", [0, 5000])
@given(seed=st.integers(0, 2**32 - 1), since=st.integers(0, 60))
@settings(max_examples=25, deadline=None)
def test_candidates_are_those_of_a_comparison_in_all_forms(few: int, seed: int, since: int) -> None:
    """By bands, as of many pictures, and each with each, as of few."""
    with patch.object(candidates, "FEW", few):
        compare_candidates(seed, since)


def compare_candidates(seed: int, since: int) -> None:
    random = np.random.default_rng(seed)
    some = spectra(4, seed)[random.integers(0, 4, 50)]
    pictures = np.stack(
        [turn(one, form) for one, form in zip(some, random.integers(0, FORMS, 50).tolist(), strict=True)]
    )
    pictures *= random.choice([-1, 1], (50, 1, 1))
    pictures += random.uniform(0, 0.6, (50, 1, 1)) * random.standard_normal(pictures.shape)
    found = {
        (one.first, one.second): one for one in find_candidates([Fingerprint(9, 9, one[None]) for one in pictures])
    }
    plain = hash_of(pictures)
    bits = np.stack([apart(plain, hash_of(turn(pictures, form))) for form in range(FORMS)], axis=2)
    bits = np.stack([bits, 256 - bits], axis=3).reshape(50, 50, -1)
    least = bits.min(axis=2)
    for (first, second), one in found.items():
        assert first < second
        assert one.distance == least[first, second] <= NEAR
        assert 2 * one.form + one.inverted == bits[first, second].argmin()
    # What is found goes by signs, of which a few more differ.
    assert set(zip(*np.nonzero(np.triu(least <= 9, 1)), strict=True)) <= set(found)
    later = find_candidates([Fingerprint(9, 9, one[None]) for one in pictures], since)
    assert later == [one for pair, one in found.items() if pair[1] >= since]
