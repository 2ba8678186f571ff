"""A plan is saved, decided on, and carried out later; all images are synthetic."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from covidcurate.cli.main import run
from tests.convert.synthetic_series import CASES
from tests.dedupe.synthetic_films import film
from tests.ingest.synthetic_hospital import film as hospital_film
from tests.ingest.synthetic_hospital import series as hospital_series
from tests.ingest.test_ingest import rows_of, snapshot

Make = Callable[..., Path]
SEX = {"value": "F", "evidence": {"kind": "inferred", "text": "she was admitted", "where": "texts/notes[0:16]"}}


@pytest.fixture
def case(case_folder: Make) -> Path:
    """A candidate of which a person has to look at the sex."""

    def change(document: dict[str, Any]) -> None:
        document["values"]["sex"] = SEX
        document["texts"] = {"notes": "she was admitted <b>today</b>"}

    return case_folder(change)


@pytest.fixture
def saved(dataset: Path, contribution: Make, case: Path, tmp_path: Path) -> Path:
    """A plan of two images that nothing is wrong with, and of one that waits."""
    path = tmp_path / "plan.json"
    assert ingest(dataset, contribution({}, {"patientid": "HOSPITAL-4711"}), case, "--plan", path) == 4
    return path


def ingest(dataset: Path, *arguments: object) -> int:
    return run(["ingest", *map(str, arguments), "-d", str(dataset)])


def images_of(plan: Path) -> dict[str, dict[str, Any]]:
    return {image["name"]: image for image in json.loads(plan.read_text())["images"]}


def decide(path: Path, plan: Path, **said: dict[str, Any]) -> Path:
    """Write decisions as the page does, by the first word of the name of the image."""
    images = {name.partition(".")[0].replace("-", "_"): image for name, image in images_of(plan).items()}
    entries = {
        images[name]["id"]: {"cells": {}, "by": "Ada", "proposal": images[name]["proposal"], **entry}
        for name, entry in said.items()
    }
    path.write_text(json.dumps({"format": "covidcurate-decisions/1", "plan": str(plan), "images": entries}))
    return path


def test_a_plan_changes_nothing_and_tells_no_patient(
    dataset: Path, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [image["verdict"] for image in images_of(saved).values()] == ["add", "add", "needs review"]
    assert len(rows_of(dataset)) == 1
    assert "4711" not in saved.read_text() + capsys.readouterr().out
    assert [path.name for path in (dataset / "images").glob("*.png")] == ["synthetic-1.png"]


def test_a_saved_plan_is_carried_out_as_the_run_would_have_done(
    dataset: Path, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(dataset, "--apply", saved, "--yes") == 4
    captured = capsys.readouterr()
    assert "has changed since" not in captured.err
    assert [row["filename"] for row in rows_of(dataset)[1:]] == ["input-1.png", "input-2.png"]
    assert [row["patientid"] for row in rows_of(dataset)[1:]] == ["2", "3"]
    assert run(["validate", str(dataset)]) == 0


def test_a_plan_for_a_dataset_that_has_changed_says_so_and_is_checked_again(
    dataset: Path, saved: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    meanwhile = contribution({}, name="meanwhile")
    film(5).save(meanwhile / "meanwhile-1.png")
    assert ingest(dataset, meanwhile, "--yes") == 0
    (dataset / "images" / "input-2.png").write_bytes((dataset / "images" / "synthetic-1.png").read_bytes())
    capsys.readouterr()
    assert ingest(dataset, "--apply", saved, "--yes") == 4
    captured = capsys.readouterr()
    assert "The dataset has changed since the plan was made" in captured.err
    assert "the file name input-2.png is taken by images/input-2.png" in captured.out
    assert [(row["filename"], row["patientid"]) for row in rows_of(dataset)[1:]] == [
        ("meanwhile-1.png", "2"),
        ("input-1.png", "3"),
    ]


def test_a_file_that_is_not_what_it_was_stops_everything(
    dataset: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(dataset)
    film(5).save(tmp_path / "input" / "input-2.png")
    assert ingest(dataset, "--apply", saved, "--yes") == 3
    assert "input-2.png" in capsys.readouterr().err
    after = snapshot(dataset)
    assert {name: after[name] for name in before} == before


def test_decisions_are_carried_out_and_stay_as_a_persons(
    dataset: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decisions = decide(
        tmp_path / "decisions.json",
        saved,
        film={"decision": "accept", "cells": {"sex": " F ", "age": "70"}, "when": "2026-01-02T03:04:05Z"},
        input_1={"decision": "reject"},
        input_2={"decision": "accept"},
    )
    assert ingest(dataset, "--decisions", decisions, "--format", "json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["counts"] == {
        "add": 2, "needs review": 0, "duplicate": 0, "refused": 0, "rejected": 1, "failed": 0,
    }  # fmt: skip
    rows = {row["filename"]: row for row in rows_of(dataset)[1:]}
    assert set(rows) == {"film.png", "input-2.png"}
    assert (rows["film.png"]["sex"], rows["film.png"]["age"]) == ("F", "70")
    film = next(image for image in shown["images"] if image["name"] == "film.png")
    assert film["evidence"]["sex"]["kind"] == "human"
    assert film["evidence"]["age"]["where"] == "Ada, 2026-01-02T03:04:05Z"
    rejected = next(image for image in shown["images"] if image["name"] == "input-1.png")
    assert rejected["reasons"][0].startswith("Ada said no, ")


def test_what_a_person_entered_is_on_record(
    dataset: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"decision": "accept", "cells": {"sex": " M "}, "when": "2020-04-01T10:00:00Z"}
    assert ingest(dataset, "--decisions", decide(tmp_path / "d.json", saved, film=said)) == 0
    capsys.readouterr()
    assert run(["log", str(dataset)]) == 0
    assert "1 accepted one by one, values entered: 1" in capsys.readouterr().out
    assert run(["log", str(dataset), "--format", "json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["runs"]
    assert record["accepted"] == [
        {"folder": "images", "name": "film.png", "cells": {"sex": "M"}, "by": "Ada", "when": "2020-04-01T10:00:00Z"}
    ]


def test_a_row_that_a_rule_refuses_enters_when_a_person_mends_it(
    dataset: Path, contribution: Make, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    assert ingest(dataset, contribution({"view": "Frontal"}), "--plan", plan) == 4
    assert images_of(plan)["input-1.png"]["verdict"] == "refused"
    decisions = decide(tmp_path / "d.json", plan, input_1={"decision": "accept", "cells": {"view": "AP"}})
    assert ingest(dataset, "--decisions", decisions) == 0
    assert rows_of(dataset)[1]["view"] == "AP"


def test_a_correction_is_held_against_the_rules(
    dataset: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decisions = decide(tmp_path / "d.json", saved, film={"decision": "accept", "cells": {"age": "7"}})
    assert ingest(dataset, "--decisions", decisions) == 4
    assert "because PATIENT-CHILD" in capsys.readouterr().out
    assert "film.png" not in {row["filename"] for row in rows_of(dataset)}


@pytest.mark.parametrize("column", ["patientid", "filename", "folder", "shoe size"])
def test_what_nobody_may_correct(
    column: str, dataset: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decisions = decide(tmp_path / "d.json", saved, film={"decision": "accept", "cells": {column: "x"}})
    assert ingest(dataset, "--decisions", decisions) == 4
    assert f"because {column} was corrected, but" in capsys.readouterr().out


def test_a_decision_on_what_looks_otherwise_by_now_does_not_count(
    dataset: Path, case: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decisions = decide(tmp_path / "d.json", saved, film={"decision": "accept"})
    document = json.loads((case / "case.json").read_text())
    document["values"]["sex"]["value"] = "M"
    (case / "case.json").write_text(json.dumps(document))
    assert ingest(dataset, case, "--decisions", decisions) == 4
    shown = capsys.readouterr().out
    assert "looked otherwise when Ada accepted it" in shown
    assert len(rows_of(dataset)) == 1


def test_decisions_on_other_inputs_are_found_again(dataset: Path, case: Path, saved: Path, tmp_path: Path) -> None:
    """The same content is the same image, whichever way it comes."""
    decisions = decide(tmp_path / "d.json", saved, film={"decision": "accept", "cells": {"sex": "F"}})
    assert ingest(dataset, case, "--decisions", decisions) == 0
    assert rows_of(dataset)[1]["sex"] == "F"


def test_without_a_terminal_nothing_is_asked_and_nothing_added(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(dataset)
    assert ingest(dataset, contribution({})) == 4
    captured = capsys.readouterr()
    assert captured.out.endswith("0 with values that wait for a person\n")
    assert "--yes" in captured.err
    assert snapshot(dataset) == before


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", 3), (b"[]", 3), (b"\xff", 3), (b'{"format": "covidcurate-plan/9"}', 3), (b"[" * 9000, 3)],
)
def test_what_is_no_plan_is_told(
    content: bytes, code: int, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p.json").write_bytes(content)
    for option in ("--apply", "--decisions"):
        assert ingest(dataset, option, tmp_path / "p.json", *(["x"] if option == "--decisions" else [])) == code
        assert "p.json: " in capsys.readouterr().err


def test_a_plan_in_which_something_is_missing_names_it(
    dataset: Path, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = saved.read_text()
    for key in sorted(set(re.findall(r'^ {4}"(\w+)": \{?"?', text, re.MULTILINE)) - {"volume"}):
        document = json.loads(text)
        document["images"][0]["opened"].pop(key, None)
        saved.write_text(json.dumps(document))
        code = ingest(dataset, "--apply", saved, "--dry-run")
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        assert code in (3, 4), key


def test_inputs_and_a_plan_exclude_each_other(
    dataset: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(dataset, tmp_path / "input", "--apply", saved) == 2
    assert ingest(dataset) == 2
    assert "there is no INPUT" in capsys.readouterr().err


def test_a_plan_with_a_series_that_makes_no_volume_is_carried_out_without_it(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "shipment"
    CASES["uneven spacing"].make(folder / "uneven")
    hospital_film(folder / "film", 7)
    assert ingest(dataset, folder, "--plan", tmp_path / "plan.json") == 4
    assert ingest(dataset, "--apply", tmp_path / "plan.json", "--yes") == 4
    assert "distance of slices varies" in capsys.readouterr().out
    assert len(rows_of(dataset)) == 2


def test_a_slice_that_broke_since_the_plan_is_not_called_by_its_name(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hospital = tmp_path / "hospital"
    hospital_series(hospital)
    slices = sorted(path for path in hospital.rglob("*") if path.is_file())
    for number, path in enumerate(slices):
        path.rename(path.with_name(f"Synthmann{number}"))
    plan = tmp_path / "plan.json"
    ingest(dataset, hospital, "--plan", plan)
    broken = next(hospital.rglob("Synthmann1"))
    broken.write_bytes(broken.read_bytes()[:300])
    capsys.readouterr()
    assert ingest(dataset, "--apply", plan, "--yes", "--unreviewed") == 3
    shown = capsys.readouterr()
    assert "make no single volume any more" in shown.err
    assert "Synthmann" not in shown.out + shown.err
