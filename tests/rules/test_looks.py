"""Files are looked at once, remembered while they are as they were, and hashed only where they may be copies."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from covidcurate.cache import ContentCache
from covidcurate.dataset import Dataset
from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType, Look
from covidcurate.rules import Means, check_dataset, looks
from covidcurate.rules.looks import Seen, look_at_files

PNG = (Path(__file__).resolve().parent.parent / "cases/FILE-TYPE/good/images/film.png").read_bytes()
HEADER = "filename,folder\n"


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """A dataset of more files than is worth remembering, settled as far as their times tell."""
    images = tmp_path / "set" / "images"
    images.mkdir(parents=True)
    names = [f"film-{number:03d}.png" for number in range(looks._WORTH_REMEMBERING + 20)]
    for number, name in enumerate(names):
        # Bytes after the image, so that no two are copies.
        (images / name).write_bytes(PNG + str(number).encode())
        os.utime(images / name, (1e9, 1e9))
    table = tmp_path / "set" / "metadata.csv"
    table.write_text(HEADER + "".join(f"{name},images\n" for name in names), encoding="utf-8")
    time.sleep(0.06)
    return Dataset.open(tmp_path / "set")


@pytest.fixture
def means(tmp_path: Path) -> Means:
    (tmp_path / "state").mkdir()
    return Means(lambda: ContentCache(tmp_path / "state"))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Paths of the files that were looked at."""
    seen: list[Path] = []

    def counted(path: Path, **options: bool) -> Look:
        seen.append(path)
        return real(path, **options)

    real: Callable[..., Look] = looks.look_at
    monkeypatch.setattr(looks, "look_at", counted)
    return seen


def look(dataset: Dataset, means: Means) -> list[Seen]:
    return look_at_files(list(dataset.list_files()), means, whole=False)


def test_what_has_not_changed_is_not_opened_again(dataset: Dataset, means: Means, opened: list[Path]) -> None:
    first = look(dataset, means)
    assert len(opened) == len(first)
    opened.clear()
    assert look(dataset, means) == first
    assert opened == []
    changed = dataset.root / "images" / "film-007.png"
    changed.write_bytes(b"GIF89a")
    again = look(dataset, means)
    assert opened == [changed]
    assert [one.kind for one in again if isinstance(one, Look)].count(FileType.GIF) == 1


def test_each_file_is_opened_once_whatever_number_of_rules_asks(dataset: Dataset, opened: list[Path]) -> None:
    report = check_dataset(dataset)
    assert len(opened) == len(set(opened)) == report.files
    opened.clear()
    check_dataset(dataset, files=False)
    assert opened == []


def test_a_second_check_finds_the_same(dataset: Dataset, means: Means) -> None:
    first = check_dataset(dataset, means=means)
    assert any(issue.code == "FILE-METADATA" for issue in first.issues)
    assert check_dataset(dataset, means=means) == first == check_dataset(dataset)


def test_a_file_that_cannot_be_read_is_said_every_time(dataset: Dataset, means: Means) -> None:
    gone = dataset.root / "images" / "film-003.png"
    gone.unlink()
    gone.symlink_to("nothing.png")
    for _ in range(2):
        seen = look(dataset, means)
        assert isinstance(seen[3], UnreadableError)
        assert sum(isinstance(one, Look) for one in seen) == len(seen) - 1


def test_many_files_are_shared_out_and_come_back_in_order(
    dataset: Dataset, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "_CHUNK", 8)
    alone = look(dataset, Means(means.open_cache, workers=1))
    assert look(dataset, Means(workers=2)) == alone


def test_few_files_leave_no_cache(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "film.png").write_bytes(PNG)
    (tmp_path / "metadata.csv").write_text(HEADER + "film.png,images\n", encoding="utf-8")

    def refuse() -> ContentCache:
        raise AssertionError

    assert check_dataset(Dataset.open(tmp_path), means=Means(refuse)).files == 1


def test_only_files_that_agree_in_size_and_ends_are_hashed(
    dataset: Dataset, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def counted(path: Path) -> str:
        hashed.append(path.name)
        return real(path)

    real: Callable[[Path], str] = looks.sha256_of
    monkeypatch.setattr(looks, "sha256_of", counted)
    images = dataset.root / "images"
    (images / "film-009.png").write_bytes((images / "film-008.png").read_bytes())
    os.utime(images / "film-009.png", (1e9, 1e9))
    time.sleep(0.06)
    for expected in (["film-008.png", "film-009.png"], []):
        report = check_dataset(dataset, means=means)
        assert [issue.value for issue in report.issues if issue.code == "FILE-COPY"] == ["film-009.png"]
        assert hashed == expected
        hashed.clear()
