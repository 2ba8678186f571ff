"""What a check of files leaves behind: a cache in a dataset that is ours, and nothing anywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from covidcurate.cli.main import run
from covidcurate.dataset import folder as folder_module
from covidcurate.rules import looks

PNG = (Path(__file__).resolve().parent.parent / "cases/FILE-TYPE/good/images/film.png").read_bytes()


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(looks, "_WORTH_REMEMBERING", 1)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "film.png").write_bytes(PNG)
    (tmp_path / "metadata.csv").write_text("filename,folder\nfilm.png,images\n", encoding="utf-8")
    return tmp_path


def state(dataset: Path) -> list[str]:
    folder = dataset / ".covidcurate"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_dataset_gets_a_cache_that_git_does_not_see(dataset: Path) -> None:
    run(["validate", str(dataset)])
    assert state(dataset) == [".gitignore", "cache.sqlite"]


@pytest.mark.parametrize("options", [["--no-cache"], ["--no-files"], ["--diff"]])
def test_without_need_nothing_is_left(dataset: Path, options: list[str]) -> None:
    run(["validate", str(dataset), *options])
    assert state(dataset) == []


@pytest.mark.parametrize("options", [[], ["--files"]])
def test_beside_a_table_that_is_checked_alone_nothing_is_left(dataset: Path, options: list[str]) -> None:
    run(["validate", str(dataset / "metadata.csv"), *options])
    assert state(dataset) == []


@pytest.mark.parametrize("options", [[], ["--files"]])
def test_in_a_folder_of_another_user_nothing_is_left_but_a_note(
    dataset: Path, options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(folder_module.os, "geteuid", lambda: dataset.stat().st_uid + 1)
    code = run(["validate", str(dataset), *options])
    assert "remembered" not in capsys.readouterr().err
    assert run(["validate", str(dataset), "-v", *options]) == code
    assert "belongs to another user" in capsys.readouterr().err
    assert state(dataset) == []


def test_a_state_folder_that_cannot_be_made_is_no_error(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Stands for a disk that is read-only, which holds for every user, also for one who may do everything.
    (dataset / ".covidcurate").write_text("in the way", encoding="utf-8")
    code = run(["validate", str(dataset), "--no-cache"])
    assert run(["validate", str(dataset), "-v"]) == code
    assert "Nothing is remembered" in capsys.readouterr().err
    assert (dataset / ".covidcurate").read_text(encoding="utf-8") == "in the way"
