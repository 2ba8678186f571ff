"""Every voxel of a volume is where the headers of its slices put it, and has their value; or there is no volume."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from covidcurate.cli.main import run
from tests.convert.synthetic_series import CASES, Plane

Run = tuple[int, list[dict[str, Any]]]


def convert(capsys: pytest.CaptureFixture[str], folder: Path, *options: str) -> Run:
    out = folder.parent / f"out{''.join(options)}"
    code = run(["convert", str(folder), str(out), "--to", "nii.gz", "--format", "json", "-q", *options])
    return code, json.loads(capsys.readouterr().out)["items"]


def check(paths: list[str], planes: list[Plane]) -> None:
    """Find forty random pixels of each slice in one of the volumes, with their value."""
    volumes = []
    for path in paths:
        image: Any = nibabel.load(path)
        volumes.append((np.linalg.inv(image.affine), np.asarray(image.dataobj, dtype=np.float64)))
    random = np.random.default_rng(5)
    for plane in planes:
        for place, value in plane.places(random):
            assert any(_holds(inverse, voxels, place, value, plane.slope) for inverse, voxels in volumes), plane.name


def _holds(inverse: Any, voxels: Any, place: Any, value: float, slope: float) -> bool:
    index = inverse[:3, :3] @ place + inverse[:3, 3]
    near = np.rint(index).astype(int)
    inside = (near >= 0).all() and (near < voxels.shape).all()
    exact = 0.0 if float(slope).is_integer() else 2e-3
    return bool(inside and np.abs(index - near).max() < 0.06 and abs(voxels[tuple(near)] - value) <= exact)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_a_series_becomes_what_its_headers_say_or_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    planes = case.make(tmp_path / "series")
    code, items = convert(capsys, tmp_path / "series")
    written = [item["output"] for item in items if item["status"] == "written"]
    assert len(written) == case.volumes, items
    if case.reason:
        assert code == 4
        (refused,) = (item for item in items if item["status"] == "refused")
        assert case.reason in refused["reason"]
        assert refused["remedy"]
    else:
        assert code == 0
        assert ("left out" in {item["status"] for item in items}) == ("report" in name or "scout" in name)
        check(written, planes)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.resamples])
def test_irregular_slices_are_put_on_a_regular_grid_when_asked(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planes = CASES[name].make(tmp_path / "series")
    code, (item,) = convert(capsys, tmp_path / "series", "--resample")
    assert code == 0
    assert any("resampled linearly to" in note for note in item["notes"])
    image: Any = nibabel.load(item["output"])
    assert bytes(image.header["descrip"].item()).startswith(b"resampled linearly")
    # Where a slice was measured its values are those; where none was, they lie between those of its neighbors.
    if name == "missing slice":
        check([item["output"]], planes)
        voxels = np.asarray(image.dataobj)
        between = np.rint((voxels[..., 3].astype(float) + voxels[..., 5]) / 2)
        assert np.abs(voxels[..., 4] - between).max() <= 1
        assert voxels.shape[2] == 8


def test_slices_that_lean_become_upright_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a step of 0.7 mm (a pixel) from slice to slice, moving them back is exact but for what leaves the frame."""
    from tests.convert.synthetic_series import stack, write

    planes = stack(lean=(0.0, 0.7, 0.0))
    write(tmp_path / "series", planes)
    _, (kept,) = convert(capsys, tmp_path / "series")
    sheared: Any = nibabel.load(kept["output"])
    assert (int(sheared.header["qform_code"]), int(sheared.header["sform_code"])) == (0, 1)
    assert any("sheared affine" in note for note in kept["notes"])
    _, (moved,) = convert(capsys, tmp_path / "series", "--tilt", "shear")
    upright: Any = nibabel.load(moved["output"])
    assert int(upright.header["qform_code"]) == 1
    cosines = upright.affine[:3, :3] / np.linalg.norm(upright.affine[:3, :3], axis=0)
    assert np.allclose(cosines.T @ cosines, np.eye(3), atol=1e-6)
    voxels = np.asarray(upright.dataobj)
    for number, plane in enumerate(planes):
        expected = plane.values.T[:, : 12 - number]
        assert np.array_equal(voxels[:, number:, number], expected)


def test_spacing_is_fitted_to_all_slices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first gap alone would put the last slice elsewhere."""
    CASES["jitter of 4 micrometers"].make(tmp_path / "series")
    _, (item,) = convert(capsys, tmp_path / "series")
    image: Any = nibabel.load(item["output"])
    assert abs(float(image.header.get_zooms()[2]) - 0.6) < 0.001


def test_the_same_series_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    CASES["axial"].make(tmp_path / "series")
    outputs = []
    for jobs in ("1", "2", "3"):
        _, (item,) = convert(capsys, tmp_path / "series", "--jobs", jobs)
        outputs.append(Path(item["output"]).read_bytes())
    assert outputs[0] == outputs[1] == outputs[2]
    # No name, no time: RFC 1952.
    assert outputs[0][:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def test_headers_say_units_and_codes_and_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    CASES["oblique"].make(tmp_path / "series")
    _, (item,) = convert(capsys, tmp_path / "series")
    image: Any = nibabel.load(item["output"])
    assert image.header.get_xyzt_units() == ("mm", "unknown")
    assert (int(image.header["qform_code"]), int(image.header["sform_code"])) == (1, 1)
    assert np.allclose(image.header.get_qform(), image.header.get_sform(), atol=1e-4)
    assert image.header.get_data_dtype() == np.int16
    assert all(not image.header[name].item() for name in ("data_type", "db_name", "descrip", "aux_file", "intent_name"))
    assert "SYNTHETIC" not in item["output"]
    assert "scl" not in str(image.header.get_slope_inter())


def test_a_volume_with_a_long_side_is_nifti_2(tmp_path: Path) -> None:
    from covidcurate.imaging.dicom.volume import Volume
    from covidcurate.imaging.nifti_write import write_nifti

    affine = np.array([[0.5, 0, 0, -3], [0, 0.25, 0, 4], [0, 0, 2, 7], [0, 0, 0, 1]])
    voxels = np.arange(2 * 1 * 40000, dtype=np.int16).reshape(2, 1, 40000)
    with (tmp_path / "long.nii").open("wb") as stream:
        write_nifti(stream, Volume(voxels, affine, 0.5, 3.0, description="long"), compress=False)
    image: Any = nibabel.load(tmp_path / "long.nii")
    assert type(image).__name__ == "Nifti2Image"
    assert np.allclose(image.affine, affine)
    assert np.allclose(image.header.get_qform(), affine)
    assert np.array_equal(np.asarray(image.dataobj), voxels.T * 0.5 + 3)
