"""Counting in plain Python, written from the description of the two ways and sharing no code with covidcurate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from covidcurate.labels import ViewBlock


@dataclass(frozen=True)
class Row:
    finding: str
    view: str = "PA"
    patient: str = ""


Counts = dict[str, tuple[int, int, int]]
"""Label to images that have it, lack it, and are not known to."""


def count_exactly(rows: Sequence[Row], views: Sequence[str], known: Sequence[str] = ()) -> Counts:
    """Count a label where it is a piece of a path; a blank or unfinished finding is unknown."""

    def pieces(finding: str) -> set[str]:
        text = finding.strip()
        if text in {"", "todo", "Unknown"}:
            return set()
        paths = [text] if text in known else text.split(",")
        return {piece.strip() for path in paths for piece in path.split("/")} - {""}

    labels = {piece for row in rows for piece in pieces(row.finding)}
    counts = {}
    for label in labels:
        states = [
            (label in pieces(row.finding), bool(pieces(row.finding))) for row in rows if row.view.strip() in views
        ]
        present = sum(has for has, _ in states)
        known_states = sum(is_known for _, is_known in states)
        counts[label] = (present, known_states - present, len(states) - known_states)
    return counts


def count_by_containment(rows: Sequence[Row], views: Sequence[str]) -> Counts:
    """Count a label where the finding contains it as a regular expression, in rows that are not left out."""
    finished = [row for row in rows if row.finding not in {"todo", "Unknown"}]
    labels = {piece for row in finished if row.finding for piece in row.finding.split("/")}
    chosen = [row for row in finished if row.view.strip() in views]
    left_out = sum(row.view.strip() in views for row in rows) - len(chosen)
    counts = {}
    for label in labels:
        present = sum(re.search(label, row.finding) is not None for row in chosen)
        counts[label] = (present, len(chosen) - present, left_out)
    return counts


def counts_of(block: ViewBlock) -> Counts:
    """Return the counts of a block in the form of the oracle."""
    return {count.label: (count.present, count.absent, count.unknown) for count in block.labels}
