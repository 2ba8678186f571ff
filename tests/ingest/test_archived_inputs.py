"""Contributions that come in an archive: taken as the folder would be, without the names that stand in it."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.ingest.test_ingest import ingest, rows_of, snapshot

NAME = "Planteroth"


def packed(folder: Path, inner: str = "") -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, Path(inner, file.relative_to(folder)))
    return path


@pytest.mark.parametrize("inner", ["", f"export of {NAME}"])
def test_a_table_in_an_archive(
    inner: str,
    dataset: Path,
    contribution: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    folder = contribution({"patientid": "a"}, {"patientid": "b", "view": "nonsense"})
    Image.new("L", (5, 5)).save(folder / f"{NAME}.png")
    (folder / f"{NAME}.txt").write_text("a note")
    (folder / "rows.csv").rename(folder / f"{NAME}.csv")
    path = packed(folder, inner)
    plan = tmp_path / "plan.json"
    assert ingest(dataset, path, "--plan", plan) == 4
    assert [row["filename"] for row in rows_of(dataset)[1:]] == ["input-1.png"]
    captured = capsys.readouterr()
    assert f"{path} (its table):2" in captured.out
    assert "no row names 1 of its images" in captured.out
    assert NAME not in captured.out + captured.err + plan.read_text()
    assert str(scratch) not in captured.out + captured.err + plan.read_text()
    assert not list(scratch.iterdir())


def test_cases_in_an_archive(
    dataset: Path, case_folder: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case_folder().rename(tmp_path / NAME)
    (tmp_path / "cases").mkdir()
    (tmp_path / NAME).rename(tmp_path / "cases" / NAME)
    assert ingest(dataset, packed(tmp_path / "cases")) == 0
    assert NAME not in capsys.readouterr().out


@pytest.mark.parametrize("member", [f"../{NAME}", f"/{NAME}", f"C:\\{NAME}"])
def test_an_archive_that_leads_out_changes_nothing(
    member: str, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(dataset)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, "x")
    assert ingest(dataset, tmp_path / "a.zip") == 3
    captured = capsys.readouterr()
    assert "leads out of the folder" in captured.err
    assert NAME not in captured.err
    assert snapshot(dataset) == before


def test_two_tables_in_an_archive_are_counted(
    dataset: Path, contribution: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = contribution({})
    (folder / f"{NAME}.csv").write_text("filename\n")
    assert ingest(dataset, packed(folder)) == 2
    captured = capsys.readouterr()
    assert "has 2 CSV files" in captured.err
    assert NAME not in captured.err
