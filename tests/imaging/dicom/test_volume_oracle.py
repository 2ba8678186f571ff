"""The oracle for volumes is held against volumes that are right and ones that are wrong in a way of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from tests.imaging.dicom.synthetic_series import check_volume, holds, stack, turned

PLANES = stack(1, orientation=turned((10, -20, 30)))


def _right() -> tuple[Any, Any]:
    """Return voxels and affine as C.7.6.2.1.1 has them: columns, rows, slices."""
    plane, normal = PLANES[0], np.asarray(PLANES[1].position) - np.asarray(PLANES[0].position)
    affine = np.eye(4)
    affine[:3, 0] = np.array(plane.orientation[:3]) * plane.spacing[1]
    affine[:3, 1] = np.array(plane.orientation[3:]) * plane.spacing[0]
    affine[:3, 2], affine[:3, 3] = normal, plane.position
    return np.stack([one.values.T for one in PLANES], axis=2), np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


Spoil = Callable[[Any, Any], tuple[Any, Any]]
MOVED = np.eye(4)
MOVED[0, 3] = 0.02
FAULTS: dict[str, Spoil] = {
    "rows flipped": lambda v, a: (v[:, ::-1], a),
    "slices reversed": lambda v, a: (v[..., ::-1], a),
    "two slices swapped": lambda v, a: (v[..., [1, 0, *range(2, 7)]], a),
    "one voxel off by one": lambda v, a: (v + (np.indices(v.shape).sum(axis=0) == 0), a),
    "left and right exchanged": lambda v, a: (v, np.diag([-1.0, 1.0, 1.0, 1.0]) @ a),
    "a fiftieth of a millimeter aside": lambda v, a: (v, MOVED @ a),
    "a slice too many": lambda v, a: (np.concatenate([v, v[..., -1:]], axis=2), a),
    "a slice too few": lambda v, a: (v[..., :-1], a),
    "spacing from a wrong thickness": lambda v, a: (v, a @ np.diag([1, 1, 1.01, 1])),
    "no intercept": lambda v, a: (v + 1024, a),
}


def _save(path: Path, voxels: Any, affine: Any) -> None:
    image = nibabel.Nifti1Image(voxels.astype(np.int16), affine)  # type: ignore[no-untyped-call]
    nibabel.save(image, path)


def test_what_is_right_passes_whichever_way_it_is_laid_out(tmp_path: Path) -> None:
    voxels, affine = _right()
    _save(tmp_path / "right.nii", voxels, affine)
    check_volume(tmp_path / "right.nii", PLANES)
    turned_around = affine @ np.array([[0, 0, 1, 0], [0, -1, 0, voxels.shape[1] - 1], [1, 0, 0, 0], [0, 0, 0, 1.0]])
    _save(tmp_path / "other.nii", np.transpose(voxels[:, ::-1], (2, 1, 0)), turned_around)
    check_volume(tmp_path / "other.nii", PLANES)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_does_not(fault: str, tmp_path: Path) -> None:
    _save(tmp_path / "wrong.nii", *FAULTS[fault](*_right()))
    assert not holds(tmp_path / "wrong.nii", PLANES)
