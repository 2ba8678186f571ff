"""Measure `covidcurate validate` on a table, as ratios against plain csv.reader and pandas in one run.

Without an argument a synthetic table is made: 100,000 rows of 30 columns, about 50 MB, one row in a hundred wrong.
pandas does the peer's part with vectorized checks of the same kinds: vocabularies, numbers and ranges, patterns,
blanks, unique names.

    python benchmarks/validate.py [TABLE.csv] [--rows N] [--rounds N]
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import run_in_turn

PLAIN_CSV = """
import csv, sys
with open(sys.argv[1], encoding="utf-8", newline="") as stream:
    print(sum(1 for _ in csv.reader(stream)))
"""

PANDAS = """
import sys
import pandas as pd
frame = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
bad = 0
yes_no = ["survival", "intubated", "intubation_present", "went_icu", "in_icu", "needed_supplemental_O2", "extubated"]
vocabularies = {name: ["", "Y", "N"] for name in yes_no}
vocabularies |= {"sex": ["", "M", "F"], "modality": ["X-ray", "CT"], "folder": ["images", "volumes"]}
vocabularies["view"] = ["", "PA", "AP", "AP Supine", "L", "Axial", "Coronal"]
for name, values in vocabularies.items():
    bad += int((~frame[name].isin(values)).sum())
ranges = {"age": (0, 120), "temperature": (20, 45), "pO2_saturation": (0, 100), "offset": (-36500, 36500)}
for name, (low, high) in ranges.items():
    numbers = pd.to_numeric(frame[name], errors="coerce")
    bad += int(((frame[name] != "") & ~numbers.between(low, high)).sum())
for name, pattern in {"patientid": "[0-9]+[a-z]?", "date": r"([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?"}.items():
    bad += int((~frame[name].str.fullmatch(pattern)).sum())
for name in ["patientid", "finding", "view", "modality", "folder", "filename", "license"]:
    bad += int((frame[name] == "").sum())
bad += int(frame["filename"].duplicated().sum())
print(bad)
"""

IN_PROCESS = """
import sys, time
from pathlib import Path
from covidcurate.dataset import Dataset
from covidcurate.rules import all_rules, check_dataset
all_rules()
dataset = Dataset.open(Path(sys.argv[1]))
start = time.perf_counter()
check_dataset(dataset, files=False)
print(time.perf_counter() - start)
"""

WRONG = [
    ("view", "PA view"), ("age", "150"), ("temperature", "101.3"), ("license", "CC-BY-NX"), ("date", "13/13/2020"),
    ("survival", "yes"), ("patientid", "P 17"), ("finding", "Pneumnia"), ("modality", "Xray"), ("url", "example.org"),
]  # fmt: skip


def make_table(path: Path, rows: int) -> None:
    """Write a synthetic table of 30 columns; two images a patient, one row in a hundred with one wrong cell."""
    from covidcurate.spec import load_specification

    header = [column.name for column in load_specification().columns]
    words = [f"word{number}" for number in range(500)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, restval="", lineterminator="\n")
        writer.writeheader()
        for number in range(rows):
            patient = random.Random(number // 2)
            row = {
                "patientid": str(number // 2 + 1), "offset": str(number // 2 % 30), "sex": patient.choice("MF"),
                "age": str(patient.randint(18, 95)), "finding": "Pneumonia/Viral/COVID-19", "RT_PCR_positive": "Y",
                "survival": patient.choice(["Y", "N", ""]), "temperature": f"{patient.uniform(36, 40):.1f}",
                "view": patient.choice(["PA", "AP", "AP Supine"]), "modality": "X-ray",
                "date": f"2020-03-{patient.randint(1, 28):02d}", "location": "Somewhere, Nowhere", "folder": "images",
                "filename": f"synthetic-{number}.png", "url": f"https://example.org/case/{number // 2}",
                "license": "CC BY-NC-SA 4.0",
                "clinical_notes": f"Synthetic note {number}: {' '.join(patient.choices(words, k=45))}",
            }  # fmt: skip
            if number % 100 == 50:
                column, text = WRONG[number // 100 % len(WRONG)]
                row[column] = text
            writer.writerow(row)


def report(table: Path, rounds: int) -> None:
    """Measure the three on a table and print what they took."""
    commands = {
        "covidcurate validate": [
            str(Path(sys.executable).with_name("covidcurate")),
            "validate",
            str(table),
            "--no-files",
        ],
        "plain csv.reader": [sys.executable, "-c", PLAIN_CSV, str(table)],
        "pandas, vectorized": [sys.executable, "-c", PANDAS, str(table)],
    }
    measured = run_in_turn(commands, rounds)
    with table.open(encoding="utf-8", newline="") as stream:
        rows = sum(1 for _ in csv.reader(stream)) - 1
    ours = measured["covidcurate validate"]
    print(f"{table.name}: {rows} rows, {table.stat().st_size / 1e6:.1f} MB, {rounds} rounds, whole processes")
    print(f"{'':<22}{'median s':>10}{'rows/s':>12}{'peak MB':>10}{'our time / theirs':>19}")
    for name, taken in measured.items():
        ratio = f"{ours.median / taken.median:19.2f}"
        print(f"{name:<22}{taken.median:>10.3f}{rows / taken.median:>12,.0f}{taken.peak:>10.1f}{ratio}")
    command = [sys.executable, "-c", IN_PROCESS, str(table)]
    runs = [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(rounds)]
    inside = statistics.median(runs)
    print(f"covidcurate, the check alone in its process (imports apart): {inside:.3f} s, {rows / inside:,.0f} rows/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    if arguments.table:
        report(arguments.table, arguments.rounds)
        return
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "synthetic.csv"
        make_table(table, arguments.rows)
        report(table, arguments.rounds)


if __name__ == "__main__":
    main()
