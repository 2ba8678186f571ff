"""DICOM on its way into a dataset: films become PNG, series volumes, and no identity of a header enters with them."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset

from covidcurate.cli.main import run
from tests.convert.synthetic_series import AXIAL, CASES, CORONAL, header, save, stack, write
from tests.convert.test_geometry import check
from tests.imaging.deidentify.canaries import Canaries, planted
from tests.imaging.deidentify.canaries import write as write_planted
from tests.ingest.conftest import FACTS
from tests.ingest.conftest import HEADER as FEW
from tests.ingest.test_ingest import ingest, rows_of, snapshot

HEADER = [*FEW, "location", "clinical_notes"]
STORED = np.arange(40 * 30, dtype=np.uint16).reshape(40, 30)


@pytest.fixture
def contribution_of(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes a folder with a CSV of given rows; files are put there before."""

    def make(*rows: dict[str, str]) -> Path:
        folder = tmp_path / "input"
        folder.mkdir(exist_ok=True)
        lines = [",".join(HEADER)]
        for number, row in enumerate(rows, start=1):
            full = {**FACTS, "modality": "", "view": "", "url": f"https://example.org/{number}", **row}
            lines.append(",".join(full.get(name, "") for name in HEADER))
        (folder / "rows.csv").write_text("\n".join(lines) + "\n")
        return folder

    return make


