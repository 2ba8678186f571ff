"""Volumes against the oracle of tests/imaging/dicom: every voxel of every series at its place, or a refusal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from covidcurate.cli.main import run
from tests.imaging.dicom.series_cases import CASES, Expected, random_case
from tests.imaging.dicom.synthetic_series import LPS_TO_RAS, Plane, check_volume, holds, stack, turned, write_planes


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "series").mkdir()


@pytest.fixture
def convert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that converts the folder ``series``, and gives the exit code, the volumes and all items."""

    def make(*options: str) -> tuple[int, list[Path], list[dict[str, Any]]]:
        out = tmp_path / f"out{'-'.join(options)}"
        code = run(["convert", str(tmp_path / "series"), str(out), "--to", "nii.gz", "--format", "json", *options])
        streams = capsys.readouterr()
        assert "Traceback" not in streams.err
        items = json.loads(streams.out)["items"]
        written = [Path(item["output"]) for item in items if item["status"] == "written"]
        assert sorted(written) == sorted(path for path in out.rglob("*") if path.is_file())
        return code, written, items

    return make


@pytest.mark.parametrize("name", CASES)
def test_a_series_becomes_what_is_expected(name: str, tmp_path: Path, convert: Any) -> None:
    case = CASES[name]
    stacks = case.build(tmp_path / "series")
    code, written, items = convert()
    if case.expected is Expected.REFUSED:
        assert not written, items
        assert code == 4
        refusals = [item for item in items if item["status"] in ("refused", "failed")]
        assert refusals
        assert all(item["reason"] for item in refusals)
        assert all(item["remedy"] for item in refusals if item["status"] == "refused")
        return
    assert len(written) == len(stacks), items
    _check_each(written, stacks, world=case.world)


def _check_each(written: list[Path], stacks: list[list[Plane]], **limits: float) -> None:
    """Assert that each volume is one of the stacks, and each stack one of the volumes."""
    for planes in stacks:
        if len(stacks) == 1:
            check_volume(written[0], planes, **limits)
        assert [path for path in written if holds(path, planes, **limits)], planes[0].name


@pytest.mark.parametrize("seed", range(24))
def test_series_drawn_at_random_are_correct(seed: int, tmp_path: Path, convert: Any) -> None:
    stacks = random_case(seed)(tmp_path / "series")
    code, written, items = convert()
    assert code == 0, items
    _check_each(written, stacks)


# A field whose value is a linear function of the place is left as it is by interpolation, so that what is resampled
# can be held against a formula: at each voxel, the value of the field at the place where the affine puts that voxel.
FIELD = np.array([1.75, -2.5, 3.25])


def _field(planes: list[Plane]) -> None:
    """Fill the planes with the field; its values stay inside of what 16 bits hold."""
    for plane in planes:
        plane.stored = np.rint(plane.places @ FIELD + 4000).astype(np.uint16)
        plane.intercept = -4000.0


def _check_field(path: Path, planes: list[Plane]) -> None:
    """Assert that voxels inside of the slices have the value of the field, and that there are enough of them."""
    image: Any = nibabel.load(path)
    voxels = np.asarray(image.dataobj, dtype=np.float64)
    ras = np.moveaxis(np.indices(voxels.shape), 0, -1) @ image.affine[:3, :3].T + image.affine[:3, 3]
    first, last = planes[0], planes[-1]
    along_row, along_column = (np.array(first.orientation[part]) for part in (slice(3), slice(3, 6)))
    normal = np.cross(along_row, along_column)
    # Coordinates in the slanted box of the slices: how far from first to last, then the place within that slice.
    lps = ras * LPS_TO_RAS - np.asarray(first.position)
    way = np.asarray(last.position, float) - np.asarray(first.position, float)
    part = lps @ normal / (way @ normal)
    rest = lps - part[..., None] * way
    column, row = rest @ along_row / first.spacing[1], rest @ along_column / first.spacing[0]
    rows, columns = first.stored.shape
    edge = 1e-3
    inside = (part > -edge) & (part < 1 + edge)
    inside &= (row > -edge) & (row < rows - 1 + edge) & (column > -edge) & (column < columns - 1 + edge)
    box = abs(way @ normal) * first.spacing[0] * first.spacing[1] * (rows - 1) * (columns - 1)
    assert inside.sum() * abs(np.linalg.det(image.affine[:3, :3])) > 0.9 * box
    off = np.abs(voxels - ras @ FIELD)[inside]
    # Half for the rounding of what is stored, half for the rounding of what is made of it.
    assert off.max() <= 1.01, off.max()


