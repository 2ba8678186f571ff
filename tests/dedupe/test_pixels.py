"""What pixels say of a pair, and which pairs are asked about; on synthetic films."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from covidcurate.duplicates import Candidate, compare, find_candidates, fingerprint, read_picture
from covidcurate.duplicates import candidates as candidates_module
from covidcurate.duplicates.fingerprint import WINDOWS
from covidcurate.duplicates.register import identity, prepare, register
from tests.dedupe.test_dedupe import crop, film


def fine(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(float) - coarse(image)


def coarse(image: Image.Image) -> np.ndarray:
    small = image.resize((24, 20), Image.Resampling.BOX)
    return np.asarray(small.resize(image.size, Image.Resampling.BICUBIC)).astype(float)


def test_films_that_agree_in_all_that_is_coarse_are_not_the_same() -> None:
    """As two films of one patient, of two days, once one is laid over the other."""
    other_day = np.clip(coarse(film(1)) + fine(film(2)), 0, 255).astype(np.uint8)
    laid = register(prepare(np.asarray(film(1))), prepare(other_day), identity())
    assert laid.score < 0.5
    again = register(prepare(np.asarray(film(1))), prepare(np.asarray(film(1).resize((200, 170)))), identity())
    assert again.score > 0.9


@pytest.mark.parametrize(("degrees", "share"), [(2, 1.0), (-3, 0.97), (0, 1.06)])
def test_a_small_turn_and_another_scale_are_found(degrees: float, share: float) -> None:
    image = film(3)
    moved = image.rotate(degrees, Image.Resampling.BILINEAR)
    moved = moved.resize((round(image.width * share), image.height))
    laid = register(prepare(np.asarray(image)), prepare(np.asarray(moved)), identity())
    assert laid.score > 0.8
    (a, b, _), (c, d, _) = laid.affine
    width, height = image.size
    assert np.degrees(np.arctan2(c * width / height - b * height / width, a + d)) == pytest.approx(degrees, abs=1.5)


def test_what_does_not_overlap_is_not_the_same() -> None:
    far = np.array([[1.0, 0, 1.9], [0, 1.0, 0]])
    prepared = prepare(np.asarray(film(3)))
    assert register(prepared, prepared, far).score < 0.5


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path, other = tmp_path / "a.png", tmp_path / "b.png"
    film(1).save(path)
    film(2).save(other)
    candidate = Candidate(0, 1, 0)
    assert not compare(read_picture(path), read_picture(other), candidate).is_same
    ImageOps.autocontrast(film(2).resize((300, 260))).save(path)
    assert compare(read_picture(path), read_picture(other), candidate).is_same


@pytest.mark.parametrize("thorough", [False, True])
def test_what_is_old_is_not_compared_with_what_is_old(thorough: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [film(1), film(2), crop(film(1), 0.02), ImageOps.mirror(film(2)), crop(film(2), 0.01), film(3)]
    prints = [fingerprint(np.asarray(image)) for image in images]
    prints.insert(1, fingerprint(np.zeros((90, 80), np.uint8)))
    everything = find_candidates(prints, thorough=thorough)
    assert {(0, 3), (2, 4), (2, 5), (4, 5)} == {(one.first, one.second) for one in everything}
    monkeypatch.setattr(candidates_module, "_BLOCK", 8)
    for since in range(len(prints) + 1):
        expected = [one for one in everything if one.second >= since]
        assert find_candidates(prints, since, thorough=thorough) == expected


def test_many_are_searched_by_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates_module, "FEW", 2)
    images = [film(1), film(2), ImageOps.mirror(film(1)), ImageOps.invert(film(2))]
    prints = [fingerprint(np.asarray(image), windows=False) for image in images]
    assert [(one.first, one.second) for one in find_candidates(prints)] == [(0, 2), (1, 3)]


def test_windows_lie_in_the_picture_and_none_twice() -> None:
    assert len(set(WINDOWS)) == len(WINDOWS)
    assert all(0 <= top < bottom <= 1 and 0 <= left < right <= 1 for top, bottom, left, right in WINDOWS)
