"""Finding a dataset, and what stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from covidcurate.dataset import Dataset
from covidcurate.errors import ConfigError, DatasetError


def names(dataset: Dataset) -> list[str]:
    return [f"{file.folder}/{file.name}" for file in dataset.list_files()]


def test_open_a_folder(dataset: Dataset) -> None:
    opened = Dataset.open(dataset.root)
    assert opened.table == dataset.root / "metadata.csv"
    assert not opened.table_only


def test_open_a_table_alone(tmp_path: Path) -> None:
    table = tmp_path / "other.csv"
    table.write_bytes(b"filename\n")
    opened = Dataset.open(table)
    assert (opened.table, opened.root, opened.table_only) == (table, tmp_path, True)
    assert not opened.has_files()


def test_open_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such file or folder"):
        Dataset.open(tmp_path / "none")


def test_open_a_folder_without_a_table_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"has no metadata\.csv") as caught:
        Dataset.open(tmp_path)
    assert "covidcurate init" in caught.value.remedy


def test_open_reads_the_configuration(dataset: Dataset) -> None:
    (dataset.root / "covidcurate.toml").write_text('[dataset]\nname = "Ours"\n')
    assert Dataset.open(dataset.root).specification.dataset_name == "Ours"
    (dataset.root / "covidcurate.toml").write_text("[datase]\n")
    with pytest.raises(ConfigError):
        Dataset.open(dataset.root)


def test_find_the_folder_itself_and_from_below(dataset: Dataset) -> None:
    below = dataset.root / "images" / "deep" / "deeper"
    below.mkdir(parents=True)
    for start in (dataset.root, dataset.root / "images", below):
        assert Dataset.find(start).root.resolve() == dataset.root.resolve()


def test_find_from_the_current_folder(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(dataset.root / "images")
    assert Dataset.find(Path()).root.resolve() == dataset.root.resolve()


def test_find_takes_the_nearest(dataset: Dataset) -> None:
    inner = dataset.root / "inner"
    inner.mkdir()
    (inner / "metadata.csv").write_bytes(b"filename\n")
    assert Dataset.find(inner).root == inner


def test_find_stops_at_a_configuration_without_a_table(dataset: Dataset) -> None:
    inner = dataset.root / "inner"
    inner.mkdir()
    (inner / "covidcurate.toml").write_text("")
    with pytest.raises(DatasetError, match="inner: is no dataset"):
        Dataset.find(inner)


def test_find_nothing_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nor one above it") as caught:
        Dataset.find(tmp_path)
    assert "-d DIR" in caught.value.remedy


def test_files_are_listed_in_order_without_hidden_ones_and_folders(dataset: Dataset) -> None:
    images = dataset.root / "images"
    for name in ("b.png", "a.png", ".gitkeep"):
        (images / name).touch()
    (images / "folder").mkdir()
    (dataset.root / "volumes").mkdir()
    (dataset.root / "volumes" / "z.nii.gz").touch()
    assert names(dataset) == ["images/a.png", "images/b.png", "images/old.png", "volumes/z.nii.gz"]


def test_media_folders_are_those_of_the_specification(dataset: Dataset) -> None:
    assert dataset.media_folders == ("images", "volumes")
    assert dataset.has_files()


def test_the_state_folder_is_kept_out_of_git(dataset: Dataset) -> None:
    folder = dataset.state_folder()
    assert folder == dataset.root / ".covidcurate"
    assert (folder / ".gitignore").read_text() == "*\n"
    assert dataset.state_folder() == folder


def test_a_state_folder_that_cannot_be_made_is_a_dataset_error(dataset: Dataset) -> None:
    (dataset.root / ".covidcurate").write_bytes(b"")
    with pytest.raises(DatasetError, match="cannot be written"):
        dataset.state_folder()
