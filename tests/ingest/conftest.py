"""Inputs of an ingest, made by code: all images are synthetic."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

Facts = dict[str, str]
HEADER = ["patientid", "sex", "age", "finding", "view", "modality", "filename", "license", "url"]
FACTS = {"finding": "No Finding", "view": "PA", "modality": "X-ray", "license": "CC0-1.0"}


@pytest.fixture
def contribution(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes a folder with a CSV and an image for each row."""

    def make(*rows: Facts, header: list[str] | None = None, name: str = "input") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        names = header or HEADER
        with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, restval="")
            writer.writeheader()
            for number, row in enumerate(rows, start=1):
                full = {
                    **FACTS,
                    "url": f"https://example.org/{name}/{number}",
                    "filename": f"{name}-{number}.png",
                    **row,
                }
                writer.writerow({column: text for column, text in full.items() if column in names})
                Image.new("L", (8, 8 + number), 10 * number).save(folder / full["filename"], format="PNG")
        return folder

    return make


@pytest.fixture
def case_folder(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes a candidate folder of one film; arguments change the document."""

    def make(change: Callable[[dict[str, object]], None] | None = None) -> Path:
        folder = tmp_path / "case"
        folder.mkdir()
        Image.new("L", (9, 9), 77).save(folder / "film.png")
        values = {**FACTS, "url": "https://example.org/case"}
        document: dict[str, object] = {
            "format": "covidcurate-case/1",
            "source": "example.org",
            "id": "17",
            "values": {
                name: {"value": text, "evidence": {"kind": "stated", "text": text}} for name, text in values.items()
            },
            "studies": [{"id": "1", "images": [{"file": "film.png"}]}],
        }
        if change:
            change(document)
        (folder / "case.json").write_text(json.dumps(document))
        return folder

    return make
