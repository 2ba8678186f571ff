"""The command as a whole: what it takes, what it calls its outputs, what it refuses, and what it leaves alone."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from PIL import Image

from covidcurate.cli.main import run
from tests.convert.synthetic_series import header, save, stack, write
from tests.imaging.synthetic_images import exif, gradient, icc_profile, nifti, raster

ARRAY = np.arange(64 * 48, dtype=np.uint16).reshape(64, 48)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def items(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that converts and gives the exit code and the items of the report."""

    def do(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
        code = run(["convert", *arguments, "--format", "json", "-q"])
        out = capsys.readouterr().out
        return code, json.loads(out)["items"] if out else []

    return do


def film(path: str, **attributes: Any) -> None:
    image = header("2.25.7", 1, ARRAY)
    image.Modality = "DX"
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    save(image, Path(path))


def test_files_folders_patterns_and_archives(items: Any) -> None:
    film("one.dcm")
    film("folder/deep/two.dcm")
    film("folder/.hidden/three.dcm")
    film("many/four.dcm")
    film("many/five.dcm")
    film("packed/six.dcm")
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.write("packed/six.dcm", "inside/six.dcm")
    with tarfile.open("b.tar.gz", "w:gz") as tar:
        tar.add("packed/six.dcm", "seven.dcm")
    code, found = items("one.dcm", "one.dcm", "folder", "many/*.dcm", "a.zip", "b.tar.gz", "out")
    assert code == 0
    names = {Path(item["output"]).name for item in found}
    assert names == {"one.png", "two.png", "four.png", "five.png", "six.png", "seven.png"}
    assert {path.name for path in Path("out").iterdir()} == names
    assert {item["inputs"][0] for item in found} >= {"one.dcm", "a.zip:inside/six.dcm", "b.tar.gz:seven.dcm"}


@pytest.mark.parametrize("name", ["../out.dcm", "/etc/out.dcm", "a/../../out.dcm", "C:/out.dcm"])
def test_an_archive_that_leads_out_is_refused(name: str, items: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile("bad.zip", "w") as archive:
        archive.writestr(name, b"x")
    assert run(["convert", "bad.zip", "out"]) == 3
    assert "leads out of the folder" in capsys.readouterr().err
    assert not Path("out.dcm").exists()


def test_a_damaged_archive(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.zip").write_bytes(b"PK\x03\x04 this is none")
    assert run(["convert", "bad.zip", "out"]) == 3
    assert "the archive is damaged" in capsys.readouterr().err


def test_names_hold_nothing_of_the_header(items: Any) -> None:
    film("in/Synthetic_chest.dcm", PatientName="SYNTHETIC^SERIES")
    film("in/x_20200131.dcm")
    film("in/1.2.840.113619.2.1.dcm")
    film("in/AB1234.dcm", PatientID="AB1234")
    film("in/chest-pa.dcm")
    code, found = items("in", "out")
    assert code == 0
    names = sorted(Path(item["output"]).name for item in found)
    assert "chest-pa.png" in names
    assert all(name.startswith("dx-") for name in names if name != "chest-pa.png")
    again = items("in", "out2")[1]
    assert [Path(item["output"]).name for item in again] == [Path(item["output"]).name for item in found]


def test_the_map_is_kept_out_of_the_output(items: Any) -> None:
    film("one.dcm")
    items("one.dcm", "out")
    lines = [json.loads(line) for line in Path(".covidcurate/convert.jsonl").read_text().splitlines()]
    assert [(line["inputs"], line["output"]) for line in lines] == [(["one.dcm"], str(Path("out/one.png")))]
    assert [path.name for path in Path("out").iterdir()] == ["one.png"]
    assert Path(".covidcurate/.gitignore").read_text() == "*\n"


def test_nothing_is_written_by_a_dry_run_and_nothing_replaced_without_leave(items: Any) -> None:
    film("one.dcm")
    code, (item,) = items("one.dcm", "out", "--dry-run")
    assert (code, item["status"]) == (0, "planned")
    assert [path.name for path in Path().iterdir()] == ["one.dcm"]
    items("one.dcm", "out")
    before = Path("out/one.png").read_bytes()
    code, (item,) = items("one.dcm", "out", "--invert")
    assert (code, item["status"]) == (4, "refused")
    assert "is there already" in item["reason"]
    assert Path("out/one.png").read_bytes() == before
    assert items("one.dcm", "out", "--invert", "--overwrite")[0] == 0
    assert Path("out/one.png").read_bytes() != before


def test_what_a_killed_process_had_begun_is_removed(items: Any) -> None:
    film("one.dcm")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    Path("out").mkdir()
    Path(f"out/.x.png.{dead.pid}.new").write_bytes(b"half")
    Path(f"out/.y.png.{os.getpid()}.new").write_bytes(b"of a run that is at work")
    assert items("one.dcm", "out")[0] == 0
    assert sorted(path.name for path in Path("out").iterdir()) == [f".y.png.{os.getpid()}.new", "one.png"]


def test_an_interrupted_run_leaves_whole_files_only(tmp_path: Path) -> None:
    for number in range(60):
        film(f"in/{number}.dcm")
    command = [sys.executable, "-m", "covidcurate", "convert", "in", "out", "-q"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while not list(Path("out").glob("*.png")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode in (0, 130)
    assert "Traceback" not in said
    assert all(read(str(path))[0].shape == (64, 48) for path in Path("out").iterdir())


def test_outputs_are_no_inputs_of_the_next_run(items: Any) -> None:
    film("one.dcm")
    assert items(".", "out")[0] == 0
    code, found = items(".", "out", "--overwrite")
    assert (code, [item["inputs"] for item in found]) == (0, [["one.dcm"]])


def test_one_file_for_several_outputs_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    film("one.dcm")
    film("two.dcm")
    assert run(["convert", "one.dcm", "two.dcm", "out.png"]) == 2
    assert "several outputs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.png", "o", "--window", "wide"], "is none of auto, full, lung, mediastinum, bone"),
        (["a.png", "o", "--window", "5,0"], "is none of auto"),
        (["a.png", "o.jpg", "--bits", "16"], "a JPEG has 8 bits"),
        (["a.png", "o.jpg", "--to", "png"], "its name asks for jpg, --to for png"),
        (["a.png", "o", "--slice", "last"], "is neither mosaic, middle, all"),
        (["nothing.dcm", "o"], "nothing.dcm: is not there"),
        (["a.png", "o", "--series", "1.2.3"], "no input belongs to the series"),
        (["a.png", "o", "--level", "9"], "level of compression goes from 0 to 3"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.png").write_bytes(raster("PNG"))
    assert run(["convert", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_one_bad_file_does_not_stop_the_others(items: Any) -> None:
    film("in/good.dcm")
    film("in/zz.dcm")
    data = Path("in/good.dcm").read_bytes()
    Path("in/cut.dcm").write_bytes(data[:-500])
    Path("in/none.txt").write_text("no image")
    Path("in/broken.png").write_bytes(raster("PNG")[:60])
    code, found = items("in", "out")
    assert code == 4
    by_name = {Path(item["inputs"][0]).name: item for item in found}
    assert [by_name[name]["status"] for name in ("good.dcm", "zz.dcm")] == ["written"] * 2
    assert "cut short" in by_name["cut.dcm"]["reason"]
    assert "no image that is known here" in by_name["none.txt"]["reason"]
    assert by_name["broken.png"]["status"] == "failed"
    assert sorted(path.name for path in Path("out").iterdir()) == ["good.png", "zz.png"]


def test_only_the_series_that_is_asked_for(items: Any) -> None:
    write(Path("in"), stack(), series="1.2.3.4")
    code, (item,) = items("in", "out", "--series", "1.2.3.4")
    assert (code, len(item["inputs"])) == (0, 8)
    assert Path(item["output"]).name.startswith("ct-3-")


def test_slices_become_pictures_when_asked(items: Any) -> None:
    write(Path("in"), stack())
    code, found = items("in", "out", "--to", "png", "--window", "lung")
    assert (code, len(found)) == (0, 8)


def test_dcm_info_tells_the_image_and_not_the_patient(items: Any) -> None:
    film("one.dcm", PatientBirthDate="19500101", PixelSpacing=[0.2, 0.2], ViewPosition="PA", PatientName="Planted^Name")
    code, _ = items("one.dcm", "info.json")
    text = Path("info.json").read_text()
    facts = json.loads(text)
    assert (code, facts["view"], facts["spacing at the patient (mm)"]) == (0, "PA", [0.2, 0.2])
    assert not {"Planted", "1950", "2.25.7"} & {word for word in ("Planted", "1950", "2.25.7") if word in text}


def dataset_with(license_: str) -> Path:
    assert run(["init", "set", "-q"]) == 0
    Path("set/images/film.png").write_bytes(raster("PNG"))
    header_ = Path("set/metadata.csv").read_text().strip().split(",")
    row = {"filename": "film.png", "folder": "images", "license": license_}
    Path("set/metadata.csv").write_text(",".join(header_) + "\n" + ",".join(row.get(n, "") for n in header_) + "\n")
    return Path("set/images/film.png")


def test_no_derivatives_means_no_conversion(items: Any) -> None:
    path = dataset_with("CC BY-NC-ND 4.0")
    code, (item,) = items(str(path), "out.jpg")
    assert (code, item["status"]) == (5, "refused")
    assert "CC-BY-NC-ND-4.0" in item["reason"]
    assert not Path("out.jpg").exists()
    assert items(str(path), "out.jpg", "--private")[0] == 0


def test_other_licenses_allow_it(items: Any) -> None:
    assert items(str(dataset_with("CC BY 4.0")), "out.jpg")[0] == 0


def read(path: str) -> Any:
    with Image.open(path) as image:
        return np.asarray(image), image.mode, dict(image.info)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_rasters_of_every_kind(kind: str, items: Any) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    Path("in.img").write_bytes(raster(kind, **options))
    code, (item,) = items("in.img", "out.png")
    assert code == 0, item
    pixels, mode, info = read("out.png")
    assert (mode, info) == ("L", {})
    assert np.abs(pixels.astype(int) - np.asarray(gradient())).max() <= (4 if kind == "JPEG" else 0)


def test_sixteen_bits_stay(items: Any) -> None:
    for kind in ("PNG", "TIFF"):
        Path("deep").write_bytes(raster(kind, "I;16"))
        items("deep", "out.png", "--overwrite")
        assert np.array_equal(read("out.png")[0], np.asarray(gradient("I;16")))


def test_exif_orientation_is_applied_and_metadata_gone(items: Any) -> None:
    Path("turned.jpg").write_bytes(
        raster("JPEG", exif=b"Exif\0\0" + exif(6, "SYNTHETIC NAME"), icc_profile=icc_profile())
    )
    _, (item,) = items("turned.jpg", "out.png")
    pixels, _, info = read("out.png")
    assert pixels.shape == (24, 16)
    assert np.abs(pixels.astype(int) - np.rot90(np.asarray(gradient()), -1)).max() <= 4
    assert info == {}
    assert any("turned upright" in note for note in item["notes"])
    assert b"SYNTHETIC" not in Path("out.png").read_bytes()


def test_color_goes_where_it_is_empty_and_is_noted_where_it_is_not(items: Any) -> None:
    grey = gradient()
    Image.merge("RGBA", [grey, grey, grey, Image.new("L", grey.size, 255)]).save("grey.png")
    items("grey.png", "out.png")
    assert read("out.png")[1] == "L"
    grey.convert("P").save("palette.png")
    items("palette.png", "out.png", "--overwrite")
    assert read("out.png")[1] == "L"
    gradient("RGB").save("color.png")
    _, (item,) = items("color.png", "out.png", "--overwrite")
    assert read("out.png")[1] == "RGB"
    assert any("it has color, which is kept" in note for note in item["notes"])
    half = Image.merge("LA", [grey, Image.new("L", grey.size, 128)])
    half.save("half.png")
    _, (item,) = items("half.png", "out.png", "--overwrite")
    assert any("laid on black" in note for note in item["notes"])


def test_a_jpeg_that_stays_one_keeps_its_pixels(items: Any) -> None:
    data = raster("JPEG", comment=b"SYNTHETIC NAME")
    Path("a.jpg").write_bytes(data)
    items("a.jpg", "b.jpg")
    after = Path("b.jpg").read_bytes()
    assert b"SYNTHETIC" not in after
    assert after[after.index(b"\xff\xda") :] == data[data.index(b"\xff\xda") :]


def test_frames_of_an_animation(items: Any) -> None:
    frames = [Image.new("L", (8, 8), level) for level in (10, 200, 90)]
    frames[0].save("a.gif", save_all=True, append_images=frames[1:])
    _, (item,) = items("a.gif", "out")
    assert [Path(path).name for path in item["outputs"]] == ["a-0001.png", "a-0002.png", "a-0003.png"]
    assert [int(read(path)[0][0, 0]) for path in item["outputs"]] == [10, 200, 90]
    items("a.gif", "one.png", "--frame", "2")
    assert int(read("one.png")[0][0, 0]) == 200


def volume(path: str, affine: Any, shape: tuple[int, ...] = (5, 6, 7), kind: type = nibabel.Nifti1Image) -> Any:
    data = np.zeros(shape, np.int16)
    nibabel.save(kind(data, affine), path)
    return data


@pytest.mark.parametrize("codes", ["RAS", "LPS", "LAS", "PIR", "SRA"])
@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_left_is_left_whatever_the_order_of_axes(codes: str, plane: str, items: Any) -> None:
    """One bright voxel at the patient's right, front and head, seen where radiologists look for it."""
    canonical = np.zeros((5, 6, 7), np.int16)
    canonical[4, 5, 6] = 1000
    # Where the three axes of the canonical array end up, and which way round.
    axes = [{"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}[code] for code in codes]
    flips = [code in "LPI" for code in codes]
    data = canonical.transpose(axes)
    affine = np.zeros((4, 4))
    affine[3, 3] = 1
    for place, (axis, flip) in enumerate(zip(axes, flips, strict=True)):
        affine[axis, place] = -1 if flip else 1
        if flip:
            data = np.flip(data, place)
    nibabel.save(nibabel.Nifti1Image(data, affine), "v.nii")
    number = {"axial": 7, "coronal": 6, "sagittal": 5}[plane]
    code, (item,) = items("v.nii", "out.png", "--plane", plane, "--slice", str(number), "--overwrite")
    assert code == 0, item
    pixels = read("out.png")[0]
    assert pixels[0, 0] == 255
    assert pixels.sum() == 255
    assert pixels.shape == {"axial": (6, 5), "coronal": (7, 5), "sagittal": (7, 6)}[plane]


@pytest.mark.parametrize(("version", "order"), [(1, "<"), (1, ">"), (2, "<"), (2, ">")])
def test_nifti_of_both_versions_and_byte_orders(version: int, order: str, items: Any) -> None:
    Path("v.nii").write_bytes(nifti(version, order))
    code, (item,) = items("v.nii", "out.png")
    assert code == 0, item


def test_pairs_scaled_and_4d_volumes(items: Any) -> None:
    data = np.stack([np.full((4, 4, 3), level, np.int16) for level in (0, 7)], axis=3)
    data[0, 0, 0, :] = 9
    image = nibabel.Nifti1Pair(data, np.eye(4))
    image.header.set_slope_inter(2.0, -3.0)
    nibabel.save(image, "pair.hdr")
    code, found = items(".", "out", "--volume", "2", "--slice", "middle", "--window", "11,20")
    assert (code, [item["inputs"] for item in found]) == (0, [["pair.hdr"]])
    # 7 * 2 - 3 is 11, the center of the window.
    assert abs(int(read(found[0]["output"])[0][0, 0]) - 134) <= 1
    assert any("volume 2 of 2" in note for note in found[0]["notes"])
    assert items("pair.hdr", "out3", "--volume", "3")[0] == 4


def test_all_slices_and_the_mosaic(items: Any) -> None:
    volume("v.nii", np.diag([1, 1, 3, 1]))
    _, (item,) = items("v.nii", "out", "--slice", "all", "--plane", "coronal")
    assert [Path(path).name for path in item["outputs"]] == [f"v-coronal-{n:04d}.png" for n in range(1, 7)]
    # A voxel is three times as high as wide.
    assert read(item["outputs"][0])[0].shape == (21, 5)
    _, (item,) = items("v.nii", "sheet.png")
    assert read("sheet.png")[0].shape == (3 * 6, 3 * 5)


@pytest.mark.parametrize("affine", [np.diag([np.nan, 1, 1, 1]), np.zeros((4, 4)), np.diag([1, 1, 0, 1.0])])
def test_a_volume_that_does_not_say_left_from_right_is_refused(affine: Any, items: Any) -> None:
    image = nibabel.Nifti1Image(np.zeros((4, 4, 4), np.int16), None)
    image.header["sform_code"], image.header["qform_code"] = 1, 0
    for axis, name in enumerate(("srow_x", "srow_y", "srow_z")):
        image.header[name] = affine[axis]
    Path("v.nii").write_bytes(_bytes(image))
    code, (item,) = items("v.nii", "out.png")
    assert code == 4
    assert "nothing says what is left and right" in item["reason"]


def _bytes(image: Any) -> bytes:
    stream = io.BytesIO()
    stream.write(image.header.binaryblock + bytes(4))
    stream.write(np.zeros((4, 4, 4), np.int16).tobytes())
    data = bytearray(stream.getvalue())
    data[108:112] = np.float32(352).tobytes()
    data[344:348] = b"n+1\0"
    return bytes(data)


def test_nifti_to_nifti_loses_its_text(items: Any) -> None:
    Path("named.nii").write_bytes(nifti(name="SYNTHETIC"))
    code, (item,) = items("named.nii", "clean.nii.gz")
    assert code == 0, item
    before, after = nibabel.load("named.nii"), nibabel.load("clean.nii.gz")
    assert np.array_equal(before.get_fdata(), after.get_fdata())  # type: ignore[attr-defined]
    assert not after.header["descrip"].item()
    assert not after.header.extensions  # type: ignore[attr-defined]


def test_a_missing_decoder_names_the_extra(items: Any, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from covidcurate.imaging.dicom import pixels

    # What is_decodable says without the extra; the decoders themselves cannot be taken out of a running Python.
    monkeypatch.setattr(pixels, "is_decodable", lambda _: False)
    code, (item,) = items(str(shared_data / "dicom" / "chest-cr" / "RG3_J2KR.dcm"), "out.png")
    assert code == 4
    assert "JPEG 2000" in item["reason"]
    assert "covidcurate[codecs]" in item["remedy"]


def test_real_series_agree_with_their_headers(shared_data: Path, items: Any) -> None:
    """Every file of the folder of real data is written or refused with a reason, and nothing is a bug."""
    code, found = items(str(shared_data / "dicom"), "out")
    assert code == 4
    bad = {Path(item["inputs"][0]).name: item["reason"] for item in found if item["status"] != "written"}
    assert set(bad) == {"01.dcm", "emri_small_jpeg_2k_lossless_too_short.dcm"}
    assert "distance of slices varies" in bad["01.dcm"]
    assert "cut short" in bad["emri_small_jpeg_2k_lossless_too_short.dcm"]
    assert all(item["reason"] for item in found if item["status"] != "written")
