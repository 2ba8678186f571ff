"""Files that are written ahead of a change: moved by it, refused by a disk, left by a run that was killed."""

from __future__ import annotations

import errno
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from faults import ALL, content_of, fault_at
from killed_runs import ROWS, TABLE

from covidcurate.dataset import Dataset
from covidcurate.dataset.ahead import Ahead, Disk, folder_ahead, remove_ahead, write_ahead
from covidcurate.dataset.staging import NewFile
from covidcurate.dataset.transaction import Edit, Transaction
from covidcurate.errors import DatasetError, UnreadableError

CONTENTS = {"new-1.png": b"one", "new-2.png": b"two"}


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def write_all(folder: Path) -> list[NewFile]:
    files = []
    for name, content in CONTENTS.items():
        ahead = write_ahead(folder, content)
        assert ahead is not None
        files.append(NewFile("images", name, ahead, hashlib.sha256(content).hexdigest(), name))
    return files


def is_clean(dataset: Dataset) -> bool:
    return not dataset.has_files_ahead() and not dataset.is_unsettled()


def test_files_are_moved_into_the_dataset_and_the_folder_goes(dataset: Dataset) -> None:
    with folder_ahead(dataset) as folder:
        assert folder is not None
        assert dataset.has_files_ahead()
        files = write_all(folder)
        with Transaction(dataset) as transaction:
            run = transaction.commit(Edit(TABLE, TABLE + ROWS, transaction.stage(files)))
        assert not list(folder.iterdir())
    assert content_of(dataset.root)["images/new-2.png"] == b"two"
    assert [(one.name, one.size, one.sha256) for one in run.files] == [
        (file.name, 3, hashlib.sha256(CONTENTS[file.name]).hexdigest()) for file in files
    ]
    assert is_clean(dataset)


def test_a_file_that_is_not_as_long_as_it_was_or_not_there_stops_everything(dataset: Dataset) -> None:
    before = content_of(dataset.root)
    with folder_ahead(dataset) as folder:
        assert folder is not None
        for change in (lambda path: path.write_bytes(b"o"), Path.unlink):
            files = write_all(folder)
            assert isinstance(files[1].content, Ahead)
            change(files[1].content.path)
            with pytest.raises((UnreadableError, DatasetError)), Transaction(dataset) as transaction:
                transaction.stage(files)
            assert content_of(dataset.root) == before
            assert not dataset.is_unsettled()
    assert is_clean(dataset)


@pytest.mark.parametrize("name", ["open", "write"])
def test_a_disk_that_refuses_leaves_nothing_behind(dataset: Dataset, name: str) -> None:
    with folder_ahead(dataset) as folder:
        assert folder is not None
        with fault_at(1, full_disk, (name,)):
            assert write_ahead(folder, b"content") is None
        assert not list(folder.iterdir())
        assert write_ahead(folder, b"content") is not None


def test_a_file_that_the_disk_did_not_take_in_the_end_is_told_and_goes(dataset: Dataset) -> None:
    with folder_ahead(dataset) as folder, Disk() as disk:
        assert folder is not None
        first, second = write_ahead(folder, b"1"), write_ahead(folder, b"2")
        assert first is not None
        assert second is not None
        with fault_at(1, full_disk, ("fsync",)):
            disk.wait_for(first)
            assert disk.refused() == {first}
        disk.wait_for(second)
        assert second not in disk.refused()
        assert [path.read_bytes() for path in folder.iterdir()] == [b"2"]


def test_without_a_place_there_is_no_folder_and_nothing_is_wrong(dataset: Dataset) -> None:
    (dataset.state_folder() / "ahead").touch()
    with folder_ahead(dataset) as folder:
        assert folder is None
    (dataset.state_folder() / "ahead").unlink()
    assert is_clean(dataset)


def test_a_fault_at_any_call_costs_the_folder_at_most(dataset: Dataset) -> None:
    dataset.state_folder()
    refused = 0
    for number in range(1, 100):
        with fault_at(number, full_disk, ALL) as made:
            with folder_ahead(dataset) as folder:
                refused += folder is None
            if len(made) < number:
                break
        remove_ahead(dataset.root)
        assert is_clean(dataset)
    assert refused > 2


def test_what_a_killed_run_left_goes_and_that_of_a_living_one_stays(dataset: Dataset) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom covidcurate.dataset import Dataset\n"
        "from covidcurate.dataset.ahead import folder_ahead, write_ahead\n"
        "with folder_ahead(Dataset.open(Path(sys.argv[1]))) as folder:\n"
        "    print(write_ahead(folder, b'film').path, flush=True)\n    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, str(dataset.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            there = Path(process.stdout.readline().strip())
            remove_ahead(dataset.root)
            with folder_ahead(dataset) as mine:
                assert mine is not None
            assert there.read_bytes() == b"film"
        finally:
            process.kill()
    assert there.exists()
    remove_ahead(dataset.root)
    assert is_clean(dataset)
