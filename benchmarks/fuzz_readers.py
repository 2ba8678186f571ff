"""Damage real files in thousands of ways and see that readers refuse them in words, in bounded time and memory.

    python benchmarks/fuzz_readers.py --data FOLDER [--count 20000] [--seed 1] [--seconds N] [--targets frames,render]
    python benchmarks/fuzz_readers.py --data FOLDER --only 4711          # run that input again, with its traceback

The same seed and the same files give the same inputs. A finding is anything but success or a CovidcurateError: another
exception, a warning, a value of the header in a message, more memory or time than allowed, or the end of the process.
Findings are saved with their seed, the smallest input of each kind; the exit code is then 1. What decoders in C write
to standard error is counted, and is a finding only if it holds a value of the header.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from fuzz_processes import Outcome, Pool, Settings, make_input, run_target, secrets_of
from fuzz_targets import TARGETS

MOST_SEED_BYTES = 3_000_000
NO_IMAGES = {".md", ".csv", ".tsv", ".json", ".txt"}


def fuzz(settings: Settings, arguments: argparse.Namespace) -> int:
    """Run the inputs, print what became of them, and return the exit code."""
    counts: Counter[str] = Counter()
    found: dict[tuple[str, str], tuple[int, Outcome, str]] = {}
    slowest, largest = Outcome(-1), Outcome(-1)
    begun, done, given = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        pool = Pool(settings, Path(scratch), arguments.limit)
        for _ in range(arguments.workers):
            pool.start()
        while pool.busy or (given < arguments.count and time.monotonic() - begun < arguments.seconds):
            while pool.idle and given < arguments.count and time.monotonic() - begun < arguments.seconds:
                pool.give(given)
                given += 1
            for outcome in pool.collect():
                done += 1
                counts += outcome.counts
                slowest = max(slowest, outcome, key=lambda one: one.seconds)
                largest = max(largest, outcome, key=lambda one: one.megabytes)
                for target, kind, details in outcome.findings:
                    counts["finding"] += 1
                    times, best, text = found.get((target, kind), (0, outcome, details))
                    smaller = outcome.size < best.size
                    found[target, kind] = (times + 1, outcome if smaller else best, details if smaller else text)
        pool.stop()
    print(
        f"{done} inputs of seed {settings.seed}, {len(settings.targets)} targets each, {time.monotonic() - begun:.0f} s"
    )
    for name, count in counts.most_common():
        print(f"  {count:8} {name}")
    print(f"slowest: input {slowest.index}, {slowest.seconds:.1f} s, most of it in {slowest.slowest}")
    print(f"most memory: input {largest.index}, {largest.megabytes:.0f} MB")
    report(settings, found, arguments.save)
    return 1 if found else 0


def report(settings: Settings, found: dict[tuple[str, str], tuple[int, Outcome, str]], folder: Path) -> None:
    """Print each kind of finding and save its smallest input."""
    for number, ((target, kind), (times, outcome, details)) in enumerate(sorted(found.items()), start=1):
        folder.mkdir(parents=True, exist_ok=True)
        data, said, _ = make_input(settings, outcome.index)
        stem = f"{number:03d}-{target}-seed{settings.seed}-input{outcome.index}"
        (folder / f"{stem}.bin").write_bytes(data)
        (folder / f"{stem}.txt").write_text(f"{kind}\n{said}\n{times} times\n\n{details}\n", encoding="utf-8")
        print(f"FINDING {target}: {kind} ({times} times)")
        print(f"    input {outcome.index}, {len(data)} bytes: {said}")
    if found:
        print(f"saved in {folder}")


def run_again(settings: Settings, index: int) -> int:
    """Run one input in this process and print all that comes of it."""
    data, said, original = make_input(settings, index)
    print(f"{said}: {len(data)} bytes")
    outcome = Outcome(index, len(data))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "input")
        path.write_bytes(data)
        for name in settings.targets:
            begin = time.perf_counter()
            run_target(name, path, secrets_of(original, {}), outcome)
            print(f"{name}: {time.perf_counter() - begin:.2f} s")
    for target, kind, details in outcome.findings:
        print(f"FINDING {target}: {kind}\n{details}")
    return 1 if outcome.findings else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder of real files; those up to 3 MB are used")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--limit", type=float, default=20.0, help="seconds that one input may take")
    parser.add_argument("--memory", type=int, default=8192, help="MB of addresses that a process may have")
    parser.add_argument("--resident", type=float, default=1500, help="MB of memory that an input may take")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--targets", default=",".join(TARGETS))
    parser.add_argument("--only", type=int, help="run the input of this number alone")
    parser.add_argument("--save", type=Path, default=Path("fuzz-findings"))
    arguments = parser.parse_args()
    files = [
        path for path in sorted(arguments.data.rglob("*")) if path.is_file() and path.suffix not in (".md", ".csv")
    ]
    files = [path for path in files if 0 < path.stat().st_size <= MOST_SEED_BYTES]
    if not files:
        parser.error("--data has no files that could be damaged")
    targets = arguments.targets.split(",")
    settings = Settings(files, arguments.seed, arguments.memory, arguments.resident, targets)
    return fuzz(settings, arguments) if arguments.only is None else run_again(settings, arguments.only)


if __name__ == "__main__":
    sys.exit(main())
