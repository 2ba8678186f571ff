"""Volumes among files, pairs of them, and pictures of their slices; on synthetic chests, and on a real series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from covidcurate.convert.inputs import Source, find_inputs
from covidcurate.dedupe.model import Kind
from covidcurate.dedupe.slices import find_slices, read_picture_print
from covidcurate.dedupe.volumes import find_volume_pairs, gather_volumes, read_volume_print
from covidcurate.errors import UnreadableError
from tests.convert.synthetic_series import Plane, stack, write
from tests.dedupe.synthetic_films import film, jpeg
from tests.duplicates.synthetic_volumes import SIZES, chest, picture, write_nifti


@pytest.fixture
def sources(tmp_path: Path) -> Any:
    """Return a function that gives the files of a folder."""

    def do(folder: Path) -> list[Source]:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        return find_inputs([str(folder)], scratch)

    return do


def _series(folder: Path, voxels: Any, names: str = "") -> None:
    planes = [
        Plane(
            np.ascontiguousarray(voxels[::-1, ::-1, number].T + 1024).astype(np.uint16),
            (-SIZES[0] * (len(voxels) - 1), -SIZES[1] * (voxels.shape[1] - 1), SIZES[2] * number),
            spacing=(SIZES[1], SIZES[0]),
            name=f"{names}{number:03d}.dcm",
        )
        for number in range(voxels.shape[2])
    ]
    write(folder, planes[::-1])


def test_series_and_nifti_files_are_volumes_and_the_rest_are_pictures(tmp_path: Path, sources: Any) -> None:
    folder = tmp_path / "in"
    _series(folder / "series", chest(1)[:, :, :6])
    write(folder / "few", stack()[:2], series="1.2.3")
    write_nifti(folder / "volume.nii.gz", chest(2))
    film(1).save(folder / "film.png")
    (folder / "broken.dcm").write_bytes(bytes(128) + b"DICM" + b"\xff" * 40)
    volumes, rest = gather_volumes(sources(folder))
    assert sorted(len(volume.members) for volume in volumes) == [1, 6]
    assert {source.path.name for source in rest} == {"film.png", "broken.dcm", "000.dcm", "001.dcm"}
    assert {source.path.parent.name for source in rest} == {"in", "few"}


def test_two_copies_of_a_series_in_two_folders_are_two_volumes(tmp_path: Path, sources: Any) -> None:
    import pydicom
    from pydicom.uid import RLELossless

    folder = tmp_path / "in"
    _series(folder / "one", chest(1)[:, :, :6])
    (folder / "two").mkdir()
    for path in (folder / "one").iterdir():
        image = pydicom.dcmread(path)
        instance = image.SOPInstanceUID
        image.compress(RLELossless, generate_instance_uid=False)
        assert image.SOPInstanceUID == instance
        image.save_as(folder / "two" / path.name)
    volumes, rest = gather_volumes(sources(folder))
    assert [len(volume.members) for volume in volumes] == [6, 6]
    assert rest == []
    (pair,) = find_volume_pairs({volume: read_volume_print(volume) for volume in volumes})
    assert (pair.kind, pair.score, pair.evidence) == (Kind.VOLUME, 1.0, ("voxel values are equal",))


def test_a_series_and_its_nifti_file_are_one_volume(tmp_path: Path, sources: Any) -> None:
    folder = tmp_path / "in"
    _series(folder / "series", chest(1))
    write_nifti(folder / "made.nii.gz", chest(1)[::-1].astype(np.float32), np.diag([-SIZES[0], *SIZES[1:], 1]))
    write_nifti(folder / "other.nii.gz", chest(2))
    volumes, rest = gather_volumes(sources(folder))
    assert rest == []
    (pair,) = find_volume_pairs({volume: read_volume_print(volume) for volume in volumes})
    assert {pair.first.path.name, pair.second.path.name} == {"made.nii.gz", "000.dcm"}
    assert pair.kind is Kind.VOLUME


def test_what_cannot_be_read_names_the_file_once(tmp_path: Path, sources: Any) -> None:
    path = write_nifti(tmp_path / "in" / "cut.nii", chest(1))
    path.write_bytes(path.read_bytes()[:5000])
    (volume,), _ = gather_volumes(sources(tmp_path / "in"))
    with pytest.raises(UnreadableError) as caught:
        read_volume_print(volume)
    assert caught.value.message.count("cut.nii") == 1


CHANGES = {
    "lung": lambda voxels: picture(voxels, 20),
    "mediastinum": lambda voxels: picture(voxels, 20, 40, 400),
    "mirrored": lambda voxels: picture(voxels, 20).transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "turned": lambda voxels: picture(voxels, 20).transpose(Image.Transpose.ROTATE_90),
    "jpeg": lambda voxels: jpeg(picture(voxels, 20), 30),
    "small": lambda voxels: picture(voxels, 20).resize((84, 72), Image.Resampling.LANCZOS),
    "cut to the body": lambda voxels: picture(voxels, 20).crop((6, 12, 106, 80)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_picture_of_a_slice_is_found_with_its_number(tmp_path: Path, sources: Any, name: str) -> None:
    folder = tmp_path / "in"
    _series(folder / "series", chest(1))
    write_nifti(folder / "other.nii.gz", chest(2))
    CHANGES[name](chest(1)).save(folder / "slice.png")
    film(3).save(folder / "film.png")
    volumes, rest = gather_volumes(sources(folder))
    prints = {source: read_picture_print(source) for source in rest}
    known = {volume: read_volume_print(volume) for volume in volumes}
    (pair,) = find_slices(prints, known, set(rest))
    assert (pair.first.path.name, pair.second.path.parent.name, pair.kind) == ("slice.png", "series", Kind.SLICE)
    assert pair.evidence[0] == "slice 20 of 40"
    assert find_slices(prints, known, set()) == []


def test_a_slice_in_sixteen_bits_is_proved_equal(tmp_path: Path, sources: Any) -> None:
    folder = tmp_path / "in"
    write_nifti(folder / "volume.nii.gz", chest(1))
    deep = np.ascontiguousarray(chest(1)[::-1, ::-1, 11].T + 1100).astype(np.uint16)
    Image.fromarray(deep).save(folder / "deep.png")
    volumes, rest = gather_volumes(sources(folder))
    known = {volume: read_volume_print(volume) for volume in volumes}
    (pair,) = find_slices({source: read_picture_print(source) for source in rest}, known, set(rest))
    assert pair.score == 1.0
    assert pair.evidence == ("slice 12 of 40", "equal but for the numbers of its grey levels: none is lost")


def test_a_real_series_is_found_in_its_nifti_file_and_nowhere_else(
    shared_data: Path, tmp_path: Path, sources: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from covidcurate.cli.main import run

    # The journal of conversions is kept where a run is.
    monkeypatch.chdir(tmp_path)
    assert run(["convert", "-q", str(shared_data / "dicom" / "ct-axial-j2k"), str(tmp_path / "made")]) == 0
    found = [
        *sources(shared_data / "dicom" / "ct-axial-j2k"),
        *sources(shared_data / "nifti"),
        *sources(tmp_path / "made"),
    ]
    volumes, rest = gather_volumes(found)
    assert rest == []
    (pair,) = find_volume_pairs({volume: read_volume_print(volume) for volume in volumes})
    assert pair.second.path.parent.name == "made"
    assert pair.evidence == ("voxel values are equal",)
