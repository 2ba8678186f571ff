"""Writing what was fixed: under the lock, all of it or nothing, and nothing at all where there is nothing to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from makers import KINDS, check, column, make_dataset

from covidcurate.dataset import Dataset
from covidcurate.dataset.transaction import Transaction
from covidcurate.errors import DatasetError, LockedError, TableStructureError
from covidcurate.mend import write_mending
from covidcurate.model import Report

TABLE = b"filename,view\na.jpg,pa\nb.PNG,lateral\n"
FILES = {"images/a.jpg": KINDS["png"], "images/b.PNG": KINDS["png"]}
AFTER = b"filename,view\na.png,PA\nb.png,L\n"

KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = [{dataset_tests!r}, {here!r}]
from faults import CALLS, fault_at
from makers import check
from covidcurate.dataset import Dataset
from covidcurate.mend import write_mending
for number, folder in enumerate(sys.argv[1:], start=1):
    child = os.fork()
    if child == 0:
        with fault_at(number, lambda: os._exit(9), tuple(CALLS)):
            write_mending(Dataset.open(Path(folder)), check, unsafe=False)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def content_of(root: Path) -> dict[str, bytes]:
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and ".covidcurate" not in path.parts]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_table_and_files_change_together(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, TABLE, FILES)
    mending, recovered = write_mending(dataset, check, unsafe=False)
    assert (len(mending.fixed), recovered) == (4, "")
    assert content_of(tmp_path) == {"images/a.png": KINDS["png"], "images/b.png": KINDS["png"], "metadata.csv": AFTER}
    again, _ = write_mending(Dataset.open(tmp_path), check, unsafe=False)
    assert not again


def test_where_nothing_is_to_do_nothing_is_written(tmp_path: Path) -> None:
    dataset = column(tmp_path, "view", "PA")
    before = dataset.table.stat()
    assert not write_mending(dataset, check, unsafe=True)[0]
    assert [path.name for path in tmp_path.iterdir()] == ["metadata.csv"]
    assert (dataset.table.stat().st_ino, dataset.table.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_broken_table_is_left_alone_with_its_files(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, TABLE + b"c.png\n", FILES)
    before = content_of(tmp_path)
    with pytest.raises(TableStructureError, match="nothing was changed"):
        write_mending(dataset, check, unsafe=True)
    assert content_of(tmp_path) == before


def test_another_run_keeps_us_out(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, TABLE, FILES)
    with Transaction(dataset), pytest.raises(LockedError):
        write_mending(Dataset.open(tmp_path), check, unsafe=False)
    assert dataset.table.read_bytes() == TABLE


def test_a_row_that_comes_in_between_is_seen(tmp_path: Path) -> None:
    """The table changes after the first look, before the lock is ours."""
    dataset = make_dataset(tmp_path, TABLE, FILES)
    looks = []

    def look(state: Dataset, table: bytes) -> Report:
        if len(looks) == 1:
            dataset.table.write_bytes(TABLE + b"c.png,supine\n")
        looks.append(table)
        return check(state, table)

    write_mending(dataset, look, unsafe=False)
    assert dataset.table.read_bytes() == AFTER + b"c.png,AP Supine\n"


def test_a_table_that_is_a_link_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    column(tmp_path / "real", "view", "pa")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "metadata.csv").symlink_to(tmp_path / "real" / "metadata.csv")
    with pytest.raises(DatasetError, match="is a link") as caught:
        write_mending(Dataset.open(tmp_path / "linked"), check, unsafe=False)
    assert str(tmp_path / "real" / "metadata.csv") in caught.value.remedy


def test_a_folder_that_cannot_be_written_is_an_error_and_loses_nothing(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, TABLE, FILES)
    (tmp_path / ".covidcurate").write_bytes(b"")
    with pytest.raises(DatasetError, match="cannot be written"):
        write_mending(dataset, check, unsafe=False)
    assert dataset.table.read_bytes() == TABLE


def test_a_kill_at_any_call_is_finished_or_taken_back_by_the_next_run(tmp_path: Path) -> None:
    """The next run with the same options comes to the same end, whatever the first had done."""
    here = Path(__file__).parent
    folders = [tmp_path / str(number) for number in range(140)]
    before = {**FILES, "metadata.csv": TABLE}
    for folder in folders:
        make_dataset(folder, TABLE, FILES)
    program = KILLED.format(dataset_tests=str(here.parent / "dataset"), here=str(here))
    command = [sys.executable, "-c", program, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": ""})
    codes = done.stdout.split()
    killed = codes.count("9")
    assert codes == ["9"] * killed + ["0"] * (len(folders) - killed)
    assert killed > 30
    taken_back = finished = 0
    expected = {"images/a.png": KINDS["png"], "images/b.png": KINDS["png"], "metadata.csv": AFTER}
    for folder in folders[:killed]:
        dataset = Dataset.open(folder)
        with Transaction(dataset) as transaction:
            taken_back += "taken back" in transaction.recovered
            finished += "complete" in transaction.recovered
        assert content_of(folder) in (before, expected)
        write_mending(dataset, check, unsafe=False)
        assert content_of(folder) == expected
    assert taken_back
    assert finished


def test_a_run_that_was_stopped_at_the_end_is_finished_though_nothing_is_to_fix(tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "dataset"))
    from faults import fault_at

    class KilledError(BaseException):
        pass

    def killed() -> None:
        raise KilledError

    dataset = make_dataset(tmp_path, TABLE, FILES)
    with pytest.raises(KilledError), fault_at(1, killed, ("replace",), after=True):
        write_mending(dataset, check, unsafe=False)
    assert {"images/a.jpg", "images/a.png"} <= set(content_of(tmp_path))
    mending, recovered = write_mending(Dataset.open(tmp_path), check, unsafe=False)
    assert not mending
    assert recovered.startswith("An earlier run (validate --fix ")
    assert recovered.endswith("was stopped after it had renamed 2 files; its work is complete.")
    assert set(content_of(tmp_path)) == {"images/a.png", "images/b.png", "metadata.csv"}
