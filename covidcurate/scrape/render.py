"""What a run of scrape did, as text for people, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from covidcurate.casefile import case_to_json
from covidcurate.model import Case, EvidenceKind, Value
from covidcurate.scrape.run import Outcome, Status
from covidcurate.words import counted

_LONGEST = 60
"""Characters of a value that a line shows."""


def as_text(outcomes: Iterable[Outcome], asked: Mapping[str, int]) -> Iterator[str]:
    """Yield lines for each case, and at the end the counts."""
    counts = dict.fromkeys(Status, 0)
    for outcome in outcomes:
        counts[outcome.status] += 1
        yield from _lines(outcome)
    said = ", ".join(f"{number} {status.value}" for status, number in counts.items() if number)
    yield f"{said or 'no case was found'}; {asked.get('answers', 0)} answers from sites"


def as_json(outcomes: Iterable[Outcome], asked: Mapping[str, int]) -> Iterator[str]:
    """Yield one JSON document."""
    document: dict[str, Any] = {"format": 1, "cases": [_plain(outcome) for outcome in outcomes]}
    document["answers"] = asked.get("answers", 0)
    yield json.dumps(document, indent=1)


def _lines(outcome: Outcome) -> Iterator[str]:
    ref, case = outcome.ref, outcome.case
    target = f" -> {outcome.folder}" if outcome.folder is not None else ""
    yield f"{outcome.status.value:<10} {ref.source} {ref.id or ref.url}{target}{_size(case)}"
    if outcome.reason:
        yield f"           {'' if outcome.status is Status.PLANNED else 'because '}{outcome.reason}"
    if outcome.remedy:
        yield f"           what to do: {outcome.remedy}"
    if case is None:
        return
    stated = _shown(case, {EvidenceKind.STATED, EvidenceKind.HUMAN})
    if stated:
        yield f"           stated: {'; '.join(stated)}"
    for kind, label in ((EvidenceKind.INFERRED, "waits for a person"), (EvidenceKind.HINT, "hint only")):
        for value in _shown(case, {kind}, evidence=True):
            yield f"           {label}: {value}"
    for question in case.questions:
        options = " or ".join(option.text for option in question.options)
        yield f"           to decide: {question.column}{f' ({options})' if options else ''}: {question.text}"
    for warning in case.warnings:
        yield f"           warning: {warning}"
    for name, reason in outcome.missing.items():
        yield f"           missing: {name}: {reason}"


def _size(case: Case | None) -> str:
    if case is None:
        return ""
    images = sum(len(study.images) for study in case.studies)
    return f": {counted(len(case.studies), 'study', 'studies')}, {counted(images, 'image')}"


def _shown(case: Case, kinds: set[EvidenceKind], *, evidence: bool = False) -> list[str]:
    """Return ``column=value`` of some kinds, each once however many images it holds for."""
    levels: list[Mapping[str, Value]] = [case.values]
    for study in case.studies:
        levels += [study.values, *(image.values for image in study.images)]
    shown = {}
    for values in levels:
        for column, value in values.items():
            if value.evidence.kind in kinds:
                text = " ".join(value.text.split())
                text = f"{column}={text[:_LONGEST]}{'...' if len(text) > _LONGEST else ''}"
                shown[f"{text} (read from {value.evidence.text!r:.90})" if evidence else text] = True
    return list(shown)


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {
        "source": outcome.ref.source,
        "id": outcome.ref.id,
        "url": outcome.ref.url,
        "status": outcome.status.value,
        "folder": str(outcome.folder or ""),
        "reason": outcome.reason,
        "remedy": outcome.remedy,
        "missing": outcome.missing,
        "case": None if outcome.case is None else json.loads(case_to_json(outcome.case)),
    }


RENDERERS: dict[str, Callable[[Iterable[Outcome], Mapping[str, int]], Iterator[str]]] = {
    "text": as_text,
    "json": as_json,
}
"""Each format of ``covidcurate scrape`` with the function that writes it."""
