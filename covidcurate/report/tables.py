"""Reports as CSV, JSON lines, Markdown, and the form of Code Climate, which GitLab shows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from covidcurate.model import Issue, Report, Severity, printable
from covidcurate.report.fingerprint import fingerprints
from covidcurate.report.formats import as_plain, count_line
from covidcurate.report.github import sentence
from covidcurate.report.places import relative
from covidcurate.words import is_formula, json_entries, to_json

_COLUMNS = (
    "severity", "code", "file", "line", "last_line", "column", "key", "value", "message", "remedy", "related_line",
)  # fmt: skip
_WEIGHTS = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
_MOST_CHARACTERS = 40_000
"""Room for the findings; a comment on a pull request holds 65,536 characters, with the codes and the notes."""
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")
_MENTION = re.compile(r"@(?=\w)|(?<=\\#)(?=\d)")
"""Where GitHub sees the name of a person to call, or the number of an issue to link, also in plain text."""


def as_csv(report: Report) -> Iterator[str]:
    """Yield a header and a line for each finding, for spreadsheet programs: see :func:`csv_line`."""
    yield ",".join(_COLUMNS)
    for issue in report.issues:
        plain = as_plain(issue)
        yield csv_line([plain[name] for name in _COLUMNS])


def csv_line(cells: Sequence[object]) -> str:
    """Return a line of CSV without its end; cells with commas, quotes or line breaks are quoted.

    A text that a spreadsheet program would compute, and that could fetch and send, begins with an apostrophe.
    """
    stream = io.StringIO()
    cells = [f"'{cell}" if isinstance(cell, str) and is_formula(cell) else cell for cell in cells]
    # What ends a line is quoted in cells only if the writer knows it.
    csv.writer(stream, lineterminator="\r\n").writerow(cells)
    return stream.getvalue()[:-2]


def as_jsonl(report: Report) -> Iterator[str]:
    """Yield a JSON object for each finding, one a line."""
    for issue in report.issues:
        yield to_json(as_plain(issue))


def as_codeclimate(report: Report) -> Iterator[str]:
    """Yield one JSON list of findings as GitLab's code quality reads them."""
    entries = (
        {
            "description": " ".join(filter(None, (sentence(issue), issue.remedy))),
            "check_name": issue.code,
            "fingerprint": fingerprint,
            "severity": _WEIGHTS[issue.severity],
            "location": {"path": relative(issue.file), "lines": {"begin": max(1, issue.line)}},
        }
        for issue, fingerprint in zip(report.issues, fingerprints(report.issues), strict=True)
    )
    yield "["
    yield from json_entries(entries)
    yield "]"


def as_markdown(report: Report) -> Iterator[str]:
    """Yield a heading with the counts, a table of codes, one of the gravest findings, and the notes."""
    yield f"## covidcurate: {count_line(report)}"
    if report.issues:
        yield ""
        yield "| code | what is wrong | findings |"
        yield "| --- | --- | ---: |"
        for code, count in sorted(Counter(issue.code for issue in report.issues).items()):
            rule = report.rules.get(code)
            name = f"[{markdown_cell(code)}](<{_address(rule.page)}>)" if rule and rule.page else markdown_cell(code)
            yield f"| {name} | {markdown_cell(rule.title if rule else '')} | {count} |"
        yield ""
        yield "| | place | column | finding |"
        yield "| --- | --- | --- | --- |"
        worst = sorted(report.issues, key=lambda issue: issue.severity.rank)
        shown, room = 0, _MOST_CHARACTERS
        for row in map(_row, worst):
            room -= len(row) + 1
            if room < 0:
                break
            shown += 1
            yield row
        if len(worst) > shown:
            yield ""
            yield f"and {len(worst) - shown} more"
    for note in report.notes:
        yield ""
        yield markdown_cell(note)


def _row(issue: Issue) -> str:
    place = f"{relative(issue.file)}:{issue.line}" if issue.line else relative(issue.file)
    said = f"{issue.code} {sentence(issue)} {issue.remedy}".rstrip()
    cells = (issue.severity.value, *map(markdown_cell, (place, issue.column, said)))
    return f"| {' | '.join(cells)} |"


def markdown_cell(text: str) -> str:
    """Return a text on one line in which nothing is markup, calls nobody and links to no issue; addresses are links."""
    return _MENTION.sub(r"\g<0><!-- -->", _MARKUP.sub(r"\\\1", printable(" ".join(text.split()))))


def _address(url: str) -> str:
    """Return an address that ends where it should, between the marks of a link."""
    return quote(url, safe=":/?#[]@!$&'()*+,;=%~")
