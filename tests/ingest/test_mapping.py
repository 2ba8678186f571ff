"""Tables of other layouts are read by a map; all rows and images are synthetic."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from covidcurate.ingest import find_map
from covidcurate.ingest.mapping import HeaderMap, MappedColumn
from covidcurate.spec import load_specification
from covidcurate.spec.specification import schema_folder
from tests.ingest.test_ingest import ingest, rows_of

HANNOVER = (
    "patient_id,image_id,sex,age,size,weight,admission_offset,icu_admission_offset,icu_release_offset,death_offset,"
    "modality,projection,crp_offset,crp_val,d-dimer_offset,d-dimer_val,factor_xii_offset,factor_xii_val,ldh_offset,"
    "ldh_val,lymphocytes_offset,lymphocytes_val,neutrophils_offset,neutrophils_val,pco2_offset,pco2_val,po2_offset,po2_val"
)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A folder in the layout of the Hannover collection: two invented patients, three films."""
    folder = tmp_path / "release"
    (folder / "png").mkdir(parents=True)
    rows = [
        {"patient_id": "0a", "image_id": "aa01", "sex": "f", "age": "61", "admission_offset": "-2", "projection": "ap"},
        {"patient_id": "0a", "image_id": "aa02", "sex": "f", "age": "61", "admission_offset": "0", "projection": "pa"},
        {"patient_id": "0b", "image_id": "bb01", "sex": "m", "age": "70", "admission_offset": "3", "projection": "lat"},
    ]
    rows[0] |= {"icu_admission_offset": "-1.0", "lymphocytes_offset": "0.0", "lymphocytes_val": "0.8", "po2_val": "165"}
    rows[1] |= {"lymphocytes_offset": "-3.0", "lymphocytes_val": "1.1", "death_offset": "20.0"}
    names = HANNOVER.split(",")
    lines = [",".join({"modality": "DX", **row}.get(name, "") for name in names) for row in rows]
    (folder / "data.csv").write_text("\n".join([HANNOVER, *lines, ""]))
    for number, row in enumerate(rows):
        Image.new("L", (9, 9 + number), 40 * number).save(folder / "png" / f"{row['image_id']}.png")
    return folder


