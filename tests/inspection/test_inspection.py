"""What a file is, what is odd, and what names a person: each oddity on its own, and no value unless asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from pydicom import Dataset, Sequence, dcmread

from covidcurate.cli.main import run
from tests.convert.synthetic_series import header, save, stack, write
from tests.imaging.synthetic_images import exif, gzipped, nifti, raster

SECRETS = ("Planteroth", "Annegret", "QX-0047110", "19501224", "Zanzibari", "1.2.826.0.1.3680043.10.777")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def inspect(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[dict[str, Any]]]]:
    """Return a function that inspects paths and gives the exit code and the files of the report."""

    def do(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        code = run(["inspect", *arguments, "--format", "json", "-q"])
        return code, json.loads(capsys.readouterr().out)["files"]

    return do


def film(**attributes: Any) -> Dataset:
    image = header("1.2.826.0.1.3680043.10.777.2", 1, np.zeros((8, 6), np.uint16))
    image.Modality, image.ViewPosition, image.PatientOrientation = "DX", "PA", ["L", "F"]
    image.PixelSpacing = [0.2, 0.2]
    image.PatientName, image.PatientID, image.PatientBirthDate = "Planteroth^Annegret", "QX-0047110", "19501224"
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    return image


def test_a_film(inspect: Any) -> None:
    save(film(WindowCenter=40, WindowWidth=400), Path("a.dcm"))
    code, (one,) = inspect("a.dcm")
    assert (code, one["kind"], one["odd"]) == (0, "DICOM", [])
    facts = one["facts"]
    assert facts["columns x rows"] == [6, 8]
    assert facts["bits"] == "12 of 16, unsigned"
    assert facts["photometric interpretation"] == "MONOCHROME2"
    assert facts["transfer syntax"] == "Explicit VR Little Endian (1.2.840.10008.1.2.1)"
    assert (facts["view"], facts["modality"], facts["window center"]) == ("PA", "DX", 40)
    assert facts["decodable here"] is True
    assert {"PatientName (0010,0010)", "PatientID (0010,0020)", "PatientBirthDate (0010,0030)"} <= set(
        one["identifying"]
    )


def _without_preamble(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[144 + int.from_bytes(data[140:144], "little") :])


def _with_preamble(path: Path) -> None:
    path.write_bytes(b"II*\0" + path.read_bytes()[4:])


def _of_another_instance(path: Path) -> None:
    image = dcmread(path)
    image.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    image.save_as(path, enforce_file_format=False)


def _nothing(path: Path) -> None:
    return None


ODD: dict[str, tuple[Dataset, Callable[[Path], None]]] = {
    "it has no preamble": (film(), _without_preamble),
    "it does not state its transfer syntax": (film(), _without_preamble),
    "its preamble is not empty": (film(), _with_preamble),
    "names another instance": (film(), _of_another_instance),
    "its pixel data is cut short": (film(PixelData=bytes(50)), _nothing),
    "its pixel data goes on": (film(PixelData=bytes(200)), _nothing),
    "BitsStored (0028,0101) is 20, more than the 16": (film(BitsStored=20), _nothing),
    "HighBit (0028,0102) is 15, where 11 is usual": (film(HighBit=15), _nothing),
    "it is MONOCHROME2 with 3 samples": (film(SamplesPerPixel=3, PlanarConfiguration=0), _nothing),
    "WindowWidth (0028,1051) is below": (film(WindowCenter=4, WindowWidth=0), _nothing),
    "it states 2 windows": (film(WindowCenter=[4, 5], WindowWidth=[4, 5]), _nothing),
    "RescaleSlope (0028,1053) is 0": (film(RescaleSlope=0, RescaleIntercept=0), _nothing),
    "PixelSpacing (0028,0030) is not above 0": (film(PixelSpacing=[0, 0]), _nothing),
    "magnified by an unknown factor": (film(PixelSpacing=None, ImagerPixelSpacing=[0.1, 0.1]), _nothing),
    "ViewPosition (0018,5101) is not stated": (film(ViewPosition=""), _nothing),
    "PatientOrientation (0020,0020) is not stated": (film(PatientOrientation=""), _nothing),
    "text is burned into its pixels": (film(BurnedInAnnotation="YES"), _nothing),
    "its low values are bright": (film(PhotometricInterpretation="MONOCHROME1"), _nothing),
    "ImagePositionPatient (0020,0032) is missing": (film(Modality="CT"), _nothing),
    "it has a thumbnail": (film(IconImageSequence=Sequence([Dataset()])), _nothing),
    "its header speaks of 1 frames of 0 x 8": (film(Columns=0), _nothing),
}


@pytest.mark.parametrize("words", ODD)
def test_each_oddity_is_told(words: str, inspect: Any) -> None:
    image, change = ODD[words]
    save(image, Path("a.dcm"))
    change(Path("a.dcm"))
    code, (one,) = inspect("a.dcm")
    assert code == 0
    assert any(words in odd for odd in one["odd"]), one["odd"]


@pytest.mark.parametrize("says", ["yes", "Yes ", "Y"])
def test_burned_in_text_is_told_however_that_is_spelled(says: str, inspect: Any) -> None:
    image = film()
    image.add_new("BurnedInAnnotation", "CS", says)
    save(image, Path("a.dcm"))
    assert "it says that text is burned into its pixels" in inspect("a.dcm")[1][0]["odd"]


def test_private_elements_and_overlays(inspect: Any) -> None:
    image = film()
    image.add_new((0x0009, 0x0010), "LO", "SYNTHETIC")
    image.add_new((0x6000, 0x3000), "OW", b"\0\0")
    image.add_new((0x6002, 0x0100), "US", 16)
    save(image, Path("a.dcm"))
    odd = inspect("a.dcm")[1][0]["odd"]
    assert {"it has 1 private elements", "it has overlays", "it has overlays in the bits of its pixels"} <= set(odd)


def test_a_name_that_does_not_fit_the_content(inspect: Any) -> None:
    Path("a.jpg").write_bytes(raster("PNG"))
    assert inspect("a.jpg")[1][0]["odd"] == ["its name ends in .jpg, but it is PNG"]


def plant(folder: Path) -> None:
    folder.mkdir()
    nested = Dataset()
    nested.OperatorsName = "Zanzibari^X"
    image = film(RequestAttributesSequence=Sequence([nested]), StudyInstanceUID=f"{SECRETS[5]}.9")
    image.StudyDescription = "Thorax of Annegret"
    save(image, folder / "a.dcm")
    (folder / "b.jpg").write_bytes(raster("JPEG", exif=b"Exif\0\0" + exif(1, "Planteroth"), comment=b"Annegret"))
    (folder / "c.nii").write_bytes(nifti(name="Planteroth"))
    (folder / "d.nii.gz").write_bytes(gzipped(nifti(name="Annegret"), name="Zanzibari.nii"))
    write(folder / "series", stack())


@pytest.mark.parametrize("format_", ["text", "json"])
@pytest.mark.parametrize("paths", [["in"], ["in/a.dcm", "in/b.jpg", "in/c.nii"]])
def test_values_are_hidden_unless_they_are_asked_for(
    paths: list[str], format_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(Path("in"))
    assert run(["inspect", *paths, "--format", format_]) == 0
    captured = capsys.readouterr()
    for secret in SECRETS:
        assert secret.casefold() not in (captured.out + captured.err).casefold()
    assert "PatientName (0010,0010)" in captured.out
    assert run(["inspect", *paths, "--format", format_, "--show-phi"]) == 0
    shown = capsys.readouterr().out
    for secret in SECRETS:
        assert secret in shown


def test_folders_are_summed_up_by_patient_study_and_series(capsys: pytest.CaptureFixture[str]) -> None:
    plant(Path("in"))
    assert run(["inspect", "in"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("patient P") == 2
    assert "8 files" in captured.out
    assert "12 files: 9 DICOM, 1 JPEG, 1 NIfTI, 1 gzipped NIfTI, 0 broken" in captured.out
    assert "Pseudonyms are those of this run alone" in captured.err
    assert not Path(".covidcurate").exists()


def test_pseudonyms_last_where_there_is_a_key(inspect: Any) -> None:
    save(film(), Path("a.dcm"))
    assert run(["deidentify", "a.dcm", "out", "-q"]) == 0
    names = [inspect("a.dcm")[1][0]["patient"] for _ in range(2)]
    assert names[0] == names[1] != ""


def test_broken_files_say_where_and_the_others_are_told(inspect: Any) -> None:
    save(film(), Path("good.dcm"))
    Path("cut.png").write_bytes(raster("PNG")[:20])
    Path("bad.nii").write_bytes(nifti()[:200])
    Path("none.bin").write_bytes(b"nothing at all")
    Path("bad.dcm").write_bytes(Path("good.dcm").read_bytes()[:300] + b"\xff" * 40)
    code, found = inspect("good.dcm", "cut.png", "bad.nii", "none.bin", "bad.dcm")
    assert code == 4
    assert [("error" in one) for one in found[:4]] == [False, True, True, True]
    assert run(["inspect", "none.bin"]) == 3


def test_nifti(inspect: Any) -> None:
    image = nibabel.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.diag([-2.0, 2.0, 3.0, 1.0]))
    image.set_qform(np.diag([2.0, 2.0, 3.0, 1.0]), 1)
    image.set_sform(np.diag([-2.0, 2.0, 3.0, 1.0]), 2)
    nibabel.save(image, "a.nii.gz")
    code, (one,) = inspect("a.nii.gz")
    facts = one["facts"]
    assert code == 0
    assert (facts["voxels"], facts["voxel size"], facts["orientation"]) == ([4, 5, 6], [2.0, 2.0, 3.0], "LAS")
    assert (facts["data type"], facts["qform code"], facts["sform code"]) == ("int16", 1, 2)
    assert any("qform and sform differ" in odd for odd in one["odd"])


def test_real_files_are_all_told(shared_data: Path, inspect: Any) -> None:
    code, found = inspect(
        str(shared_data / "dicom"), str(shared_data / "nifti"), str(shared_data / "collection" / "images")
    )
    broken = [one["file"] for one in found if "error" in one]
    assert code == 4
    assert [Path(name).name for name in broken] == ["emri_small_jpeg_2k_lossless_too_short.dcm"]
