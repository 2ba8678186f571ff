"""What is kept of a volume does not depend on how a file stores it; on synthetic volumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.read import read_header
from covidcurate.imaging.dicom.slices import slices_of
from covidcurate.imaging.volume_sample import load_nifti, load_slices, sample_volume
from tests.convert.synthetic_series import CORONAL, SAGITTAL, stack, write
from tests.duplicates.synthetic_volumes import chest, write_nifti


@pytest.fixture(scope="module")
def voxels() -> Any:
    return chest(1)[::3, ::3, ::2]


def _sample(path: Path) -> Any:
    return sample_volume(load_nifti(path))


@pytest.mark.parametrize("axes", ["RAS", "LPS", "PIR", "SLA", "ASL"])
def test_the_orientation_in_which_voxels_are_stored_changes_nothing(tmp_path: Path, voxels: Any, axes: str) -> None:
    plain = write_nifti(tmp_path / "plain.nii.gz", voxels)
    image = nib.load(plain)
    turn = nib.orientations.ornt_transform(nib.io_orientation(image.affine), nib.orientations.axcodes2ornt(axes))
    nib.save(image.as_reoriented(turn), tmp_path / "turned.nii")
    one, other = _sample(plain), _sample(tmp_path / "turned.nii")
    assert (one.digest, one.counts, one.slices) == (other.digest, other.counts, other.slices)
    assert np.array_equal(one.grid, other.grid)
    assert np.array_equal(one.detail, other.detail)


def test_levels_may_have_other_numbers_as_long_as_none_is_lost(tmp_path: Path, voxels: Any) -> None:
    plain = _sample(write_nifti(tmp_path / "plain.nii", voxels))
    forms = [voxels.astype(np.float32), voxels.astype(np.float64) / 8 + 0.1, (voxels + 1100).astype(np.uint16)]
    for number, form in enumerate(forms):
        other = _sample(write_nifti(tmp_path / f"{number}.nii", form))
        assert (other.digest, other.counts, other.slices) == (plain.digest, plain.counts, plain.slices)


def test_one_voxel_is_enough_for_another_digest_and_another_slice(tmp_path: Path, voxels: Any) -> None:
    changed = voxels.copy()
    changed[5, 6, 7] += 300
    one, other = (_sample(write_nifti(tmp_path / f"{i}.nii", v)) for i, v in enumerate((voxels, changed)))
    assert one.digest != other.digest
    assert [a == b for a, b in zip(one.slices, other.slices, strict=True)].count(False) <= 1 + (
        len(set(one.slices)) < len(one.slices)
    )
    assert one.slices[7] != other.slices[7]


def test_a_turned_volume_has_other_digests_but_equal_counts(tmp_path: Path, voxels: Any) -> None:
    one, other = (_sample(write_nifti(tmp_path / f"{i}.nii", v)) for i, v in enumerate((voxels, voxels[::-1])))
    assert one.digest != other.digest
    assert one.counts == other.counts
    assert np.array_equal(one.grid[::-1], other.grid)
    assert np.array_equal(one.detail[::-1], other.detail)
    assert np.array_equal(one.ranks[::-1], other.ranks)


def test_a_volume_of_one_level_is_equal_to_none(tmp_path: Path) -> None:
    sample = _sample(write_nifti(tmp_path / "blank.nii", np.zeros((20, 20, 5), np.int16)))
    assert (sample.digest, sample.counts, set(sample.slices)) == (b"", b"", {b""})


def test_what_is_no_number_counts_as_the_lowest(tmp_path: Path, voxels: Any) -> None:
    real = voxels.astype(np.float32)
    real[real == real.min()] = np.nan
    one, other = (_sample(write_nifti(tmp_path / f"{i}.nii", v)) for i, v in enumerate((voxels, real)))
    assert one.digest == other.digest


def test_measurements_of_real_numbers_are_known_by_themselves(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(0, 1, (128, 128, 80)).astype(np.float32)
    one, other = (_sample(write_nifti(tmp_path / f"{i}.nii", v)) for i, v in enumerate((values, values + 1)))
    assert one.digest
    assert one.digest != other.digest
    assert one.counts == b""


def test_nothing_but_nan_is_said_in_words(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "none.nii", np.full((8, 8, 4), np.nan, np.float32))
    with pytest.raises(UnreadableError, match="none of its voxels"):
        load_nifti(path)


def test_a_slice_is_shown_with_the_front_on_top_and_the_right_on_the_left(tmp_path: Path) -> None:
    voxels = np.full((30, 20, 4), -1000, np.int16)
    voxels[-1, :, 2], voxels[:, -1, 3] = 400, 400
    volume = load_nifti(write_nifti(tmp_path / "marked.nii", voxels))
    right, front = volume.show(2), volume.show(3)
    assert right.shape == (20, 30)
    assert right[:, 0].min() > right[:, 1:].max()
    assert front[0].min() > front[1:].max()


@pytest.mark.parametrize("orientation", [None, CORONAL, SAGITTAL])
def test_a_series_is_the_nifti_file_that_holds_its_values(tmp_path: Path, orientation: Any) -> None:
    planes = stack(orientation) if orientation else stack()
    write(tmp_path / "series", planes[::-1])
    slices = [one for path in sorted((tmp_path / "series").iterdir()) for one in slices_of(path, *read_header(path))]
    values = np.stack([plane.values for plane in planes]).transpose(2, 1, 0).astype(np.int16)
    affine = np.eye(4)
    rows, columns = np.array(planes[0].orientation[:3]), np.array(planes[0].orientation[3:])
    step = np.array(planes[1].position) - np.array(planes[0].position)
    affine[:3, :3] = np.column_stack([rows * 0.7, columns * 0.7, step])
    affine = np.diag([-1.0, -1, 1, 1]) @ affine
    one = sample_volume(load_slices(slices))
    other = _sample(write_nifti(tmp_path / "made.nii.gz", values, affine))
    assert (one.digest, one.slices) == (other.digest, other.slices)
