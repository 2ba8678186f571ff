"""Folders of one run: private, gone afterwards, and gone with the next run where one was killed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from covidcurate.scratch import remove_left, scratch_folder


def test_the_folder_is_private_and_goes_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt), scratch_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_left_goes_with_the_next_and_that_of_a_living_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import time\nfrom covidcurate.scratch import scratch_folder\n"
        "with scratch_folder() as folder:\n    (folder / 'film').write_text('x')\n"
        "    print('ready', flush=True)\n    time.sleep(600)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            with scratch_folder() as mine:
                (other,) = [folder for folder in tmp_path.iterdir() if folder.is_dir() and folder != mine]
                assert (other / "film").is_file()
        finally:
            process.kill()
    with scratch_folder() as mine:
        assert [folder for folder in tmp_path.iterdir() if folder.is_dir()] == [mine]
    assert not list(tmp_path.iterdir())


def test_a_lock_that_was_left_alone_goes_too_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        left = folder.with_name("covidcurate-scratch-0123.lock")
        left.touch()
        other = folder.with_name("film.png")
        other.touch()
        remove_left(tmp_path)
        assert set(tmp_path.iterdir()) == {folder, folder.with_name(f"{folder.name}.lock"), other}
    assert list(tmp_path.iterdir()) == [other]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.touch()
    with pytest.raises(OSError), scratch_folder(home):
        raise AssertionError


@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_nothing_that_was_unpacked_outlasts_the_next_command(how: str, tmp_path: Path) -> None:
    code = (
        "import time\nfrom covidcurate.cli import ingest, main\nfrom covidcurate.scratch import scratch_folder\n"
        "def wait(*_):\n    with scratch_folder() as folder:\n        (folder / 'film').write_text('x')\n"
        "        print('ready', flush=True)\n        time.sleep(600)\n"
        "ingest.command.invoke = wait\nmain.main(['ingest'])\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1
        getattr(process, how)()
        assert process.wait(60) == (130 if how == "terminate" else -9)
    assert any(tmp_path.iterdir()) is (how == "kill")
    subprocess.run([sys.executable, "-m", "covidcurate", "explain"], env=environment, check=True, capture_output=True)
    assert not list(tmp_path.iterdir())
