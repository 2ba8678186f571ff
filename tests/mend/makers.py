"""Small synthetic datasets to mend: what they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from covidcurate.dataset import Dataset
from covidcurate.mend import Mending, find_mending
from covidcurate.model import Report
from covidcurate.rules import check_dataset

KINDS = {
    "png": b"\x89PNG\r\n\x1a\n synthetic",
    "jpeg": b"\xff\xd8\xff synthetic",
    "gif": b"GIF89a synthetic",
    "dicom": bytes(128) + b"DICM synthetic",
    "other": b"no image",
}
"""The beginning of a file of each kind, which is all that its type is told by."""


def make_dataset(root: Path, table: bytes, files: Mapping[str, bytes] | None = None) -> Dataset:
    """Write a table, and files by their path in the dataset."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "metadata.csv").write_bytes(table)
    for path, content in (files or {}).items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(content)
    return Dataset.open(root)


def check(dataset: Dataset, table: bytes) -> Report:
    """Check a dataset as the command does."""
    return check_dataset(dataset, table=table, files=dataset.has_files())


def mend(dataset: Dataset, *, unsafe: bool = False) -> Mending:
    """Find what there is to fix."""
    return find_mending(dataset, check, unsafe=unsafe)


def column(root: Path, name: str, *cells: str) -> Dataset:
    """Make a dataset of one column besides that of file names; cells are written as they are."""
    rows = "".join(f"{number}.png,{cell}\n" for number, cell in enumerate(cells))
    return make_dataset(root, f"filename,{name}\n{rows}".encode())


def cells_of(table: bytes) -> Sequence[str]:
    """Return the second cell of each row as it is written, of a table without commas or line breaks in cells."""
    return [line.split(",")[1] for line in table.decode().splitlines()[1:]]
