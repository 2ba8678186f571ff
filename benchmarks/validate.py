"""Measure `covidcurate validate` on a table, beside csv.reader alone and what other programs take for the same checks.

Without an argument a synthetic table is made: 30 columns, about 500 bytes a row, one row in a hundred wrong. The peers
(pandas, pandera, frictionless) live in an environment of their own, whose Python is named with --peers. A peer is asked
once where it is slow, the others in turn. The last columns say what share of the cells that covidcurate calls wrong the
peer finds, and how many other cells it names.

    python benchmarks/validate.py [TABLE.csv] [--rows N] [--bad SHARE] [--rounds N] [--peers PYTHON]
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from pathlib import Path

from measure import Measured, run_in_turn, run_once
from synthetic_table import write_table

PLAIN_CSV = """
import csv, sys
with open(sys.argv[1], encoding="utf-8", newline="") as stream:
    print(sum(1 for _ in csv.reader(stream)))
"""
QUICK, SLOW = ("pandas", "pandera"), ("frictionless",)
ROOT = Path(__file__).parent.parent
Cells = set[tuple[int, str]]


def commands(table: Path, folder: Path, peers: str) -> dict[str, list[str]]:
    """Return the commands by name; what they find goes to files in the folder."""
    validate = [str(Path(sys.executable).with_name("covidcurate")), "validate", str(table), "--no-files"]
    schema = str(ROOT / "schema" / "metadata.schema.json")
    asked = {
        "covidcurate, text": [*validate, "--output", str(folder / "report.txt")],
        "covidcurate, json": [*validate, "--format", "json", "--output", str(folder / "report.json")],
        "csv.reader alone": [sys.executable, "-c", PLAIN_CSV, str(table)],
    }
    for peer in (*QUICK, *SLOW) if peers else ():
        asked[peer] = [peers, str(ROOT / "benchmarks" / "table_peers.py"), peer, str(table), schema, str(folder / peer)]
    return asked


def first_lines(table: Path) -> list[int]:
    """Return the line that each row begins at, in order."""
    with table.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        ends = [reader.line_num for _ in reader]
    return [end + 1 for end in ends[:-1]]


def cells_of_report(report: Path, lines: list[int]) -> Cells:
    """Return the cells that covidcurate calls wrong or probably wrong: numbers of rows from 0, and columns."""
    rows = {line: row for row, line in enumerate(lines)}
    issues = json.loads(report.read_text(encoding="utf-8"))["issues"]
    return {
        (rows[issue["line"]], issue["column"])
        for issue in issues
        if issue["severity"] != "info" and issue["line"] in rows
    }


def cells_of_peer(found: Path) -> Cells:
    """Return the same of what a peer wrote."""
    parted = (line.split(" ", 1) for line in found.read_text(encoding="utf-8").splitlines())
    return {(int(row), column) for row, column in parted}


def report(table: Path, rounds: int, peers: str) -> None:
    """Measure all on a table and print what they took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = commands(table, folder, peers)
        measured = run_in_turn({name: command for name, command in asked.items() if name not in SLOW}, rounds)
        for name in SLOW if peers else ():
            ended = run_once(asked[name], limit=3600)
            measured[name] = Measured([ended.seconds], [ended.cpu], [ended.megabytes])
        lines = first_lines(table)
        ours, found = measured["covidcurate, text"], cells_of_report(folder / "report.json", lines)
        size = table.stat().st_size / 1e6
        print(f"{table.name}: {len(lines)} rows, {size:.1f} MB; {len(found)} cells are wrong")
        print(f"Whole processes, median of {rounds} rounds; rows/s and the ratio are of processor time")
        widths = {"wall s": 8, "CPU s": 8, "rows/s": 10, "peak MB": 9, "theirs / ours": 15, "found": 8, "others": 8}
        print(" " * 20 + "".join(f"{title:>{width}}" for title, width in widths.items()))
        for name, taken in measured.items():
            line = f"{name:<20}{taken.median:>8.2f}{taken.cpu:>8.2f}{len(lines) / taken.cpu:>10,.0f}{taken.peak:>9.0f}"
            line += f"{taken.cpu / ours.cpu:>15.2f}"
            if name in (*QUICK, *SLOW):
                theirs = cells_of_peer(folder / name)
                line += f"{len(found & theirs) / max(1, len(found)):>8.1%}{len(theirs - found):>8}"
            print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--bad", type=float, default=0.01)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default="", help="Python of an environment with pandas, pandera and frictionless.")
    arguments = parser.parse_args()
    if arguments.table:
        report(arguments.table, arguments.rounds, arguments.peers)
        return
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "synthetic.csv"
        write_table(table, arguments.rows, arguments.bad)
        report(table, arguments.rounds, arguments.peers)


if __name__ == "__main__":
    main()
