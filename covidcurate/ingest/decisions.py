"""What people decided about the images of a plan: read from a file, and carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from covidcurate.errors import ConfigError, PolicyError
from covidcurate.ingest.documents import open_document
from covidcurate.ingest.identity import require_no_identity
from covidcurate.ingest.planned import OPEN_VERDICTS, Decision, PlannedImage, Verdict
from covidcurate.model import Evidence, EvidenceKind, Value
from covidcurate.spec.toml import Entry

FORMAT = "covidcurate-decisions/1"
OURS = ("patientid", "folder", "filename")
"""Columns that ingest fills by itself."""


@dataclass(frozen=True)
class Decisions:
    """What people said, by the id of the image, and the plan that they looked at, if the file names it."""

    images: Mapping[str, Decision] = field(default_factory=dict)
    plan: Path | None = None


def read_decisions(path: Path, by: str) -> Decisions:
    """Return the decisions of a file.

    Parameters
    ----------
    by
        Who decided, where the file does not say it.

    Raises
    ------
    UnreadableError
        It cannot be read, or is no file of decisions.
    """
    with open_document(path, FORMAT, _REMEDY) as root:
        plan = root.take("plan", str, "")
        entries = root.take("images", dict, {})
        root.done()
        images = {str(id_): _read_decision(entry, f"{path}, image {id_!r}", by) for id_, entry in entries.items()}
        return Decisions(images, Path(plan) if plan else None)


_REMEDY = "Save it with the button of the page that covidcurate ingest --review writes."


def _read_decision(table: Any, where: str, by: str) -> Decision:
    entry = Entry(table, where)
    said = entry.take("decision", str)
    if said not in ("accept", "reject"):
        raise ConfigError(f"{where}: 'decision' is {said!r}, but should be 'accept' or 'reject'")
    cells = entry.take_entry("cells")
    texts = {column: cells.take(column, str) for column in cells.remaining()}
    when = entry.take("when", str, "") or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    decision = Decision(said == "accept", texts, entry.take("by", str, "") or by, when, entry.take("proposal", str))
    entry.done()
    return decision


def decide(
    images: Sequence[PlannedImage], decisions: Mapping[str, Decision], header: Sequence[str]
) -> list[PlannedImage]:
    """Return images with what people said of them: those accepted enter with the cells as they were corrected.

    A decision on something that looks otherwise by now counts for nothing, and the image needs another review.
    """
    return [
        _decide(image, decisions[image.id], header)
        if image.id in decisions and image.verdict in OPEN_VERDICTS
        else image
        for image in images
    ]


def _decide(image: PlannedImage, decision: Decision, header: Sequence[str]) -> PlannedImage:
    if not decision.accepted:
        reason = f"{decision.by or 'somebody'} said no, {decision.when}"
        return replace(image, verdict=Verdict.REJECTED, reasons=(reason,), decision=decision)
    if decision.proposal != image.proposal:
        reason = f"looked otherwise when {decision.by or 'somebody'} accepted it, {decision.when}. Look at it again."
        return replace(image, verdict=Verdict.REVIEW, reasons=(*image.reasons, reason))
    for column in decision.cells:
        if column in OURS or column not in header:
            why = "ingest fills it by itself" if column in OURS else "the dataset has no such column"
            reason = f"{column} was corrected, but {why}. Decide again without it."
            return replace(image, verdict=Verdict.REFUSED, reasons=(reason,))
    cells = {column: text.strip() for column, text in decision.cells.items()}
    try:
        if image.content is not None:
            require_no_identity(image.candidate, image.content.source, cells)
    except PolicyError as error:
        return image.refused_for(error)
    said = Evidence(EvidenceKind.HUMAN, where=", ".join(filter(None, (decision.by, decision.when))), rule="review")
    values = {**image.candidate.values, **{column: Value(text, said) for column, text in cells.items()}}
    return replace(
        image,
        verdict=Verdict.ADD,
        candidate=replace(image.candidate, values=values),
        cells={**image.cells, **cells},
        reasons=(),
        waiting=(),
        decision=decision,
    )
