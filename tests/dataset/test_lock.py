"""One run at a time: who holds a lock, and when it is free again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from covidcurate.dataset.lock import Lock
from covidcurate.errors import DatasetError, LockedError

HOLD = """
import sys, time
from pathlib import Path
from covidcurate.dataset.lock import Lock
with Lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return tmp_path / "lock-holder.json"


def test_the_note_names_the_holder_and_goes_when_it_is_done(path: Path, note: Path) -> None:
    with Lock(path):
        assert json.loads(note.read_text()) == {"pid": os.getpid(), "host": socket.gethostname()}
    assert not note.exists()
    with Lock(path):
        pass


def test_the_lock_is_free_when_the_work_has_failed(path: Path, note: Path) -> None:
    with pytest.raises(ZeroDivisionError), Lock(path):
        raise ZeroDivisionError
    assert not note.exists()
    with Lock(path):
        pass


def test_a_second_holder_is_told_who_holds_it(path: Path, note: Path) -> None:
    with Lock(path):
        with pytest.raises(LockedError, match=f"held by process {os.getpid()} on ") as caught, Lock(path):
            raise AssertionError("both hold it")
        assert note.exists(), "the first still holds it"
    assert "when that run is done" in caught.value.remedy


def test_another_process_keeps_us_out_until_it_is_killed(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=f"held by process {process.pid} on "), Lock(path):
            pass
        process.send_signal(signal.SIGKILL)
    with Lock(path):
        pass


def test_a_holder_without_a_note_keeps_us_out_too(path: Path, note: Path) -> None:
    """It has the lock and is about to write its note."""
    with Lock(path):
        note.unlink()
        with pytest.raises(LockedError, match="held by another run"), Lock(path):
            pass


def test_the_note_of_another_host_is_respected(path: Path, note: Path) -> None:
    """On a drive that keeps the locks of its hosts apart, the note is all there is to see."""
    note.write_text(json.dumps({"pid": 1, "host": "elsewhere.example.org"}))
    with pytest.raises(LockedError, match=r"elsewhere\.example\.org") as caught, Lock(path):
        pass
    assert note.exists()
    assert "delete the file" in caught.value.remedy
    note.unlink()
    with Lock(path):
        pass


NOBODY = [b"", b'{"pid": 1', b"[]", b"3", b"null", b"{}", b'{"pid": 1e400, "host": ""}', b"\xff", b"[" * 9999]


@pytest.mark.parametrize("content", NOBODY)
def test_a_note_that_names_nobody_bars_nobody(path: Path, note: Path, content: bytes) -> None:
    note.write_bytes(content)
    with Lock(path):
        assert json.loads(note.read_text())["pid"] == os.getpid()


def test_a_note_that_cannot_be_written_is_a_dataset_error_and_frees_the_lock(path: Path, note: Path) -> None:
    note.mkdir()
    with pytest.raises(DatasetError, match="nothing was changed"), Lock(path):
        pass
    note.rmdir()
    with Lock(path):
        pass


def test_a_lock_that_cannot_be_made_is_a_dataset_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(DatasetError, match="cannot be written"), Lock(path):
        pass
