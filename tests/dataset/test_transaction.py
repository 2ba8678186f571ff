"""Adding files and rows, and everything that refuses it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from faults import content_of
from killed_runs import FILES, ROWS, TABLE, add

from covidcurate.dataset import Dataset
from covidcurate.dataset.staging import NewFile
from covidcurate.dataset.transaction import Edit, Transaction
from covidcurate.errors import DatasetError, LockedError, UnreadableError


def state(dataset: Dataset) -> list[str]:
    """Return what a run has left in the state folder, but for the lock file, which stays for the next one."""
    return sorted(path.name for path in (dataset.root / ".covidcurate").iterdir() if path.name not in ("lock", "runs"))


def test_files_and_rows_are_added(dataset: Dataset) -> None:
    add(dataset)
    assert content_of(dataset.root) == {
        "images/new-1.png": b"one",
        "images/new-2.png": b"two",
        "images/old.png": b"old",
        "metadata.csv": TABLE + ROWS,
    }


def test_nothing_but_the_state_folder_is_left_behind(dataset: Dataset) -> None:
    add(dataset)
    assert state(dataset) == [".gitignore"]


def test_rows_without_files_are_added(dataset: Dataset) -> None:
    with Transaction(dataset) as transaction:
        transaction.commit(Edit(TABLE, TABLE + b"5,\n", transaction.stage([])))
    assert content_of(dataset.root) == {"images/old.png": b"old", "metadata.csv": TABLE + b"5,\n"}


def test_a_media_folder_that_is_missing_is_made(dataset: Dataset) -> None:
    with Transaction(dataset) as transaction:
        staged = transaction.stage([NewFile("volumes", "a.nii.gz", b"v")])
        transaction.commit(Edit(TABLE, TABLE + b"5,a.nii.gz\n", staged))
    assert content_of(dataset.root)["volumes/a.nii.gz"] == b"v"


def test_the_table_keeps_its_permissions(dataset: Dataset) -> None:
    dataset.table.chmod(0o640)
    add(dataset)
    assert dataset.table.stat().st_mode & 0o777 == 0o640


def test_staging_alone_touches_no_file_of_the_dataset(dataset: Dataset) -> None:
    before = content_of(dataset.root)
    with Transaction(dataset) as transaction:
        transaction.stage(FILES)
    assert content_of(dataset.root) == before
    with Transaction(dataset) as transaction:
        assert transaction.recovered == ""
    assert state(dataset) == [".gitignore"]


def test_a_name_that_is_taken_is_refused_and_nothing_changes(dataset: Dataset) -> None:
    before = content_of(dataset.root)
    with Transaction(dataset) as transaction:
        staged = transaction.stage([*FILES, NewFile("images", "old.png", b"other")])
        with pytest.raises(DatasetError, match=r"old\.png: File exists; nothing was changed"):
            transaction.commit(Edit(TABLE, TABLE + ROWS, staged))
    assert content_of(dataset.root) == before
    assert state(dataset) == [".gitignore"]


def test_the_same_new_name_twice_is_refused_and_nothing_changes(dataset: Dataset) -> None:
    before = content_of(dataset.root)
    with Transaction(dataset) as transaction:
        staged = transaction.stage([FILES[0], FILES[0]])
        with pytest.raises(DatasetError):
            transaction.commit(Edit(TABLE, TABLE + ROWS, staged))
    assert content_of(dataset.root) == before


def test_a_refused_transaction_can_go_on(dataset: Dataset) -> None:
    with Transaction(dataset) as transaction:
        with pytest.raises(DatasetError):
            transaction.commit(Edit(TABLE, TABLE + ROWS, transaction.stage([NewFile("images", "old.png", b"x")])))
        transaction.commit(Edit(TABLE, TABLE + ROWS, transaction.stage(FILES)))
    assert content_of(dataset.root)["images/new-2.png"] == b"two"


def test_a_table_that_was_changed_meanwhile_is_refused(dataset: Dataset) -> None:
    with Transaction(dataset) as transaction:
        staged = transaction.stage(FILES)
        dataset.table.write_bytes(TABLE + b"9,theirs.png\n")
        with pytest.raises(DatasetError, match="changed by somebody else"):
            transaction.commit(Edit(TABLE, TABLE + ROWS, staged))
    assert content_of(dataset.root) == {"images/old.png": b"old", "metadata.csv": TABLE + b"9,theirs.png\n"}


def test_a_table_that_is_changed_while_files_are_linked_is_refused(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def link_while_somebody_writes(source: Path, target: Path) -> None:
        dataset.table.write_bytes(TABLE + b"9,theirs.png\n")
        link(source, target)

    monkeypatch.setattr(os, "link", link_while_somebody_writes)
    with pytest.raises(DatasetError):
        add(dataset)
    assert dataset.table.read_bytes() == TABLE + b"9,theirs.png\n"


def test_a_second_transaction_waits_for_the_first(dataset: Dataset) -> None:
    with Transaction(dataset), pytest.raises(LockedError), Transaction(dataset):
        pass
    with Transaction(dataset):
        pass


def test_a_file_that_somebody_put_in_the_place_of_ours_is_not_taken_back(
    make_dataset: Callable[[str], Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_dataset("one")

    def replace(source: Path, target: Path) -> None:
        theirs = dataset.root / "images" / "new-1.png"
        theirs.unlink()
        theirs.write_bytes(b"theirs")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(DatasetError):
        add(dataset)
    assert content_of(dataset.root) == {
        "images/new-1.png": b"theirs",
        "images/old.png": b"old",
        "metadata.csv": TABLE,
    }


@pytest.mark.parametrize("length", range(0, 100, 9))
def test_a_journal_that_was_cut_short_is_settled(dataset: Dataset, length: int) -> None:
    before = content_of(dataset.root)
    journal = b'{"table_sha256": "' + b"0" * 64 + b'", "files": ["images/old.png"]}'
    (dataset.state_folder() / "transaction.json").write_bytes(journal[:length])
    (dataset.state_folder() / "staging").mkdir()
    (dataset.state_folder() / "staging" / "table").write_bytes(b"the new table, which was staged first")
    with Transaction(dataset) as transaction:
        assert "taken back" in transaction.recovered
    assert content_of(dataset.root) == before
    add(dataset)


@pytest.mark.parametrize(
    "journal", [b"[]", b"null", b'{"files": 3, "table_sha256": ""}', b'{"files": []}', b"\xff\xfe"]
)
def test_a_journal_that_is_none_is_settled(dataset: Dataset, journal: bytes) -> None:
    before = content_of(dataset.root)
    (dataset.state_folder() / "transaction.json").write_bytes(journal)
    with Transaction(dataset):
        pass
    assert content_of(dataset.root) == before


def copied(path: Path, judged: bytes) -> NewFile:
    """Return a file to add that is a copy of another, with the content that was looked at."""
    return NewFile("images", path.name, path, hashlib.sha256(judged).hexdigest(), "somebody's film")


def test_many_files_are_staged_in_their_order_whether_written_or_copied(dataset: Dataset, tmp_path: Path) -> None:
    contents = [bytes([number]) * (number * 40_000 + 1) for number in range(20)]
    files = []
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.png"
        path.write_bytes(content)
        files.append(copied(path, content) if number % 2 else NewFile("images", path.name, content))
    counted: list[int] = []
    with Transaction(dataset) as transaction:
        staged = transaction.stage(files, lambda: counted.append(1))
        assert [one.path.read_bytes() for one in staged] == contents
        assert [one.file.name for one in staged] == [file.name for file in files]
        assert [(one.file.size, one.file.sha256) for one in staged] == [
            (len(content), hashlib.sha256(content).hexdigest()) for content in contents
        ]
    assert len(counted) == len(files)


@pytest.mark.parametrize("content", ["path", "bytes"])
def test_what_is_not_what_was_judged_is_not_added(dataset: Dataset, tmp_path: Path, content: str) -> None:
    before = content_of(dataset.root)
    path = tmp_path / "film.png"
    path.write_bytes(b"other")
    file = copied(path, b"judged")
    if content == "bytes":
        file = NewFile(file.folder, file.name, b"other", file.sha256, file.source)
    with (
        pytest.raises(UnreadableError, match="somebody's film: was changed while the run was at work"),
        Transaction(dataset) as transaction,
    ):
        transaction.stage([*FILES, file, *FILES])
    assert content_of(dataset.root) == before
    assert state(dataset) == [".gitignore"]


def test_a_file_to_copy_that_is_gone_is_named(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="somebody's film: No such file"), Transaction(dataset) as transaction:
        transaction.stage([copied(tmp_path / "gone.png", b"")])
    assert state(dataset) == [".gitignore"]
