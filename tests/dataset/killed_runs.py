"""Run as a program: in the n-th folder, start to change a dataset and die at the n-th call of the operating system.

Arguments: ``add`` or ``move`` (what to do), ``before`` or ``after`` (when to die), then the folders. It forks, so that
no child pays for the imports; as a program of its own it has no threads, with which a fork would not go well.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from faults import ALL, fault_at

from covidcurate.dataset import Dataset
from covidcurate.dataset.moves import Move
from covidcurate.dataset.staging import NewFile
from covidcurate.dataset.transaction import Edit, Transaction

TABLE = b"patientid,filename\n4,old.png\n"
FILES = (NewFile("images", "new-1.png", b"one"), NewFile("images", "new-2.png", b"two"))
ROWS = b"5,new-1.png\n6,new-2.png\n"


def add(dataset: Dataset) -> None:
    """Add two files and their rows to a dataset."""
    with Transaction(dataset) as transaction:
        transaction.commit(Edit(TABLE, TABLE + ROWS, transaction.stage(FILES)))


MOVED = b"patientid,filename\n4,new.png\n"
# To a free name; to one that the next frees, and that next one; and two that change places.
MOVES = tuple(
    Move("images", old, new)
    for old, new in [
        ("old.png", "new.png"),
        ("a.jpg", "a.png"),
        ("a.png", "a.gif"),
        ("b.png", "c.png"),
        ("c.png", "b.png"),
    ]
)


def lay_out(root: Path) -> None:
    """Add the files to rename to a dataset."""
    for name in ("a.jpg", "a.png", "b.png", "c.png"):
        (root / "images" / name).write_bytes(name.encode("ascii"))


def move(dataset: Dataset) -> None:
    """Rename files and change the row of one of them."""
    with Transaction(dataset) as transaction:
        transaction.commit(Edit(TABLE, MOVED, [], moves=MOVES))


ACTIONS = {"add": add, "move": move}


def main(action: str, when: str, folders: list[str]) -> None:
    for number, folder in enumerate(folders, start=1):
        child = os.fork()
        if child == 0:
            with fault_at(number, lambda: os._exit(9), ALL, after=when == "after"):
                ACTIONS[action](Dataset.open(Path(folder)))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
