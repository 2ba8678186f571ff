"""With --yes, what may enter is written while it is opened, and moved in the end; nobody can tell but by the time."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from covidcurate.cli.main import run
from covidcurate.dataset import Dataset
from covidcurate.dataset import ahead as ahead_module
from covidcurate.dataset.ahead import Ahead
from covidcurate.dataset.staging import NewFile, StagedFile
from covidcurate.dataset.transaction import Transaction
from covidcurate.imaging.deidentify import load_key
from covidcurate.ingest import apply as apply_module
from covidcurate.ingest import content as content_module
from covidcurate.ingest.content import clean_bytes
from tests.ingest.synthetic_hospital import shipment

Make = Callable[..., Path]
NOBODY = ["--as", "somebody", "--no-cache"]


def content_of(root: Path) -> dict[str, bytes]:
    files = [path for path in root.rglob("*") if path.is_file() and ".covidcurate" not in path.parts]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def nothing_is_left(dataset: Path) -> bool:
    state = dataset / ".covidcurate"
    return not (state / "ahead").exists() and not (state / "staging").exists()


def images_of(dataset: Path) -> dict[str, bytes]:
    return {name: data for name, data in content_of(dataset).items() if name != "metadata.csv"}


def twin_of(dataset: Path) -> Path:
    """Return a copy of a dataset with the same secret, by which both give the same names."""
    load_key(Dataset.open(dataset).state_folder())
    return Path(shutil.copytree(dataset, dataset.with_name("twin")))


def refuse(*_: object) -> None:
    """Stand for a disk that refuses, where that is no error; or for what must not be called."""
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def mixed(contribution: Make, tmp_path: Path) -> list[Path]:
    """Return inputs of every kind: films, one of them with metadata, and DICOM that becomes PNG and a volume."""
    folder = contribution({}, {}, {})
    described = PngImagePlugin.PngInfo()
    described.add_text("Comment", "Annegret Planteroth")
    Image.new("L", (8, 40), 7).save(folder / "input-2.png", pnginfo=described)
    return [folder, shipment(tmp_path / "shipment")]


def ingest(dataset: Path, inputs: Iterable[Path], *options: str) -> int:
    return run(["ingest", *map(str, inputs), "-d", str(dataset), "--unreviewed", *NOBODY, *options])


def test_what_was_written_while_it_was_opened_is_what_enters_and_no_input_is_read_again(
    dataset: Path, mixed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = twin_of(dataset)
    ingest(other, mixed, "--plan", str(dataset.parent / "plan.json"))
    ingest(other, [], "--apply", str(dataset.parent / "plan.json"), "--yes")
    with monkeypatch.context() as patch:
        patch.setattr(apply_module, "clean_bytes", refuse)
        ingest(dataset, mixed, "--yes")
    entered = images_of(dataset)
    assert sum(name.startswith("volumes/") and name.endswith(".nii.gz") for name in entered) == 1
    assert entered == images_of(other)
    assert all(b"Planteroth" not in data for data in entered.values())
    assert nothing_is_left(dataset)
    assert run(["undo", "-d", str(dataset), "--yes"]) == 0
    assert len(list((dataset / "images").glob("*.png"))) == 1


@pytest.mark.parametrize("options", [["--dry-run"], ["--dry-run", "--yes"], ["--plan"], ["--review"], []])
def test_nothing_is_written_before_somebody_says_yes(
    dataset: Path, contribution: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(ahead_module, "scratch_folder", never)
    monkeypatch.setattr(content_module, "write_ahead", never)
    names = [str(tmp_path / "file.html")] if options and options[0] in ("--plan", "--review") else []
    before = content_of(dataset)
    ingest(dataset, [contribution({})], *options, *names)
    assert content_of(dataset) == before
    assert nothing_is_left(dataset)


def test_what_does_not_enter_goes_before_anything_is_staged(
    dataset: Path, contribution: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = contribution({}, {"filename": "twin.png"}, {"license": "Secret"}, {})
    shutil.copy(dataset / "images" / "synthetic-1.png", folder / "twin.png")
    stage, there = Transaction.stage, []

    def stage_and_look(self: Transaction, files: Iterable[NewFile], advance: Callable[[], None]) -> list[StagedFile]:
        files = list(files)
        there.append(sorted((dataset / ".covidcurate" / "ahead").glob("*/*")))
        assert [file.content.path for file in files if isinstance(file.content, Ahead)] == there[0]
        return stage(self, files, advance)

    monkeypatch.setattr(Transaction, "stage", stage_and_look)
    ingest(dataset, [folder], "--yes")
    assert len(there[0]) == 2
    assert nothing_is_left(dataset)
    assert len(list((dataset / "images").glob("*.png"))) == 3


@pytest.mark.parametrize("step", ["folder", "write", "fsync"])
def test_a_disk_that_refuses_costs_time_alone(
    dataset: Path, mixed: list[Path], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    read = []

    def read_again(*arguments: object) -> bytes | Path:
        read.append(arguments)
        return clean_bytes(*arguments)  # type: ignore[arg-type]

    other = twin_of(dataset)
    ingest(other, mixed, "--yes")
    monkeypatch.setattr(apply_module, "clean_bytes", read_again)
    if step == "folder":
        monkeypatch.setattr(ahead_module, "scratch_folder", refuse)
    elif step == "write":
        monkeypatch.setattr(content_module, "write_ahead", lambda *_: None)
    else:
        monkeypatch.setattr(ahead_module, "wait_for_disk", refuse)
    ingest(dataset, mixed, "--yes")
    assert images_of(dataset) == images_of(other)
    assert len(read) == 7
    assert nothing_is_left(dataset)


def test_no_plan_speaks_of_what_was_written(dataset: Path, contribution: Make, tmp_path: Path) -> None:
    ingest(dataset, [contribution({})], "--yes", "--plan", str(tmp_path / "plan.json"))
    assert "covidcurate-scratch" not in (tmp_path / "plan.json").read_text()
    assert len(list((dataset / "images").glob("*.png"))) == 2


@pytest.mark.parametrize("command", [["log"], ["validate"]])
def test_what_a_killed_run_had_written_goes_with_the_next_command(
    dataset: Path, contribution: Make, command: list[str]
) -> None:
    folder = contribution(*({} for _ in range(60)))
    for path in folder.glob("*.png"):
        Image.effect_noise((700, 700 + len(path.name)), 50).save(path)
    before = content_of(dataset)
    program = [sys.executable, "-m", "covidcurate", "ingest", str(folder), "-d", str(dataset), "--yes"]
    with subprocess.Popen(program, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        while not list((dataset / ".covidcurate" / "ahead").glob("*/*")):
            assert process.poll() is None
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGKILL)
    assert (dataset / ".covidcurate" / "ahead").exists()
    for _ in range(100):
        # The processes that opened films may outlast their parent for a moment, and hold its lock.
        run([*command, str(dataset)])
        if nothing_is_left(dataset):
            break
    assert nothing_is_left(dataset)
    assert content_of(dataset) == before
