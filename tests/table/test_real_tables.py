"""The promise on real files: N rows added are N lines added, and an edited cell is a diff of its row alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from covidcurate.errors import TableEncodingError
from covidcurate.table import RowProblem, Table

GIT = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "core.autocrlf=false")


def real_tables(data: Path) -> list[Path]:
    tables = [*sorted((data / "metadata").rglob("*.csv")), data / "collection" / "metadata.csv"]
    assert len(tables) > 5
    return tables


def load(path: Path) -> Table:
    try:
        return Table.load(path)
    except TableEncodingError:
        return Table.load(path, keep_bad_bytes=True)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run([*GIT, "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty repository that the settings of whoever runs the tests do not reach."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.delenv("GIT_DIR", raising=False)
    git(tmp_path, "init", "--quiet")
    return tmp_path


def test_three_rows_are_three_added_lines(shared_data: Path, repository: Path) -> None:
    tables = real_tables(shared_data)
    for number, path in enumerate(tables):
        shutil.copyfile(path, repository / f"{number}.csv")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "before")
    for number in range(len(tables)):
        copy = repository / f"{number}.csv"
        table = load(copy)
        table.append([{table.header[0]: str(row), table.header[3]: 'a "word", a comma'} for row in range(3)])
        copy.write_bytes(table.to_bytes())
    changes = git(repository, "diff", "--text", "--numstat").splitlines()
    assert sorted(changes) == sorted(f"3\t0\t{number}.csv" for number in range(len(tables)))


def test_unedited_tables_are_written_back_byte_for_byte(shared_data: Path) -> None:
    for path in real_tables(shared_data):
        assert load(path).to_bytes() == path.read_bytes(), path.name


def test_a_cell_that_is_set_changes_the_lines_of_its_row(shared_data: Path) -> None:
    for path in real_tables(shared_data):
        lines = path.read_bytes().split(b"\n")
        table = load(path)
        sound = [n for n, row in enumerate(table.rows) if row.problem is RowProblem.NONE and len(row.fields) > 4]
        spanning = [n for n in sound if table.rows[n].last_line > table.rows[n].first_line]
        for index in {sound[0], sound[len(sound) // 2], sound[-1], *spanning[:3]}:
            edited = load(path)
            edited.set_cell(index, edited.header[4], "No Finding")
            row, after = table.rows[index], edited.to_bytes().split(b"\n")
            tail = len(lines) - row.last_line
            assert after[: row.first_line - 1] == lines[: row.first_line - 1], path.name
            assert after[len(after) - tail :] == lines[len(lines) - tail :], path.name
            assert Table.load(edited.to_bytes(), keep_bad_bytes=True).rows[index].fields[4] == "No Finding", path.name
