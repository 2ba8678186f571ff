"""Only what a change touches is reported, read from git without a checkout; baselines do not move with lines."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from covidcurate.cli.main import run
from covidcurate.table import Table

Check = Callable[..., tuple[int, list[tuple[str, str]], str]]


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def add_rows(dataset: Path, *cells: dict[str, str]) -> None:
    table = Table.load(dataset / "metadata.csv")
    shared = {"finding": "Pneumonia", "view": "PA", "modality": "X-ray", "folder": "images", "license": "CC0-1.0"}
    table.append({**shared, "url": f"https://example.org/{one['filename']}", **one} for one in cells)
    (dataset / "metadata.csv").write_bytes(table.to_bytes())
    for number, one in enumerate(cells):
        Image.new("L", (9, 20 + number + len(table.rows)), 90).save(dataset / "images" / one["filename"])


@pytest.fixture
def repository(dataset: Path) -> Path:
    """A dataset in git with an old mistake, on main, and a branch that begins there."""
    add_rows(dataset, {"patientid": "2", "filename": "old.png", "view": "Sideways"})
    git(dataset, "init", "-q", "-b", "main")
    git(dataset, "add", ".")
    git(dataset, "commit", "-qm", "first")
    git(dataset, "checkout", "-qb", "change")
    return dataset


@pytest.fixture
def check(repository: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Return a function that validates; gives the exit code, codes with images, and the notes."""

    def do(*options: str) -> tuple[int, list[tuple[str, str]], str]:
        code = run(["validate", str(repository), "--format", "json", *options])
        document = json.loads(capsys.readouterr().out)
        return code, [(issue["code"], issue["key"]) for issue in document["issues"]], " ".join(document["notes"])

    return do


def test_old_mistakes_are_counted_and_new_ones_reported(check: Check, repository: Path) -> None:
    assert check()[:2] == (1, [("VIEW-VALUE", "old.png")])
    code, issues, notes = check("--against", "main")
    assert (code, issues) == (0, [])
    assert "0 new rows, 0 changed, 0 gone; not shown, as this change does not touch it: 1 finding" in notes
    add_rows(repository, {"patientid": "3", "filename": "new.png", "view": "Upwards"})
    assert check("--against", "main")[:2] == (1, [("VIEW-VALUE", "new.png")])


def test_a_changed_row_shows_all_its_findings(check: Check, repository: Path) -> None:
    table = repository / "metadata.csv"
    table.write_bytes(table.read_bytes().replace(b"Sideways", b"Upside"))
    assert check("--against", "main")[:2] == (1, [("VIEW-VALUE", "old.png")])


def test_a_new_row_that_doubles_an_old_one_is_told(check: Check, repository: Path) -> None:
    Table.load(repository / "metadata.csv")
    old = repository / "images" / "old.png"
    add_rows(repository, {"patientid": "4", "filename": "copy.png"})
    (repository / "images" / "copy.png").write_bytes(old.read_bytes())
    code, issues, _ = check("--against", "main")
    assert code == 1
    # Which of the two carries the finding goes by name; it is told all the same.
    assert ("FILE-COPY", "old.png") in issues


def test_a_changed_image_without_a_changed_row_is_looked_at(check: Check, repository: Path) -> None:
    (repository / "images" / "old.png").write_bytes(b"no image any more")
    assert {code for code, _ in check("--against", "main")[1]} == {"FILE-TYPE", "VIEW-VALUE"}


def test_the_base_is_where_the_branch_began(check: Check, repository: Path) -> None:
    add_rows(repository, {"patientid": "3", "filename": "mine.png"})
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "mine")
    git(repository, "checkout", "-q", "main")
    add_rows(repository, {"patientid": "8", "filename": "theirs.png"})
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "theirs")
    git(repository, "checkout", "-q", "change")
    code, issues, notes = check("--against", "main")
    assert (code, issues) == (0, [])
    assert "1 new row, 0 changed, 0 gone" in notes


def test_removed_rows_and_a_table_that_was_written_anew_are_told(check: Check, repository: Path) -> None:
    add_rows(repository, *({"patientid": str(10 + n), "filename": f"film-{n}.png"} for n in range(30)))
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "more")
    git(repository, "branch", "-f", "main")
    table = repository / "metadata.csv"
    lines = table.read_bytes().splitlines()
    quoted = [b",".join(b'"%s"' % cell for cell in line.split(b",")) for line in lines]
    table.write_bytes(b"\n".join([lines[0], *quoted[1:-1]]) + b"\n")
    issues = check("--against", "main")[1]
    assert [code for code, _ in issues if code.startswith("CHANGE-")] == ["CHANGE-REMOVED", "CHANGE-RESAVED"]


def test_rows_in_another_order_are_told_and_rows_that_came_between_are_not(check: Check, repository: Path) -> None:
    table = repository / "metadata.csv"
    header, first, *others = table.read_bytes().splitlines(keepends=True)
    new = first.replace(b"synthetic-1.png", b"between.png")
    table.write_bytes(b"".join([header, first, new, *others]))
    assert "CHANGE-ORDER" not in {code for code, _ in check("--against", "main")[1]}
    table.write_bytes(b"".join([header, *others, first]))
    assert ("CHANGE-ORDER", "") in check("--against", "main")[1]


