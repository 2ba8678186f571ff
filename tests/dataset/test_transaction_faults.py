"""All of it happens or none: with a full disk at any call, with an interrupt at any call, with a kill at any call."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from faults import ALL, content_of, fault_at
from killed_runs import FILES, ROWS, TABLE, add

from covidcurate.dataset import Dataset
from covidcurate.dataset.staging import NewFile
from covidcurate.dataset.transaction import Edit, Transaction
from covidcurate.errors import DatasetError, UnreadableError

HERE = Path(__file__).parent
Make = Callable[[str], Dataset]


class KilledError(BaseException):
    """Stands for Ctrl-C, or for the end of the process."""


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def killed() -> None:
    raise KilledError


@pytest.fixture
def states(make_dataset: Make) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the two contents that a dataset may have: as before, and as after."""
    dataset = make_dataset("whole")
    before = content_of(dataset.root)
    add(dataset)
    return before, content_of(dataset.root)


def attempts(
    make_dataset: Make, fault: Callable[[], None], name: str
) -> Iterator[tuple[Dataset, BaseException | None]]:
    """Yield a dataset for each call of a name, with what came of the fault there."""
    for number in range(1, 200):
        dataset = make_dataset(f"{name}-{number}")
        error: BaseException | None = None
        with fault_at(number, fault, (name,)) as made:
            try:
                add(dataset)
            except (Exception, KilledError) as caught:
                error = caught
        if len(made) < number:
            return
        yield dataset, error
    raise AssertionError("it never came to an end")


def settle(dataset: Dataset) -> str:
    with Transaction(dataset) as transaction:
        return transaction.recovered


@pytest.mark.parametrize("name", [name for name in ALL if name != "close"])
def test_a_full_disk_leaves_a_whole_dataset_and_the_next_run_works(
    make_dataset: Make, states: tuple[dict[str, bytes], dict[str, bytes]], name: str
) -> None:
    before, after = states
    tried = 0
    for dataset, error in attempts(make_dataset, full_disk, name):
        tried += 1
        settle(dataset)
        content = content_of(dataset.root)
        # Where a system cannot make the names of a folder durable, the run goes on.
        assert content == after if error is None else content in states
        if content == before:
            add(dataset)
            assert content_of(dataset.root) == after
    assert tried


@pytest.mark.parametrize("name", ["link", "fsync", "replace", "mkdir", "chmod", "os.open", "open", "write", "unlink"])
def test_a_full_disk_is_a_dataset_error_and_nothing_was_changed(
    make_dataset: Make, states: tuple[dict[str, bytes], dict[str, bytes]], name: str
) -> None:
    for dataset, error in attempts(make_dataset, full_disk, name):
        assert error is None or isinstance(error, DatasetError)
        assert error is None or content_of(dataset.root) == states[0]


@pytest.mark.parametrize("fault", [full_disk, killed])
@pytest.mark.parametrize("name", ["open", "write", "fsync"])
def test_a_fault_while_many_files_are_copied_leaves_the_dataset_as_before_or_after(
    make_dataset: Make, tmp_path: Path, name: str, fault: Callable[[], None]
) -> None:
    # More than are written at a time, so that a fault meets some that wait and some that are under way.
    files, rows = [], b""
    for number in range(9):
        path = tmp_path / f"film-{number}.png"
        path.write_bytes(bytes([number]) * 100_000)
        files.append(NewFile("images", path.name, path, source=path.name))
        rows += f"{number + 5},{path.name}\n".encode()
    before = content_of(make_dataset("untouched").root)
    added = {f"images/film-{number}.png": bytes([number]) * 100_000 for number in range(9)}
    after = {**before, **added, "metadata.csv": TABLE + rows}
    for number in range(1, 200):
        dataset = make_dataset(f"copies-{number}")
        with (
            fault_at(number, fault, (name,)) as made,
            suppress(DatasetError, UnreadableError, KilledError),
            Transaction(dataset) as transaction,
        ):
            transaction.commit(Edit(TABLE, TABLE + rows, transaction.stage(files)))
        settle(dataset)
        assert content_of(dataset.root) in (before, after)
        if len(made) < number:
            assert content_of(dataset.root) == after
            return
    raise AssertionError("it never came to an end")


def test_a_fault_on_closing_a_folder_leaves_no_row_without_its_file(
    make_dataset: Make, states: tuple[dict[str, bytes], dict[str, bytes]]
) -> None:
    for dataset, _ in attempts(make_dataset, full_disk, "close"):
        settle(dataset)
        assert content_of(dataset.root) in states


