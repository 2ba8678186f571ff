"""One candidate with what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from covidcurate.ingest.candidates import Candidate
from covidcurate.ingest.content import Content


class Verdict(Enum):
    """What becomes of a candidate."""

    ADD = "add"
    """Its row and file enter the dataset."""
    PRESENT = "present"
    """The dataset has these bytes already."""
    REFUSED = "refused"
    """Something is wrong that a rule calls an error, or the file cannot be taken."""


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """One candidate with its verdict; ``cells`` is its row by header, and ``waiting`` what a person has to decide."""

    candidate: Candidate
    verdict: Verdict
    folder: str = ""
    name: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    content: Content | None = None
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    by_policy: bool = False
