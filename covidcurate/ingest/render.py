"""A plan as text for people, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from covidcurate.ingest.plan import Plan
from covidcurate.ingest.planned import PlannedImage, Verdict


def as_text(plan: Plan) -> Iterator[str]:
    """Yield a line for each image with its verdict, lines for its remarks, and at the end the counts."""
    for image, more in _grouped(plan.images):
        target = f" -> {image.folder}/{image.name}" if image.verdict is Verdict.ADD else ""
        verdict = "added" if plan.applied and image.verdict is Verdict.ADD else image.verdict.value
        others = f", and {more} more of its folder" if more else ""
        yield f"{verdict:<8} {image.candidate.origin}{others}{target}{_facts(image)}"
        for reason in image.reasons:
            yield f"         because {reason}"
        for remark in image.remarks:
            yield f"         note: {remark}"
        for value in image.waiting:
            yield f"         waits for a person: {value}"
    for problem in plan.problems:
        yield f"{'failed':<8} {problem.message}. {problem.remedy}".rstrip()
    for note in plan.notes:
        yield f"note: {note}"
    yield count_line(plan)


def _grouped(images: list[PlannedImage]) -> Iterator[tuple[PlannedImage, int]]:
    """Yield each image; of a run refused for one reason, as the slices of a series are, the first with a count."""

    def key(place: int) -> object:
        image = images[place]
        alike = image.verdict is Verdict.REFUSED and not image.remarks
        return (image.candidate.path.parent, image.reasons) if alike else place

    for _, run in groupby(range(len(images)), key):
        places = list(run)
        yield images[places[0]], len(places) - 1


def as_json(plan: Plan) -> Iterator[str]:
    """Yield one JSON document with every image, its row, and the evidence of each value."""
    document = {
        "format": 1,
        "applied": plan.applied,
        "counts": {verdict.value: len(plan.having(verdict)) for verdict in Verdict} | {"failed": len(plan.problems)},
        "images": [_plain(image) for image in plan.images],
        "failed": [{"message": problem.message, "remedy": problem.remedy} for problem in plan.problems],
        "notes": plan.notes,
    }
    yield json.dumps(document, indent=1, ensure_ascii=False)


def count_line(plan: Plan) -> str:
    """Return one line that counts the verdicts."""
    counts = {verdict: len(plan.having(verdict)) for verdict in Verdict}
    waiting = sum(bool(image.waiting) for image in plan.images)
    done = "added" if plan.applied else "to add"
    return (
        f"{counts[Verdict.ADD]} {done}, {counts[Verdict.PRESENT]} already there, {counts[Verdict.REFUSED]} refused, "
        f"{len(plan.problems)} not readable, {waiting} with values that wait for a person"
    )


def _facts(image: PlannedImage) -> str:
    """Return the few cells that tell whether an image was understood."""
    shown = [image.cells.get(column, "") for column in ("patientid", "finding", "view", "license")]
    if image.verdict is not Verdict.ADD:
        return ""
    patient, *others = shown
    return f" (patient {patient}: {', '.join(other or 'blank' for other in others)})"


def _plain(image: PlannedImage) -> dict[str, Any]:
    evidence = {
        column: {
            "kind": value.evidence.kind.value,
            "text": value.evidence.text,
            "where": value.evidence.where,
            "rule": value.evidence.rule,
        }
        for column, value in image.candidate.values.items()
        # The id of the input tells who the patient was there; only the new one is shown.
        if column != "patientid"
    }
    return {
        "verdict": image.verdict.value,
        "origin": image.candidate.origin,
        "folder": image.folder,
        "name": image.name,
        "row": dict(image.cells) if image.verdict is Verdict.ADD else {},
        "evidence": evidence,
        "reasons": list(image.reasons),
        "remarks": list(image.remarks),
        "waiting": list(image.waiting),
    }


PLAN_RENDERERS: dict[str, Callable[[Plan], Iterator[str]]] = {"text": as_text, "json": as_json}
"""Each format of ``covidcurate ingest`` with the function that writes it."""
