"""Run as a program: in the n-th folder, start to add files and die at the n-th call of the operating system.

Arguments: ``before`` or ``after`` (when to die), then the folders. It forks, so that no child pays for the imports; as
a program of its own it has no threads, with which a fork would not go well.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from faults import CALLS, fault_at

from covidcurate.dataset import Dataset
from covidcurate.dataset.transaction import NewFile, Transaction

TABLE = b"patientid,filename\n4,old.png\n"
FILES = (NewFile("images", "new-1.png", b"one"), NewFile("images", "new-2.png", b"two"))
ROWS = b"5,new-1.png\n6,new-2.png\n"


def add(dataset: Dataset) -> None:
    """Add two files and their rows to a dataset."""
    with Transaction(dataset) as transaction:
        transaction.commit(transaction.stage(FILES), TABLE + ROWS, before=TABLE)


def main(when: str, folders: list[str]) -> None:
    for number, folder in enumerate(folders, start=1):
        child = os.fork()
        if child == 0:
            with fault_at(number, lambda: os._exit(9), tuple(CALLS), after=when == "after"):
                add(Dataset.open(Path(folder)))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
