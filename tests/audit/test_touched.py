"""What a change touches without a row of its own that would say so: folders, odd names, blank lines, files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.audit.test_against import Check, add_rows, check, git, repository  # noqa: F401 - fixtures
from tests.audit.test_repositories import commit_as_base, edit, films


def test_a_folder_of_images_that_goes_is_told(check: Check, repository: Path) -> None:  # noqa: F811
    shutil.rmtree(repository / "images")
    assert ("FILE-FOLDER", "") in check("--against", "main")[1]
    git(repository, "add", ".")
    assert ("FILE-FOLDER", "") in check("--staged")[1]
    commit_as_base(repository, "without images")
    assert check("--against", "main")[:2] == (0, [])


def test_a_folder_that_becomes_a_link_is_told_once_that_is_committed(
    check: Check,  # noqa: F811
    repository: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    shutil.move(repository / "images", tmp_path / "elsewhere")
    (repository / "images").symlink_to(tmp_path / "elsewhere")
    # That a working copy keeps its files on another disk is a matter of that machine.
    assert check("--against", "main")[:2] == (0, [])
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "link")
    assert ("FILE-LINK", "") in check("--against", "main")[1]


def test_a_new_row_in_a_folder_that_is_not_there_is_told(check: Check, repository: Path) -> None:  # noqa: F811
    shutil.rmtree(repository / "images")
    commit_as_base(repository, "without images")
    (repository / "images").mkdir()
    add_rows(repository, {"patientid": "3", "filename": "new.png"})
    shutil.rmtree(repository / "images")
    assert ("FILE-FOLDER", "") in check("--against", "main")[1]


@pytest.mark.parametrize(
    "name", [b"a\nb.png", b"a\xffb.png", "\u202egnp.png".encode(), b"\x1b[31m.png", b"\xff" * 90 + b".png"]
)
def test_a_file_whose_name_cannot_be_printed_is_told(
    name: bytes,
    check: Check,  # noqa: F811
    repository: Path,  # noqa: F811
) -> None:
    try:
        shutil.copy(repository / "images/old.png", os.fsencode(repository / "images") + b"/" + name)
    except OSError:
        pytest.skip("this file system does not take the name")
    found = check("--against", "main")[1]
    assert [code for code, _ in found] == ["FILE-COPY", "FILE-UNLINKED"]


def test_a_file_that_becomes_a_copy_is_told_whichever_carries_the_finding(
    check: Check,  # noqa: F811
    repository: Path,  # noqa: F811
) -> None:
    add_rows(repository, *films(2))
    commit_as_base(repository)
    images = repository / "images"
    shutil.copy(images / "film-1.png", images / "film-0.png")
    assert ("FILE-COPY", "film-1.png") in check("--against", "main")[1]


def test_blank_lines_and_other_line_ends_are_told_where_they_are_new(
    check: Check,  # noqa: F811
    repository: Path,  # noqa: F811
) -> None:
    add_rows(repository, *films(3))
    commit_as_base(repository)

    def found() -> list[str]:
        return [code for code, _ in check("--against", "main")[1]]

    edit(repository, lambda table: table + b"," * table.splitlines()[0].count(b",") + b"\n")
    assert found() == ["CSV-BLANK"]
    commit_as_base(repository)
    assert found() == []
    edit(repository, lambda table: table.replace(b"film-1.png,", b"film-1.png,10.1000/1", 1))
    assert found() == []
    edit(repository, lambda table: table.replace(b"\n2,", b"\r\n2,", 1))
    assert found() == ["CSV-NEWLINE"]


def test_a_link_that_is_not_staged_is_not_there(check: Check, repository: Path) -> None:  # noqa: F811
    add_rows(repository, {"patientid": "3", "filename": "new.png"})
    (repository / "images/new.png").unlink()
    (repository / "images/new.png").symlink_to("old.png")
    git(repository, "add", "metadata.csv")
    assert ("FILE-MISSING", "new.png") in check("--staged")[1]
    git(repository, "add", ".")
    assert ("FILE-MISSING", "new.png") not in check("--staged")[1]


def test_that_the_configuration_changed_is_said(check: Check, repository: Path) -> None:  # noqa: F811
    config = repository / "covidcurate.toml"
    assert "covidcurate.toml changed" not in check("--against", "main")[2]
    config.write_text((config.read_text() if config.exists() else "") + "\n# other\n")
    assert "covidcurate.toml changed" in check("--against", "main")[2]
    assert "covidcurate.toml changed" not in check("--staged")[2]
    git(repository, "add", ".")
    assert "covidcurate.toml changed" in check("--staged")[2]
    config.unlink()
    git(repository, "add", ".")
    commit_as_base(repository)
    assert "covidcurate.toml changed" not in check("--against", "main")[2]
