"""The Basic Application Level Confidentiality Profile: DICOM PS3.15, Annex E, table E.1-1, as data.

``confidentiality.csv`` has the edition 2024e with its ten option columns, and what is known of rows that editions up
to 2026c added. What a newer one adds is unknown here and goes, since only what is allowed stays.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

EDITION = "2024e"
"""The edition of DICOM that the table is that of."""
_FILE = Path(__file__).with_name("confidentiality.csv")


class Action(Enum):
    """What is done with an attribute; the value is the code of the table."""

    REMOVE = "X"
    """The attribute goes."""
    EMPTY = "Z"
    """The attribute stays without a value."""
    DUMMY = "D"
    """A value that says nothing stands in its place."""
    UID = "U"
    """A UID stands in its place, the same wherever it occurs."""
    EMPTY_OR_DUMMY = "Z/D"
    """Empty, or a dummy where images of the kind must have a value."""
    REMOVE_OR_EMPTY = "X/Z"
    """Gone, or empty where images of the kind must have the attribute."""
    REMOVE_OR_DUMMY = "X/D"
    """Gone, or a dummy where images of the kind must have a value."""
    REMOVE_EMPTY_OR_DUMMY = "X/Z/D"
    """Gone, empty, or a dummy, as images of the kind need it."""
    REMOVE_EMPTY_OR_UID = "X/Z/U*"
    """Gone, empty, or a sequence whose UIDs are replaced."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; the option to retain dates says ``C`` (clean) or nothing."""

    keyword: str
    action: Action
    modified_dates: str
    edition: str


def find_rule(tag: int) -> Rule | None:
    """Return the row of an attribute that is not private; None if the table does not know it."""
    group = tag >> 16
    if group >> 8 == 0x50:
        return read_profile()["50xxxxxx"]
    if group >> 8 == 0x60:
        return read_profile().get(f"60xx{tag & 0xFFFF:04X}")
    return read_profile().get(f"{tag:08X}")


@cache
def read_profile() -> dict[str, Rule]:
    """Return the rows of the table by tag: eight hexadecimal digits, with ``x`` for any."""
    with _FILE.open(encoding="ascii", newline="") as stream:
        return {
            row["tag"]: Rule(row["keyword"], Action(row["basic"]), row["modified_dates"], row["edition"])
            for row in csv.DictReader(stream)
        }
