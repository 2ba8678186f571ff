"""A plan as text for people, or as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from covidcurate.dataset import Dataset
from covidcurate.ingest.plan import Plan
from covidcurate.ingest.plan_file import plan_to_plain
from covidcurate.ingest.planned import OPEN_VERDICTS, PlannedImage, Verdict
from covidcurate.model import printable
from covidcurate.words import to_json


def as_text(plan: Plan, dataset: Dataset) -> Iterator[str]:
    """Return a line for each image with its verdict, lines for its remarks, and at the end the counts.

    Names and cells come from strangers, and speak to no terminal.
    """
    del dataset
    return map(printable, _as_text(plan))


def _as_text(plan: Plan) -> Iterator[str]:
    for image, more in _grouped(plan.images):
        target = f" -> {image.folder}/{image.name}" if image.verdict in OPEN_VERDICTS else ""
        verdict = "added" if plan.applied and image.verdict is Verdict.ADD else image.verdict.value
        others = f", and {more} more of its folder" if more else ""
        yield f"{verdict:<12} {image.candidate.origin}{others}{target}{_facts(image)}"
        for reason in image.reasons:
            yield f"             because {reason}"
        alike = [one.words for one in image.resembles if not any(one.words in reason for reason in image.reasons)]
        for remark in (*image.remarks, *alike, *image.findings):
            yield f"             note: {remark}"
        for value in image.waiting:
            yield f"             waits for a person: {value}"
    for problem in plan.problems:
        yield f"{'failed':<12} {problem.message}. {problem.remedy}".rstrip()
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


def as_json(plan: Plan, dataset: Dataset) -> Iterator[str]:
    """Yield one JSON document with every image, its row, and the evidence of each value: the file of ``--plan``."""
    yield to_json(plan_to_plain(plan, dataset), indent=1)


def count_line(plan: Plan) -> str:
    """Return one line that counts the verdicts."""
    counts = {verdict: len(plan.having(verdict)) for verdict in Verdict}
    waiting = sum(bool(image.waiting) for image in plan.images)
    done = "added" if plan.applied else "to add"
    rejected = f"{counts[Verdict.REJECTED]} rejected, " if counts[Verdict.REJECTED] else ""
    return (
        f"{counts[Verdict.ADD]} {done}, {counts[Verdict.REVIEW]} to review, {counts[Verdict.DUPLICATE]} already there, "
        f"{counts[Verdict.REFUSED]} refused, {rejected}{len(plan.problems)} not readable, "
        f"{waiting} with values that wait for a person"
    )


def _facts(image: PlannedImage) -> str:
    """Return the few cells that tell whether an image was understood."""
    shown = [image.cells.get(column, "") for column in ("patientid", "finding", "view", "license")]
    if image.verdict not in OPEN_VERDICTS:
        return ""
    patient, *others = shown
    return f" (patient {patient}: {', '.join(other or 'blank' for other in others)})"


PLAN_RENDERERS: dict[str, Callable[[Plan, Dataset], Iterator[str]]] = {"text": as_text, "json": as_json}
"""Each format of ``covidcurate ingest`` with the function that writes it."""
