"""Read a report that was saved as JSON, so that it can be shown in another form."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from covidcurate.errors import UnreadableError
from covidcurate.model import Fix, Issue, Report, RuleText, Severity, Target

_FIELDS = {field.name for field in dataclasses.fields(Issue)}
_NUMBERS = {"line", "last_line", "related_line"}


def load_report(path: Path) -> tuple[Report, str]:
    """Return a saved report, and the dataset that it is about.

    Raises
    ------
    UnreadableError
        The file cannot be read, or is no report of ``covidcurate validate --format json``.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UnreadableError(f"{path}: is no JSON", remedy=_REMEDY) from error
    try:
        if document["format"] != 1:
            raise ValueError("format")
        issues = [_issue(entry) for entry in document["issues"]]
        rules = {code: _rule(code, entry) for code, entry in document.get("rules", {}).items()}
        notes = [_text(note) for note in document["notes"]]
        report = Report(issues, _number(document["rows"]), _number(document["files"]), notes, rules)
        return report, _text(document["dataset"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableError(
            f"{path}: is no report of this program: {error} is missing or wrong", remedy=_REMEDY
        ) from error


_REMEDY = "Save one with: covidcurate validate --format json --output FILE"


def _issue(entry: Any) -> Issue:
    unknown = set(entry) - _FIELDS
    if unknown:
        raise ValueError(sorted(unknown)[0])
    texts = {name: _text(value) for name, value in entry.items() if name not in {*_NUMBERS, "severity", "fix"}}
    numbers = {name: _number(value) for name, value in entry.items() if name in _NUMBERS}
    fix = _fix(entry["fix"]) if entry.get("fix") is not None else None
    return Issue(severity=Severity(entry["severity"]), fix=fix, **texts, **numbers)  # type: ignore[arg-type]


def _fix(entry: Any) -> Fix:
    texts = (_text(entry[name]) for name in ("new", "unsafe", "old", "folder"))
    new, unsafe, old, folder = texts
    return Fix(new, unsafe, Target(entry["target"]), old, _number(entry["position"]), folder)


def _rule(code: str, entry: Any) -> RuleText:
    title, why, remedy = (_text(entry[name]) for name in ("title", "why", "remedy"))
    return RuleText(code, Severity(entry["severity"]), title, why, remedy, _text(entry.get("page", "")))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(repr(value)[:80])
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(repr(value)[:80])
    return value
