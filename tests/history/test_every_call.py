"""An ingest, a fix with renames and their undoing, with a kill and with a fault at every call that changes the disk."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from killed_commands import ALL, content_of, fault_at, prepare

from covidcurate.cli.main import run
from covidcurate.dataset import Dataset
from covidcurate.errors import CovidcurateError

Make = Callable[..., Path]
ACTIONS = ["ingest", "ingest-ahead", "fix", "undo-ingest", "undo-fix"]
FAULTS = [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOENT, errno.EIO]


@pytest.fixture
def scene(broken: Path, inputs: Make, request: pytest.FixtureRequest) -> tuple[str, Path, Path]:
    """Return an action, a dataset that waits for it, and inputs."""
    action, folder = request.param, inputs()
    # The folder is one that the run has to make.
    shutil.rmtree(broken / "volumes")
    if action == "undo-ingest":
        assert run(["ingest", str(folder), "-d", str(broken), "--yes", "--no-cache"]) == 0
    if action == "undo-fix":
        run(["validate", "--fix", str(broken)])
    return action, broken, folder


def copies(dataset: Path, count: int) -> list[Path]:
    return [Path(shutil.copytree(dataset, dataset.with_name(f"copy-{number}"))) for number in range(count)]


def child(action: str, when: str, inputs: Path, datasets: list[Path]) -> list[str]:
    program = str(Path(__file__).with_name("killed_commands.py"))
    command = [sys.executable, program, action, when, str(inputs), *map(str, datasets)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def runs_of(dataset: Path, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    """Let a command that only reads recover the dataset; return the runs on record, and what it said."""
    capsys.readouterr()
    assert run(["log", "--format", "json", str(dataset)]) == 0
    out, err = capsys.readouterr()
    return [one["id"] for one in json.loads(out)["runs"]], err


def left_in(state: Path) -> set[str]:
    """Return what a run has left in the state folder that no run needs any more."""
    stay = {".gitignore", "lock", "lock-holder.json", "runs", "cache.sqlite", "deidentify.key", "patients.jsonl"}
    here = {path.name for path in state.glob("*")} - stay
    return here | {path.name for path in (state / "runs").glob("*") if path.suffix != ".json"}


@pytest.mark.slow
@pytest.mark.parametrize("scene", ACTIONS, indirect=True)
def test_a_kill_at_every_call_is_recovered_by_a_command_that_reads(
    scene: tuple[str, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    action, dataset, inputs = scene
    before, runs_before = content_of(dataset), runs_of(dataset, capsys)[0]
    (whole,) = copies(dataset, 1)
    made, *left_out = child(action, "never", inputs, [whole])
    assert left_out in ([], [""]), "every change of the disk comes out of a call that is counted"
    after, count = content_of(whole), len(made.split())
    assert after != before
    assert {"fsync", "write", "unlink", "replace", "link"} <= set(made.split())
    for when in ("before", "after"):
        shutil.rmtree(whole)
        for old in dataset.parent.glob("copy-*"):
            shutil.rmtree(old)
        datasets = copies(dataset, count)
        whole = datasets[0]
        assert child(action, when, inputs, datasets) == ["9"] * count, "every run is killed, none is left out"
        told = []
        for one in datasets:
            runs, said = runs_of(one, capsys)
            told.append(said)
            content = content_of(one)
            assert content in (before, after)
            assert len(runs) == len(runs_before) + (content == after), "record and dataset agree"
            assert not left_in(one / ".covidcurate")
            assert runs_of(one, capsys)[1] == ""
        assert any("was taken back" in said for said in told)
        assert any("its work is complete" in said for said in told)


@pytest.mark.slow
@pytest.mark.parametrize("scene", ACTIONS, indirect=True)
def test_a_fault_at_every_call_is_a_clear_error_and_the_dataset_is_as_before(
    scene: tuple[str, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    action, dataset, inputs = scene
    before, runs_before = content_of(dataset), runs_of(dataset, capsys)[0]
    act = prepare(action, inputs, dataset)
    (whole,) = copies(dataset, 1)
    with fault_at(0, lambda: None, ALL) as made:
        act(Dataset.open(whole))
    after, count = content_of(whole), len(made)
    assert after != before
    refused = 0
    for number in range(1, count + 1):
        shutil.rmtree(whole)
        (whole,) = copies(dataset, 1)
        code = FAULTS[number % len(FAULTS)]

        def fault(code: int = code) -> None:
            raise OSError(code, os.strerror(code))

        error = ""
        with fault_at(number, fault, ALL) as made:
            try:
                act(Dataset.open(whole))
            except CovidcurateError as caught:
                error = caught.message
            except OSError as caught:
                # The command line has words for it; nothing has been changed by then.
                error = str(caught)
                assert made[number - 1] in ("open", "close")
        if not error:
            assert content_of(whole) == after, "what failed was of no account, such as a note or a folder's names"
        else:
            refused += 1
            assert content_of(whole) == before or "the table is changed" in error, (made[number - 1], error)
        runs = runs_of(whole, capsys)[0]
        content = content_of(whole)
        assert content in (before, after)
        assert len(runs) == len(runs_before) + (content == after)
        assert not left_in(whole / ".covidcurate")
    assert refused > count / 3


def test_a_disk_that_fails_where_nobody_expects_it_is_an_error_and_no_bug(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fault() -> None:
        raise OSError(errno.EIO, "Input/output error", str(dataset / "metadata.csv"))

    with fault_at(2, fault, ("open",)):
        assert run(["validate", str(dataset)]) == 3
    said = capsys.readouterr().err
    assert "Input/output error" in said
    assert "bug" not in said
