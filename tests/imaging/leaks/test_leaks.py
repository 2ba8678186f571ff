"""Whatever is planted is found, wherever and however it is written; what is clean is called so; nothing is quoted."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from pydicom import Dataset, Sequence

from covidcurate.cli.main import run
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.leaks import Kind, identifiers_of_dataset
from covidcurate.imaging.leaks.files import find_leaks_in_bytes, find_leaks_in_texts, identifiers_of_file
from covidcurate.imaging.leaks.search import Finder
from tests.convert.synthetic_series import header, save
from tests.imaging.synthetic_images import chunk, exif, gzipped, insert_after_header, nifti, raster

NAME, ID, DAY, UID = "Planteroth^Annegret", "QX-0047110", "20191231", "1.2.826.0.1.3680043.10.777.1"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A synthetic film of somebody who does not exist."""
    image = header(
        "1.2.826.0.1.3680043.10.777.2", 1, np.random.default_rng(1).integers(0, 4095, (64, 64)).astype(np.uint16)
    )
    image.PatientName, image.PatientID, image.StudyDate, image.StudyInstanceUID = NAME, ID, DAY, UID
    image.StudyTime, image.StudyDescription, image.AccessionNumber = "101112.345678", "Thorax p.a.", "ACC991827"
    nested = Dataset()
    nested.OperatorsName = "Wexelberg^Jo"
    image.RequestAttributesSequence = Sequence([nested])
    image.add_new((0x0009, 0x0010), "LO", "SYNTHETIC")
    image.add_new((0x0009, 0x1001), "UN", b"secret Zanzibari 998877")
    folder = tmp_path / "in" / "Kowalczyk"
    folder.mkdir(parents=True)
    save(image, folder / "IM0001.dcm")
    return folder / "IM0001.dcm"


def png(*chunks: bytes) -> bytes:
    return insert_after_header(raster("PNG"), *chunks)


def zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def text_chunk(text: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text, zip=True)
    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "PNG", pnginfo=info)
    return stream.getvalue()