def film(path: Path, **attributes: Any) -> None:
    image = header("1.2.3.777.2", 1, STORED)
    image.Modality, image.PatientName, image.PatientID = "DX", "Planteroth^Annegret", "QX-0047110"
    image.ViewPosition, image.PatientAge = "PA", "061Y"
    for keyword, value in attributes.items():
        setattr(image, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    save(image, path)


def plan(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    images: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["images"]
    return images


def test_a_film_becomes_png_with_what_its_header_states(
    dataset: Path, contribution_of: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "input" / "film-7.dcm", WindowCenter=600, WindowWidth=1200)
    folder = contribution_of({"filename": "film-7.dcm"})
    assert ingest(dataset, folder, "--format", "json") == 0
    (image,) = plan(capsys)
    row = rows_of(dataset)[-1]
    assert (row["filename"], row["folder"]) == ("film-7.png", "images")
    assert (row["modality"], row["view"], row["age"]) == ("X-ray", "PA", "61")
    assert any("view=PA is stated by ViewPosition (0018,5101)" in remark for remark in image["remarks"])
    assert any("modality=X-ray is stated by Modality (0008,0060)" in remark for remark in image["remarks"])
    with Image.open(dataset / "images" / "film-7.png") as picture:
        pixels = np.asarray(picture).astype(float)
    assert np.abs(pixels - np.clip((STORED - 599.5) / 1199 + 0.5, 0, 1) * 255).max() <= 1
    assert run(["validate", str(dataset)]) == 0


@pytest.mark.parametrize("view", ["", "FRONTAL", "LLO"])
def test_a_view_that_is_not_stated_stays_blank(view: str, dataset: Path, contribution_of: Any, tmp_path: Path) -> None:
    film(tmp_path / "input" / "film-7.dcm", ViewPosition=view)
    ingest(dataset, contribution_of({"filename": "film-7.dcm"}))
    assert rows_of(dataset)[-1]["view"] == ""


def test_what_the_contributor_says_wins_and_the_contradiction_is_told(
    dataset: Path, contribution_of: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "input" / "film-7.dcm")
    assert ingest(dataset, contribution_of({"filename": "film-7.dcm", "view": "AP"})) == 0
    assert rows_of(dataset)[-1]["view"] == "AP"
    assert "view=AP, though ViewPosition (0018,5101) says PA" in capsys.readouterr().out


@pytest.mark.parametrize(("age", "cell"), [("095Y", "90"), ("089Y", "89"), ("011M", ""), ("", "")])
def test_ages(age: str, cell: str, dataset: Path, contribution_of: Any, tmp_path: Path) -> None:
    film(tmp_path / "input" / "film-7.dcm", PatientAge=age)
    ingest(dataset, contribution_of({"filename": "film-7.dcm"}))
    assert rows_of(dataset)[-1]["age"] == cell


def test_a_folder_of_slices_becomes_a_volume(dataset: Path, contribution_of: Any, tmp_path: Path) -> None:
    planes = stack()
    write(tmp_path / "input" / "chest", planes)
    assert ingest(dataset, contribution_of({"filename": "chest"})) == 0
    row = rows_of(dataset)[-1]
    assert (row["folder"], row["filename"], row["modality"], row["view"]) == ("volumes", "chest.nii.gz", "CT", "Axial")
    check([str(dataset / "volumes" / "chest.nii.gz")], planes)
    before = snapshot(dataset)
    # The second time it is there already.
    assert ingest(dataset, tmp_path / "input") == 0
    assert snapshot(dataset) == before


def test_slices_named_row_by_row_become_one_row(dataset: Path, contribution_of: Any, tmp_path: Path) -> None:
    planes = stack(CORONAL)
    write(tmp_path / "input", planes)
    rows = [{"filename": plane.name, "patientid": "a", "url": "https://example.org/x"} for plane in planes]
    assert ingest(dataset, contribution_of(*rows)) == 0
    added = rows_of(dataset)[1:]
    assert [(row["filename"], row["view"]) for row in added] == [("input.nii.gz", "Coronal")]


def case(folder: Path, studies: dict[str, list[str]]) -> None:
    values = {
        name: {"value": text, "evidence": {"kind": "stated", "text": text}}
        for name, text in {**FACTS, "url": "https://example.org/case"}.items()
        if name not in {"modality", "view"}
    }
    document = {
        "format": "covidcurate-case/1", "source": "example.org", "id": "17", "values": values,
        "studies": [
            {"id": name, "images": [
                {"file": file, "sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest()} for file in files
            ]}
            for name, files in studies.items()
        ],
    }  # fmt: skip
    (folder / "case.json").write_text(json.dumps(document))


def test_each_study_of_a_case_becomes_a_volume(dataset: Path, tmp_path: Path) -> None:
    folder, series = tmp_path / "case", {}
    for name, orientation in (("axial", AXIAL), ("coronal", CORONAL)):
        planes = stack(orientation, seed=len(name))
        for number, plane in enumerate(planes, start=1):
            plane.name = f"example-17-{name}-{number:03d}.dcm"
        write(folder, planes, series=f"1.2.3.{len(name)}")
        series[name] = planes
    case(folder, {name: [plane.name for plane in planes] for name, planes in series.items()})
    assert ingest(dataset, folder) == 0
    names = [(row["filename"], row["view"]) for row in rows_of(dataset)[1:]]
    assert names == [("example-17-axial.nii.gz", "Axial"), ("example-17-coronal.nii.gz", "Coronal")]
    for name, planes in series.items():
        check([str(dataset / "volumes" / f"example-17-{name}.nii.gz")], planes)


def test_a_slice_that_is_not_the_recorded_one(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "case"
    write(folder, stack())
    case(folder, {"axial": sorted(path.name for path in folder.glob("*.dcm"))})
    data = bytearray((folder / "003.dcm").read_bytes())
    data[-1] ^= 1
    (folder / "003.dcm").write_bytes(data)
    assert ingest(dataset, folder) == 4
    assert "003.dcm: its digest is not the one that case.json records" in capsys.readouterr().out
    assert len(rows_of(dataset)) == 1


@pytest.mark.parametrize("name", ["missing slice", "uneven spacing", "two pictures of one place"])
def test_irregular_series_are_refused_with_the_reason(
    name: str, dataset: Path, contribution_of: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    CASES[name].make(tmp_path / "input" / "chest")
    assert ingest(dataset, contribution_of({"filename": "chest"})) == 4
    assert CASES[name].reason in capsys.readouterr().out
    assert len(rows_of(dataset)) == 1


def test_a_scout_does_not_become_a_volume(
    dataset: Path, contribution_of: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planes = CASES["scout in the series"].make(tmp_path / "input" / "chest")
    assert ingest(dataset, contribution_of({"filename": "chest"})) == 4
    assert "scout image" in capsys.readouterr().out
    (row,) = rows_of(dataset)[1:]
    check([str(dataset / "volumes" / row["filename"])], planes)


def test_no_canary_enters(dataset: Path, contribution_of: Any, tmp_path: Path) -> None:
    canaries = Canaries()
    from pydicom import config

    before = config.settings.writing_validation_mode, config.settings.reading_validation_mode
    config.settings.writing_validation_mode = config.settings.reading_validation_mode = config.IGNORE
    try:
        (tmp_path / "input").mkdir()
        image: Dataset = planted(canaries)
        image.Modality = "DX"
        del image.ImagePositionPatient
        write_planted(image, tmp_path / "input" / "film-7.dcm", canaries)
    finally:
        config.settings.writing_validation_mode, config.settings.reading_validation_mode = before
    assert len(canaries.planted) > 700
    assert ingest(dataset, contribution_of({"filename": "film-7.dcm"})) == 0
    assert len(rows_of(dataset)) == 2
    for name, data in snapshot(dataset).items():
        plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else b""
        assert canaries.left_in(name.encode() + data + plain) == [], name


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"filename": "planteroth.dcm"}, "stands in filename"),
        ({"filename": "film-7.dcm", "location": "Annegret's home"}, "stands in location"),
        ({"filename": "film-7.dcm", "clinical_notes": "Frau Planteroth hustet"}, "stands in clinical_notes"),
        ({"filename": "film-7.dcm", "clinical_notes": "id QX0047110"}, "stands in clinical_notes"),
    ],
)
def test_an_identity_of_the_header_in_the_row_is_refused(
    row: dict[str, str], words: str, dataset: Path, contribution_of: Any, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    film(tmp_path / "input" / row["filename"])
    assert ingest(dataset, contribution_of(row)) == 5
    captured = capsys.readouterr()
    assert words in captured.out
    assert "Annegret" not in captured.out + captured.err
    assert len(rows_of(dataset)) == 1


def test_a_license_without_derivatives_and_burned_in_text_are_refused(
    dataset: Path, contribution_of: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "input" / "film-7.dcm")
    film(tmp_path / "input" / "film-8.dcm", BurnedInAnnotation="YES")
    folder = contribution_of({"filename": "film-7.dcm", "license": "CC BY-NC-ND 4.0"}, {"filename": "film-8.dcm"})
    assert ingest(dataset, folder) == 5
    shown = capsys.readouterr().out
    assert "CC-BY-NC-ND-4.0 forbids that" in shown
    assert "burned into its pixels" in shown
    assert len(rows_of(dataset)) == 1


def test_burned_in_text_is_refused_however_that_is_spelled(
    dataset: Path, contribution_of: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "input" / "film-9.dcm", BurnedInAnnotation="Y")
    assert ingest(dataset, contribution_of({"filename": "film-9.dcm"})) == 5
    assert "burned into its pixels" in capsys.readouterr().out
    assert len(rows_of(dataset)) == 1


def test_captures_are_held_up_to_a_person(
    dataset: Path, contribution_of: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "input" / "film-9.dcm", SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    assert ingest(dataset, contribution_of({"filename": "film-9.dcm"}), "--dry-run") == 0
    assert "it is a screen capture or a digitized film" in capsys.readouterr().out


def test_several_frames_are_not_guessed_at(
    dataset: Path, contribution_of: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "input" / "film-7.dcm", NumberOfFrames=2, PixelData=STORED.tobytes() * 2)
    assert ingest(dataset, contribution_of({"filename": "film-7.dcm"})) == 4
    assert "has 2 frames" in capsys.readouterr().out


def test_a_dry_run_tells_the_same_and_changes_nothing(
    dataset: Path, contribution_of: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "input" / "chest", stack())
    folder, before = contribution_of({"filename": "chest"}), snapshot(dataset)
    assert ingest(dataset, folder, "--dry-run", "--format", "json") == 0
    (image,) = plan(capsys)
    assert (image["verdict"], image["name"]) == ("add", "chest.nii.gz")
    assert snapshot(dataset) == before


def test_real_series_and_films(dataset: Path, contribution_of: Any, tmp_path: Path, shared_data: Path) -> None:
    """Twenty slices in JPEG 2000 become the volume that their headers describe."""
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "abdomen").symlink_to(shared_data / "dicom" / "ct-axial-j2k")
    folder = contribution_of({"filename": "abdomen"})
    # A link that leads out of the contribution is none of its files.
    assert ingest(dataset, folder) == 4
    (tmp_path / "input" / "abdomen").unlink()
    (tmp_path / "input" / "abdomen").mkdir()
    for number, path in enumerate(sorted((shared_data / "dicom" / "ct-axial-j2k").iterdir())):
        (tmp_path / "input" / "abdomen" / f"{number}").write_bytes(path.read_bytes())
    assert ingest(dataset, folder) == 0
    image: Any = nibabel.load(dataset / "volumes" / "abdomen.nii.gz")
    assert image.shape == (512, 512, 20)
    assert abs(float(image.header.get_zooms()[2]) - 2.0) < 1e-3
