"""Repositories as people have them: hooks in further work trees, line ends, links, renamed tables, forgotten images."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from covidcurate.cli.main import run
from covidcurate.table import Table
from tests.audit.test_against import Check, add_rows, check, git, repository  # noqa: F401 - fixtures
from tests.audit.test_hooks import run_action

PROGRAM = Path(sys.executable).parent / "covidcurate"
UNCHANGED = "0 new rows, 0 changed, 0 gone"


def commit_as_base(folder: Path, message: str = "base") -> None:
    """Commit what is there, and let the change begin after it."""
    git(folder, "add", ".")
    git(folder, "commit", "-qm", message)
    git(folder, "branch", "-f", "main")


def films(count: int, **cells: str) -> list[dict[str, str]]:
    return [{"patientid": str(10 + number), "filename": f"film-{number}.png", **cells} for number in range(count)]


def changes(issues: list[tuple[str, str]]) -> list[str]:
    return [code for code, _ in issues if code.startswith("CHANGE-")]


def edit(folder: Path, change: Callable[[bytes], bytes]) -> None:
    (folder / "metadata.csv").write_bytes(change((folder / "metadata.csv").read_bytes()))


@pytest.mark.parametrize("old", [b"clinical notes", b"Clinical_Notes"])
def test_a_column_that_gets_its_name_of_today_changes_no_row(check: Check, repository: Path, old: bytes) -> None:  # noqa: F811
    add_rows(repository, *films(30, clinical_notes="cough"))
    edit(repository, lambda table: table.replace(b"clinical_notes", old, 1))
    commit_as_base(repository)
    edit(repository, lambda table: table.replace(old, b"clinical_notes", 1))
    assert UNCHANGED in check("--against", "main")[2]


def test_a_file_name_under_another_header_is_the_same_row(check: Check, repository: Path) -> None:  # noqa: F811
    edit(repository, lambda table: table.replace(b"filename", b"Filename", 1))
    commit_as_base(repository)
    edit(repository, lambda table: table.replace(b"Filename", b"filename", 1))
    assert UNCHANGED in check("--against", "main")[2]


def test_a_new_column_is_not_taken_for_a_table_written_anew(check: Check, repository: Path) -> None:  # noqa: F811
    add_rows(repository, *films(30))
    commit_as_base(repository)
    edit(repository, lambda table: table.replace(b"\n", b",\n").replace(b",\n", b",scanner\n", 1))
    _, issues, notes = check("--against", "main")
    assert UNCHANGED in notes
    assert changes(issues) == []


def test_line_ends_that_a_checkout_makes_are_no_change(check: Check, repository: Path) -> None:  # noqa: F811
    add_rows(repository, *films(30))
    (repository / ".gitattributes").write_text("*.csv text eol=crlf\n")
    commit_as_base(repository)
    (repository / "metadata.csv").unlink()
    git(repository, "checkout", "--", "metadata.csv")
    assert b"\r\n" in (repository / "metadata.csv").read_bytes()
    for option in (["--against", "main"], ["--staged"]):
        assert check(*option)[1] == []


def test_images_behind_a_link_out_of_the_repository(check: Check, repository: Path, tmp_path: Path) -> None:  # noqa: F811
    (repository / "images").rename(tmp_path / "store")
    (repository / "images").symlink_to(tmp_path / "store")
    assert check("--against", "main")[:2] == (0, [])


def test_a_table_behind_a_link_out_is_told(
    repository: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (repository / "metadata.csv").rename(tmp_path / "elsewhere.csv")
    (repository / "metadata.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert run(["validate", str(repository), "--against", "main"]) == 3
    assert "is a link out of the repository" in capsys.readouterr().err


def test_a_repository_of_another_user_is_told(repository: Path) -> None:  # noqa: F811
    """As in a container of CI, which runs as another user than the one who checked out."""
    done = subprocess.run(
        [PROGRAM, "validate", "--against", "main"],
        cwd=repository,
        env={**os.environ, "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "git config --global --add safe.directory" in done.stderr


def test_a_row_is_staged_and_its_image_forgotten(check: Check, repository: Path) -> None:  # noqa: F811
    add_rows(repository, {"patientid": "3", "filename": "new.png"})
    git(repository, "add", "metadata.csv")
    code, issues, notes = check("--staged")
    assert (code, issues) == (1, [("FILE-MISSING", "new.png")])
    assert "1 image file is not staged" in notes
    git(repository, "add", "images")
    assert check("--staged")[:2] == (0, [])


def test_images_that_git_ignores_are_there(check: Check, repository: Path) -> None:  # noqa: F811
    """Where images are kept outside of git, the folder is all that can be asked."""
    (repository / ".gitignore").write_text("images/\n")
    add_rows(repository, {"patientid": "3", "filename": "new.png"})
    git(repository, "add", "metadata.csv", ".gitignore")
    assert check("--staged")[:2] == (0, [])


def test_a_removed_row_shows_the_file_that_it_leaves(check: Check, repository: Path) -> None:  # noqa: F811
    edit(repository, lambda table: b"".join(table.splitlines(keepends=True)[:-1]))
    assert ("FILE-UNLINKED", "old.png") in check("--against", "main")[1]


def test_a_renamed_table_is_followed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    git(repository, "mv", "metadata.csv", "table.csv")
    git(repository, "commit", "-qm", "old name")
    git(repository, "mv", "table.csv", "metadata.csv")
    for option in (["--staged"], ["--against", "HEAD"]):
        assert run(["validate", str(repository), "--format", "json", *option]) == 0
        notes = " ".join(json.loads(capsys.readouterr().out)["notes"])
        assert UNCHANGED in notes
        assert "metadata.csv was table.csv before" in notes


def test_a_report_without_known_findings_has_no_texts_of_them(
    repository: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(["validate", str(repository), "--format", "json", "--write-baseline", str(tmp_path / "known.json")])
    document = json.loads(capsys.readouterr().out)
    assert (document["issues"], document["rules"]) == ([], {})


@pytest.mark.parametrize(
    ("tree", "command"),
    [
        ("top", ["commit", "-m", "plain"]),
        ("top", ["commit", "-am", "all"]),
        ("top", ["commit", "-m", "some", "--", "data"]),
        ("further", ["commit", "-m", "plain"]),
    ],
)
def test_git_itself_runs_the_hook(dataset: Path, tmp_path: Path, tree: str, command: list[str]) -> None:
    """A dataset below the root; git gives hooks another index, and in further work trees another environment."""
    (tmp_path / "top").mkdir()
    dataset.rename(tmp_path / "top" / "data")
    git(tmp_path / "top", "init", "-q", "-b", "main")
    git(tmp_path / "top", "add", ".")
    git(tmp_path / "top", "commit", "-qm", "first")
    hook = tmp_path / "top" / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec '{PROGRAM}' validate --staged data\n")
    hook.chmod(0o755)
    git(tmp_path / "top", "worktree", "add", "-q", str(tmp_path / "further"), "-b", "further")
    root = tmp_path / tree
    add_rows(root / "data", {"patientid": "3", "filename": "new.png", "view": "Upwards"})
    # Only a plain commit takes what is staged; the others bring the table themselves.
    git(root, "add", "." if command[-1] == "plain" else "data/images")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        git(root, *command)
    assert b"VIEW-VALUE" in refused.value.stdout + refused.value.stderr
    edit(root / "data", lambda table: table.replace(b"Upwards", b"PA"))
    git(root, "add", "." if command[-1] == "plain" else "data/images")
    git(root, *command)


def test_the_action_finds_where_a_request_began(repository: Path, tmp_path: Path) -> None:  # noqa: F811
    """GitHub checks out the merge of a request, one commit deep, while the branch may have gone on."""
    add_rows(repository, {"patientid": "3", "filename": "mine.png"})
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "mine")
    git(repository, "checkout", "-qb", "merged", "main")
    git(repository, "merge", "-q", "--no-ff", "change", "-m", "merged")
    git(repository, "checkout", "-q", "main")
    table = Table.load(repository / "metadata.csv")
    table.append([dict(zip(table.header, table.rows[0].fields, strict=True)) | {"filename": "theirs.png"}])
    (repository / "metadata.csv").write_bytes(table.to_bytes())
    git(repository, "commit", "-qam", "theirs")
    clone = tmp_path / "clone"
    command = ["git", "clone", "-q", "--depth=1", "--branch=merged", repository.as_uri(), str(clone)]
    subprocess.run(command, check=True, capture_output=True)
    _, validated = run_action(clone, against="main")
    assert validated.returncode == 0, validated.stdout
    assert "CHANGE-REMOVED" not in validated.stdout
