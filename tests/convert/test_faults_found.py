"""Faults that oracles and fuzzer found; none is to come back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydicom import dcmread

from tests.imaging.dicom.synthetic_films import Film
from tests.imaging.dicom.synthetic_series import base_header, holds, stack, turned, write_planes

CONVERT = "import sys; from covidcurate.cli.main import main; main(['convert', *sys.argv[1:]])"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def convert(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own, with the warnings that a user would see, and which may end any way."""
    command = [sys.executable, "-c", CONVERT, *arguments, "--format", "json"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_copy_that_is_cut_short_spoils_its_series_alone(tmp_path: Path) -> None:
    planes = stack(1)
    write_planes(tmp_path / "in", [*planes, replace(planes[2], name="twin.dcm")])
    twin = tmp_path / "in" / "twin.dcm"
    twin.write_bytes(twin.read_bytes()[:-100])
    write_planes(tmp_path / "in" / "good", stack(2), series="2.25.5")
    done = convert("in", "out")
    assert done.returncode == 4
    statuses = sorted(item["status"] for item in json.loads(done.stdout)["items"])
    assert "written" in statuses
    assert {"refused", "failed"} & set(statuses)


def test_a_decoder_that_crashes_over_a_copy_ends_no_run(shared_data: Path, tmp_path: Path) -> None:
    """Eight bytes less in the JPEG of this film let gdcm call abort()."""
    data = (shared_data / "dicom" / "chest-cr" / "Fake_MONOHR1.dcm").read_bytes()
    (tmp_path / "bad.dcm").write_bytes(data[:1120] + data[1128:])
    (tmp_path / "in").mkdir()
    for number in (1, 2):
        image = dcmread(tmp_path / "bad.dcm")
        image.Modality, image.SeriesInstanceUID, image.SOPInstanceUID = "CT", "2.25.9", f"2.25.{number}"
        image.ImagePositionPatient, image.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
        image.PixelSpacing = [1, 1]
        image.save_as(tmp_path / "in" / f"{number}.dcm")
    write_planes(tmp_path / "in" / "good", stack(2), series="2.25.5")
    done = convert("in", "out")
    assert done.returncode == 4
    assert "written" in {item["status"] for item in json.loads(done.stdout)["items"]}


def test_a_transfer_syntax_that_is_a_name_is_not_repeated(tmp_path: Path) -> None:
    _spoil(tmp_path, b"\x02\x00\x10\x00UI")
    done = convert("film.dcm", "out.png")
    assert done.returncode == 4
    assert "CANARY" not in done.stdout + done.stderr


def test_a_photometric_interpretation_that_is_a_name_is_not_repeated(tmp_path: Path) -> None:
    _spoil(tmp_path, b"\x28\x00\x04\x00CS")
    done = convert("film.dcm", "out.png")
    assert done.returncode == 4
    assert "CANARY" not in done.stdout + done.stderr


def _spoil(folder: Path, element: bytes) -> None:
    """Write a film in which a name stands where another element's value belongs."""
    Film(stack(1)[0].stored).write(folder / "film.dcm")
    data = (folder / "film.dcm").read_bytes()
    start = data.index(element)
    length = int.from_bytes(data[start + 6 : start + 8], "little")
    spoiled = data[: start + 8] + b"CANARY^JANE".ljust(length)[:length] + data[start + 8 + length :]
    (folder / "film.dcm").write_bytes(spoiled)


def test_an_empty_element_of_unknown_representation_raises_nothing_else(tmp_path: Path) -> None:
    from covidcurate.errors import CovidcurateError
    from covidcurate.imaging.deidentify.clean import clean_dataset
    from covidcurate.imaging.dicom import read_dicom

    image = base_header("2.25.1", 1, stack(1)[0].stored)
    image.PatientSex = ""
    image.save_as(tmp_path / "film.dcm", enforce_file_format=True)
    data = (tmp_path / "film.dcm").read_bytes().replace(b"\x10\x00\x40\x00CS", b"\x10\x00\x40\x00Cs")
    (tmp_path / "film.dcm").write_bytes(data)
    try:
        clean_dataset(read_dicom(tmp_path / "film.dcm"), bytes(32))
    except CovidcurateError:
        return


@pytest.mark.parametrize("other", [{"spacing": (0.7004, 0.7004)}, {"orientation": turned((0, 0, 0.03))}])
def test_a_slice_of_another_size_or_direction_is_not_put_where_it_is_not(other: Any, tmp_path: Path) -> None:
    """Over 512 columns a difference of that size moves the last pixel by a quarter of a voxel, 0.2 mm."""
    planes = stack(1, shape=(64, 512), spacing=(0.7, 0.7))
    planes[3] = replace(planes[3], **other)
    write_planes(tmp_path / "in", planes)
    done = convert("in", "out", "--to", "nii.gz")
    written = [item for item in json.loads(done.stdout)["items"] if item["status"] == "written"]
    assert done.returncode == 4 or all(holds(Path(item["output"]), planes, world=0.05) for item in written)


def test_a_file_whose_name_is_no_text_is_converted(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    name = Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/film-\xff.png"))
    try:
        Image.new("L", (200, 200), 90).save(tmp_path / "film.png")
        (tmp_path / "film.png").rename(name)
    except OSError:
        pytest.skip("this file system does not take the name")
    done = convert("in", "out", "--to", "jpg")
    assert done.returncode == 0, done.stderr
    (item,) = json.loads(done.stdout)["items"]
    assert item["status"] == "written"