@pytest.mark.parametrize("name", ALL)
def test_an_interrupt_is_settled_as_before_or_as_after(
    make_dataset: Make, states: tuple[dict[str, bytes], dict[str, bytes]], name: str
) -> None:
    for dataset, error in attempts(make_dataset, killed, name):
        assert isinstance(error, KilledError)
        settle(dataset)
        assert content_of(dataset.root) in states
        assert settle(dataset) == ""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_call_is_settled_as_before_or_as_after(
    make_dataset: Make, states: tuple[dict[str, bytes], dict[str, bytes]], when: str
) -> None:
    before, after = states
    counted = make_dataset("counted")
    with fault_at(0, killed, ALL) as made:
        add(counted)
    datasets = [make_dataset(f"{when}-{number}") for number in range(len(made))]
    command = [sys.executable, str(HERE / "killed_runs.py"), "add", when, *(str(dataset.root) for dataset in datasets)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["9"] * len(datasets), "every run is killed, none is left out"
    messages = []
    for dataset in datasets:
        # The lock of a run that was killed is left in its place: taking it over is part of what is tested.
        with Transaction(dataset) as transaction:
            messages.append(transaction.recovered)
    found = [content_of(dataset.root) for dataset in datasets]
    assert all(content in (before, after) for content in found)
    # Once the table is replaced there is no way back, and before that none forward.
    turn = found.index(after)
    assert found == [before] * turn + [after] * (len(found) - turn)
    assert any("taken back" in message for message in messages[:turn])
    assert any("complete" in message for message in messages[turn:])
    for dataset in datasets[:turn]:
        add(dataset)
        assert content_of(dataset.root) == after


def test_a_kill_during_the_recovery_is_settled_by_the_next(
    make_dataset: Make, states: tuple[dict[str, bytes], dict[str, bytes]]
) -> None:
    half_done = make_dataset("half")
    with pytest.raises(KilledError), fault_at(1, killed, ("replace",)):
        add(half_done)
    for number in range(1, 100):
        root = half_done.root.with_name(f"half-{number}")
        # Recovery knows its files by their inode, so the copy has to link them as the killed run did.
        shutil.copytree(half_done.root, root)
        for place, name in enumerate(("new-1.png", "new-2.png")):
            (root / "images" / name).unlink()
            (root / "images" / name).hardlink_to(root / ".covidcurate" / "staging" / f"{place:06d}")
        dataset = Dataset.open(root)
        with fault_at(number, killed, ALL) as made, suppress(KilledError), Transaction(dataset):
            pass
        settle(dataset)
        assert content_of(root) == states[0], made
        if len(made) < number:
            return
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("name", ["link", "replace"])
def test_an_interrupt_leaves_a_whole_dataset_at_once(
    make_dataset: Make, states: tuple[dict[str, bytes], dict[str, bytes]], name: str
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    for number in (1, 2):
        dataset = make_dataset(f"{name}-{number}")
        with suppress(KeyboardInterrupt), fault_at(number, interrupted, (name,)) as made:
            add(dataset)
        assert made
        assert content_of(dataset.root) == states[(name, number) == ("replace", 2)]
        assert not dataset.is_unsettled()


def test_a_kill_is_settled_too_where_the_table_does_not_change(make_dataset: Make) -> None:
    dataset = make_dataset("files")
    before, table = content_of(dataset.root), dataset.table.read_bytes()
    with pytest.raises(KilledError), fault_at(2, killed, ("link",)), Transaction(dataset) as transaction:
        transaction.commit(Edit(table, table, transaction.stage(FILES)))
    settle(dataset)
    assert content_of(dataset.root) in (before, {**before, **{f"images/{file.name}": file.content for file in FILES}})


def test_rows_and_files_belong_together(states: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    before, after = states
    assert after["metadata.csv"] == before["metadata.csv"] + ROWS
    assert set(after) - set(before) == {"images/new-1.png", "images/new-2.png"}


def test_a_kill_after_the_table_was_replaced_keeps_files_that_its_rows_name(make_dataset: Make) -> None:
    dataset = make_dataset("edited")
    # The first call after the table was replaced is the one that makes its name durable.
    with pytest.raises(KilledError), fault_at(1, killed, ("replace",), after=True):
        add(dataset)
    with dataset.table.open("ab") as stream:
        stream.write(b"7,by-hand.png\n")
    before = content_of(dataset.root)
    settle(dataset)
    assert content_of(dataset.root) == before
