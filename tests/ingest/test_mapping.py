"""Tables of other layouts are read by a map; all rows and images are synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from covidcurate.ingest import find_map
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
