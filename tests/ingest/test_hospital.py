"""DICOM as a hospital sends it; all patients are invented and all images noise."""

from __future__ import annotations

import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from covidcurate.cli.main import run
from tests.ingest.synthetic_hospital import ANNEGRET, BERTHOLD, OBJECTS, SECRETS, film, medium, series, shipment
from tests.ingest.test_ingest import ingest, rows_of

TERMS = (
    'format = 1\n{source}\n[constants]\nlicense = "CC0-1.0"\nurl = "https://example.org/gift"\nfinding = "No Finding"\n'
)


@pytest.fixture
def terms(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a map without columns: on which terms images enter, and who numbered patients."""

    def make(source: str = "") -> Path:
        path = tmp_path / "terms.toml"
        path.write_text(TERMS.format(source=f'source = "{source}"' if source else ""))
        return path

    return make


def facts(rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
    columns = ("patientid", "modality", "view", "sex", "age", "folder", "date")
    return sorted(tuple(row[column] for column in columns) for row in rows)


EXPECTED = [
    ("2", "X-ray", "L", "F", "61", "images", ""),
    ("2", "X-ray", "PA", "F", "61", "images", ""),
    ("3", "CT", "Axial", "M", "67", "volumes", ""),
    ("3", "X-ray", "", "M", "67", "images", ""),
]


def packed(folder: Path, kind: str) -> Path:
    path = folder.with_name(f"shipment{kind}")
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    if kind == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in files:
                archive.write(file, Path("export of Annegret Planteroth", file.relative_to(folder)))
    elif kind in (".tar", ".tgz"):
        with tarfile.open(path, "w" if kind == ".tar" else "w:gz") as tar:
            for file in files:
                tar.add(file, file.relative_to(folder).as_posix())
    else:
        return folder
    shutil.rmtree(folder)
    return path


@pytest.mark.parametrize("kind", ["", ".zip", ".tar", ".tgz"])
def test_a_shipment_becomes_rows_with_what_headers_state_and_nothing_else(
    kind: str, dataset: Path, tmp_path: Path, terms: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    path = packed(shipment(tmp_path / "in"), kind)
    page = tmp_path / "review.html"
    assert ingest(dataset, path, "--map", terms(), "--review", page, "--unreviewed", "--dry-run") == 4
    assert ingest(dataset, path, "--map", terms(), "--plan", tmp_path / "plan.json", "--unreviewed") == 4
    assert facts(rows_of(dataset)[1:]) == EXPECTED
    captured = capfd.readouterr()
    for name in OBJECTS:
        assert f"{name} (1)" in captured.out
    assert "6 DICOM files hold no image and stay behind" in captured.out
    assert "Segmentation (1)" in captured.out
    assert "2 files are no DICOM" in captured.out
    assert "is broken" in captured.out
    everything = (
        captured.out
        + captured.err
        + "".join(
            str(file.relative_to(dataset)) + file.read_bytes().decode("latin-1")
            for file in dataset.rglob("*")
            if file.is_file()
        )
        + (tmp_path / "plan.json").read_text()
        + page.read_text()
    )
    for secret in SECRETS:
        assert secret.casefold() not in everything.casefold(), secret
    assert run(["validate", str(dataset)]) == 0


@pytest.mark.parametrize("kind", ["", ".zip"])
def test_a_saved_plan_finds_its_files_again(
    kind: str, dataset: Path, tmp_path: Path, terms: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = packed(shipment(tmp_path / "in"), kind)
    plan = tmp_path / "plan.json"
    assert run(["ingest", str(path), "--map", str(terms()), "-d", str(dataset), "--plan", str(plan)]) == 4
    assert len(rows_of(dataset)) == 1
    assert ingest(dataset, "--apply", plan, "--unreviewed") == 4
    assert facts(rows_of(dataset)[1:]) == EXPECTED
    capsys.readouterr()
    # Sent once more, all of it is there already.
    assert ingest(dataset, path, "--map", terms(), "--unreviewed", "--format", "json") == 4
    counts = json.loads(capsys.readouterr().out)["counts"]
    assert (counts["add"], counts["duplicate"]) == (0, 4)


def test_a_medium_with_a_dicomdir(
    dataset: Path, tmp_path: Path, terms: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "in" / "a", 1, StudyDate="20200401", StudyTime="101010", StudyID="1", AccessionNumber="1")
    film(tmp_path / "in" / "b", 2, StudyDate="20200401", StudyTime="101010", StudyID="1", AccessionNumber="1")
    folder = medium(tmp_path / "medium", tmp_path / "in")
    assert (folder / "DICOMDIR").is_file()
    assert ingest(dataset, folder / "DICOMDIR", "--map", terms(), "--dry-run") == 0
    shown = capsys.readouterr().out
    assert "2 to add" in shown
    assert "hold no image" not in shown
    next(file for file in folder.rglob("*") if file.is_file() and file.name != "DICOMDIR").unlink()
    assert ingest(dataset, folder, "--map", terms()) == 0
    assert "its DICOMDIR names 2 files, of which 1 are not there" in capsys.readouterr().out
    assert len(rows_of(dataset)) == 2


def test_without_terms_nothing_is_invented(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film(tmp_path / "in" / "IM1", 1)
    ingest(dataset, tmp_path / "in", "--dry-run", "--format", "json")
    (image,) = json.loads(capsys.readouterr().out)["images"]
    stated = {column: text for column, text in image["row"].items() if text}
    assert set(stated) <= {"patientid", "modality", "view", "age", "sex", "folder", "filename"}
    assert (stated["view"], stated["sex"], stated["age"]) == ("PA", "F", "61")


@pytest.mark.parametrize(
    ("change", "people"),
    [
        ({}, 1),
        ({"PatientID": "QX-0047199"}, 2),
        ({"PatientID": "qx-0047110"}, 2),
        ({"PatientID": "QX 0047110"}, 2),
        ({"PatientBirthDate": "19480318"}, 2),
        ({"PatientSex": "M"}, 2),
        ({"IssuerOfPatientID": "another hospital"}, 2),
        ({"InstitutionName": "Klinikum Anderstadt"}, 2),
        ({"PatientName": "Planteroth^A."}, 1),
    ],
)
def test_who_is_one_patient(
    change: dict[str, str], people: int, dataset: Path, tmp_path: Path, terms: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "in" / "a", 1)
    film(tmp_path / "in" / "b", 2, **change)
    assert ingest(dataset, tmp_path / "in", "--map", terms()) == 0
    assert len({row["patientid"] for row in rows_of(dataset)[1:]}) == people
    assert ("might be 1: " in capsys.readouterr().out) == (people > 1)


@pytest.mark.parametrize("id_", ["", "ANONYMOUS", "000"])
def test_without_an_id_each_study_is_a_patient(id_: str, dataset: Path, tmp_path: Path, terms: Any) -> None:
    for number in (1, 2):
        film(tmp_path / "in" / str(number), number, PatientID=id_, StudyInstanceUID="1.2.3.9")
    film(tmp_path / "in" / "3", 3, PatientID=id_, StudyInstanceUID="1.2.3.10")
    assert ingest(dataset, tmp_path / "in", "--map", terms("a hospital")) == 0
    ids = [row["patientid"] for row in rows_of(dataset)[1:]]
    assert sorted(map(ids.count, ids)) == [1, 2, 2]


def test_without_an_issuer_studies_are_joined_only_if_somebody_says_whose_they_are(
    dataset: Path, tmp_path: Path, terms: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        film(tmp_path / "in" / str(number), number, InstitutionName="")
    assert ingest(dataset, tmp_path / "in", "--map", terms(), "--dry-run") == 0
    assert "2 patients might be 1: a patient id comes with more than one issuer" in capsys.readouterr().out
    assert ingest(dataset, tmp_path / "in", "--map", terms("a hospital")) == 0
    assert len({row["patientid"] for row in rows_of(dataset)[1:]}) == 1
    assert "might be" not in capsys.readouterr().out


def test_the_same_patient_tomorrow_has_the_same_id_and_another_a_new_one(
    dataset: Path, tmp_path: Path, terms: Any
) -> None:
    film(tmp_path / "monday" / "a", 1)
    film(tmp_path / "tuesday" / "b", 2, **BERTHOLD)
    series(tmp_path / "wednesday" / "c", **ANNEGRET)
    film(tmp_path / "wednesday" / "d", 3, **BERTHOLD)
    for day in ("monday", "tuesday", "wednesday"):
        assert ingest(dataset, tmp_path / day, "--map", terms()) == 0
    rows = rows_of(dataset)[1:]
    assert sorted((row["sex"], row["patientid"]) for row in rows) == [("F", "2"), ("F", "2"), ("M", "3"), ("M", "3")]
    names = [row["filename"] for row in rows]
    assert len(set(names)) == 4
    kept = (dataset / ".covidcurate" / "patients.jsonl").read_text()
    assert not any(secret in kept for secret in SECRETS)


def test_a_name_for_a_modality_is_not_repeated(
    dataset: Path, tmp_path: Path, terms: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "in" / "a", 1, Modality="VOGELSANG")
    assert ingest(dataset, tmp_path / "in", "--map", terms()) == 4
    shown = capsys.readouterr().out
    assert "1 refused" in shown
    assert "vogelsang" not in shown.casefold()


def test_a_folder_without_anything_says_what_it_could_hold(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "README").write_text("nothing\n")
    assert ingest(dataset, tmp_path / "in") == 2
    assert "nor DICOM files" in capsys.readouterr().err


def bare(folder: Path) -> None:
    """Take every id out of the headers, as some programs for de-identification do."""
    for path in folder.rglob("*"):
        if path.is_file():
            image = dcmread(path)
            for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
                if keyword in image:
                    delattr(image, keyword)
            image.save_as(path)


def test_slices_without_any_id_are_one_series_that_a_person_looks_at(
    dataset: Path, tmp_path: Path, terms: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    series(tmp_path / "in" / "a", 1)
    series(tmp_path / "in" / "b", 2)
    for number in (1, 2):
        film(tmp_path / "in" / "films" / str(number), number)
    bare(tmp_path / "in")
    assert ingest(dataset, tmp_path / "in", "--map", terms()) == 4
    shown = capsys.readouterr().out
    assert "2 added, 2 to review" in shown
    assert "waits for a person: patientid: the header has neither an id of the patient nor of a study" in shown
    assert ingest(dataset, tmp_path / "in", "--map", terms(), "--unreviewed") == 4
    rows = rows_of(dataset)[1:]
    assert len({row["patientid"] for row in rows}) == len(rows) == 4
    assert sum(row["filename"].endswith(".nii.gz") for row in rows) == 2


@pytest.mark.parametrize("kind", ["", ".zip"])
def test_images_that_are_alike_are_not_called_as_the_hospital_did(
    kind: str, dataset: Path, tmp_path: Path, terms: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "in" / "PLANTEROTH" / "Annegret 1", 1)
    # The same pixels in another instance, and a broken one of a telling name.
    film(tmp_path / "in" / "PLANTEROTH" / "Annegret 2", 1, SOPInstanceUID="1.2.3.9.9", WindowCenter=900, WindowWidth=99)
    data = (tmp_path / "in" / "PLANTEROTH" / "Annegret 1").read_bytes()
    (tmp_path / "in" / "PLANTEROTH" / "Annegret 3").write_bytes(data[:-700])
    path = packed(tmp_path / "in", kind)
    ingest(dataset, path, "--map", terms(), "--review", tmp_path / "review.html", "--dry-run")
    captured = capfd.readouterr()
    plan = json.loads((tmp_path / "review.plan.json").read_text())
    assert any(image["resembles"] for image in plan["images"])
    assert plan["counts"]["refused"] == 1
    everything = captured.out + captured.err + json.dumps(plan) + (tmp_path / "review.html").read_text()
    for secret in SECRETS:
        assert secret.casefold() not in everything.casefold(), secret
