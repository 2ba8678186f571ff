"""Measure `covidcurate ingest`: against a bare loop that reads, decodes and hashes, and as the dataset grows.

All images are made here and show nobody. The bare loop runs on all cores and does what no ingest can do without: read
each file, decode it to its end, and hash its bytes.

    python benchmarks/ingest.py [--images N] [--side PIXELS] [--few ROWS] [--many ROWS]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

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


def time_bare(folder: Path) -> float:
    """Return the seconds that a bare loop takes on all cores."""
    start = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(look, sorted(folder.glob("*.png")), chunksize=4))
    return time.perf_counter() - start


def time_ingest(folder: Path, dataset: Path) -> tuple[float, float]:
    """Return the seconds that an ingest takes, and its peak memory in MB."""
    import resource

    start = time.perf_counter()
    command = [sys.executable, "-m", "covidcurate", "ingest", str(folder), "-d", str(dataset), "--yes", "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


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
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        make_input(root / "input", range(asked.images), asked.side)
        bare = min(time_bare(root / "input") for _ in range(2))
        ours, memory = time_ingest(root / "input", make_dataset(root / "empty", 0))
        print(f"{asked.images} films of {asked.side} x {asked.side}, {os.cpu_count()} cores")
        print(f"bare loop         {asked.images / bare:8.1f} images/s")
        print(
            f"covidcurate ingest {asked.images / ours:7.1f} images/s   ratio {bare / ours:.2f}   peak {memory:.0f} MB"
        )
        make_input(root / "twenty", range(1_000_000, 1_000_020), asked.side)
        seconds = {}
        for rows in (asked.few, asked.many):
            seconds[rows], _ = time_ingest(root / "twenty", make_dataset(root / f"of-{rows}", rows))
            print(f"20 images into {rows:7} rows: {seconds[rows]:.2f} s")
        print(f"ratio {seconds[asked.many] / seconds[asked.few]:.2f}")
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
