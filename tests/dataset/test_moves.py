"""Renaming files with their rows: names that are taken or freed, and faults and kills at any call."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from faults import ALL, content_of, fault_at
from killed_runs import MOVED, MOVES, TABLE, lay_out, move

from covidcurate.dataset import Dataset
from covidcurate.dataset.folder import JOURNAL_NAME
from covidcurate.dataset.moves import Move
from covidcurate.dataset.staging import NewFile
from covidcurate.dataset.transaction import Edit, Transaction
from covidcurate.errors import DatasetError

HERE = Path(__file__).parent
Make = Callable[[str], Dataset]
AFTER = {
    "images/a.gif": b"a.png",
    "images/a.png": b"a.jpg",
    "images/b.png": b"c.png",
    "images/c.png": b"b.png",
    "images/new.png": b"old",
    "metadata.csv": MOVED,
}


class KilledError(BaseException):
    """Stands for Ctrl-C, or for the end of the process."""


def killed() -> None:
    raise KilledError


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def make_moving(make_dataset: Make) -> Make:
    def make(name: str) -> Dataset:
        dataset = make_dataset(name)
        lay_out(dataset.root)
        return dataset

    return make


def settle(dataset: Dataset) -> str:
    with Transaction(dataset) as transaction:
        return transaction.recovered


def commit(dataset: Dataset, *moves: Move, files: tuple[NewFile, ...] = ()) -> None:
    with Transaction(dataset) as transaction:
        transaction.commit(Edit(TABLE, MOVED, transaction.stage(files), moves=moves))


def test_files_get_their_names_also_those_that_others_free(make_moving: Make) -> None:
    dataset = make_moving("dataset")
    inode = (dataset.root / "images" / "old.png").stat().st_ino
    move(dataset)
    assert content_of(dataset.root) == AFTER
    assert (dataset.root / "images" / "new.png").stat().st_ino == inode, "the file itself, not a copy"
    assert sorted(path.name for path in (dataset.root / ".covidcurate").iterdir()) == [".gitignore", "lock", "runs"]


def test_files_are_added_and_renamed_at_once(dataset: Dataset) -> None:
    commit(dataset, Move("images", "old.png", "new.png"), files=(NewFile("images", "more.png", b"more"),))
    assert content_of(dataset.root) == {"images/more.png": b"more", "images/new.png": b"old", "metadata.csv": MOVED}


@pytest.mark.parametrize("taken", ["file", "folder", "link", "same file"])
def test_a_name_that_is_taken_is_never_overwritten(dataset: Dataset, taken: str) -> None:
    images = dataset.root / "images"
    if taken == "file":
        (images / "new.png").write_bytes(b"mine")
    elif taken == "folder":
        (images / "new.png").mkdir()
    elif taken == "link":
        (images / "new.png").symlink_to("nowhere")
    else:
        (images / "other.png").write_bytes(b"mine")
        (images / "new.png").hardlink_to(images / "other.png")
    before = content_of(dataset.root)
    with pytest.raises(DatasetError, match=r"the name is taken.*nothing was changed"):
        commit(dataset, Move("images", "old.png", "new.png"))
    assert content_of(dataset.root) == before
    assert os.path.lexists(images / "new.png")


def test_a_file_that_is_not_there_changes_nothing(make_moving: Make) -> None:
    dataset = make_moving("dataset")
    before = content_of(dataset.root)
    with pytest.raises(DatasetError, match=r"gone\.png: No such file"):
        commit(dataset, MOVES[0], Move("images", "gone.png", "other.png"))
    assert content_of(dataset.root) == before


def test_two_files_of_one_new_name_change_nothing(make_moving: Make) -> None:
    dataset = make_moving("dataset")
    before = content_of(dataset.root)
    with pytest.raises(DatasetError, match="nothing was changed"):
        commit(dataset, Move("images", "b.png", "d.png"), Move("images", "c.png", "d.png"))
    assert content_of(dataset.root) == before


def test_a_table_that_somebody_changed_leaves_all_names(make_moving: Make) -> None:
    dataset = make_moving("dataset")
    dataset.table.write_bytes(TABLE + b"5,a.jpg\n")
    before = content_of(dataset.root)
    with pytest.raises(DatasetError, match="changed by somebody else"):
        move(dataset)
    assert content_of(dataset.root) == before


@pytest.mark.parametrize("name", [name for name in ALL if name != "close"])
def test_a_full_disk_is_settled_as_before_or_as_after(make_moving: Make, name: str) -> None:
    tried = 0
    for number in range(1, 200):
        dataset = make_moving(f"{name}-{number}")
        before = content_of(dataset.root)
        with fault_at(number, full_disk, (name,)) as made, suppress(DatasetError, OSError):
            move(dataset)
        if len(made) < number:
            break
        tried += 1
        settle(dataset)
        content = content_of(dataset.root)
        assert content in (before, AFTER)
        if content == before:
            move(dataset)
            assert content_of(dataset.root) == AFTER
    assert tried


def test_an_old_name_that_stays_is_said_and_goes_with_the_next_run(make_moving: Make) -> None:
    dataset = make_moving("dataset")
    with (
        pytest.raises(DatasetError, match="not every file has its new name alone") as caught,
        fault_at(1, full_disk, ("unlink",)),
    ):
        move(dataset)
    assert "the next command" in caught.value.remedy
    assert dataset.table.read_bytes() == MOVED
    assert settle(dataset).endswith("was stopped after it had renamed 5 files; its work is complete.")
    assert content_of(dataset.root) == AFTER


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_call_is_settled_as_before_or_as_after(make_moving: Make, when: str) -> None:
    counted = make_moving("counted")
    before = content_of(counted.root)
    with fault_at(0, killed, ALL) as made:
        move(counted)
    datasets = [make_moving(f"{when}-{number}") for number in range(len(made))]
    command = [sys.executable, str(HERE / "killed_runs.py"), "move", when, *(str(dataset.root) for dataset in datasets)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["9"] * len(datasets), "every run is killed, none is left out"
    for dataset in datasets:
        # At no time is the content of a file lost, wherever its names stand.
        contents = {path.read_bytes() for path in dataset.root.rglob("*") if path.is_file()}
        assert contents >= {content for name, content in before.items() if name != "metadata.csv"}
    messages = [settle(dataset) for dataset in datasets]
    found = [content_of(dataset.root) for dataset in datasets]
    assert all(content in (before, AFTER) for content in found)
    turn = found.index(AFTER)
    assert found == [before] * turn + [AFTER] * (len(found) - turn)
    assert any("taken back" in message for message in messages[:turn])
    assert any("renamed 5 files; its work is complete" in message for message in messages[turn:])


@pytest.mark.parametrize(("fault", "after"), [(("replace",), False), (("replace",), True)])
def test_a_kill_during_the_recovery_is_settled_by_the_next(
    make_moving: Make, fault: tuple[str, ...], after: bool
) -> None:
    half_done = make_moving("half")
    before = content_of(half_done.root)
    with pytest.raises(KilledError), fault_at(1, killed, fault, after=after):
        move(half_done)
    assert (half_done.root / ".covidcurate" / JOURNAL_NAME).exists()
    for number in range(1, 200):
        root = half_done.root.with_name(f"half-{after}-{number}")
        copy_with_links(half_done.root, root)
        dataset = Dataset.open(root)
        with fault_at(number, killed, ALL) as made, suppress(KilledError), Transaction(dataset):
            pass
        settle(dataset)
        assert content_of(root) == (AFTER if after else before), made
        if len(made) < number:
            return
    raise AssertionError("it never came to an end")


def copy_with_links(source: Path, target: Path) -> None:
    """Copy a folder so that names of one file are names of one file again: a recovery knows files by their inode."""
    first: dict[int, Path] = {}

    def copy(old: str, new: str) -> None:
        inode = Path(old).stat().st_ino
        if inode in first:
            Path(new).hardlink_to(first[inode])
        else:
            shutil.copy2(old, new)
            first[inode] = Path(new)

    shutil.copytree(source, target, copy_function=copy)


def test_what_people_did_after_a_kill_is_not_undone(make_moving: Make) -> None:
    """A name that is theirs by now stays, whoever had it before."""
    dataset = make_moving("dataset")
    with pytest.raises(KilledError), fault_at(1, killed, ("replace",), after=True):
        move(dataset)
    old = dataset.root / "images" / "old.png"
    old.unlink()
    old.write_bytes(b"theirs")
    settle(dataset)
    assert content_of(dataset.root) == {**AFTER, "images/old.png": b"theirs"}


def test_a_file_without_its_new_name_keeps_the_old_one(make_moving: Make) -> None:
    dataset = make_moving("dataset")
    with pytest.raises(KilledError), fault_at(1, killed, ("replace",), after=True):
        move(dataset)
    (dataset.root / "images" / "new.png").unlink()
    settle(dataset)
    assert content_of(dataset.root)["images/old.png"] == b"old"


def test_a_late_name_that_somebody_took_loses_nothing(make_moving: Make) -> None:
    dataset = make_moving("dataset")
    # The fifth unlink frees the last old name.
    with pytest.raises(KilledError), fault_at(5, killed, ("unlink",), after=True):
        move(dataset)
    taken = dataset.root / "images" / "b.png"
    taken.write_bytes(b"theirs")
    with pytest.raises(DatasetError, match=r"b\.png: File exists"):
        settle(dataset)
    assert taken.read_bytes() == b"theirs"
    taken.rename(dataset.root / "images" / "theirs.png")
    settle(dataset)
    assert content_of(dataset.root) == {**AFTER, "images/theirs.png": b"theirs"}


@pytest.mark.parametrize("moves", ['[["a"]]', '"x"', "[1]", "null"])
def test_a_journal_with_moves_that_are_none_is_one_that_was_cut_short(dataset: Dataset, moves: str) -> None:
    (dataset.state_folder() / JOURNAL_NAME).write_text(f'{{"files": [], "moves": {moves}}}')
    settle(dataset)
    assert content_of(dataset.root) == {"images/old.png": b"old", "metadata.csv": TABLE}
