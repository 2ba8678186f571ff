"""How many films a first scan by `covidcurate dedupe` fingerprints a second on one core, beside imagehash's phash.

    python benchmarks/duplicate_scan.py FOLDER_OF_IMAGES [--films 60] [--rounds 5] [--again 5000] [--peer-python PATH]

The films are made JPEG files of two megapixels first. The peer, in its own Python, opens each with Pillow and calls
``imagehash.phash``. Both take turns, and what counts is the ratio of the medians; then it is told what the pixels of a
pair cost to compare. Last, a folder of synthetic pictures is looked through twice, as whole processes: the second time
everything is remembered.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PIXELS = 2e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--films", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--again", type=int, default=5000, help="pictures of the folder that is looked through twice")
    parser.add_argument("--peer-python", type=Path, help="a Python that has imagehash")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        print(peer(sorted(arguments.folder.iterdir())))
        return
    with tempfile.TemporaryDirectory() as scratch:
        enlarge(sorted(arguments.folder.iterdir())[: arguments.films], Path(scratch))
        scan(Path(scratch), arguments.rounds, arguments.peer_python)
        verify(sorted(Path(scratch).iterdir()))
    with tempfile.TemporaryDirectory() as scratch:
        scan_again(Path(scratch), arguments.again)


def enlarge(films: Iterable[Path], target: Path) -> None:
    from PIL import Image

    for number, path in enumerate(films):
        with Image.open(path) as image:
            share = (PIXELS / (image.width * image.height)) ** 0.5
            size = round(image.width * share), round(image.height * share)
            image.convert("L").resize(size, Image.Resampling.BICUBIC).save(target / f"{number:04}.jpg", quality=90)


def scan(folder: Path, rounds: int, python: Path | None) -> None:
    """Print the films a second of each way; the peer is left out where it is not installed."""
    from covidcurate.convert.inputs import Source
    from covidcurate.duplicates import fingerprint
    from covidcurate.imaging.thumbnail import read_thumbnail

    sources = [Source(path, path.name) for path in sorted(folder.iterdir())]

    def ours(source: Source, *, windows: bool) -> None:
        thumbnail = read_thumbnail(source.path)
        fingerprint(thumbnail.pixels, thumbnail.rows, thumbnail.columns, windows=windows)

    ways: dict[str, Callable[[], float]] = {
        "decoded small alone": lambda: timed(lambda source: read_thumbnail(source.path), sources),
        "default": lambda: timed(lambda source: ours(source, windows=False), sources),
        "--thorough": lambda: timed(lambda source: ours(source, windows=True), sources),
    }
    if python:
        ways["Pillow and imagehash.phash"] = lambda: float(
            subprocess.run(
                [str(python), __file__, str(folder), "--peer"], capture_output=True, text=True, check=True
            ).stdout
        )
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(way())
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    slowest = list(medians.values())[-1]
    for name, seconds in medians.items():
        print(f"{name:28}{len(sources) / seconds:7.0f} films/s{slowest / seconds:7.2f} times the last")


def timed(way: Callable[..., object], items: Iterable[object]) -> float:
    begun = time.perf_counter()
    for item in items:
        way(item)
    return time.perf_counter() - begun


def peer(paths: list[Path]) -> float:
    import imagehash
    from PIL import Image

    def phash(path: Path) -> None:
        with Image.open(path) as image:
            imagehash.phash(image)

    phash(paths[0])
    return timed(phash, paths)


def verify(paths: list[Path]) -> None:
    """Print what it costs to prepare a picture, and to compare two that are prepared."""
    from covidcurate.duplicates import Candidate, compare, read_picture

    begun = time.perf_counter()
    pictures = [read_picture(path) for path in paths]
    prepared = time.perf_counter()
    for first, second in itertools.pairwise(pictures):
        compare(first, second, Candidate(0, 1, 0))
    compared = time.perf_counter()
    for picture in pictures:
        compare(picture, picture, Candidate(0, 0, 0, window=1))
    ended = time.perf_counter()
    print(f"a picture is read and prepared in {(prepared - begun) / len(paths) * 1e3:.1f} ms")
    print(f"two that differ are compared in {(compared - prepared) / max(1, len(paths) - 1) * 1e3:.1f} ms")
    print(f"two that are the same, of which one was taken for a window, in {(ended - compared) / len(paths) * 1e3:.1f}")


def scan_again(folder: Path, count: int) -> None:
    """Print what a first and a second look at a folder take, as whole processes."""
    import numpy as np
    from PIL import Image

    (folder / "images").mkdir()
    for number in range(count):
        coarse = np.random.default_rng(number).integers(0, 256, (24, 24), dtype=np.uint8)
        Image.fromarray(coarse).resize((256, 256), Image.Resampling.BICUBIC).save(folder / "images" / f"{number}.jpg")
    for time_ in ("first", "second"):
        begun = time.perf_counter()
        command = [sys.executable, "-m", "covidcurate", "dedupe", "images", "--quiet"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begun
        print(f"{time_} look at {count} pictures: {seconds:.2f} s, {count / seconds:.0f} files/s")


if __name__ == "__main__":
    main()
