"""Measure how long `covidcurate --help` takes, against an empty Python and against importing click alone.

python benchmarks/startup.py [--rounds N]
"""

from __future__ import annotations

import argparse
import sys

from measure import run_in_turn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21)
    arguments = parser.parse_args()
    commands = {
        "covidcurate --help": [sys.executable, "-m", "covidcurate", "--help"],
        "covidcurate --version": [sys.executable, "-m", "covidcurate", "--version"],
        "python -c 'import click'": [sys.executable, "-c", "import click"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    measured = run_in_turn(commands, arguments.rounds)
    ours = measured["covidcurate --help"]
    print(f"{'':<26}{'median ms':>10}{'peak MB':>10}{'--help / this':>15}")
    for name, taken in measured.items():
        print(f"{name:<26}{taken.median * 1e3:>10.1f}{taken.peak:>10.1f}{ours.median / taken.median:>15.2f}")


if __name__ == "__main__":
    main()
