"""What others do to a dataset between the plan of an ingest and its end: nothing of theirs is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from covidcurate.cli.main import run
from covidcurate.dataset import Dataset
from covidcurate.dataset.lock import Lock, Patience
from covidcurate.errors import DatasetError, LockedError, UnreadableError
from covidcurate.ingest import Plan, Reading, Terms, Verdict, apply_plan, make_plan, plan_of, read_inputs
from covidcurate.ingest import apply as apply_module
from covidcurate.ingest import plan as plan_module

Make = Callable[..., Path]
HOLD = """
import sys, time
from pathlib import Path
from covidcurate.dataset.lock import Lock
with Lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def plan_for(dataset: Path, *folders: Path) -> Plan:
    opened = Dataset.open(dataset)
    return make_plan(opened, read_inputs(folders, Reading(opened.specification, dataset)), Terms(), workers=1)


def append(dataset: Path, **cells: str) -> bytes:
    """Add a row as a person does in an editor; return it."""
    table = dataset / "metadata.csv"
    row = table.read_bytes().splitlines(keepends=True)[1]
    for old, new in cells.items():
        row = row.replace(old.replace("_", "-").encode(), new.encode())
    with table.open("ab") as stream:
        stream.write(row)
    return row


def test_a_row_that_somebody_added_stays_and_ours_follow(dataset: Path, contribution: Make) -> None:
    plan = plan_for(dataset, contribution({}, {}))
    row = append(dataset, synthetic_1="theirs").replace(b"1,", b"1,", 1)
    said = apply_plan(Dataset.open(dataset), plan)
    assert "was changed since the plan was made" in said
    lines = (dataset / "metadata.csv").read_bytes().splitlines(keepends=True)
    assert lines[2] == row
    assert len(lines) == 5
    assert plan.applied


def test_the_next_free_patient_id_is_taken(dataset: Path, contribution: Make) -> None:
    plan = plan_for(dataset, contribution({}))
    assert plan.images[0].cells["patientid"] == "2"
    table = dataset / "metadata.csv"
    row = table.read_bytes().splitlines(keepends=True)[1].replace(b"1,", b"7,", 1).replace(b"synthetic-1", b"theirs")
    table.write_bytes(table.read_bytes() + row)
    apply_plan(Dataset.open(dataset), plan)
    assert plan.images[0].cells["patientid"] == "8"
    assert table.read_bytes().splitlines()[-1].startswith(b"8,")


def test_what_is_found_out_while_films_are_opened_makes_no_other_plan(dataset: Path, contribution: Make) -> None:
    append(dataset, synthetic_1="another")
    plan = plan_for(dataset, contribution(*[{}] * 5))
    again = plan_of(Dataset.open(dataset), plan.opened, plan.terms)
    assert again.images == plan.images
    assert again.after == plan.after


