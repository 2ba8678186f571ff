"""A new dataset: valid from the first moment, there as a whole or not at all."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest
from faults import content_of, fault_at

from covidcurate.dataset import Dataset
from covidcurate.dataset.new import create_dataset
from covidcurate.errors import CovidcurateError, DatasetError
from covidcurate.rules import check_dataset

EVERYTHING = {
    *("metadata.csv", "covidcurate.toml", "README.md", ".gitignore", ".gitattributes", ".pre-commit-config.yaml"),
    *(".github/workflows/validate.yml", "images/.gitkeep", "volumes/.gitkeep"),
}


class KilledError(BaseException):
    """Stands for the end of the process."""


def test_a_new_dataset_is_valid(tmp_path: Path) -> None:
    report = check_dataset(create_dataset(tmp_path / "new"))
    assert (report.issues, report.rows, report.files) == ([], 0, 0)


def test_a_new_dataset_is_found_again(tmp_path: Path) -> None:
    made = create_dataset(tmp_path / "new")
    assert Dataset.find(tmp_path / "new" / "images").root.resolve() == made.root.resolve()


def test_a_new_dataset_has_all_its_files(tmp_path: Path) -> None:
    create_dataset(tmp_path / "new")
    assert set(content_of(tmp_path / "new")) == EVERYTHING


def test_its_table_has_the_header_without_legacy_columns(tmp_path: Path) -> None:
    content = create_dataset(tmp_path / "new").table.read_bytes()
    assert content.startswith(b"patientid,offset,")
    assert content.endswith(b",clinical_notes,other_notes\n")
    assert content.count(b"\n") == 1


def test_its_name_is_that_of_the_folder_unless_given(tmp_path: Path) -> None:
    assert create_dataset(tmp_path / "films").specification.dataset_name == "films"
    assert create_dataset(tmp_path / "other", "Our films").specification.dataset_name == "Our films"
    assert (tmp_path / "other" / "README.md").read_text().startswith("# Our films\n")


@pytest.mark.parametrize("name", ['the "best"', "back\\slash", "{name}", "Zürich 肺", "tab\there", "'; x = 1 #"])
def test_any_name_survives_the_configuration(tmp_path: Path, name: str) -> None:
    assert create_dataset(tmp_path / "new", name).specification.dataset_name == name


@pytest.mark.parametrize("name", ["two\nlines", "bell\x07"])
def test_control_characters_of_a_name_do_not_break_the_configuration(tmp_path: Path, name: str) -> None:
    assert create_dataset(tmp_path / "new", name).specification.dataset_name == name


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    create_dataset(tmp_path / "new")
    assert set(content_of(tmp_path / "new")) == EVERYTHING


def test_folders_above_are_made(tmp_path: Path) -> None:
    assert create_dataset(tmp_path / "a" / "b" / "new").table.is_file()


def test_the_current_folder_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    assert create_dataset(Path()).table.is_file()


@pytest.mark.parametrize("name", ["metadata.csv", ".hidden", "folder"])
def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / name).write_bytes(b"mine")
    with pytest.raises(DatasetError, match="is not empty"):
        create_dataset(tmp_path / "new")
    assert content_of(tmp_path) == {f"new/{name}": b"mine"}


def test_a_file_in_the_way_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(b"mine")
    with pytest.raises(DatasetError):
        create_dataset(tmp_path / "new")
    assert content_of(tmp_path) == {"new": b"mine"}


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def killed() -> None:
    raise KilledError


CALLS = ("mkdir", "open", "chmod", "replace")


def test_a_full_disk_at_any_moment_leaves_nothing(tmp_path: Path) -> None:
    for number in range(1, 100):
        folder = tmp_path / f"new-{number}"
        with fault_at(number, full_disk, CALLS) as made:
            try:
                create_dataset(folder)
            except CovidcurateError as error:
                assert "No space left" in error.message
            if len(made) < number:
                break
        # The last calls read the configuration of what has been made.
        assert set(content_of(tmp_path)) in (set(), {f"{folder.name}/{name}" for name in EVERYTHING}), made[-1]
        shutil.rmtree(folder, ignore_errors=True)
        assert not list(tmp_path.iterdir()), "nothing else is left"
    assert number > 10


def test_an_interrupt_at_any_moment_leaves_nothing_or_all(tmp_path: Path) -> None:
    for number in range(1, 100):
        folder = tmp_path / f"new-{number}"
        try:
            with fault_at(number, killed, CALLS) as made:
                create_dataset(folder)
        except KilledError:
            assert set(content_of(tmp_path)) in (set(), {f"{folder.name}/{name}" for name in EVERYTHING}), made[-1]
            shutil.rmtree(folder, ignore_errors=True)
            assert not list(tmp_path.iterdir()), "nothing else is left"
        else:
            break
    assert set(content_of(folder)) == EVERYTHING
