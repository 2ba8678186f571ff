"""Datasets and what comes to them, made by code: all images are synthetic."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from covidcurate.cli.main import run

HEADER = "patientid,finding,view,modality,filename,license,url\n"


@pytest.fixture
def inputs(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes a folder with a CSV and some films, whose names begin with that of the folder."""

    def make(name: str = "new", count: int = 2) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        rows = [HEADER]
        for number in range(1, count + 1):
            file = f"{name}-{number}.png"
            Image.new("L", (8, 8 + number), zlib.crc32(file.encode()) % 255).save(folder / file)
            rows.append(f"p{number},No Finding,PA,X-ray,{file},CC0-1.0,https://example.org/{name}/{number}\n")
        (folder / "rows.csv").write_text("".join(rows))
        return folder

    return make


@pytest.fixture
def broken(dataset: Path) -> Path:
    """A dataset with what --fix mends: two files whose ending is wrong, and a view in another case."""
    table = dataset / "metadata.csv"
    for number, name in enumerate(("film-2.jpg", "film-3.JPG"), start=2):
        Image.new("L", (8, 20 + number), 9).save(dataset / "images" / name, format="PNG")
    lines = table.read_text().splitlines(keepends=True)
    for number, name in ((2, "film-2.jpg"), (3, "film-3.JPG")):
        row = lines[1].replace("synthetic-1.png", name).replace("example.org/1", f"example.org/{number}")
        lines.append(row.replace("PA", "pa"))
    table.write_text("".join(lines))
    return dataset


@pytest.fixture
def ingest(dataset: Path) -> Callable[..., None]:
    def do(folder: Path, *options: str) -> None:
        assert run(["ingest", str(folder), "-d", str(dataset), "--yes", "--no-cache", *options]) == 0

    return do


@pytest.fixture
def permissions_count(tmp_path: Path) -> None:
    """Skip where permissions bind nobody, as they do not bind root."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    try:
        (folder / "file").touch()
    except PermissionError:
        return
    pytest.skip("whoever runs this may write everywhere, as root may")