def test_a_release_in_the_layout_of_hannover_is_taken(
    dataset: Path, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(dataset, release, "--map", "hannover", "--unreviewed") == 4
    first, second, third = rows_of(dataset)[1:]
    assert (first["sex"], first["age"], first["offset"], first["view"]) == ("F", "61", "2", "AP")
    assert (first["modality"], first["license"], first["went_icu"]) == ("X-ray", "CC BY 3.0", "Y")
    assert (first["lymphocyte_count"], second["lymphocyte_count"]) == ("0.8", "")
    assert first["pO2_saturation"] == ""
    assert (second["offset"], second["survival"]) == ("0", "N")
    assert (third["offset"], third["view"]) == ("-3", "")
    assert first["patientid"] == second["patientid"] != third["patientid"]
    shown = capsys.readouterr().out
    assert "view: projection is 'lat', which the map hannover does not translate" in shown
    assert "does not speak of" not in shown


def test_columns_that_nobody_speaks_of_or_that_are_missing_are_said(
    dataset: Path, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = release / "data.csv"
    table.write_text(table.read_text().replace("crp_val", "shoe size").replace("death_offset", "size"))
    ingest(dataset, release, "--map", "hannover", "--dry-run")
    shown = capsys.readouterr().out
    assert "the map hannover does not speak of the column 'shoe size'; its values stay behind" in shown
    assert "there is no column 'death_offset'" in shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('format = 1\n[[column]]\nfrom = "a"\nto = "shoe"\n', "'shoe' is no column of ours"),
        ('format = 1\n[[column]]\nfrom = "a"\nto = "age"\n[[column]]\nfrom = "b"\nto = "age"\n', "is filled twice"),
        ('format = 1\n[[column]]\nfrom = "a"\n', "the key 'to' is missing"),
        ('format = 1\n[[column]]\nfrom = "a"\nto = "age"\nfactr = 2\n', "unknown key 'factr'"),
        ('format = 1\n[[column]]\nfrom = "a"\nto = "age"\nvalues = { x = 2 }\n', "should be a string"),
        ("format = 2\n", "'format' should be 1"),
        ('format = 1\n[[column]]\nfrom = "a"\nto = "age"\n', "no column becomes 'filename'"),
        ('format = 1\n[constants]\npatientid = "1"\n', "'patientid' cannot be a constant"),
        ('format = 1\n[constants]\nshoe = "1"\n', "'shoe' is no column of ours"),
        ("format = 1\nsource = 3\n", "'source' should be a string"),
        ("format = ", "is not TOML"),
    ],
)
def test_a_mistake_in_a_map_is_named(
    text: str, message: str, dataset: Path, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    assert ingest(dataset, release, "--map", path) == 3
    assert message in capsys.readouterr().err


def test_a_map_that_is_not_there_names_those_that_are(
    dataset: Path, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(dataset, release, "--map", "hanover") == 3
    assert "hannover" in capsys.readouterr().err


def test_every_map_that_ships_can_be_read() -> None:
    for path in (schema_folder() / "maps").glob("*.toml"):
        assert find_map(path.stem, load_specification()).columns


@pytest.mark.parametrize("text", ["inf", "-inf", "nan", "61Y", "about 3"])
def test_what_is_no_number_waits(text: str, dataset: Path, release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = release / "data.csv"
    table.write_text(table.read_text().replace("0.8", text).replace(",-2,", f",{text},"))
    assert ingest(dataset, release, "--map", "hannover", "--unreviewed") == 4
    (row,) = (row for row in rows_of(dataset) if row["filename"] == "aa01.png")
    assert (row["lymphocyte_count"], row["offset"]) == ("", "")
    shown = capsys.readouterr().out
    assert f"lymphocytes_val is '{text}', which the map hannover does not translate" in shown
    assert f"admission_offset is '{text}', which the map hannover does not translate" in shown


@pytest.mark.parametrize(("old", "new"), [("projection", "sex"), ("crp_val", "image_id")])
def test_a_column_that_is_there_twice_is_refused(
    old: str, new: str, dataset: Path, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = release / "data.csv"
    table.write_text(table.read_text().replace(old, new))
    assert ingest(dataset, release, "--map", "hannover") == 4
    assert f"the column {new!r} is there twice" in capsys.readouterr().out
    assert len(rows_of(dataset)) == 1


def test_without_the_column_of_file_names_nothing_is_read(
    dataset: Path, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = release / "data.csv"
    table.write_text(table.read_text().replace("image_id", "picture"))
    assert ingest(dataset, release, "--map", "hannover") == 4
    assert "there is no column 'image_id'" in capsys.readouterr().out


def test_what_a_map_read_is_said_with_the_words_that_were_there(
    dataset: Path, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest(dataset, release, "--map", "hannover", "--dry-run", "--format", "json")
    evidence = json.loads(capsys.readouterr().out)["images"][0]["evidence"]
    assert (evidence["offset"]["value"], evidence["offset"]["text"]) == ("2", "-2")
    assert evidence["offset"]["where"].endswith("data.csv:2:admission_offset")
    assert evidence["license"]["where"] == "map hannover"


def test_the_next_release_goes_on_with_the_same_patients(dataset: Path, release: Path) -> None:
    assert ingest(dataset, release, "--map", "hannover", "--unreviewed") == 4
    table = release / "data.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines, lines[1].replace("aa01", "aa03"), ""]))
    Image.new("L", (20, 31), 99).save(release / "png" / "aa03.png")
    ingest(dataset, release, "--map", "hannover", "--unreviewed")
    rows = {row["filename"]: row["patientid"] for row in rows_of(dataset)}
    assert rows["aa03.png"] == rows["aa01.png"] != rows["bb01.png"]


@pytest.mark.parametrize(
    ("theirs", "ours"), [("98.6", "37"), ("101", "38.33333333"), ("fever", None), ("1e400", None), ("", "")]
)
def test_a_unit_is_converted(theirs: str, ours: str | None) -> None:
    column = MappedColumn("temp_f", "temperature", factor=5 / 9, add=-160 / 9)
    mapped, questions = HeaderMap("own", (column,), {}, frozenset()).apply({"temp_f": theirs})
    assert ([cell.text for cell in mapped.values()] or [""])[0] == (ours or "")
    assert len(questions) == (ours is None)