def test_a_patient_who_came_while_films_were_opened_is_counted(
    dataset: Path, contribution: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, open_images = dataset / "metadata.csv", plan_module._open_images
    row = table.read_bytes().splitlines(keepends=True)[1].replace(b"1,", b"7,", 1).replace(b"synthetic-1", b"theirs")

    def open_and_add(*arguments: Any) -> Any:
        opened = open_images(*arguments)
        table.write_bytes(table.read_bytes() + row)
        return opened

    monkeypatch.setattr(plan_module, "_open_images", open_and_add)
    assert plan_for(dataset, contribution({})).images[0].cells["patientid"] == "8"


def test_an_edited_cell_stays(dataset: Path, contribution: Make) -> None:
    plan = plan_for(dataset, contribution({}))
    table = dataset / "metadata.csv"
    table.write_bytes(table.read_bytes().replace(b"example.org/1", b"example.org/edited"))
    apply_plan(Dataset.open(dataset), plan)
    assert b"example.org/edited" in table.read_bytes()
    assert len(table.read_bytes().splitlines()) == 3


def test_a_plan_that_would_be_another_is_refused_and_the_image_named(dataset: Path, contribution: Make) -> None:
    folder = contribution({}, {})
    first, second = plan_for(dataset, folder), plan_for(dataset, folder)
    apply_plan(Dataset.open(dataset), first)
    before = (dataset / "metadata.csv").read_bytes()
    with pytest.raises(
        DatasetError, match=r"rows\.csv:2 is by now: duplicate, because .*nothing was changed"
    ) as caught:
        apply_plan(Dataset.open(dataset), second)
    assert "look at the new plan" in caught.value.remedy
    assert (dataset / "metadata.csv").read_bytes() == before
    assert not second.applied


def test_what_is_changed_while_files_are_staged_stays_too(
    dataset: Path, contribution: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, rows = plan_for(dataset, contribution({}, {})), []
    clean_bytes = apply_module.clean_bytes

    def edit_and_read(*arguments: object) -> bytes:
        rows.append(append(dataset, synthetic_1=f"theirs-{len(rows)}"))
        return clean_bytes(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(apply_module, "clean_bytes", edit_and_read)
    apply_plan(Dataset.open(dataset), plan)
    lines = (dataset / "metadata.csv").read_bytes().splitlines(keepends=True)
    assert lines[2:4] == rows
    assert len(lines) == 6


@pytest.mark.parametrize("loss", ["file", "folder", "other bytes"])
def test_an_input_that_vanishes_is_an_error_and_the_dataset_as_before(
    dataset: Path, contribution: Make, loss: str
) -> None:
    folder = contribution({}, {})
    plan = plan_for(dataset, folder)
    path = folder / "input-2.png"
    if loss == "other bytes":
        path.write_bytes(b"other")
    elif loss == "file":
        path.unlink()
    else:
        folder.rename(folder.with_name("moved"))
    before = {path: path.read_bytes() for path in dataset.rglob("*") if path.is_file()}
    with pytest.raises(UnreadableError, match=r"input-[12]\.png"):
        apply_plan(Dataset.open(dataset), plan)
    assert {path: path.read_bytes() for path in before} == before
    assert not (dataset / ".covidcurate" / "staging").exists()
    assert len(list((dataset / "images").glob("*.png"))) == 1


def test_a_second_run_says_who_holds_the_dataset_or_waits(
    dataset: Path, contribution: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({})
    lock = Dataset.open(dataset).state_folder() / "lock"
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == b"held\n"
        arguments = ["ingest", str(folder), "-d", str(dataset), "--yes"]
        assert run(arguments) == 3
        said = capsys.readouterr().err
        assert f"held by process {holder.pid} on " in said
        assert "--wait SECONDS" in said
        with pytest.raises(LockedError):
            apply_plan(Dataset.open(dataset), plan_for(dataset, folder), patience=Patience(0.05))

        def let_go(_: str) -> None:
            assert holder.stdin is not None
            holder.stdin.write(b"\n")
            holder.stdin.flush()

        plan = plan_for(dataset, folder)
        apply_plan(Dataset.open(dataset), plan, patience=Patience(60, let_go))
    assert plan.applied


def test_two_ingests_at_once_both_come_to_their_end(dataset: Path, contribution: Make) -> None:
    folders = [contribution({"url": f"https://example.org/{name}"}, {}, name=name) for name in ("first", "other-one")]
    for number in (1, 2):
        Image.new("L", (8, 30 + number), 200).save(folders[1] / f"other-one-{number}.png")
    program = [sys.executable, "-m", "covidcurate", "ingest", "-d", str(dataset), "--yes", "--wait", "120"]
    processes = [subprocess.Popen([*program, str(folder)], stderr=subprocess.PIPE, text=True) for folder in folders]
    ends = [(process.communicate()[1], process.returncode) for process in processes]
    assert [code for _, code in ends] == [0, 0], ends
    assert run(["validate", str(dataset)]) == 0
    assert len((dataset / "metadata.csv").read_bytes().splitlines()) == 6


def test_a_lock_is_held_again_after_it_was_waited_for(tmp_path: Path) -> None:
    with Lock(tmp_path / "lock", Patience(5)), pytest.raises(LockedError), Lock(tmp_path / "lock", Patience(0.01)):
        pass


def test_a_plan_is_not_changed_by_one_that_is_refused(dataset: Path, contribution: Make) -> None:
    folder = contribution({})
    plan = plan_for(dataset, folder)
    copy = replace(plan)
    apply_plan(Dataset.open(dataset), plan_for(dataset, folder))
    with pytest.raises(DatasetError):
        apply_plan(Dataset.open(dataset), plan)
    assert plan == copy
    assert [image.verdict for image in plan.images] == [Verdict.ADD]
