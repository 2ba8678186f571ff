"""Whoever comes again keeps the id, and nobody gets that of another; all patients are invented."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from covidcurate.dataset import Dataset
from covidcurate.dataset.folder import sha256_of
from covidcurate.dataset.transaction import Transaction
from covidcurate.errors import DatasetError
from covidcurate.ingest.patients import BOOK_NAME, find_known_patients, patient_of_row
from covidcurate.table import Table
from tests.ingest.conftest import Facts
from tests.ingest.test_ingest import ingest, rows_of

Make = Callable[..., Path]


@pytest.fixture
def contribution(contribution: Make) -> Make:
    """The same with noise for images, so that those of each name are others."""

    def make(*rows: Facts, **options: Any) -> Path:
        folder = contribution(*rows, **options)
        for number, path in enumerate(sorted(folder.glob("*.png"))):
            seed = int.from_bytes(folder.name.encode(), "little") + number
            noise = np.random.default_rng(seed).integers(0, 256, (24, 24)).astype(np.uint8)
            Image.fromarray(noise).save(path)
        return folder

    return make


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A map that says who numbered the patients, and nothing else."""
    path = tmp_path / "source.toml"
    path.write_text('format = 1\nsource = "a hospital"\n')
    return path


def ids(dataset: Path) -> dict[str, str]:
    return {row["filename"]: row["patientid"] for row in rows_of(dataset)}


def drop(dataset: Path, *names: str) -> None:
    """Take rows and files back, as an undo does."""
    table = dataset / "metadata.csv"
    lines = [
        line for line in table.read_bytes().splitlines(keepends=True) if not any(n.encode() in line for n in names)
    ]
    table.write_bytes(b"".join(lines))
    for name in names:
        (dataset / "images" / name).unlink()


def test_the_same_number_of_the_same_source_is_the_same_patient(
    dataset: Path, contribution: Make, source: Path
) -> None:
    first = contribution({"patientid": "a"}, {"patientid": "b"}, name="monday")
    second = contribution({"patientid": "c"}, {"patientid": "b"}, name="tuesday")
    assert ingest(dataset, first, "--map", source) == ingest(dataset, second, "--map", source) == 0
    known = ids(dataset)
    assert known["monday-2.png"] == known["tuesday-2.png"]
    assert len({known["monday-1.png"], known["monday-2.png"], known["tuesday-1.png"], "1"}) == 4


def test_where_nobody_says_who_numbered_them_other_tables_have_other_patients(
    dataset: Path, contribution: Make
) -> None:
    for day in ("monday", "tuesday"):
        assert ingest(dataset, contribution({"patientid": "a"}, name=day)) == 0
    known = ids(dataset)
    assert known["monday-1.png"] != known["tuesday-1.png"]


def test_the_rest_of_a_table_goes_to_the_patients_that_are_there(dataset: Path, contribution: Make) -> None:
    folder = contribution({"patientid": "a"}, {"patientid": "a"})
    held = (folder / "input-2.png").read_bytes()
    (folder / "input-2.png").write_bytes(held[:40])
    assert ingest(dataset, folder) == 4
    (folder / "input-2.png").write_bytes(held)
    assert ingest(dataset, folder) == 0
    assert ids(dataset)["input-1.png"] == ids(dataset)["input-2.png"]


def test_a_case_that_is_taken_again_with_more_images(dataset: Path, case_folder: Make, tmp_path: Path) -> None:
    folder = case_folder()
    assert ingest(dataset, folder) == 0
    document = json.loads((folder / "case.json").read_text())
    document["studies"].append({"id": "2", "images": [{"file": "later.png"}]})
    (folder / "case.json").write_text(json.dumps(document))
    Image.new("L", (9, 11), 99).save(folder / "later.png")
    assert ingest(dataset, folder) == 0
    assert ids(dataset)["film.png"] == ids(dataset)["later.png"]


def test_rows_that_were_taken_back_leave_their_id_to_nobody(dataset: Path, contribution: Make, source: Path) -> None:
    assert ingest(dataset, contribution({"patientid": "a"}, name="monday"), "--map", source) == 0
    drop(dataset, "monday-1.png")
    # Another patient gets the id that is free again; the first one must not come back to it.
    assert ingest(dataset, contribution({"patientid": "b", "sex": "F"}, name="tuesday"), "--map", source) == 0
    assert ids(dataset)["tuesday-1.png"] == "2"
    assert ingest(dataset, contribution({"patientid": "a", "sex": "M"}, name="wednesday"), "--map", source) == 0
    assert ids(dataset)["wednesday-1.png"] == "3"


def test_a_name_that_is_used_again_is_no_proof(dataset: Path, contribution: Make, source: Path) -> None:
    assert ingest(dataset, contribution({"patientid": "a", "filename": "x.png"}, name="monday"), "--map", source) == 0
    drop(dataset, "x.png")
    facts: Facts = {"patientid": "b", "filename": "x.png"}
    assert ingest(dataset, contribution({"sex": "F", **facts}, name="tuesday"), "--map", source) == 0
    assert ingest(dataset, contribution({"patientid": "a"}, name="wednesday"), "--map", source) == 0
    assert ids(dataset)["wednesday-1.png"] != ids(dataset)["x.png"]


