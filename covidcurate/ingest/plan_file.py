"""A plan as a file: saved, looked at, and carried out later, also when the dataset has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from covidcurate.convert.decode import compare_slices
from covidcurate.dataset import Dataset
from covidcurate.errors import CovidcurateError, UnreadableError
from covidcurate.imaging import FileType
from covidcurate.imaging.dicom.series import VolumePlan, plan_volumes
from covidcurate.ingest.candidates import Candidate, Part
from covidcurate.ingest.content import Content
from covidcurate.ingest.documents import open_document
from covidcurate.ingest.places import Bases, place_of
from covidcurate.ingest.plan import Plan
from covidcurate.ingest.planned import PlannedImage, Verdict
from covidcurate.ingest.series import slices_in
from covidcurate.model import Evidence, EvidenceKind, Question, Value
from covidcurate.spec.toml import Entry

FORMAT = "covidcurate-plan/1"


def plan_to_plain(plan: Plan, dataset: Dataset) -> dict[str, Any]:
    """Return a plan as texts and numbers: verdicts for people, and under ``opened`` what a later run needs.

    No patient id of the input is in it, only a keyed digest that tells patients apart.
    """
    return {
        "format": FORMAT,
        "dataset": str(dataset.root.absolute()),
        "applied": plan.applied,
        "table": digest_of(plan.before),
        "counts": {verdict.value: len(plan.having(verdict)) for verdict in Verdict} | {"failed": len(plan.problems)},
        "images": [
            _plain_image(image) | {"opened": _plain_opened(opened)}
            for image, opened in zip(plan.images, plan.opened, strict=True)
        ],
        "failed": [{"message": problem.message, "remedy": problem.remedy} for problem in plan.problems],
        "notes": plan.notes,
    }


def digest_of(table: bytes) -> str:
    """Return the SHA-256 of a table, by which a change since the plan is seen."""
    import hashlib

    return hashlib.sha256(table).hexdigest()


def _plain_image(image: PlannedImage) -> dict[str, Any]:
    decision = image.decision
    return {
        "id": image.id,
        "verdict": image.verdict.value,
        "origin": image.candidate.origin,
        "folder": image.folder,
        "name": image.name,
        "proposal": image.proposal,
        "row": dict(image.cells),
        "evidence": _plain_evidence(image.candidate.values),
        "reasons": list(image.reasons),
        "remarks": list(image.remarks),
        "findings": list(image.findings),
        "waiting": list(image.waiting),
        "resembles": [
            {"file": one.called or str(one.first), "exact": one.exact, "words": one.words} for one in image.resembles
        ],
        "decision": {"by": decision.by, "when": decision.when, "cells": dict(decision.cells)} if decision else {},
    }


def _plain_evidence(values: Mapping[str, Value]) -> dict[str, Any]:
    return {column: _plain_value(value) for column, value in values.items()}


def _plain_value(value: Value) -> dict[str, str]:
    evidence = value.evidence
    return {
        "value": value.text,
        "kind": evidence.kind.value,
        "text": evidence.text,
        "where": evidence.where,
        "rule": evidence.rule,
    }


def _plain_opened(image: PlannedImage) -> dict[str, Any]:
    candidate, content = image.candidate, image.content
    return {
        "base": str(candidate.base.named.absolute()) if candidate.base else "",
        "path": place_of(candidate.path, candidate),
        "name": candidate.name,
        "patient": candidate.patient,
        "sha256": candidate.sha256,
        "parts": [{"path": place_of(part.path, candidate), "sha256": part.sha256} for part in candidate.parts],
        "texts": dict(candidate.texts),
        "questions": [
            {
                "column": one.column,
                "text": one.text,
                "options": [_plain_value(option) for option in one.options],
            }
            for one in candidate.questions
        ],
        "row": dict(image.cells),
        "refused": list(image.reasons),
        "by_policy": image.by_policy,
        "content": None
        if content is None
        else {
            "kind": content.kind.value,
            "source": content.source.value,
            "orientation": content.orientation,
            "sha256": content.sha256,
            "clean_sha256": content.clean_sha256,
            "clean_size": content.clean_size,
            "size": content.size,
            "removed": list(content.removed),
        },
    }


def load_plan(path: Path, scratch: Path) -> tuple[list[PlannedImage], list[CovidcurateError], list[str], str]:
    """Return the images of a saved plan as they were opened, its problems and notes, and the digest of its table.

    Parameters
    ----------
    scratch
        A folder in which archives are unpacked again; what lies there must stay until the plan is carried out.

    Raises
    ------
    UnreadableError
        The file cannot be read, or is no plan; or the slices of a volume are no longer what they were.
    """
    with open_document(path, FORMAT, _REMEDY) as root:
        bases = Bases(scratch)
        images = [_read_image(entry, bases) for entry in root.take_entries("images", "id")]
        problems = [
            CovidcurateError(entry.take("message", str), remedy=entry.take("remedy", str))
            for entry in root.take_entries("failed", "message")
        ]
        return images, problems, list(root.take_strings("notes")), root.take("table", str)


_REMEDY = "Make one with: covidcurate ingest INPUT --plan FILE"


def _read_image(entry: Entry, bases: Bases) -> PlannedImage:
    id_, origin, folder = (entry.take(key, str) for key in ("id", "origin", "folder"))
    name, remarks, waiting = entry.take("name", str), entry.take_strings("remarks"), entry.take_strings("waiting")
    values = {column: _read_value(text, entry.where) for column, text in entry.take("evidence", dict).items()}
    opened = entry.take_entry("opened")
    base = opened.take("base", str, "")
    parts = tuple(
        Part(bases.find(one.take("path", str), base), one.take("sha256", str))
        for one in opened.take_entries("parts", "path")
    )
    refused, by_policy = opened.take_strings("refused"), opened.take("by_policy", bool)
    candidate = Candidate(
        bases.find(opened.take("path", str), base),
        opened.take("name", str),
        values,
        opened.take("patient", str),
        origin,
        opened.take("sha256", str),
        tuple(_read_question(one) for one in opened.take_entries("questions", "column")),
        parts=parts,
        volume=_plan_again(parts, origin) if parts and not refused else None,
        texts=opened.take("texts", dict),
        base=bases.base_of(base),
    )
    cells = opened.take("row", dict)
    content = _read_content(opened.take_entry("content")) if not refused else None
    verdict = Verdict.REFUSED if refused else Verdict.ADD
    return PlannedImage(candidate, verdict, folder, name, cells, content, refused, remarks, waiting, by_policy, id=id_)


def _read_question(entry: Entry) -> Question:
    options = tuple(_read_value(option, entry.where) for option in entry.take("options", list))
    return Question(entry.take("column", str), entry.take("text", str), options)


def _read_value(table: Any, where: str) -> Value:
    entry = Entry(table, f"{where}, evidence")
    kind = entry.take_enum("kind", EvidenceKind)
    text, said, place, rule = (entry.take(key, str) for key in ("value", "text", "where", "rule"))
    return Value(text, Evidence(kind, said, place, rule))


def _read_content(entry: Entry) -> Content:
    return Content(
        entry.take_enum("kind", FileType),
        entry.take("orientation", int),
        entry.take("sha256", str),
        entry.take("clean_sha256", str),
        entry.take("clean_size", int),
        entry.take("size", int),
        entry.take_strings("removed"),
        entry.take_enum("source", FileType),
    )


def _plan_again(parts: tuple[Part, ...], origin: str) -> VolumePlan:
    """Return the volume that the slices of a plan make, which are looked at again: headers alone say how they lie."""
    paths = {part.path for part in parts}
    try:
        plans = plan_volumes([one for path in sorted(paths) for one in slices_in(path) or ()], compare_slices)
    except UnreadableError:
        # The message of a reader names the file, which may be called after the patient.
        plans = []
    same = [plan for plan in plans if {one.path for one in plan.slices} == paths and plan.grid is not None]
    if len(same) != 1:
        raise UnreadableError(
            f"{origin}: its slices make no single volume any more", remedy="Make the plan again from its inputs."
        )
    return same[0]
