"""SARIF 2.1.0 (OASIS), which code scanning of GitHub, GitLab and editors read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from covidcurate import __version__
from covidcurate.model import Issue, Report, RuleText, Severity
from covidcurate.report.fingerprint import fingerprints
from covidcurate.report.formats import as_plain
from covidcurate.report.github import sentence
from covidcurate.report.places import as_uri
from covidcurate.words import json_lines

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(report: Report) -> Iterator[str]:
    """Yield one log with one run: the rules that have findings, with their pages, and all findings."""
    codes = sorted({issue.code for issue in report.issues})
    places = {code: place for place, code in enumerate(codes)}
    driver = {
        "name": "covidcurate",
        "semanticVersion": __version__,
        "rules": [_rule(code, report.rules.get(code)) for code in codes],
    }
    run: dict[str, Any] = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints"}
    if report.notes:
        notes = [{"level": "note", "message": {"text": note}} for note in report.notes]
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    run["results"] = []
    results = (
        _result(issue, places[issue.code], fingerprint)
        for issue, fingerprint in zip(report.issues, fingerprints(report.issues), strict=True)
    )
    yield from json_lines({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, "results", results)


def _rule(code: str, text: RuleText | None) -> dict[str, Any]:
    if text is None:
        return {"id": code}
    described: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": text.title},
        "fullDescription": {"text": text.why or text.title},
        "help": {"text": f"{text.title}. {text.why} {text.remedy}".strip()},
        "defaultConfiguration": {"level": _LEVELS[text.severity]},
    }
    return described | ({"helpUri": text.page} if text.page else {})


def _result(issue: Issue, place: int, fingerprint: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": issue.code,
        "ruleIndex": place,
        "level": _LEVELS[issue.severity],
        "message": {"text": " ".join(filter(None, (sentence(issue), issue.remedy)))},
        "locations": [_location(issue.file, issue.line, issue.last_line)],
        "partialFingerprints": {"covidcurate/v1": fingerprint},
    }
    if issue.related_line:
        result["relatedLocations"] = [_location(issue.file, issue.related_line, issue.related_line)]
    # The fixes of SARIF replace regions of characters; a cell is known by its place in its row.
    properties = {"column": issue.column, "value": issue.value, "image": issue.key, "fix": as_plain(issue)["fix"]}
    result["properties"] = {name: said for name, said in properties.items() if said}
    return result


def _location(file: str, line: int, last_line: int) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": as_uri(file)}}
    if line:
        physical["region"] = {"startLine": line, "endLine": max(line, last_line)}
    return {"physicalLocation": physical}
