"""Workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from covidcurate.model import Issue, Report, RuleText, Severity
from covidcurate.report.places import relative

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
MOST = 10
"""Annotations of a kind that GitHub shows of one step."""


def as_github(report: Report) -> Iterator[str]:
    """Yield at most ten annotations of each weight, gravest first; where there are more findings the tenth counts them.

    Findings on rows come before those on the files behind them, as the report has them.
    """
    for severity, command in _COMMANDS.items():
        issues = [issue for issue in report.issues if issue.severity is severity]
        shown = issues if len(issues) <= MOST else issues[: MOST - 1]
        for issue in shown:
            yield _annotation(command, issue, report.rules.get(issue.code))
        if len(issues) > len(shown):
            more = f"and {len(issues) - len(shown)} more; --format text shows all of them"
            yield f"::{command} title=covidcurate::{_escape(more)}"


def _annotation(command: str, issue: Issue, rule: RuleText | None) -> str:
    properties = {"file": relative(issue.file), "title": f"{issue.code} {issue.column}".rstrip()}
    if issue.line:
        properties |= {"line": str(issue.line), "endLine": str(issue.last_line or issue.line)}
    text = ",".join(f"{name}={_escape(value, of_property=True)}" for name, value in properties.items())
    said = (sentence(issue), issue.remedy, rule.page if rule else "")
    return f"::{command} {text}::{_escape(' '.join(filter(None, said)))}"


def sentence(issue: Issue) -> str:
    """Return the message of an issue with a stop."""
    return issue.message if issue.message.endswith((".", "?", "!")) else f"{issue.message}."


def _escape(text: str, *, of_property: bool = False) -> str:
    """Write a text as GitHub's runner reads it back: what would end a line or a property is percent-encoded."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if of_property else text