LEAKS: dict[str, tuple[str, bytes]] = {
    "plain": ("a.bin", b"x" * 50 + b"Planteroth" + b"y" * 50),
    "other case": ("a.bin", b"..PLANTEROTH.."),
    "other order": ("a.txt", b"seen: Annegret Planteroth"),
    "with a comma": ("a.txt", b"Planteroth, Annegret"),
    "given name alone": ("a.txt", b"dear annegret, "),
    "id": ("a.csv", b"id,note\n1,QX-0047110\n"),
    "id without signs": ("a.csv", b"id,note\n1,QX0047110\n"),
    "accession number": ("a.txt", b"no. ACC991827."),
    "date": ("a.txt", b"on 20191231"),
    "date in ISO": ("a.txt", b"on 2019-12-31"),
    "date in German": ("a.txt", b"am 31.12.2019"),
    "date in American": ("a.txt", b"12/31/2019"),
    "date in words": ("a.txt", b"Dec 31, 2019"),
    "time": ("a.bin", b"at 101112.345678"),
    "UID": ("a.json", json.dumps({"series": UID}).encode()),
    "UTF-16": ("a.bin", b"\x01" + "Planteroth".encode("utf-16-le")),
    "UTF-16 big endian": ("a.bin", b"\x01" + "Planteroth".encode("utf-16-be")),
    "base64": ("a.bin", b"data:" + base64.b64encode(b"QX-0047110")),
    "base64, shifted by one": ("a.bin", base64.b64encode(b".QX-0047110..")),
    "base64, shifted by two": ("a.bin", base64.b64encode(b"..QX-0047110.")),
    "hexadecimal": ("a.bin", b"QX-0047110".hex().encode()),
    "in gzip": ("a.gz", gzip.compress(b"....Planteroth....")),
    "in a header of gzip": ("a.nii.gz", gzipped(nifti(), name="Planteroth.nii")),
    "in gzip in gzip": ("a.gz", gzip.compress(gzip.compress(b"Planteroth"))),
    "in NIfTI": ("a.nii", nifti().replace(b"\x00" * 10, b"Planteroth", 1)),
    "in zip": ("a.zip", zipped("x.txt", b"Planteroth" * 3)),
    "as a name in zip": ("a.zip", zipped("Planteroth.txt", b"nothing")),
    "in PNG text": ("a.png", png(chunk(b"tEXt", b"Author\0Planteroth"))),
    "in compressed PNG text": ("a.png", text_chunk("by Planteroth " * 9)),
    "in EXIF of PNG": ("a.png", png(chunk(b"eXIf", exif(1, "Planteroth")))),
    "after PNG": ("a.png", png() + b"Planteroth"),
    "in EXIF of JPEG": ("a.jpg", raster("JPEG", exif=b"Exif\0\0" + exif(1, "Planteroth"))),
    "in a comment of JPEG": ("a.jpg", raster("JPEG", comment=b"Planteroth")),
    "after JPEG": ("a.jpg", raster("JPEG") + b"Planteroth"),
    "nested name": ("a.txt", b"by Wexelberg"),
    "private bytes": ("a.bin", b".secret zanzibari 998877."),
    "folder of the input": ("a.txt", b"from Kowalczyk"),
    "name of a file": ("Planteroth-1.png", raster("PNG")),
    "name of a folder": ("annegret/1.png", raster("PNG")),
}  # fmt: skip


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_found_and_not_quoted(
    name: str, film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, content = LEAKS[name]
    target = tmp_path / "out" / file
    target.parent.mkdir(parents=True)
    target.write_bytes(content)
    assert run(["verify-deidentified", str(tmp_path / "out"), "--against", str(tmp_path / "in")]) == 1
    shown = capsys.readouterr().out
    assert "stands in" in shown
    if "name" not in name:
        assert file in shown
    for secret in (*NAME.split("^"), ID, UID, "Wexelberg", "Zanzibari", "991827"):
        assert secret.casefold() not in shown.casefold().replace(file.casefold(), "").replace("kowalczyk", "")


def test_what_is_clean_is_called_clean(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "film.png").write_bytes(raster("PNG"))
    (out / "noise.bin").write_bytes(np.random.default_rng(2).bytes(4 << 20))
    (out / "noise.nii.gz").write_bytes(gzipped(nifti()))
    (out / "metadata.csv").write_text("filename,clinical_notes\nfilm.png,Thorax p.a. of a patient\n")
    assert run(["verify-deidentified", str(out), "--against", str(tmp_path / "in"), "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["leaks"] == []
    assert report["outputs"] == 4
    assert report["identifiers"] > 10
    assert report["bytes"] > 4 << 20


def test_descriptions_count_in_headers_and_not_in_notes(film: Path) -> None:
    """People write `Thorax p.a.` in good faith; a header of an image must not have it."""
    found = identifiers_of_dataset(read_dicom(film))
    everything, personal = Finder(found), Finder(one for one in found if one.personal)
    assert list(find_leaks_in_bytes(b"....Thorax p.a.....", everything, "x"))
    assert not list(find_leaks_in_texts({"notes": "Thorax p.a."}, personal, "row"))
    assert [leak.place for leak in find_leaks_in_texts({"notes": "Frau Planteroth"}, personal, "row")] == ["notes"]


def test_codes_and_standard_uids_are_no_identity(film: Path) -> None:
    values = {one.value for one in identifiers_of_dataset(read_dicom(film))}
    assert not {"CT", "ORIGINAL", "MONOCHROME2", "1.2.840.10008.5.1.4.1.1.2"} & values
    kinds = {one.kind for one in identifiers_of_dataset(read_dicom(film))}
    assert {Kind.NAME, Kind.NUMBER, Kind.DATE, Kind.TIME, Kind.UID} <= kinds
    assert all(one.value not in repr(one) for one in identifiers_of_dataset(read_dicom(film)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", raster("JPEG", comment=b"Patient Planteroth 20191231")),
        ("a.jpg", raster("JPEG", exif=b"Exif\0\0" + exif(1, "Planteroth"))),
        ("a.png", png(chunk(b"tEXt", b"Author\0Planteroth"))),
        ("a.nii", nifti(name="Planteroth")),
        ("a.json", json.dumps({"a": [{"PatientName": "Planteroth"}]}).encode()),
        ("Planteroth_1.png", raster("PNG")),
    ],
)
def test_identities_of_other_inputs_are_collected(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    finder = Finder(identifiers_of_file(tmp_path / name))
    assert list(find_leaks_in_bytes(b".... Planteroth ....", finder, "x"))
    assert not list(find_leaks_in_bytes(b".... somebody else ....", finder, "x"))


def test_many_patterns_cost_little(film: Path) -> None:
    """The quick search finds exactly what the plain one does."""
    finder = Finder(identifiers_of_dataset(read_dicom(film)))
    noise = np.random.default_rng(3).bytes(1 << 18)
    data = noise + b"planteroth" + noise + ID.encode() + noise
    places = {place for place, _ in finder.find(data)}
    assert {len(noise), 2 * len(noise) + len("planteroth")} <= places


@pytest.mark.parametrize("arguments", [["nowhere", "--against", "."], [".", "--against", "nowhere"]])
def test_what_is_not_there_is_wrong_usage(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["verify-deidentified", *arguments]) == 2
    assert "is not there" in capsys.readouterr().err


def test_a_broken_input_is_said_and_does_not_stop_the_others(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (film.parent / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\x08\x00\x05\x00CS\xff\xff")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_bytes(raster("PNG"))
    run_: Callable[..., int] = run
    assert run_(["verify-deidentified", str(tmp_path / "out"), "--against", str(tmp_path / "in")]) == 4
    assert "broken.dcm" in capsys.readouterr().out
