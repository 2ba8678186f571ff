"""Each kind of duplicate with its evidence, the groups, the best copy, and the cache; on synthetic images."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageOps
from pydicom.uid import RLELossless

from covidcurate.cli.main import run
from covidcurate.convert.inputs import Source
from covidcurate.dedupe import Wish, find_duplicates
from covidcurate.imaging.pixel_digest import digest_pixels
from covidcurate.table import Table
from tests.convert.synthetic_series import header, save
from tests.dedupe.synthetic_films import film, jpeg


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def find(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that looks for duplicates and gives what was found as JSON has it."""

    def do(*arguments: str) -> Any:
        run(["dedupe", *arguments, "--format", "json"])
        return json.loads(capsys.readouterr().out)

    return do


def kinds(found: Any) -> list[tuple[str, str, str]]:
    return [(pair["kind"], pair["first"], pair["second"]) for pair in found["pairs"]]


def radiograph(path: Path, values: Any, *, uid: str = "", **attributes: Any) -> pydicom.Dataset:
    image = header("2.25.5", 1, values)
    image.Modality = "DX"
    if uid:
        image.SOPInstanceUID = uid
    for name, value in attributes.items():
        setattr(image, name, value)
    save(image, path)
    return image


def test_the_same_pixels_in_any_lossless_file() -> None:
    """Containers, transfer syntaxes, depths, rescale and polarity tell nothing of what is shown."""
    values = np.asarray(film(1)).astype(np.uint16) * 16 + 7
    Image.fromarray(values).save("deep.png")
    Image.fromarray(values).save("deep.tif")
    film(1).save("shallow.png")
    film(1).convert("RGB").save("color.bmp")
    film(1).convert("P").save("palette.gif")
    radiograph(Path("a.dcm"), values)
    radiograph(Path("b.dcm"), 4095 - values, PhotometricInterpretation="MONOCHROME1")
    radiograph(Path("c.dcm"), values, RescaleIntercept=-1000, RescaleSlope=2)
    packed = pydicom.dcmread("a.dcm")
    packed.compress(RLELossless)
    packed.save_as("d.dcm")
    digests = {path.name: digest_pixels(path) for path in sorted(Path().iterdir())}
    assert len({digest.order for digest in digests.values() if digest is not None}) == 1
    assert all(digests.values())
    assert digests["deep.png"] == digests["deep.tif"]
    assert digests["deep.png"] != digests["shallow.png"]


