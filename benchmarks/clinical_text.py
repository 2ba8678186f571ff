"""How often the reader of clinical text is right, against cells that people filled in by hand.

    python benchmarks/clinical_text.py metadata.csv [--errors COLUMN]

The rows are split by patient: the parity of the first byte of the SHA-256 of ``patientid``. Rules were tuned on the
even half; the other is what is reported and what decides whether a column is offered. Notes repeat from image to image,
so the same words of one patient against the same cell count once; recall is the share of a patient's cells that some
note was rightly read for, whether or not any note says it. Where the cell is blank a reading cannot be judged;
``strict`` counts those as wrong.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from covidcurate.clinical import FIELDS, Reading, read_clinical_text

_NUMBERS = {"age", "offset", "temperature", "pO2_saturation", "leukocyte_count", "neutrophil_count", "lymphocyte_count"}
_TUNED, _HELD_OUT = 0, 1


@dataclass
class Figures:
    """Counts of one column in one half: distinct patients' cells, and distinct words of theirs that were read."""

    cells: set[tuple[str, str]] = field(default_factory=set)
    found: set[tuple[str, str]] = field(default_factory=set)
    verdicts: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    unjudged: set[tuple[str, str]] = field(default_factory=set)
    errors: list[tuple[str, str, Reading, str]] = field(default_factory=list)

    @property
    def judged(self) -> int:
        """Readings that could be compared with a cell."""
        return len(self.verdicts)

    @property
    def right(self) -> int:
        """Those that agreed."""
        return sum(self.verdicts.values())


def half_of(patient: str) -> int:
    """Return the half a patient is in."""
    return hashlib.sha256(patient.encode()).digest()[0] & 1


def measure(path: Path) -> dict[int, dict[str, Figures]]:
    """Return the figures of each column by half."""
    result: dict[int, dict[str, Figures]] = {half: defaultdict(Figures) for half in (_TUNED, _HELD_OUT)}
    for patient, note, cells in distinct_notes(path):
        figures = result[half_of(patient)]
        readings = {reading.column: reading for reading in read_clinical_text(note, "en")}
        for column, truths in cells.items():
            for truth in truths:
                count(figures[column], patient, note, readings.get(column), truth)
    return result


def distinct_notes(path: Path) -> Iterator[tuple[str, str, dict[str, set[str]]]]:
    """Yield each note of each patient with the values people gave it, by column."""
    notes: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            note = (row.get("clinical_notes") or row.get("clinical notes") or "").strip()
            if note:
                for column in COLUMNS & row.keys():
                    notes[row["patientid"], note][column].add((row[column] or "").strip())
    for (patient, note), cells in notes.items():
        yield patient, note, cells


COLUMNS = {
    "age", "sex", "offset", "view", "modality", "RT_PCR_positive", "survival", "intubated", "intubation_present",
    "went_icu", "in_icu", "needed_supplemental_O2", "extubated", "temperature", "pO2_saturation", "leukocyte_count",
    "neutrophil_count", "lymphocyte_count",
}  # fmt: skip


def count(figures: Figures, patient: str, note: str, reading: Reading | None, truth: str) -> None:
    """Count one note's cell and its reading."""
    if truth:
        figures.cells.add((patient, truth))
    if reading is None:
        return
    if not truth:
        figures.unjudged.add((patient, reading.text))
        return
    right = agrees(reading.column, reading.value, truth)
    figures.verdicts[patient, truth, reading.text] = right
    if right:
        figures.found.add((patient, truth))
    else:
        figures.errors.append((patient, truth, reading, note))


def agrees(column: str, value: str, truth: str) -> bool:
    """Whether a reading and a cell are the same; ages and numbers within what rounding does."""
    if column not in _NUMBERS:
        return value == truth
    try:
        number, cell = float(value), float(truth)
    except ValueError:
        return False
    return abs(number - cell) <= (0.5 if column == "age" else 0.051)


def interval(right: int, judged: int) -> str:
    """Return the 95 % Wilson interval of a share."""
    if not judged:
        return ""
    share, z = right / judged, 1.96
    middle = (share + z * z / (2 * judged)) / (1 + z * z / judged)
    spread = z / (1 + z * z / judged) * math.sqrt(share * (1 - share) / judged + z * z / (4 * judged * judged))
    return f"{middle - spread:.2f}-{middle + spread:.2f}"


def share(part: int, whole: int) -> str:
    """Return a share, or a dash where there is nothing to share."""
    return f"{part / whole:.3f}" if whole else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--errors", metavar="COLUMN", help="print the errors of a column on the half for tuning")
    options = parser.parse_args()
    if not options.table.is_file():
        sys.exit(f"{options.table}: is not there; name a metadata.csv with notes and hand-filled columns")
    halves = measure(options.table)
    if options.errors:
        for patient, truth, reading, note in halves[_TUNED][options.errors].errors:
            around = note[max(0, reading.start - 100) : reading.end + 60].replace("\n", " ")
            print(f"{patient}: {reading.value} ({reading.rule}), cell {truth}: {around}")
        return
    print("                          tuned on         held out")
    print(f"{'column':<24} {'precision':>9} {'of':>4} | {'precision':>9} {'of':>4} {'95 %':>9} {'recall':>6} {'of':>4} "
          f"{'blank cell':>10} {'strict':>6}  offered")  # fmt: skip
    for column in sorted(COLUMNS):
        tuned, held = halves[_TUNED][column], halves[_HELD_OUT][column]
        kind = "value" if column in FIELDS and FIELDS[column].offered else "hint only"
        print(
            f"{column:<24} {share(tuned.right, tuned.judged):>9} {tuned.judged:>4} | "
            f"{share(held.right, held.judged):>9} {held.judged:>4} {interval(held.right, held.judged):>9} "
            f"{share(len(held.found), len(held.cells)):>6} {len(held.cells):>4} {len(held.unjudged):>10} "
            f"{share(held.right, held.judged + len(held.unjudged)):>6}  {kind}"
        )


if __name__ == "__main__":
    main()
