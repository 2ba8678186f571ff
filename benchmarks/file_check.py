"""Measure the file check of `covidcurate validate`: a first run, a second one, and a bare loop as peer.

A synthetic dataset is made: images of noise over soft shapes, in five kinds and many sizes, a row each. Files are
pushed out of the page cache before a cold run, as far as the system follows advice. The file part is the
time of the rules on files alone; what is read of files is counted by the system (rchar of /proc/self/io).

    python benchmarks/file_check.py [--files N] [--rounds N] [--decode] [--folder DIR]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BARE_LOOP = """
import os, sys
from pathlib import Path
known = (b"\\xff\\xd8\\xff", b"\\x89PNG", b"GIF8", b"BM", b"II*", b"MM", b"RIFF")
count = 0
for entry in os.scandir(Path(sys.argv[1]) / "images"):
    with open(entry.path, "rb", buffering=0) as stream:
        count += stream.read(16).startswith(known)
print(count)
"""

FILE_PART = """
import json, sys, time
from pathlib import Path
from covidcurate.cache import ContentCache
from covidcurate.dataset import Dataset
from covidcurate.dataset.folder import state_folder_in
from covidcurate.rules import Means, all_rules, check_dataset
all_rules()
dataset, kept = Dataset.open(Path(sys.argv[1])), sys.argv[2] == "kept"

def open_cache():
    return ContentCache(state_folder_in(dataset.root) if kept else None)

def read_so_far():
    return int(next(line for line in open("/proc/self/io") if line.startswith("rchar")).split()[1])

before = read_so_far()
start = time.perf_counter()
check_dataset(dataset, files=False)
middle, between = time.perf_counter(), read_so_far()
report = check_dataset(dataset, means=Means(open_cache))
end, after = time.perf_counter(), read_so_far()
codes = sum(issue.code.startswith("FILE-") for issue in report.issues)
seconds = (end - middle) - (middle - start)
print(json.dumps({"seconds": seconds, "bytes": after - between - (between - before), "findings": codes}))
"""


def make_dataset(folder: Path, count: int) -> None:
    """Write a dataset of synthetic images: one in eight a color PNG, one in eight with EXIF, few palettes."""
    import numpy
    from PIL import Image

    (folder / "images").mkdir(parents=True)
    header = [
        "patientid",
        "offset",
        "sex",
        "age",
        "finding",
        "view",
        "modality",
        "folder",
        "filename",
        "url",
        "license",
    ]
    draw = numpy.random.default_rng(20)
    with (folder / "metadata.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        for number in range(count):
            rows, columns = (int(side) for side in draw.integers(300, 700, 2))
            shapes = Image.fromarray(draw.integers(20, 220, (6, 5)).astype("u1")).resize((columns, rows))
            plane = numpy.asarray(shapes) + draw.normal(0, 8, (rows, columns))
            image = Image.fromarray(plane.clip(0, 255).astype("u1"))
            name = _save(image, folder / "images", number)
            url = f"https://example.org/case/{number}"
            writer.writerow([number + 1, 3, "F", 60, "Pneumonia", "PA", "X-ray", "images", name, url, "CC BY 4.0"])


def _save(image: object, folder: Path, number: int) -> str:
    from PIL import Image

    assert isinstance(image, Image.Image)
    kind, stem = number % 16, f"synthetic-{number:06d}"
    if kind in (3, 11):
        image.convert("RGB").save(folder / f"{stem}.png", compress_level=1)
        return f"{stem}.png"
    if kind == 5:
        image.convert("P").save(folder / f"{stem}.png", compress_level=1)
        return f"{stem}.png"
    options: dict[str, object] = {"quality": 85}
    if kind in (2, 10):
        exif = Image.Exif()
        exif[0x010E] = "synthetic " * 300
        options["exif"] = exif
    (image if kind % 2 else image.convert("RGB")).save(folder / f"{stem}.jpg", **options)
    return f"{stem}.jpg"


def forget(folder: Path) -> None:
    """Ask the system to drop the files from memory, so that they come from the disk again."""
    for path in (folder / "images").iterdir():
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def seconds_of(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def part_of(folder: Path, kept: str) -> dict[str, float]:
    command = [sys.executable, "-c", FILE_PART, str(folder), kept]
    result: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return result


def measure(folder: Path, rounds: int, options: list[str]) -> None:
    """Print the runs of a whole process, and of the file part."""
    covidcurate = [sys.executable, "-m", "covidcurate", "validate", str(folder), "--format", "json", *options]
    state = folder / ".covidcurate"
    taken: dict[str, list[float]] = {}

    def note(name: str, run: Callable[[], float], *, cold: bool = False, fresh: bool = False) -> None:
        if fresh:
            shutil.rmtree(state, ignore_errors=True)
        if cold:
            forget(folder)
        taken.setdefault(name, []).append(run())

    for _ in range(rounds):
        note("first run, cold", lambda: seconds_of(covidcurate), cold=True, fresh=True)
        note("first run, warm", lambda: seconds_of(covidcurate), fresh=True)
        note("second run", lambda: seconds_of(covidcurate))
        note("without a cache", lambda: seconds_of([*covidcurate, "--no-cache"]))
        note("second run, cold", lambda: seconds_of(covidcurate), cold=True)
        note(
            "table alone",
            lambda: seconds_of([sys.executable, "-m", "covidcurate", "validate", str(folder), "--no-files"]),
        )
        note("bare loop, cold", lambda: seconds_of([sys.executable, "-c", BARE_LOOP, str(folder)]), cold=True)
        note("bare loop, warm", lambda: seconds_of([sys.executable, "-c", BARE_LOOP, str(folder)]))
        if not options:
            note("part: first, cold", lambda: part_of(folder, "kept")["seconds"], cold=True, fresh=True)
            note("part: first, warm", lambda: part_of(folder, "kept")["seconds"], fresh=True)
            note("part: second", lambda: part_of(folder, "kept")["seconds"])
    print(f"{'whole processes':<22}{'median s':>10}{'best s':>10}{'part of first, warm':>22}{'of first, cold':>16}")
    for name, seconds in taken.items():
        kind = "part: first" if name.startswith("part") else "first run"
        shares = [min(seconds) / min(taken[f"{kind}, {heat}"]) for heat in ("warm", "cold")]
        print(f"{name:<22}{statistics.median(seconds):>10.3f}{min(seconds):>10.3f}{shares[0]:>22.1%}{shares[1]:>16.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--decode", action="store_true", help="measure validate --files, which decodes every image")
    parser.add_argument("--folder", type=Path, help="make the dataset here, or take the one that is there, and keep it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary) / "dataset"
        if not folder.exists():
            make_dataset(folder, arguments.files)
        sizes = [path.stat().st_size for path in (folder / "images").iterdir()]
        print(f"{len(sizes)} files, {sum(sizes) / 1e6:.0f} MB, {arguments.rounds} rounds, {os.cpu_count()} cores")
        if not arguments.decode:
            shutil.rmtree(folder / ".covidcurate", ignore_errors=True)
            read = part_of(folder, "none")
            print(f"read of files: {read['bytes'] / len(sizes):.0f} bytes a file; {read['findings']:.0f} findings")
        measure(folder, arguments.rounds, ["--files"] if arguments.decode else [])


if __name__ == "__main__":
    main()