LEANS = {
    "in the axial plane": (turned((0, 0, 0)), (0.0, 0.83, 0.0)),
    "the other way": (turned((0, 0, 0)), (0.0, -0.83, 0.0)),
    "sideways": (turned((0, 0, 0)), (0.61, 0.0, 0.0)),
    "both": (turned((0, 0, 0)), (-0.4, 0.7, 0.0)),
    "said by the orientation": (turned((18, 0, 0)), (0.0, 0.0, 0.0)),
    "oblique": (turned((18, 5, -31)), (0.3, -0.5, 0.2)),
}


@pytest.mark.parametrize("name", LEANS)
@pytest.mark.parametrize("descending", [False, True])
def test_slices_that_lean_are_sheared_upright(name: str, descending: bool, tmp_path: Path, convert: Any) -> None:
    orientation, lean = LEANS[name]
    planes = stack(2, orientation=orientation, lean=lean, shape=(24, 28), count=9, gap=-2.5 if descending else 2.5)
    if name == "said by the orientation":
        for number, plane in enumerate(planes):
            plane.position = np.array([-41.7, 23.25, -310.5 + (-2.5 if descending else 2.5) * number])
    _field(planes)
    write_planes(tmp_path / "series", planes)
    code, (kept,), _ = convert("--tilt", "keep")
    assert code == 0
    check_volume(kept, planes)
    code, (upright,), (item,) = convert("--tilt", "shear")
    assert code == 0
    affine: Any = nibabel.load(upright).affine
    cosines = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    assert np.allclose(cosines.T @ cosines, np.eye(3), atol=1e-4)
    assert item["notes"]
    _check_field(upright, planes)


IRREGULAR = {
    "missing": (0, 1, 2, 4, 5, 7, 8),
    "missing at both ends of a gap": (0, 4, 5, 6, 7, 8),
    "one in two, then all": (0, 2, 4, 5, 6, 7, 8),
}


@pytest.mark.parametrize("name", IRREGULAR)
@pytest.mark.parametrize("orientation", [turned((0, 0, 0)), turned((-25, 40, 10))])
def test_missing_slices_are_filled_from_both_sides(name: str, orientation: Any, tmp_path: Path, convert: Any) -> None:
    planes = [plane for number, plane in enumerate(stack(3, orientation=orientation, count=9))
              if number in IRREGULAR[name]]  # fmt: skip
    _field(planes)
    write_planes(tmp_path / "series", planes)
    assert convert()[0] == 4
    code, (path,), (item,) = convert("--resample")
    assert code == 0
    assert item["notes"]
    _check_field(path, planes)


@pytest.mark.parametrize("gaps", [(1, 1.3, 1, 2, 1.7), (3, 1, 1, 1, 1), (0.5, 0.5, 5, 0.5, 0.5), (2, 2.2, 2.4, 2.6)])
def test_variable_spacing_becomes_regular(gaps: tuple[float, ...], tmp_path: Path, convert: Any) -> None:
    planes = stack(4, count=len(gaps) + 1)
    for plane, along in zip(planes, np.cumsum((0, *gaps)), strict=True):
        plane.position = np.round(np.array([-41.7, 23.25, -310.5 + along]), 6)
    _field(planes)
    write_planes(tmp_path / "series", planes)
    code, written, _ = convert()
    assert (code, written) == (4, [])
    code, (path,), _ = convert("--resample")
    assert code == 0
    _check_field(path, planes)


def test_nothing_is_written_by_a_dry_run(tmp_path: Path, convert: Any) -> None:
    CASES["axial"].build(tmp_path / "series")
    code, written, (item,) = convert("--dry-run")
    assert (code, written, item["status"]) == (0, [], "planned")
    assert not item["output"] or not Path(item["output"]).exists()


def test_a_volume_is_not_replaced_unless_asked(tmp_path: Path, convert: Any) -> None:
    stacks = CASES["axial"].build(tmp_path / "series")
    _, (path,), _ = convert()
    path.write_bytes(b"precious")
    out = path.parent
    arguments = ["convert", str(tmp_path / "series"), str(out), "--to", "nii.gz", "-q"]
    assert run(arguments) != 0
    assert path.read_bytes() == b"precious"
    assert run([*arguments, "--overwrite"]) == 0
    check_volume(path, stacks[0])
