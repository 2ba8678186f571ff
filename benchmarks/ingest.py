"""Measure `covidcurate ingest`: against a bare loop that reads, decodes and hashes, and as the dataset grows.

All images are made here and show nobody. The bare loop runs on all cores and does what no ingest can do without: read
each file, decode it to its end, and hash its bytes. Both take turns, and the best of each counts. Where others load
the machine, the processor time of both (user and system) says more than the clock.

    python benchmarks/ingest.py [--images N] [--side PIXELS] [--turns N] [--few ROWS] [--many ROWS]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

HEADER = ["patientid", "finding", "view", "modality", "filename", "license", "url"]


def make_film(path: Path, number: int, side: int) -> None:
    """Write a film of 8 bits: large shapes of its own and grain, as a radiograph has."""
    random = np.random.default_rng(number)
    coarse = Image.fromarray(random.integers(0, 256, (24, 24), dtype=np.uint8)).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    grain = random.integers(0, 12, (side, side), dtype=np.uint8)
    Image.fromarray((np.asarray(coarse) // 2 + 60 + grain).astype(np.uint8)).save(path, compress_level=1)


def make_input(folder: Path, images: range, side: int) -> None:
    """Make a folder with a CSV and a film for each of its rows."""
    folder.mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        list(pool.map(make_film, [folder / f"film-{n:06d}.png" for n in images], images, [side] * len(images)))
    with (folder / "rows.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for number in images:
            row = [number, "No Finding", "PA", "X-ray", f"film-{number:06d}.png", "CC0-1.0"]
            writer.writerow([*row, f"https://example.org/{number}"])


def look(path: Path) -> str:
    """Do the least that can be done with a file."""
    data = path.read_bytes()
    with Image.open(path) as image:
        image.load()
    return hashlib.sha256(data).hexdigest()


class Cost(NamedTuple):
    """Seconds by the clock, and of the processors."""

    clock: float
    processor: float


@contextmanager
def measured(costs: list[Cost]) -> Iterator[None]:
    """Add what something costs, with the processes that it begins and ends."""
    start, before = time.perf_counter(), processor_time()
    yield
    costs.append(Cost(time.perf_counter() - start, processor_time() - before))


def processor_time() -> float:
    """Return the seconds of the processors that went to this process and to those that it has ended."""
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


def run_bare(folder: Path) -> None:
    """Do the least, on all cores."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(look, sorted(folder.glob("*.png")), chunksize=4))


def run_ingest(folder: Path, dataset: Path) -> None:
    """Ingest a folder as a script does."""
    command = [sys.executable, "-m", "covidcurate", "ingest", str(folder), "-d", str(dataset), "--yes", "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def make_dataset(folder: Path, rows: int) -> Path:
    """Make a dataset with so many rows; their files are tiny and all alike in nothing but size."""
    subprocess.run([sys.executable, "-m", "covidcurate", "init", str(folder), "--quiet"], check=True)
    table = folder / "metadata.csv"
    header = table.read_text().strip().split(",")
    with table.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, header, restval="", lineterminator="\n")
        for number in range(rows):
            writer.writerow(
                {"patientid": number + 1, "finding": "No Finding", "view": "PA", "modality": "X-ray",
                 "folder": "images",
                 "filename": f"old-{number:07d}.png", "license": "CC0-1.0", "url": f"https://example.org/old/{number}"}
            )  # fmt: skip
    return folder


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--side", type=int, default=2000)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        make_input(root / "input", range(asked.images), asked.side)
        bare: list[Cost] = []
        ours: list[Cost] = []
        for turn in range(asked.turns):
            with measured(bare):
                run_bare(root / "input")
            empty = make_dataset(root / f"empty-{turn}", 0)
            with measured(ours):
                run_ingest(root / "input", empty)
            shutil.rmtree(empty)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{asked.images} films of {asked.side} x {asked.side}, {os.cpu_count()} cores, best of {asked.turns}")
        for name, costs in (("bare loop", bare), ("covidcurate ingest", ours)):
            rate = asked.images / min(cost.clock for cost in costs)
            each = 1000 * min(cost.processor for cost in costs) / asked.images
            print(f"{name:20}{rate:6.1f} images/s, {each:6.1f} ms of a core each")
        clock = min(cost.clock for cost in bare) / min(cost.clock for cost in ours)
        processor = min(cost.processor for cost in bare) / min(cost.processor for cost in ours)
        print(f"ratio by the clock {clock:.2f}, of processor time {processor:.2f}; largest process {memory:.0f} MB")
        make_input(root / "twenty", range(1_000_000, 1_000_020), asked.side)
        seconds: list[Cost] = []
        for rows in (asked.few, asked.many):
            grown = make_dataset(root / f"of-{rows}", rows)
            with measured(seconds):
                run_ingest(root / "twenty", grown)
            print(f"20 images into {rows:7} rows: {seconds[-1].clock:.2f} s")
        print(f"ratio {seconds[1].clock / seconds[0].clock:.2f}")
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
