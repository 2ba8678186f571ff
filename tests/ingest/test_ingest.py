"""From inputs to rows and files: what is added, skipped, refused, and left as it was."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from covidcurate.cli.main import run
from covidcurate.table import Table

Make = Callable[..., Path]


REMEMBERED = {".covidcurate/cache.sqlite", ".covidcurate/.gitignore"}


def rows_of(dataset: Path) -> list[dict[str, str]]:
    table = Table.load(dataset / "metadata.csv")
    return [dict(zip(table.header, row.fields, strict=True)) for row in table.rows]


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with its bytes, but for what is remembered of files."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in files.items() if name not in REMEMBERED}


def ingest(dataset: Path, *arguments: object) -> int:
    """Run the command as a script does, which nobody asks."""
    return run(["ingest", *map(str, arguments), "-d", str(dataset), "--yes"])


def test_rows_and_files_are_added_and_the_table_only_grows(dataset: Path, contribution: Make) -> None:
    before = snapshot(dataset)
    folder = contribution({"patientid": "a"}, {"patientid": "a", "view": "L"}, {"patientid": "b"})
    assert ingest(dataset, folder) == 0
    after = snapshot(dataset)
    assert after["metadata.csv"].startswith(before["metadata.csv"])
    assert [row["patientid"] for row in rows_of(dataset)] == ["1", "2", "2", "3"]
    for number in (1, 2, 3):
        assert after[f"images/input-{number}.png"] == (folder / f"input-{number}.png").read_bytes()
    assert run(["validate", str(dataset), "--fail-on", "info"]) == 0


def test_a_dry_run_prints_the_same_and_changes_nothing(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({}, {"age": "7"})
    before = snapshot(dataset)
    assert ingest(dataset, folder, "--dry-run", "--format", "json") == 4
    dry = json.loads(capsys.readouterr().out)
    assert snapshot(dataset) == before
    assert not (dataset / ".covidcurate").exists()
    assert ingest(dataset, folder, "--format", "json") == 4
    wet = json.loads(capsys.readouterr().out)
    assert (dry.pop("applied"), wet.pop("applied")) == (False, True)
    for image in (*dry["images"], *wet["images"]):
        # Made from a secret, which a run that keeps nothing invents.
        assert re.fullmatch("[0-9a-f]{64}", image["opened"].pop("patient"))
    assert dry == wet
    assert wet["counts"] == {"add": 1, "needs review": 0, "duplicate": 0, "refused": 1, "rejected": 0, "failed": 0}


def test_a_second_run_adds_nothing(dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]) -> None:
    folder = contribution({}, {})
    ingest(dataset, folder)
    before = snapshot(dataset)
    assert ingest(dataset, folder) == 0
    assert "0 added, 0 to review, 2 already there, 0 refused" in capsys.readouterr().out
    assert snapshot(dataset) == before


def test_the_same_bytes_twice_in_one_input_enter_once(dataset: Path, contribution: Make) -> None:
    folder = contribution({}, {})
    (folder / "input-2.png").write_bytes((folder / "input-1.png").read_bytes())
    assert ingest(dataset, folder) == 0
    assert [row["filename"] for row in rows_of(dataset)] == ["synthetic-1.png", "input-1.png"]


@pytest.mark.parametrize("name", ["synthetic-1.png", "SYNTHETIC-1.PNG"])
def test_no_file_name_is_overwritten(
    name: str, dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(dataset)
    assert ingest(dataset, contribution({"filename": name})) == 4
    assert "is taken by images/synthetic-1.png" in capsys.readouterr().out
    assert snapshot(dataset) == before


@pytest.mark.parametrize(
    ("facts", "code", "exit_code"),
    [
        ({"age": "12"}, "PATIENT-CHILD", 4),
        ({"view": "Frontal"}, "VIEW-VALUE", 4),
        ({"view": "Axial"}, "VIEW-MODALITY", 4),
        ({"finding": "Pneumnia"}, "FINDING-UNKNOWN", 4),
        ({"modality": ""}, "VALUE-BLANK", 4),
        ({"license": "ask me"}, "LICENSE-UNKNOWN", 5),
    ],
)
def test_what_a_rule_calls_an_error_is_refused(
    facts: dict[str, str],
    code: str,
    exit_code: int,
    dataset: Path,
    contribution: Make,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = snapshot(dataset)
    assert ingest(dataset, contribution(facts)) == exit_code
    assert f"because {code}" in capsys.readouterr().out
    assert snapshot(dataset) == before


def test_a_license_that_the_dataset_does_not_take_is_refused_by_policy(dataset: Path, contribution: Make) -> None:
    (dataset / "covidcurate.toml").write_text('[licenses]\nallowed = ["CC0-1.0"]\n')
    assert ingest(dataset, contribution({"license": "CC BY 4.0"})) == 5
    assert len(rows_of(dataset)) == 1


def test_refused_rows_do_not_stop_the_others(dataset: Path, contribution: Make) -> None:
    assert ingest(dataset, contribution({"age": "3"}, {"age": "33"})) == 4
    assert [row["filename"] for row in rows_of(dataset)][1:] == ["input-2.png"]


def test_a_file_that_is_cut_short_is_refused(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({})
    film = folder / "input-1.png"
    film.write_bytes(film.read_bytes()[:-20])
    assert ingest(dataset, folder) == 4
    assert "input-1.png: does not decode to its end" in capsys.readouterr().out
    assert len(rows_of(dataset)) == 1


def test_a_web_page_saved_as_an_image_is_refused(dataset: Path, contribution: Make) -> None:
    folder = contribution({})
    (folder / "input-1.png").write_text("<html>Please log in</html>")
    assert ingest(dataset, folder) == 4
    assert len(rows_of(dataset)) == 1


def test_broken_dicom_is_refused_and_not_quoted(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({})
    (folder / "input-1.png").write_bytes(bytes(128) + b"DICM" + b"Doe^Jane" * 20)
    assert ingest(dataset, folder) == 4
    captured = capsys.readouterr()
    assert "input-1.png" in captured.out
    assert "Doe" not in captured.out + captured.err


def test_the_extension_follows_the_content(dataset: Path, contribution: Make) -> None:
    folder = contribution({"filename": "film.jpg"})
    assert ingest(dataset, folder) == 0
    assert rows_of(dataset)[1]["filename"] == "film.png"
    assert (dataset / "images" / "film.png").is_file()


def test_metadata_of_an_image_never_enters(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({"filename": "a.png"}, {"filename": "b.jpg"})
    text = PngImagePlugin.PngInfo()
    text.add_text("Patient", "Jane Canary")
    Image.new("L", (8, 8), 3).save(folder / "a.png", pnginfo=text)
    exif = Image.Exif()
    exif[0x013B] = "Jane Canary"
    Image.new("L", (8, 8), 3).save(folder / "b.jpg", comment=b"Jane Canary", exif=exif)
    assert ingest(dataset, folder, "--format", "json") == 0
    captured = capsys.readouterr()
    assert not any(b"Canary" in content for content in snapshot(dataset).values())
    assert "Canary" not in captured.out + captured.err
    pixels = np.asarray(Image.open(folder / "b.jpg"))
    assert np.array_equal(pixels, np.asarray(Image.open(dataset / "images" / "b.jpg")))


def test_a_volume_enters_volumes_without_its_header_text(dataset: Path, contribution: Make) -> None:
    folder = contribution({"modality": "CT", "view": "Axial", "filename": "ct.nii.gz"})
    image = nibabel.Nifti1Image(np.arange(60, dtype=np.int16).reshape(3, 4, 5), np.diag([2.0, 2, 3, 1]))
    image.header["descrip"] = b"Jane Canary"
    image.header["db_name"] = b"Canary"
    nibabel.save(image, folder / "ct.nii.gz")
    assert ingest(dataset, folder) == 0
    content = (dataset / "volumes" / "ct.nii.gz").read_bytes()
    assert b"Canary" not in gzip.decompress(content)
    entered = nibabel.load(dataset / "volumes" / "ct.nii.gz")
    assert np.array_equal(np.asanyarray(entered.dataobj), np.asanyarray(image.dataobj))
    assert np.array_equal(entered.affine, image.affine)
    assert rows_of(dataset)[1]["folder"] == "volumes"


def test_the_patient_id_of_the_input_reaches_no_output(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({"patientid": "HOSPITAL-4711"}, {"patientid": "HOSPITAL-4711", "age": "3"})
    for arguments in ([], ["--format", "json"]):
        ingest(dataset, folder, "-v", *arguments)
        captured = capsys.readouterr()
        assert "4711" not in captured.out + captured.err
    assert not any(b"4711" in content for content in snapshot(dataset).values())


def test_ids_of_the_dataset_can_be_kept(dataset: Path, contribution: Make) -> None:
    assert ingest(dataset, contribution({"patientid": "1"}, {"patientid": "12b"}), "--keep-patient-ids") == 0
    assert [row["patientid"] for row in rows_of(dataset)] == ["1", "1", "12b"]


def test_images_of_one_page_without_ids_share_one(dataset: Path, contribution: Make) -> None:
    folder = contribution(
        {"url": "https://example.org/x"}, {"url": "https://example.org/x"}, {"url": "https://example.org/y"}
    )
    assert ingest(dataset, folder) == 0
    assert [row["patientid"] for row in rows_of(dataset)[1:]] == ["2", "2", "3"]


def test_historical_headers_are_understood(dataset: Path, contribution: Make) -> None:
    header = ["Patientid", "finding", "view", "modality", " filename", " url", "license", "clinical notes"]
    facts = {
        "Patientid": "5", "finding": "No Finding", "view": "PA", "modality": "X-ray", " filename": "old.png",
        " url": "https://example.org/old", "license": "CC0-1.0", "clinical notes": "a note", "filename": "old.png",
    }  # fmt: skip
    assert ingest(dataset, contribution(facts, header=header)) == 0
    assert rows_of(dataset)[1]["clinical_notes"] == "a note"


def test_a_column_that_nobody_knows_is_said_to_stay_behind(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution(
        {"shoe size": "43"}, header=["shoe size", "finding", "view", "modality", "filename", "license", "url"]
    )
    assert ingest(dataset, folder) == 0
    assert "the column 'shoe size' is not in the specification; its values stay behind" in capsys.readouterr().out


@pytest.mark.parametrize("map_", [(), ("--map", "hannover")])
def test_a_table_without_a_header_shows_nothing_of_its_first_row(
    map_: tuple[str, ...], dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "input"
    folder.mkdir()
    (folder / "rows.csv").write_text("Synthmann Eva,1950-12-31,film.png\n")
    ingest(dataset, folder, "--dry-run", *map_)
    shown = capsys.readouterr()
    assert "there is no column" in shown.out
    assert "Synthmann" not in shown.out + shown.err
    assert "1950" not in shown.out + shown.err


def test_files_without_a_row_are_said_to_stay_behind(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({})
    (folder / "export").mkdir()
    for name in ("image-3.png", "Synthmann_Eva_19501231.png"):
        Image.new("L", (4, 4)).save(folder / "export" / name)
    assert ingest(dataset, folder) == 0
    shown = capsys.readouterr()
    assert f"{folder}/export/image-3.png: no row names it" in shown.out
    # A hospital calls its files after patients; the first of the folder, by name, is that one.
    assert f"{folder}/export/#1: no row names it" in shown.out
    assert "Synthmann" not in shown.out + shown.err


def test_names_and_cells_speak_to_no_terminal(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({}, {"finding": "Pneumonia\x9b"}).rename(dataset.parent / "\x1b[31m\u202e")
    ingest(dataset, folder)
    shown = capsys.readouterr()
    assert "/\\x1b[31m\\u202e/rows.csv:2" in shown.out
    assert "Pneumonia\\x9b" in shown.out
    assert all(line.isprintable() for line in (shown.out + shown.err).split("\n"))


def test_a_folder_whose_name_is_no_text_is_read(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({})
    (folder / "input-1.png").write_bytes(b"no image")
    try:
        odd = folder.rename(folder.with_name(os.fsdecode(b"from-\xff")))
    except OSError:
        pytest.skip("this file system does not take the name")
    ingest(dataset, odd, "--dry-run")
    assert "covidcurate: bug" not in capsys.readouterr().err


def test_a_path_out_of_the_input_is_refused(
    dataset: Path, contribution: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({})
    (folder / "input-1.png").unlink()
    Image.new("L", (4, 4)).save(tmp_path / "secret.png")
    (folder / "input-1.png").symlink_to(tmp_path / "secret.png")
    assert ingest(dataset, folder) == 4
    assert "leads out of the folder" in capsys.readouterr().out
    assert len(rows_of(dataset)) == 1


def test_a_broken_row_is_a_problem_of_its_own(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({}, {})
    table = folder / "rows.csv"
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join([lines[0], "a,b\n", *lines[2:]]))
    assert ingest(dataset, folder) == 4
    assert "rows.csv:2: the row has 2 cells" in capsys.readouterr().out
    assert [row["filename"] for row in rows_of(dataset)][1:] == ["input-2.png"]


@pytest.mark.parametrize("content", ["nothing", "two tables", "not there"])
def test_an_input_that_is_none(content: str, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "empty"
    if content != "not there":
        folder.mkdir()
    if content == "two tables":
        (folder / "a.csv").touch()
        (folder / "b.csv").touch()
    assert ingest(dataset, folder) == 2
    assert "covidcurate: error: " in capsys.readouterr().err


def test_a_case_becomes_a_row(dataset: Path, case_folder: Make) -> None:
    assert ingest(dataset, case_folder()) == 0
    row = rows_of(dataset)[1]
    assert (row["patientid"], row["view"], row["filename"], row["folder"]) == ("2", "PA", "film.png", "images")


def test_what_is_inferred_waits_for_a_person(
    dataset: Path, case_folder: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(document: dict[str, dict[str, object]]) -> None:
        document["values"]["sex"] = {"value": "F", "evidence": {"kind": "inferred", "text": "she was admitted"}}

    folder = case_folder(change)
    assert ingest(dataset, folder) == 4
    shown = capsys.readouterr().out
    assert shown.startswith("needs review ")
    assert "waits for a person: sex=F (read from 'she was admitted')" in shown
    assert len(rows_of(dataset)) == 1
    assert ingest(dataset, folder, "--unreviewed") == 4
    assert rows_of(dataset)[1]["sex"] == ""


def test_the_value_closest_to_the_image_wins(dataset: Path, case_folder: Make) -> None:
    def change(document: dict[str, list[dict[str, list[dict[str, object]]]]]) -> None:
        value = {"value": "AP Supine", "evidence": {"kind": "human"}}
        document["studies"][0]["images"][0]["values"] = {"view": value}

    assert ingest(dataset, case_folder(change)) == 0
    assert rows_of(dataset)[1]["view"] == "AP Supine"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("format",), "covidcurate-case/9", "/format: is 'covidcurate-case/9'"),
        (("studies",), [], "/studies: should be a list"),
        (("values", "sex"), "F", '/values/sex: should be an object {"value": ..., "evidence": {...}}'),
        (("values", "sex"), {"value": "F"}, "/values/sex/evidence: is missing"),
        (("values", "sex"), {"value": "F", "evidence": {"kind": "rumor"}}, "should be one of stated, inferred"),
        (("values", "filename"), {"value": "x", "evidence": {"kind": "stated"}}, "filename is no value of a case"),
        (("vlaues",), {}, "/vlaues: is not part of the format"),
        (("source",), 5, "/source: should be a string"),
    ],
)
def test_a_mistake_in_a_case_is_named_by_its_place(
    path: tuple[str, ...],
    value: object,
    message: str,
    dataset: Path,
    case_folder: Make,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def change(document: dict[str, object]) -> None:
        place = document
        for key in path[:-1]:
            place = place[key]  # type: ignore[assignment]
        place[path[-1]] = value

    assert ingest(dataset, case_folder(change)) == 4
    assert message in capsys.readouterr().out
    assert len(rows_of(dataset)) == 1


def test_a_file_with_another_digest_is_refused(dataset: Path, case_folder: Make) -> None:
    def change(document: dict[str, list[dict[str, list[dict[str, object]]]]]) -> None:
        document["studies"][0]["images"][0]["sha256"] = "0" * 64

    assert ingest(dataset, case_folder(change)) == 4
    assert len(rows_of(dataset)) == 1


def test_a_table_that_is_not_utf8_is_left_alone(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    table = dataset / "metadata.csv"
    table.write_bytes(table.read_bytes().replace(b"CC0-1.0", b"CC0\xe4"))
    before = snapshot(dataset)
    assert ingest(dataset, contribution({})) == 3
    assert "metadata.csv:2: byte" in capsys.readouterr().err
    assert snapshot(dataset) == before


def test_a_file_that_changes_after_the_plan_stops_everything(
    dataset: Path, contribution: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = contribution({}, {})
    before = snapshot(dataset)

    def changed(*_: object) -> bytes:
        from covidcurate.errors import UnreadableError

        raise UnreadableError("was changed")

    # What could be written while it was opened is not read again.
    monkeypatch.setattr("covidcurate.ingest.content.write_ahead", lambda *_: None)
    monkeypatch.setattr("covidcurate.ingest.apply.clean_bytes", changed)
    assert ingest(dataset, folder) == 3
    after = {name: content for name, content in snapshot(dataset).items() if not name.startswith(".covidcurate")}
    assert after == before


def test_many_files_are_opened_by_a_pool(dataset: Path, contribution: Make) -> None:
    assert ingest(dataset, contribution(*({} for _ in range(20))), "--jobs", "2") == 0
    assert len(rows_of(dataset)) == 21


@pytest.fixture
def collection(shared_data: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the real collection under git."""
    folder = tmp_path / "collection"
    subprocess.run(["cp", "-r", str(shared_data / "collection"), str(folder)], check=True)
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
    yield folder


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "core.autocrlf=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def findings(dataset: Path, capsys: pytest.CaptureFixture[str]) -> set[tuple[str, str, str]]:
    capsys.readouterr()
    run(["validate", str(dataset), "--format", "json"])
    issues = json.loads(capsys.readouterr().out)["issues"]
    return {(issue["code"], issue["column"], issue["key"]) for issue in issues}


