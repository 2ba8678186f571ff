"""One candidate with what becomes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from covidcurate.dataset.ahead import Ahead
from covidcurate.errors import CovidcurateError, PolicyError
from covidcurate.ingest.candidates import Candidate
from covidcurate.ingest.content import Content
from covidcurate.model import Resemblance


class Verdict(Enum):
    """What becomes of a candidate."""

    ADD = "add"
    """Its row and file enter the dataset."""
    REVIEW = "needs review"
    """Nothing forbids it, but a person has to look first: at words that were read, or at an image that is alike."""
    DUPLICATE = "duplicate"
    """The dataset has these bytes or these pixels already."""
    REFUSED = "refused"
    """Something is wrong that a rule calls an error, or the file cannot be taken."""
    REJECTED = "rejected"
    """A person said no."""


OPEN_VERDICTS = (Verdict.ADD, Verdict.REVIEW)
"""Those of images that enter, or may."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of an image: whether it enters, and with which cells in place of those proposed.

    ``proposal`` is the :attr:`PlannedImage.proposal` that the person saw; ``when`` is in UTC, ISO 8601.
    """

    accepted: bool
    cells: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    when: str = ""
    proposal: str = ""


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """One candidate with its verdict.

    ``cells`` is its row by header, ``waiting`` what a person has to decide, ``resembles`` which images are like it,
    ``remarks`` what was learned by opening it, ``findings`` what the rules say of its row. Refused ``by_rules`` alone,
    it may enter when a person corrects its row. ``id`` is the same for the same content in every plan. ``ahead`` is the
    file with what would enter where this run has written it; no plan file has that.
    """

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
    by_rules: bool = False
    id: str = ""
    resembles: tuple[Resemblance, ...] = ()
    findings: tuple[str, ...] = ()
    decision: Decision | None = None
    ahead: Ahead | None = None

    def refused_for(self, error: CovidcurateError) -> PlannedImage:
        """Return the image as refused for an error, of which a breach of policy is told apart."""
        reason = f"{error.message.rstrip('.')}. {error.remedy}".strip()
        return replace(self, verdict=Verdict.REFUSED, reasons=(reason,), by_policy=isinstance(error, PolicyError))

    @property
    def is_open(self) -> bool:
        """Whether a person can still decide that it enters."""
        return self.verdict in OPEN_VERDICTS or self.by_rules

    @property
    def proposal(self) -> str:
        """A digest of what a person sees of it: the row without its new patient id, what waits, and what is alike."""
        row = {column: text for column, text in self.cells.items() if column != "patientid"}
        alike = [(one.first.name, one.words) for one in self.resembles]
        seen = json.dumps([row, self.waiting, alike], sort_keys=True)
        return hashlib.sha256(seen.encode("utf-8", "backslashreplace")).hexdigest()[:32]
