"""Run as a program: in the n-th folder, start a command on a dataset and die at the n-th call of the operating system.

Arguments: what to do, when to die (``before`` or ``after`` the call; ``never`` prints the calls and what changed the
disk outside of them), a folder with inputs, then the datasets, which are all alike. It forks, so that no child pays
for the imports and the plan.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "dataset"))

from faults import ALL, content_of, fault_at, watch_the_rest

from covidcurate.audit.validation import Validation
from covidcurate.dataset import Dataset
from covidcurate.dataset.ahead import Disk, folder_ahead, write_ahead
from covidcurate.history import find_run, find_undoing, undo_run
from covidcurate.ingest import Plan, Reading, apply_plan, make_plan, read_inputs
from covidcurate.mend import write_mending
from covidcurate.rules import Selection

__all__ = ["ALL", "content_of", "fault_at", "prepare"]
Action = Callable[[Dataset], object]


def prepare(action: str, inputs: Path, folder: Path) -> Action:
    """Return what to do to a dataset that is like the one in a folder; what only reads is done already."""
    dataset = Dataset.open(folder)
    if action == "ingest":
        plan = make_plan(dataset, read_inputs([inputs], Reading(dataset.specification, folder)), workers=1)
        return lambda dataset: apply_plan(dataset, replace(plan), who="somebody")
    if action == "ingest-ahead":
        plan = make_plan(dataset, read_inputs([inputs], Reading(dataset.specification, folder)), workers=1)
        return lambda dataset: ingest_ahead(dataset, plan)
    if action == "fix":
        return lambda dataset: write_mending(
            dataset, Validation(dataset, Selection(), files=True).edited_check(None), unsafe=False
        )
    return lambda dataset: undo_run(find_undoing(dataset, find_run(dataset)))


def ingest_ahead(dataset: Dataset, plan: Plan) -> None:
    """Carry out a plan of which each film is written while it is opened; in one process, so that calls can be counted.

    The films are without metadata, so that they enter as they are.
    """
    with folder_ahead(dataset) as folder:
        images, refused = plan.images, set()
        if folder is not None:
            images = [
                replace(image, ahead=write_ahead(folder, image.candidate.path.read_bytes())) for image in plan.images
            ]
            with Disk() as disk:
                for image in images:
                    if image.ahead is not None:
                        disk.wait_for(image.ahead)
                refused = disk.refused()
        images = [replace(image, ahead=None) if image.ahead in refused else image for image in images]
        apply_plan(dataset, replace(plan, images=images), who="somebody")


def main(action: str, when: str, inputs: str, folders: list[str]) -> None:
    act = prepare(action, Path(inputs), Path(folders[0]))
    if when == "never":
        left_out = watch_the_rest()
        with fault_at(0, lambda: None, ALL) as made:
            act(Dataset.open(Path(folders[0])))
            outside = list(left_out)
        print(*made)
        print(*outside, sep="\n")
        return
    for number, folder in enumerate(folders, start=1):
        child = os.fork()
        if child == 0:
            with fault_at(number, lambda: os._exit(9), ALL, after=when == "after"):
                act(Dataset.open(Path(folder)))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