def test_a_ref_that_is_none_is_told_with_what_to_do(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for ref in ("nowhere", "--help", "-q", "main..change", "", " "):
        assert run(["validate", str(repository), f"--against={ref}"]) in ({3} if ref else {1, 3}), ref
    assert "Get it with: git fetch origin" in capsys.readouterr().err
    assert run(["validate", str(repository), "--against", "main", "--staged"]) == 2


def test_a_shallow_clone_says_what_to_fetch(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_rows(repository, {"patientid": "3", "filename": "new.png", "view": "Upwards"})
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "second")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", "--branch=change", repository.as_uri(), str(clone)],
        check=True,
        capture_output=True,
    )
    assert run(["validate", str(clone), "--against", "origin/main"]) == 3
    fetch = "git fetch --depth=1 origin main:refs/remotes/origin/main"
    assert fetch in capsys.readouterr().err
    git(clone, *fetch.split()[1:])
    assert run(["validate", str(clone), "--against", "origin/main", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [issue["key"] for issue in document["issues"]] == ["new.png"]
    assert any("--deepen" in note for note in document["notes"])


def test_outside_of_git_and_before_the_first_commit(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", str(dataset), "--against", "main"]) == 3
    assert "is in no git repository" in capsys.readouterr().err
    git(dataset, "init", "-q")
    assert run(["validate", str(dataset), "--staged"]) == 3
    git(dataset, "add", ".")
    assert run(["validate", str(dataset), "--staged"]) == 0
    assert "was not there before" in capsys.readouterr().out


def test_what_is_staged_counts_and_not_what_lies_in_the_folder(check: Check, repository: Path) -> None:
    assert check("--staged")[:2] == (0, [])
    add_rows(repository, {"patientid": "3", "filename": "new.png", "view": "Upwards"})
    git(repository, "add", ".")
    table = repository / "metadata.csv"
    table.write_bytes(table.read_bytes().replace(b"Upwards", b"PA"))
    assert check("--staged")[:2] == (1, [("VIEW-VALUE", "new.png")])
    git(repository, "add", ".")
    assert check("--staged")[:2] == (0, [])


def test_a_baseline_holds_when_lines_move(check: Check, repository: Path, tmp_path: Path) -> None:
    known = str(tmp_path / "known.json")
    assert check("--write-baseline", known)[:2] == (0, [])
    table = repository / "metadata.csv"
    lines = table.read_bytes().splitlines(keepends=True)
    table.write_bytes(b"".join([lines[0], lines[2], lines[1]]))
    # That the order of ids is another one is new.
    code, issues, notes = check("--baseline", known, "--ignore", "PATIENT-ORDER")
    assert (code, issues) == (0, [])
    assert "not shown, as --baseline knows them: 1 finding" in notes
    table.write_bytes(table.read_bytes().replace(b"Sideways", b"PA"))
    assert "1 known finding no longer there" in check("--baseline", known)[2]
    add_rows(repository, {"patientid": "5", "filename": "bad.png", "view": "Down"})
    assert check("--baseline", known, "--ignore", "PATIENT-ORDER")[1] == [("VIEW-VALUE", "bad.png")]


def test_what_was_not_looked_at_is_not_said_to_be_gone(check: Check, repository: Path, tmp_path: Path) -> None:
    known = str(tmp_path / "known.json")
    check("--write-baseline", known)
    for options in (["--against", "main"], ["--select", "LICENSE"], ["--ignore", "VIEW"], ["--severity", "VIEW=off"]):
        assert "no longer there" not in check("--baseline", known, *options)[2]
    add_rows(repository, {"patientid": "3", "filename": "new.png"})
    assert "no longer there" not in check("--baseline", known, "--against", "main")[2]


def test_a_baseline_takes_the_place_of_a_file_alone(repository: Path, tmp_path: Path, capsys: Any) -> None:
    """Whoever runs as root, as containers do, would have lost /dev/null."""
    os.mkfifo(tmp_path / "pipe")
    assert run(["validate", str(repository), "--write-baseline", str(tmp_path / "pipe")]) == 3
    assert "is no file but a pipe" in capsys.readouterr().err
    assert (tmp_path / "pipe").is_fifo()
    (tmp_path / "link").symlink_to("known.json")
    assert run(["validate", str(repository), "--write-baseline", str(tmp_path / "link")]) == 0
    assert (tmp_path / "link").is_symlink()
    assert run(["validate", str(repository), "--baseline", str(tmp_path / "known.json")]) == 0


@pytest.mark.parametrize("name", ["metadata.csv", "covidcurate.toml", "images/old.png"])
def test_nothing_is_written_over_a_file_of_the_dataset(name: str, repository: Path, capsys: Any) -> None:
    (repository / "covidcurate.toml").touch()
    before = (repository / name).read_bytes()
    commands = (
        ["validate", "--output"],
        ["validate", "--write-baseline"],
        ["licenses", "--output"],
        ["stats", "--output"],
    )
    for command in commands:
        assert run([command[0], str(repository), command[1], str(repository / name)]) == 2
        assert "is a file of the dataset" in capsys.readouterr().err
        assert (repository / name).read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format": 1, "known": [1]}', b"\xff"])
def test_what_is_no_baseline_is_told(content: bytes, repository: Path, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "known.json").write_bytes(content)
    assert run(["validate", str(repository), "--baseline", str(tmp_path / "known.json")]) == 3
    assert "is no baseline" in capsys.readouterr().err


def test_real_states_of_a_real_table(tmp_path: Path, shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a contribution of three months ago added, and not what stood there before it."""
    git(tmp_path, "init", "-q", "-b", "main")
    table = tmp_path / "metadata.csv"
    for day in ("20200417", "20200604"):
        table.write_bytes((shared_data / "metadata" / f"metadata-{day}.csv").read_bytes())
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", day)
    counts = []
    for options in ([], ["--against", "HEAD~1"]):
        run(["validate", str(table), "--format", "json", *options])
        counts.append(len(json.loads(capsys.readouterr().out)["issues"]))
    assert 0 < counts[1] < counts[0]
