"""Make issues of findings, in a form that every report can show."""

from __future__ import annotations

from covidcurate.model import Issue, Severity, printable
from covidcurate.rules.registry import Finding, Rule

_LONGEST_VALUE = 200
_LONGEST_MESSAGE = 600
_LONGEST_NAME = 255
"""No file system has longer names."""


def make_issue(rule: Rule, finding: Finding, severity: Severity, table: str) -> Issue:
    """Return the issue of a finding; ``table`` is the file where the finding names none.

    A cell can hold anything: a command to a terminal, half a character. Nothing of it is handed on that cannot be
    printed; it is escaped as in a Python string. Only a fix holds its texts as they are.
    """
    return Issue(
        code=rule.code,
        severity=severity,
        file=printable(finding.file or table),
        message=show(finding.message, _LONGEST_MESSAGE),
        remedy=printable(finding.remedy or rule.remedy),
        line=finding.line,
        last_line=finding.last_line or finding.line,
        column=show(finding.column),
        value=show(finding.value),
        key=show_name(finding.key),
        related_line=finding.related_line,
        fix=finding.fix,
    )


def show_name(name: str) -> str:
    """Return the name of a file as the key of an issue has it."""
    return show(name, _LONGEST_NAME)


def show(value: str, longest: int = _LONGEST_VALUE) -> str:
    """Return a text as reports show it: printable, and cut to a length that fits a line or two."""
    text = printable(value[: longest + 1])
    return text if len(text) <= longest else text[:longest] + "…"
