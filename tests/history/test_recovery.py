"""Any command settles what a run that was stopped has left; it says so, or why it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from killed_commands import content_of, fault_at, prepare

from covidcurate.cli.main import run
from covidcurate.dataset import Dataset
from covidcurate.dataset.lock import Lock
from covidcurate.errors import DatasetError

Make = Callable[..., Path]


class KilledError(BaseException):
    """Stands for the end of the process."""


def killed() -> None:
    raise KilledError


@pytest.fixture
def states(dataset: Path, inputs: Make) -> tuple[Callable[[str], None], dict[str, bytes]]:
    """Return a function that stops an ingest before or after the table is replaced, and the content before."""
    act, before = prepare("ingest", inputs(), dataset), content_of(dataset)

    def stop(when: str) -> None:
        with pytest.raises(KilledError), fault_at(1, killed, ("replace",), after=when == "after"):
            act(Dataset.open(dataset))

    return stop, before


COMMANDS = [
    ["validate"],
    ["stats"],
    ["log"],
    ["licenses"],
    ["dedupe", "--no-cache"],
    ["undo", "--dry-run"],
    ["ingest", "nowhere", "--dry-run"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("when", ["before", "after"])
def test_any_command_settles_and_says_so(
    dataset: Path,
    states: tuple[Callable[[str], None], dict[str, bytes]],
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    when: str,
) -> None:
    stop, before = states
    stop(when)
    run([*command, "-d", str(dataset)])
    out, err = capsys.readouterr()
    said = (
        "what it had begun was taken back" if when == "before" else "after it had added 2 files; its work is complete"
    )
    assert said in err
    assert "An earlier run (ingest 20" in err
    assert said not in out
    after = content_of(dataset)
    assert (after == before) is (when == "before")
    assert not Dataset.open(dataset).is_unsettled()
    run(["validate", str(dataset / "metadata.csv")])
    assert "earlier run" not in capsys.readouterr().err


def test_a_run_that_is_alive_is_left_alone(
    dataset: Path, states: tuple[Callable[[str], None], dict[str, bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    stop, before = states
    stop("before")
    middle = content_of(dataset)
    with Lock(dataset / ".covidcurate" / "lock"):
        assert run(["log", str(dataset)]) == 0
        assert f"held by process {os.getpid()}" in capsys.readouterr().err
        assert content_of(dataset) == middle
    assert run(["log", str(dataset)]) == 0
    assert content_of(dataset) == before


def test_a_run_that_only_prepares_is_not_spoken_of(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = Dataset.open(dataset).state_folder()
    (state / "staging").mkdir()
    with Lock(state / "lock"):
        assert run(["validate", str(dataset)]) == 0
        assert "under way" not in capsys.readouterr().err
        assert (state / "staging").exists()
    assert run(["validate", str(dataset)]) == 0
    assert not (state / "staging").exists(), "of a run that was stopped nothing is left over"
    assert "earlier" not in capsys.readouterr().err


def test_a_disk_that_cannot_be_written_is_said_and_read(
    dataset: Path,
    states: tuple[Callable[[str], None], dict[str, bytes]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states[0]("after")

    def enter(self: Lock) -> Lock:
        raise DatasetError("lock: cannot be written: Read-only file system")

    # Root may write everywhere, so the disk is played.
    monkeypatch.setattr(Lock, "__enter__", enter)
    assert run(["log", str(dataset)]) == 0
    assert "cannot be settled now" in capsys.readouterr().err


@pytest.mark.usefixtures("permissions_count")
def test_a_folder_that_cannot_be_written_is_said_and_read(
    dataset: Path, states: tuple[Callable[[str], None], dict[str, bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    stop, before = states
    stop("before")
    state = dataset / ".covidcurate"
    for path in (state / "lock", state / "lock-holder.json"):
        path.unlink(missing_ok=True)
    state.chmod(0o555)
    try:
        assert run(["log", str(dataset)]) == 0
        assert "cannot be settled now" in capsys.readouterr().err
    finally:
        state.chmod(0o755)
    assert run(["log", str(dataset)]) == 0
    assert content_of(dataset) == before


def test_a_check_of_a_whole_dataset_loads_nothing_for_it(dataset: Path) -> None:
    program = (
        "import sys; from covidcurate.cli.main import run; run(['validate', sys.argv[1]]);"
        "sys.exit(any(name in sys.modules for name in"
        " ('filelock', 'covidcurate.dataset.recovery', 'covidcurate.dataset.journal', 'covidcurate.dataset.runs')))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(dataset)], capture_output=True, check=False)
    assert done.returncode == 0
