"""Workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from covidcurate.model import Issue, Report, Severity
from covidcurate.report.places import relative

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
MOST = 10
"""Annotations of a kind that GitHub shows of one step."""


def as_github(report: Report) -> Iterator[str]:
    """Yield at most ten findings of each weight, gravest first, and one more that says how many there are besides."""
    for severity, command in _COMMANDS.items():
        issues = [issue for issue in report.issues if issue.severity is severity]
        for issue in issues[:MOST]:
            yield _annotation(command, issue)
        if len(issues) > MOST:
            more = f"and {len(issues) - MOST} more; --format text shows all of them"
            yield f"::{command} title=covidcurate::{_escape(more)}"


def _annotation(command: str, issue: Issue) -> str:
    properties = {"file": relative(issue.file), "title": f"{issue.code} {issue.column}".rstrip()}
    if issue.line:
        properties |= {"line": str(issue.line), "endLine": str(issue.last_line or issue.line)}
    text = ",".join(f"{name}={_escape(value, of_property=True)}" for name, value in properties.items())
    return f"::{command} {text}::{_escape(' '.join(filter(None, (sentence(issue), issue.remedy))))}"


def sentence(issue: Issue) -> str:
    """Return the message of an issue with a stop."""
    return issue.message if issue.message.endswith((".", "?", "!")) else f"{issue.message}."


def _escape(text: str, *, of_property: bool = False) -> str:
    """Write a text as GitHub's runner reads it back: what would end a line or a property is percent-encoded."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if of_property else text
