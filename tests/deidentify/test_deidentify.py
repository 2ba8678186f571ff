"""The command as a whole: every kind of file, neutral names, an account without values, and the check of it all."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from covidcurate.cli.main import run
from tests.convert.synthetic_series import stack, write
from tests.imaging.deidentify.canaries import Canaries, film, planted
from tests.imaging.deidentify.canaries import write as write_planted
from tests.imaging.synthetic_images import exif, gzipped, icc_profile, nifti, raster

NAME = "Planteroth"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def outputs(folder: str = "out") -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def everything(data: bytes) -> bytes:
    """Return bytes with what they unpack to."""
    return data + (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else b"")


def carriers() -> dict[str, bytes]:
    """Return files of every kind with a name in them."""
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("Author", NAME, zip=True)
    block = b"Exif\0\0" + exif(1, NAME)
    return {
        "a.jpg": raster("JPEG", exif=block, comment=NAME.encode(), icc_profile=icc_profile()) + NAME.encode(),
        "b.png": raster("PNG", pnginfo=info, exif=block) + NAME.encode(),
        "c.gif": raster("GIF", comment=NAME.encode()),
        "d.webp": raster("WEBP", lossless=True, exif=block, xmp=f"<x>{NAME}</x>".encode()),
        "e.tif": raster("TIFF", tiffinfo={270: NAME, 315: NAME}),
        "f.bmp": raster("BMP") + NAME.encode(),
        "g.nii": nifti(name=NAME) + NAME.encode(),
        "h.nii.gz": gzipped(nifti(name=NAME), name=f"{NAME}.nii"),
        f"{NAME}-i.png": raster("PNG"),
    }


def test_no_name_is_left_in_files_of_any_kind(tmp_path: Path) -> None:
    Path("in", NAME).mkdir(parents=True)
    for name, data in carriers().items():
        Path("in", NAME, name).write_bytes(data)
        assert NAME in name or NAME.encode() in everything(data) or NAME.encode() in data, name
    assert run(["deidentify", "in", "out", "-q"]) == 0
    found = outputs()
    assert len(found) == len(carriers())
    for name, data in found.items():
        assert NAME.casefold() not in name.casefold()
        assert NAME.encode().lower() not in everything(data).lower(), name
    kinds = sorted(name.partition(".")[2] for name in found)
    assert kinds == ["jpg", "nii", "nii.gz", "png", "png", "png", "png", "png", "png"]
    assert run(["verify-deidentified", "out", "--against", "in"]) == 0


def test_dicom_with_a_canary_everywhere(tmp_path: Path) -> None:
    from pydicom import config

    before = config.settings.writing_validation_mode, config.settings.reading_validation_mode
    config.settings.writing_validation_mode = config.settings.reading_validation_mode = config.IGNORE
    try:
        canaries = Canaries()
        Path("in").mkdir()
        write_planted(planted(canaries), Path("in/IM1.dcm"), canaries)
    finally:
        config.settings.writing_validation_mode, config.settings.reading_validation_mode = before
    # A key by which dates move further than the canaries reach, so that none lands on another.
    Path(".covidcurate").mkdir()
    Path(".covidcurate/deidentify.key").write_text(bytes(range(32)).hex())
    assert run(["deidentify", "in", "out", "-q", "--report", "report.json"]) == 0
    ((name, data),) = outputs().items()
    assert canaries.left_in(data + name.encode() + Path("report.json").read_bytes()) == []
    assert run(["verify-deidentified", "out", "report.json", "--against", "in"]) == 0


def test_studies_and_series_stay_together() -> None:
    write(Path("in/one"), stack(), series="1.2.3.4")
    write(Path("in/two"), stack(), series="1.2.3.5")
    assert run(["deidentify", "in", "out", "-q"]) == 0
    names = list(outputs())
    assert len(names) == 16
    folders = {name.rpartition("/")[0] for name in names}
    assert len(folders) == 2
    assert len({folder.rpartition("/")[0] for folder in folders}) == 1
    # The series still make the same volumes, which is what they are kept for.
    for folder, volume in (("in/one", "before.nii.gz"), ("in/two", "other.nii.gz")):
        assert run(["convert", folder, volume, "-q"]) == 0
    after = [f"after{number}.nii.gz" for number, _ in enumerate(sorted(folders))]
    for folder, volume in zip(sorted(folders), after, strict=True):
        assert run(["convert", f"out/{folder}", volume, "-q"]) == 0
    assert Path("before.nii.gz").read_bytes() in {Path(volume).read_bytes() for volume in after}


def test_a_second_run_changes_nothing_and_another_key_does() -> None:
    write(Path("in"), stack())
    assert run(["deidentify", "in", "out", "-q"]) == 0
    first = outputs()
    assert run(["deidentify", "in", "out", "-q"]) == 0
    assert outputs() == first
    Path(".covidcurate/deidentify.key").unlink()
    assert run(["deidentify", "in", "other", "-q"]) == 0
    assert not set(outputs("other")) & set(first)


def test_a_key_from_a_file_gives_the_pseudonyms_of_the_dataset_it_is_from(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("in"), stack())
    assert run(["deidentify", "in", "out", "-q"]) == 0
    Path(".covidcurate/deidentify.key").rename("kept.key")
    assert run(["deidentify", "in", "again", "-q", "--key", "kept.key"]) == 0
    assert outputs("again") == outputs()
    assert not Path(".covidcurate/deidentify.key").exists()
    Path("short.key").write_text("abcd")
    for name, fault in (("short.key", "is no key"), ("none.key", "cannot be read")):
        assert run(["deidentify", "in", "other", "-q", "--key", name]) == 3
        assert fault in capsys.readouterr().err
    assert not Path("other").exists()


def test_what_must_not_pass_is_refused_and_the_rest_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in").mkdir()
    image = film()
    image.BurnedInAnnotation = "YES"
    image.save_as("in/burned.dcm", enforce_file_format=True)
    report = film()
    del report.PixelData
    report.save_as("in/report.dcm", enforce_file_format=True)
    assert run(["deidentify", "in", "out", "-q"]) == 5
    film().save_as("in/good.dcm", enforce_file_format=True)
    Path("in/notes.txt").write_text("Planteroth")
    assert run(["deidentify", "in", "out", "-q"]) == 4
    shown = capsys.readouterr().out
    assert "burned into its pixels" in shown
    assert "is no image, but a report" in shown
    assert "cannot be de-identified" in shown
    assert "1 written, 2 refused, 1 failed; pixels not checked for burned-in text" in shown
    assert len(outputs()) == 1


def test_the_report_names_attributes_outputs_and_nobody() -> None:
    Path("in").mkdir()
    image = film()
    image.PatientName, image.StudyDescription = "Planteroth^Annegret", "Thorax of Annegret"
    image.save_as(f"in/{NAME}.dcm", enforce_file_format=True)
    assert run(["deidentify", "in", "out", "-q", "--report", "report.json", "--keep-dates", "removed"]) == 0
    text = Path("report.json").read_text()
    assert "annegret" not in text.casefold()
    assert NAME.casefold() not in text.casefold()
    (entry,) = json.loads(text)["files"]
    assert entry["removed"]["StudyDescription"] == 1
    assert entry["replaced"]["PatientName"] == 1
    assert json.loads(text)["pixels"] == "pixels not checked for burned-in text"
    assert entry["output"] in outputs()


def test_pixels_of_rasters_stay() -> None:
    Path("in").mkdir()
    for kind in ("PNG", "TIFF", "GIF", "BMP"):
        Path(f"in/a.{kind.lower()}").write_bytes(raster(kind))
    assert run(["deidentify", "in", "out", "-q"]) == 0
    with Image.open("in/a.png") as image:
        before = np.asarray(image)
    for name in outputs():
        with Image.open(Path("out", name)) as after:
            assert np.array_equal(np.asarray(after), before)


def test_real_dicom(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deidentify", str(shared_data / "dicom"), "out", "-q"]) == 4
    assert "65 written, 0 refused, 1 failed" in capsys.readouterr().out
    found: dict[str, Any] = outputs()
    assert len(found) == 65