def test_twenty_real_images_taken_out_come_back(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whole patients, whose page shows nobody else, so that new ids split nobody."""
    known = findings(collection, capsys)
    table = Table.load(collection / "metadata.csv")
    place = {name: table.header.index(name) for name in ("patientid", "filename", "url")}
    people: dict[str, set[str]] = {}
    for row in table.rows:
        people.setdefault(row.fields[place["url"]], set()).add(row.fields[place["patientid"]])
    names = [row.fields[place["filename"]] for row in table.rows]
    taken: list[int] = []
    for patient in dict.fromkeys(row.fields[place["patientid"]] for row in table.rows):
        rows = [number for number, row in enumerate(table.rows) if row.fields[place["patientid"]] == patient]
        alone = all(people[table.rows[number].fields[place["url"]]] == {patient} for number in rows)
        if alone and len(taken) + len(rows) <= 20 and all(names.count(names[number]) == 1 for number in rows):
            taken += rows
    assert len(taken) == 20

    header, *lines = (collection / "metadata.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    folder = tmp_path / "input"
    folder.mkdir()
    (folder / "rows.csv").write_text(header + "".join(lines[number] for number in taken), encoding="utf-8")
    kept = [line for number, line in enumerate(lines) if number not in taken]
    (collection / "metadata.csv").write_text(header + "".join(kept), encoding="utf-8")
    for number in taken:
        (collection / "images" / names[number]).rename(folder / names[number])
    git(collection, "init", "--quiet")
    git(collection, "add", "--all")
    git(collection, "commit", "--quiet", "--message", "base")

    assert ingest(collection, folder) == 0
    assert git(collection, "diff", "--numstat").split() == ["20", "0", "metadata.csv"]
    assert len(git(collection, "status", "--short", "--untracked-files=all").splitlines()) == 21
    assert findings(collection, capsys) <= known
    for number in taken:
        before, after = (Image.open(root / names[number]) for root in (folder, collection / "images"))
        assert np.array_equal(np.asarray(before), np.asarray(after))
        before.close()
        after.close()


def test_bytes_of_an_image_without_metadata_enter_unchanged(dataset: Path, contribution: Make) -> None:
    folder = contribution({})
    stream = io.BytesIO()
    Image.new("L", (16, 16), 5).save(stream, format="PNG")
    (folder / "input-1.png").write_bytes(stream.getvalue())
    ingest(dataset, folder)
    assert (dataset / "images" / "input-1.png").read_bytes() == stream.getvalue()
