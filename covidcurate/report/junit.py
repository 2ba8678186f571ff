"""JUnit XML, which most servers of continuous integration show as tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from covidcurate.model import Issue, Report, Severity
from covidcurate.report.github import sentence
from covidcurate.report.places import relative

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def as_junit(report: Report) -> Iterator[str]:
    """Yield a suite for each file with a case for each finding: errors and warnings fail, notes are skipped.

    A file without findings is one case that passes, so that a viewer does not show nothing.
    """
    failing = sum(issue.severity is not Severity.INFO for issue in report.issues)
    counts = f'tests="{len(report.issues) or 1}" failures="{failing}" errors="0"'
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<testsuites name="covidcurate" {counts}>'
    if not report.issues:
        yield '<testsuite name="dataset" tests="1" failures="0" errors="0" skipped="0">'
        yield '<testcase classname="dataset" name="no findings"/></testsuite>'
    for file, issues in groupby(report.issues, key=lambda issue: issue.file):
        yield from _suite(relative(file), list(issues))
    yield "</testsuites>"


def _suite(file: str, issues: list[Issue]) -> Iterator[str]:
    notes = sum(issue.severity is Severity.INFO for issue in issues)
    counts = f'tests="{len(issues)}" failures="{len(issues) - notes}" errors="0" skipped="{notes}"'
    yield f"<testsuite name={_quote(file)} {counts}>"
    for issue in issues:
        place = f"{file}:{issue.line}" if issue.line else file
        name = " ".join(filter(None, (issue.code, place, issue.column)))
        yield f"<testcase classname={_quote(issue.code)} name={_quote(name)}>"
        tag = "skipped" if issue.severity is Severity.INFO else "failure"
        kind = "" if tag == "skipped" else f' type="{issue.severity.value}"'
        yield f"<{tag} message={_quote(sentence(issue))}{kind}>{escape(_clean(issue.remedy))}</{tag}></testcase>"
    yield "</testsuite>"


def _quote(text: str) -> str:
    # Line breaks in attributes are read back as blanks unless they are written as numbers.
    return quoteattr(_clean(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
