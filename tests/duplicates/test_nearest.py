"""The best candidate of each pair, and of each picture the nearest."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from covidcurate.duplicates import Fingerprint, find_candidates
from covidcurate.duplicates.candidates import MOST
from covidcurate.duplicates.nearest import nearest_of_each, table_of


def test_of_a_pair_the_nearest_stays_and_of_equals_the_plainest() -> None:
    tables = [table_of([3, 1, 1], [4, 2, 2], [9, 7, 7], [0, 5, 2], 0, 0, 0), table_of([1], [2], [8], 0, 0, 0, 0)]
    assert nearest_of_each(tables, 64).tolist() == [[1, 2, 7, 2, 0, 0, 0], [3, 4, 9, 0, 0, 0, 0]]
    assert nearest_of_each([], 64).shape == (0, 7)


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_every_picture_keeps_its_nearest(seed: int, most: int) -> None:
    random = np.random.default_rng(seed)
    pairs = np.array([(one, other) for one in range(14) for other in range(one + 1, 14) if random.random() < 0.7])
    table = table_of(*pairs.T, random.integers(0, 40, len(pairs)), 0, 0, 0, 0)
    kept = nearest_of_each([table], most)
    assert len(kept) <= 14 * most
    shown = {tuple(row[:2]) for row in kept.tolist()}
    for picture in range(14):
        own = table[(table[:, :2] == picture).any(axis=1)]
        own = own[np.lexsort(own.T[[1, 0, 2]])]
        assert {tuple(row[:2]) for row in own[:most].tolist()} <= shown
    # Taken in parts, the same stays.
    parts = [nearest_of_each([table[begin : begin + 20]], most) for begin in range(0, len(table), 20)]
    assert nearest_of_each(parts, most).tolist() == kept.tolist()


def test_many_frames_of_one_film_make_no_square_of_pairs() -> None:
    random = np.random.default_rng(1)
    base = random.standard_normal((1, 16, 16))
    frames = base + 0.1 * random.standard_normal((2000, 1, 16, 16))
    found = find_candidates([Fingerprint(9, 9, one.astype(np.float32)) for one in frames])
    assert len(found) <= 2000 * MOST
    assert {place for one in found for place in (one.first, one.second)} == set(range(2000))