@pytest.mark.parametrize("change", [("2,", "77,"), ("monday-1.png", "monday-1.jpg")])
def test_a_patient_who_was_renumbered_or_a_file_whose_ending_was_mended(
    change: tuple[str, str], dataset: Path, contribution: Make, source: Path
) -> None:
    assert ingest(dataset, contribution({"patientid": "a"}, name="monday"), "--map", source) == 0
    table = dataset / "metadata.csv"
    lines = table.read_text().splitlines(keepends=True)
    lines[-1] = lines[-1].replace(change[0], change[1], 1)
    table.write_text("".join(lines))
    if "png" in change[0]:
        (dataset / "images" / change[0]).rename(dataset / "images" / change[1])
    expected = rows_of(dataset)[-1]["patientid"]
    assert ingest(dataset, contribution({"patientid": "a"}, name="tuesday"), "--map", source) == 0
    assert ids(dataset)["tuesday-1.png"] == expected


def test_a_run_that_came_to_nothing_leaves_no_patient(
    dataset: Path, contribution: Make, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatasetError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Transaction, "commit", fail)
        assert ingest(dataset, contribution({"patientid": "a"}, name="monday"), "--map", source) == 3
    assert ingest(dataset, contribution({"patientid": "b"}, name="tuesday"), "--map", source) == 0
    assert ingest(dataset, contribution({"patientid": "a"}, name="wednesday"), "--map", source) == 0
    assert ids(dataset)["tuesday-1.png"] == "2" != ids(dataset)["wednesday-1.png"]


def test_nothing_that_a_patient_was_called_is_kept(dataset: Path, contribution: Make, source: Path) -> None:
    assert ingest(dataset, contribution({"patientid": "QX-0047110"}), "--map", source) == 0
    for file in dataset.rglob("*"):
        assert not file.is_file() or b"0047110" not in file.read_bytes(), file
    (line,) = (dataset / ".covidcurate" / BOOK_NAME).read_text().splitlines()
    assert [len(text) for text in json.loads(line)] == [64, len("input-1.png"), 64]


def test_a_dry_run_remembers_nobody(dataset: Path, contribution: Make) -> None:
    ingest(dataset, contribution({"patientid": "a"}), "--dry-run")
    assert not (dataset / ".covidcurate").exists()


@pytest.mark.parametrize("damage", [b"[1", b"\xff\xfe"])
def test_a_damaged_book_stops_the_run(
    damage: bytes, dataset: Path, contribution: Make, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(dataset, contribution({"patientid": "a"}), "--map", source) == 0
    book = dataset / ".covidcurate" / BOOK_NAME
    line = book.read_bytes()
    book.write_bytes(damage + line if damage[0] == 0xFF else line[:-4] + damage + b"\n")
    assert ingest(dataset, contribution({"patientid": "a"}, name="tuesday"), "--map", source) == 3
    assert f"{BOOK_NAME}: is damaged" in capsys.readouterr().err


@pytest.mark.parametrize("cut", [1, 20, 100, 10_000])
def test_a_line_that_was_cut_short_is_as_none(cut: int, dataset: Path, contribution: Make, source: Path) -> None:
    for day in ("monday", "tuesday"):
        assert ingest(dataset, contribution({"patientid": day}, name=day), "--map", source) == 0
    book = dataset / ".covidcurate" / BOOK_NAME
    first, second = book.read_bytes().splitlines(keepends=True)
    book.write_bytes(first + second[: max(0, len(second) - cut)])
    assert ingest(dataset, contribution({"patientid": "monday"}, name="friday"), "--map", source) == 0
    assert ids(dataset)["friday-1.png"] == ids(dataset)["monday-1.png"]
    assert [json.loads(line)[1] for line in book.read_text().splitlines()] == ["monday-1.png", "friday-1.png"]


def test_another_image_under_an_old_name_and_id_is_no_proof(dataset: Path, contribution: Make, source: Path) -> None:
    assert ingest(dataset, contribution({"patientid": "a"}, name="monday"), "--map", source) == 0
    # Somebody took the row back, and entered another patient by hand.
    Image.new("L", (30, 30), 7).save(dataset / "images" / "monday-1.png")
    assert ingest(dataset, contribution({"patientid": "a"}, name="tuesday"), "--map", source) == 0
    assert ids(dataset)["tuesday-1.png"] != ids(dataset)["monday-1.png"]


def test_rows_without_an_id() -> None:
    assert patient_of_row("", "d1", "", "https://x/1", 2) == patient_of_row("s", "d2", "", "https://x/1", 9)
    assert patient_of_row("s", "d1", "", "", 2) != patient_of_row("s", "d2", "", "", 2)
    assert patient_of_row("s", "d", "a", "", 2) != patient_of_row("t", "d", "a", "", 2)


def test_an_address_of_a_whole_collection_joins_nobody(dataset: Path, contribution: Make, tmp_path: Path) -> None:
    path = tmp_path / "terms.toml"
    path.write_text('format = 1\n[constants]\nurl = "https://example.org/release"\n')
    header = ["finding", "view", "modality", "filename", "license"]
    assert ingest(dataset, contribution({}, {}, header=header), "--map", path) == 0
    assert len(set(ids(dataset).values())) == 3
    assert {row["url"] for row in rows_of(dataset)[1:]} == {"https://example.org/release"}


def test_patients_are_found_among_many(dataset: Path) -> None:
    folder = Dataset.open(dataset).state_folder()
    digest = sha256_of(dataset / "images" / "synthetic-1.png")
    lines = [json.dumps([f"{number:064x}", f"f{number}.png", "0" * 64]) for number in range(2000)]
    (folder / BOOK_NAME).write_text("\n".join([*lines, json.dumps(["a" * 64, "synthetic-1.png", digest]), ""]))
    table = Table.load(dataset / "metadata.csv")
    assert find_known_patients(Dataset.open(dataset), table, {"a" * 64, f"{7:064x}"}) == {"a" * 64: "1"}
