"""Reports as CSV, JSON lines, Markdown, and the form of Code Climate, which GitLab shows."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from covidcurate.model import Issue, Report, Severity
from covidcurate.report.fingerprint import fingerprints
from covidcurate.report.formats import as_plain, count_line, to_json
from covidcurate.report.github import sentence
from covidcurate.report.places import relative

_COLUMNS = (
    "severity", "code", "file", "line", "last_line", "column", "key", "value", "message", "remedy", "related_line",
)  # fmt: skip
_WEIGHTS = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
_MOST_ROWS = 200
"""Findings in a Markdown table; a comment on a pull request holds no more than 65,536 characters."""
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")


def as_csv(report: Report) -> Iterator[str]:
    """Yield a header and a line for each finding, values exactly as they are."""
    yield ",".join(_COLUMNS)
    for issue in report.issues:
        plain = as_plain(issue)
        yield csv_line([plain[name] for name in _COLUMNS])


def csv_line(cells: Sequence[object]) -> str:
    """Return a line of CSV without its end; cells with commas, quotes or line breaks are quoted."""
    stream = io.StringIO()
    # What ends a line is quoted in cells only if the writer knows it.
    csv.writer(stream, lineterminator="\r\n").writerow(cells)
    return stream.getvalue()[:-2]


def as_jsonl(report: Report) -> Iterator[str]:
    """Yield a JSON object for each finding, one a line."""
    for issue in report.issues:
        yield to_json(as_plain(issue))


def as_codeclimate(report: Report) -> Iterator[str]:
    """Yield one JSON list of findings as GitLab's code quality reads them."""
    entries = [
        {
            "description": " ".join(filter(None, (sentence(issue), issue.remedy))),
            "check_name": issue.code,
            "fingerprint": fingerprint,
            "severity": _WEIGHTS[issue.severity],
            "location": {"path": relative(issue.file), "lines": {"begin": max(1, issue.line)}},
        }
        for issue, fingerprint in zip(report.issues, fingerprints(report.issues), strict=True)
    ]
    yield json.dumps(entries, indent=1, ensure_ascii=False)


def as_markdown(report: Report) -> Iterator[str]:
    """Yield a heading with the counts, a table of codes, one of the gravest findings, and the notes."""
    yield f"## covidcurate: {count_line(report)}"
    if report.issues:
        yield ""
        yield "| code | what is wrong | findings |"
        yield "| --- | --- | ---: |"
        for code, count in sorted(Counter(issue.code for issue in report.issues).items()):
            title = report.rules[code].title if code in report.rules else ""
            yield f"| {_cell(code)} | {_cell(title)} | {count} |"
        yield ""
        yield "| | place | column | finding |"
        yield "| --- | --- | --- | --- |"
        worst = sorted(report.issues, key=lambda issue: issue.severity.rank)
        for issue in worst[:_MOST_ROWS]:
            yield _row(issue)
        if len(worst) > _MOST_ROWS:
            yield ""
            yield f"and {len(worst) - _MOST_ROWS} more"
    for note in report.notes:
        yield ""
        yield _cell(note)


def _row(issue: Issue) -> str:
    place = f"{relative(issue.file)}:{issue.line}" if issue.line else relative(issue.file)
    said = f"{issue.code} {sentence(issue)} {issue.remedy}".rstrip()
    return f"| {issue.severity.value} | {_cell(place)} | {_cell(issue.column)} | {_cell(said)} |"


def _cell(text: str) -> str:
    """Return a text in which nothing is markup, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
