"""Read and write ``case.json``, the format in which a case waits for its ingest; docs/case-format.md describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from covidcurate.errors import UnreadableError
from covidcurate.model import Case, Evidence, EvidenceKind, Image, Question, Study, Value

FORMAT = "covidcurate-case/1"
_NOT_VALUES = {
    "patientid": "the dataset gives its own; 'patient' tells people apart",
    "folder": "the content of the file decides it",
    "filename": "it is the name of 'file'",
}
_FORMAT_HELP = "docs/case-format.md describes the format."


def read_case(path: Path) -> Case:
    """Return the case of a ``case.json``.

    Raises
    ------
    UnreadableError
        The file is no JSON, or not in the format; the message has the JSON pointer of the place.
    """
    try:
        document = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{path}: is not JSON in UTF-8: {error}", remedy=_FORMAT_HELP) from error
    root = _Node(document, str(path), "")
    if (found := root.text("format")) != FORMAT:
        raise root.error("format", f"is {found!r}, but should be {FORMAT!r}")
    studies = tuple(_read_study(node) for node in root.nodes("studies"))
    case = Case(
        root.text("source"),
        root.text("id"),
        studies,
        _read_values(root),
        root.text("patient", "") or root.text("id"),
        tuple(_read_question(node) for node in root.nodes("questions", empty=True)),
        root.texts("texts"),
        root.texts("provenance"),
        root.strings("warnings"),
    )
    # Names of early case files for what is provenance today.
    root.done("retrieved", "tool")
    return case


def case_to_json(case: Case) -> str:
    """Return the text of a ``case.json``; reading it gives the case back."""
    document: dict[str, Any] = {"format": FORMAT, "source": case.source, "id": case.id}
    if case.patient and case.patient != case.id:
        document["patient"] = case.patient
    document["provenance"] = dict(case.provenance)
    document["warnings"] = list(case.warnings)
    document["questions"] = [
        {"column": one.column, "text": one.text, "options": [_plain_value(option) for option in one.options]}
        for one in case.questions
    ]
    document["values"] = _plain_values(case.values)
    document["studies"] = [
        {
            "id": study.id,
            "values": _plain_values(study.values),
            "images": [
                {"file": image.file, "sha256": image.sha256, "url": image.url, "values": _plain_values(image.values)}
                for image in study.images
            ],
        }
        for study in case.studies
    ]
    document["texts"] = dict(case.texts)
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _plain_values(values: Mapping[str, Value]) -> dict[str, Any]:
    return {column: _plain_value(value) for column, value in values.items()}


def _plain_value(value: Value) -> dict[str, Any]:
    evidence = value.evidence
    parts = {"kind": evidence.kind.value, "text": evidence.text, "where": evidence.where, "rule": evidence.rule}
    return {"value": value.text, "evidence": {key: part for key, part in parts.items() if part}}


class _Node:
    """A JSON object with its place, taken apart key by key."""

    def __init__(self, value: object, file: str, pointer: str) -> None:
        self._file, self._pointer = file, pointer
        if not isinstance(value, dict):
            raise self.error("", f"should be an object, but is {value!r:.40}")
        self._members: dict[str, Any] = value
        self._taken: set[str] = set()

    def error(self, key: str, message: str) -> UnreadableError:
        pointer = f"{self._pointer}/{key}" if key else self._pointer or "/"
        return UnreadableError(f"{self._file}: {pointer}: {message}", remedy=_FORMAT_HELP)

    def text(self, key: str, default: str | None = None) -> str:
        self._taken.add(key)
        value = self._members.get(key, default)
        if value is None:
            raise self.error(key, "is missing")
        if not isinstance(value, str):
            raise self.error(key, f"should be a string, but is {value!r:.40}")
        return value

    def texts(self, key: str) -> dict[str, str]:
        self._taken.add(key)
        node = _Node(self._members.get(key, {}), self._file, f"{self._pointer}/{key}")
        return {name: node.text(name) for name in node._members}

    def strings(self, key: str) -> tuple[str, ...]:
        self._taken.add(key)
        values = self._members.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self.error(key, "should be a list of strings")
        return tuple(values)

    def nodes(self, key: str, *, empty: bool = False) -> list[_Node]:
        self._taken.add(key)
        values = self._members.get(key, [] if empty else None)
        if not isinstance(values, list) or not (values or empty):
            raise self.error(key, f"should be a list {'of objects' if empty else 'with at least one object'}")
        return [_Node(value, self._file, f"{self._pointer}/{key}/{place}") for place, value in enumerate(values)]

    def children(self, key: str) -> dict[str, _Node]:
        self._taken.add(key)
        node = _Node(self._members.get(key, {}), self._file, f"{self._pointer}/{key}")
        for name, value in node._members.items():
            if not isinstance(value, dict):
                raise node.error(name, 'should be an object {"value": ..., "evidence": {...}}')
        return {name: _Node(value, self._file, f"{node._pointer}/{name}") for name, value in node._members.items()}

    def child(self, key: str) -> _Node:
        self._taken.add(key)
        if key not in self._members:
            raise self.error(key, "is missing")
        return _Node(self._members[key], self._file, f"{self._pointer}/{key}")

    def done(self, *ignored: str) -> None:
        for key in self._members:
            if key not in self._taken and key not in ignored:
                raise self.error(key, "is not part of the format")


def _read_study(node: _Node) -> Study:
    study = Study(node.text("id"), tuple(_read_image(image) for image in node.nodes("images")), _read_values(node))
    node.done()
    return study


def _read_image(node: _Node) -> Image:
    image = Image(node.text("file"), _read_values(node), node.text("sha256", ""), node.text("url", ""))
    node.done()
    return image


def _read_values(node: _Node) -> Mapping[str, Value]:
    values = {}
    for name, child in node.children("values").items():
        if name in _NOT_VALUES:
            raise child.error("", f"{name} is no value of a case: {_NOT_VALUES[name]}")
        values[name] = _read_value(child)
    return values


def _read_value(node: _Node) -> Value:
    evidence = node.child("evidence")
    kind = evidence.text("kind")
    if kind not in {member.value for member in EvidenceKind}:
        raise evidence.error("kind", f"is {kind!r}, but should be one of {', '.join(m.value for m in EvidenceKind)}")
    value = Value(
        node.text("value"),
        Evidence(EvidenceKind(kind), evidence.text("text", ""), evidence.text("where", ""), evidence.text("rule", "")),
    )
    evidence.done()
    node.done()
    return value


def _read_question(node: _Node) -> Question:
    options = tuple(_read_value(option) for option in node.nodes("options", empty=True))
    question = Question(node.text("column"), node.text("text"), options)
    node.done()
    return question
