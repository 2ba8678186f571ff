"""Which volumes are one, which show one scan, and which have nothing to do with each other; on synthetic chests."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from covidcurate.duplicates.cubes import FORMS, describe_form, turn_grid
from covidcurate.duplicates.slices import PicturePrint, body_box, find_slice_candidates, print_picture
from covidcurate.duplicates.volume_print import VolumePrint, print_volume
from covidcurate.duplicates.volumes import Likeness, match_volumes
from covidcurate.imaging.volume_sample import load_nifti
from tests.duplicates.synthetic_volumes import chest, picture, windowed, write_nifti


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that makes the print of voxels."""
    numbers = itertools.count()

    def do(voxels: Any) -> Any:
        path = tmp_path_factory.mktemp("volumes") / f"{next(numbers)}.nii"
        return print_volume(load_nifti(write_nifti(path, np.ascontiguousarray(voxels))))

    return do


@pytest.fixture(scope="module")
def first(known: Any) -> Any:
    return known(chest(1))


def _smooth(voxels: Any) -> Any:
    padded = np.pad(voxels.astype(np.float64), [(1, 1), (1, 1), (0, 0)], mode="edge")
    parts = [padded[i : i + voxels.shape[0], j : j + voxels.shape[1]] for i in range(3) for j in range(3)]
    return np.rint(np.mean(parts, axis=0)).astype(np.int16)


SAME = {
    "float": (lambda v: v.astype(np.float32), "voxel values are equal"),
    "left and right exchanged": (lambda v: v[::-1], "left and right exchanged"),
    "turned": (lambda v: v.transpose(2, 0, 1)[::-1], "axes in another order"),
    "lung window": (lambda v: windowed(v, -600, 1500), "through a window"),
    "mediastinum, turned": (lambda v: windowed(v, 40, 400)[::-1, ::-1], "through a window"),
    "without slices at both ends": (lambda v: v[:, :, 3:-5], "32 slices of 40 and 32 are equal"),
    "every second slice": (lambda v: v[:, :, ::2], "20 slices of 40 and 20 are equal"),
}
RELATED = {
    "smoothed": _smooth,
    "on a coarser grid": lambda v: v.reshape(56, 2, 48, 2, 40).mean(axis=(1, 3)).astype(np.int16),
    "other noise": lambda v: chest(1, noise=77) + 0 * v,
}


@pytest.mark.parametrize("name", SAME)
def test_a_changed_volume_is_the_same(known: Any, first: Any, name: str) -> None:
    change, words = SAME[name]
    (match,) = match_volumes([first, known(change(chest(1)))])
    assert match.likeness is Likeness.SAME
    assert words in " ".join(match.evidence)


@pytest.mark.parametrize("name", RELATED)
def test_another_reconstruction_is_related_at_most(known: Any, first: Any, name: str) -> None:
    (match,) = match_volumes([first, known(RELATED[name](chest(1)))])
    assert match.likeness is Likeness.RELATED


def test_volumes_of_different_people_are_not_alike(known: Any, first: Any) -> None:
    others = [known(chest(seed)) for seed in range(2, 6)]
    assert match_volumes([first, *others]) == []


def test_only_pairs_with_a_new_volume_are_told(known: Any, first: Any) -> None:
    prints = [first, first, known(chest(2)), first]
    assert [(one.first, one.second) for one in match_volumes(prints, since=2)] == [(0, 3), (1, 3)]


def test_a_volume_of_one_slice_is_a_slice(known: Any, first: Any) -> None:
    (match,) = match_volumes([first, known(chest(1)[:, :, 16:17])])
    assert (match.first, match.second, match.likeness) == (1, 0, Likeness.SLICE)
    assert match.evidence[0] == "slice 17 of 40"


def test_a_print_comes_back_from_a_cache_as_it_was(first: Any) -> None:
    again = VolumePrint.from_bytes(first.to_bytes())
    assert again.to_bytes() == first.to_bytes()
    (match,) = match_volumes([first, again])
    assert (match.score, match.evidence) == (1.0, ("voxel values are equal",))
    assert again.millimeters == pytest.approx((336.0, 288.0, 200.0))


def test_masks_with_the_same_shape_but_other_voxels_are_not_one(known: Any) -> None:
    masks = [(chest(seed) > -500).astype(np.uint8) for seed in (1, 2)]
    assert match_volumes([known(mask) for mask in masks]) == []


def test_every_form_is_another_and_says_whether_it_mirrors() -> None:
    cube = np.arange(27).reshape(3, 3, 3)
    assert len({turn_grid(cube, form).tobytes() for form in FORMS}) == len(FORMS) == 48
    words = [describe_form(form) for form in FORMS]
    assert words[0] == ""
    assert sum(one.startswith("mirrored") for one in words) == 24
    assert describe_form(((0, 1, 2), (0, 1))) == "turned: left and right, front and back exchanged"


def test_the_body_is_found_without_table_and_air() -> None:
    image = np.asarray(picture(chest(1), 20))
    top, bottom, left, right = body_box(image)
    # The table lies 8 to 10 rows above the lower edge.
    assert bottom < image.shape[0] - 10
    assert 0 < top < bottom
    assert 5 < left < right < image.shape[1] - 5
    assert body_box(np.zeros((60, 50), np.uint8)) == (0, 60, 0, 50)


@pytest.mark.parametrize("form", ["as it is", "mirrored", "turned"])
def test_a_picture_leads_to_its_slice(first: Any, form: str) -> None:
    image = np.asarray(picture(chest(1), 20))
    turned = {"as it is": image, "mirrored": image[:, ::-1], "turned": np.rot90(image)}[form]
    known = PicturePrint.from_bytes(print_picture(np.ascontiguousarray(turned)).to_bytes())
    (found,) = find_slice_candidates([known], [first.hashes])
    assert found.slices[0] == 19
    assert found.window == 1
    assert found.distance == 0


def test_a_picture_of_nothing_leads_nowhere(first: Any) -> None:
    pictures = [print_picture(np.zeros((64, 64), np.uint8)), print_picture(np.zeros((5, 5), np.uint8))]
    assert list(find_slice_candidates(pictures, [first.hashes])) == []
