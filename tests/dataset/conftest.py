"""A small dataset to change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from killed_runs import TABLE

from covidcurate.dataset import Dataset


@pytest.fixture
def make_dataset(tmp_path: Path) -> Callable[[str], Dataset]:
    """Return a function that makes a dataset of one row and one file in a folder of a given name."""

    def make(name: str = "dataset") -> Dataset:
        root = tmp_path / name
        (root / "images").mkdir(parents=True)
        (root / "metadata.csv").write_bytes(TABLE)
        (root / "images" / "old.png").write_bytes(b"old")
        return Dataset.open(root)

    return make


@pytest.fixture
def dataset(make_dataset: Callable[[str], Dataset]) -> Dataset:
    return make_dataset("dataset")