def test_one_pixel_or_one_lost_level_makes_another_digest() -> None:
    film(1).save("a.png")
    changed = np.asarray(film(1)).copy()
    changed[5, 5] ^= 1
    Image.fromarray(changed).save("b.png")
    Image.fromarray(np.asarray(film(1)) // 2 * 2).save("c.png")
    ImageOps.invert(film(1)).save("d.png")
    orders = [digest_pixels(Path(f"{name}.png")) for name in "abcd"]
    assert len({one.order for one in orders if one is not None}) == 4


def test_several_pictures_in_one_file_prove_nothing() -> None:
    film(1).save("pages.tif", save_all=True, append_images=[film(2)])
    assert digest_pixels(Path("pages.tif")) is None


def test_same_pixels_are_told_from_changed_ones(find: Any) -> None:
    film(1).save("a.png")
    film(1).save("b.tif")
    jpeg(film(1), 90).save("c.png")
    found = find(".")
    assert kinds(found) == [
        ("same pixels", "a.png", "b.tif"),
        ("same image, changed", "a.png", "c.png"),
        ("same image, changed", "b.tif", "c.png"),
    ]
    assert kinds(find(".", "--exact")) == [("same pixels", "a.png", "b.tif")]
    assert found["pairs"][0]["evidence"] == ["all pixels are equal"]


def test_one_instance_in_two_files_and_its_pseudonym(find: Any, capsys: pytest.CaptureFixture[str]) -> None:
    values = np.asarray(film(1)).astype(np.uint16) * 16
    radiograph(Path("a.dcm"), values, uid="2.25.77")
    radiograph(Path("b.dcm"), values[::-1] // 3, uid="2.25.77")
    radiograph(Path("c.dcm"), np.asarray(film(2)).astype(np.uint16), uid="2.25.78")
    assert run(["deidentify", "a.dcm", "out"]) == 0
    capsys.readouterr()
    found = find(".")
    evidence = {(pair["first"], pair["second"]): (pair["kind"], pair["evidence"]) for pair in found["pairs"]}
    (made,) = (str(path) for path in Path("out").rglob("*.dcm"))
    kind, words = evidence["a.dcm", made]
    assert kind == "same pixels"
    assert "the UID of one is the pseudonym of the other's" in words
    kind, words = evidence["a.dcm", "b.dcm"]
    assert kind == "same instance or series"
    assert words[0] == "one SOP Instance UID"
    assert not any("c.dcm" in pair for pair in evidence)
    assert "2.25.77" not in json.dumps(found)


def test_groups_have_no_chains_and_name_the_best_copy(find: Any) -> None:
    values = np.asarray(film(1)).astype(np.uint16) * 16
    radiograph(Path("original.dcm"), values)
    Image.fromarray((values >> 4).astype(np.uint8)).resize((210, 180)).save("small.png")
    jpeg(film(1), 70).save("lossy.jpg")
    Path("copy.jpg").write_bytes(Path("lossy.jpg").read_bytes())
    film(2).save("other.png")
    (group,) = find(".")["groups"]
    assert group["best"] == "original.dcm"
    assert sorted(group["members"]) == ["copy.jpg", "lossy.jpg", "original.dcm", "small.png"]
    assert "most bits to a grey level" in group["reasons"]
    assert "most pixels" in group["reasons"]


def rows(dataset: Path, *cells: dict[str, str]) -> None:
    table = Table.load(dataset / "metadata.csv")
    shared = {"finding": "Pneumonia", "view": "PA", "modality": "X-ray", "folder": "images", "license": "CC0-1.0"}
    table.append([{**shared, **one} for one in cells])
    (dataset / "metadata.csv").write_bytes(table.to_bytes())


def test_films_of_one_patient_on_other_days_are_related(dataset: Path, find: Any) -> None:
    """The second day is made of the first by a change that the threshold would let through."""
    base = film(1)
    later = Image.blend(base, film(9), 0.3)
    base.save(dataset / "images" / "day-0.png")
    later.save(dataset / "images" / "day-3.png")
    (before,) = find("-d", str(dataset), "--thorough")["pairs"]
    assert (before["kind"], before["score"] < 0.95) == ("same image, changed", True)
    rows(
        dataset,
        {"patientid": "7", "offset": "0", "filename": "day-0.png", "url": "https://example.org/7"},
        {"patientid": "7", "offset": "3", "filename": "day-3.png", "url": "https://example.org/7"},
    )
    (after,) = find("-d", str(dataset), "--thorough")["pairs"]
    assert after["kind"] == "related"
    assert "one patient, on other days" in after["evidence"]
    assert run(["dedupe", "-d", str(dataset), "--thorough", "--fail-on", "near"]) == 0


def test_one_case_under_two_patients(dataset: Path, find: Any) -> None:
    notes = (
        "An invented man of 61 years with fever and cough for 4 days, who was well before and came home after 9 days."
    )
    for number in range(6):
        film(number).save(dataset / "images" / f"film-{number}.png")
    rows(
        dataset,
        {"patientid": "1", "filename": "film-0.png", "url": "https://radiopaedia.org/cases/synthetic-1?lang=us"},
        {"patientid": "2", "filename": "film-1.png", "url": "http://www.radiopaedia.org/cases/synthetic-1"},
        {"patientid": "3", "filename": "film-2.png", "clinical_notes": notes, "age": "61"},
        {"patientid": "4", "filename": "film-3.png", "clinical_notes": f" {notes.upper()}"},
        {"patientid": "5", "filename": "film-4.png", "clinical_notes": notes, "age": "44"},
        {"patientid": "6", "filename": "film-5.png", "url": "https://example.org/article"},
    )
    found = [(Path(first).name, Path(second).name) for kind, first, second in kinds(find("-d", str(dataset)))]
    assert found == [("film-0.png", "film-1.png"), ("film-2.png", "film-3.png"), ("film-3.png", "film-4.png")]


def test_patients_of_one_page_who_differ_are_no_duplicates(dataset: Path, find: Any) -> None:
    page = "https://www.eurorad.org/case/16745"
    for number in range(4):
        film(number).save(dataset / "images" / f"film-{number}.png")
    rows(
        dataset,
        {"patientid": "1", "filename": "film-0.png", "url": page, "age": "27", "sex": "M"},
        {"patientid": "2", "filename": "film-1.png", "url": page, "age": "43"},
        {
            "patientid": "3",
            "filename": "film-2.png",
            "url": page,
            "age": "43",
            "clinical_notes": "Patient 3, invented.",
        },
        {
            "patientid": "4",
            "filename": "film-3.png",
            "url": page,
            "age": "43",
            "clinical_notes": "Patient 4, invented.",
        },
    )
    found = [(Path(first).name, Path(second).name) for kind, first, second in kinds(find("-d", str(dataset)))]
    assert found == [("film-1.png", "film-2.png"), ("film-1.png", "film-3.png")]


def test_a_second_run_reads_nothing_and_finds_the_same(find: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        film(number).save(f"film-{number}.png")
    ImageOps.mirror(film(3)).save("mirrored.png")
    film(4).save("other.tif")
    time.sleep(0.06)
    first = find(".")
    assert [kind for kind, *_ in kinds(first)] == ["same image, changed", "same pixels"]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("read again")

    for name in ("read_thumbnail", "read_picture", "digest_pixels"):
        monkeypatch.setattr(f"covidcurate.dedupe.pictures.{name}", refuse)
    monkeypatch.setattr("covidcurate.dedupe.contents.sha256_of", refuse)
    assert find(".") == first


def test_the_cache_changes_nothing_but_time(find: Any) -> None:
    for number in range(4):
        film(number).save(f"film-{number}.png")
    film(2).rotate(1, Image.Resampling.BILINEAR).save("z.png")
    time.sleep(0.06)
    first = find(".", "--no-cache")
    assert not Path(".covidcurate").exists()
    assert find(".") == find(".") == first
    Path(".covidcurate/cache.sqlite").write_bytes(b"nonsense")
    assert find(".") == first
    ImageOps.invert(film(2)).save("film-1.png")
    assert len(find(".")["pairs"]) == 3


def test_two_files_are_explained_whatever_comes_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    film(1).save("a.png")
    ImageOps.mirror(film(1)).save("b.png")
    film(2).save("c.png")
    assert run(["dedupe", "--explain", "a.png", "b.png"]) == 0
    shown = capsys.readouterr().out
    assert "same image, changed: yes" in shown
    assert "mirrored" in shown
    assert run(["dedupe", "--explain", "a.png", "c.png"]) == 0
    assert "same image, changed: no" in capsys.readouterr().out
    assert run(["dedupe", "--explain", "a.png", "none.png"]) == 2


def test_the_table_of_pairs_is_csv(capsys: pytest.CaptureFixture[str]) -> None:
    film(1).save('a, "quoted".png')
    film(1).resize((210, 180)).save("b.png")
    run(["dedupe", ".", "--format", "csv"])
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["kind"], row["first"], row["second"]) == ("same image, changed", 'a, "quoted".png', "b.png")
    assert row["best"] == 'a, "quoted".png'
    assert float(row["score"]) > 0.9


def test_the_threshold_is_the_users(find: Any) -> None:
    film(1).save("a.png")
    Image.blend(film(1), film(9), 0.3).save("b.png")
    assert kinds(find(".", "--thorough", "--threshold", "0.8"))
    assert not kinds(find(".", "--thorough", "--threshold", "0.99"))


def test_a_file_that_goes_while_the_run_is_at_work_is_told() -> None:
    film(1).save("there.png")
    sources = [Source(Path(name), name) for name in ("there.png", "gone.png")]
    search = find_duplicates(sources, Wish())
    assert [source.shown for source in search.problems] == ["gone.png"]
