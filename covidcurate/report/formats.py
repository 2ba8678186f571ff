"""Reports of a check as text for people or JSON for programs."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from covidcurate import __version__
from covidcurate.model import Fix, Issue, Report, Severity, printable
from covidcurate.words import counted, json_lines

Style = Callable[[str, Severity], str]
"""Paint a text in the color of a severity; returns it as it is where there are no colors."""

_ISSUE_FIELDS = tuple(field.name for field in dataclasses.fields(Issue))
_FIX_FIELDS = tuple(field.name for field in dataclasses.fields(Fix))
_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def as_text(report: Report, dataset: str, *, lowest: Severity, style: Style, most: int = 0) -> Iterator[str]:
    """Yield the issues at or above ``lowest`` below the row or the file that they are about, then what counts them.

    Nothing in it speaks to a terminal or to a server that reads its log: a report that was loaded can say anything.

    Parameters
    ----------
    most
        How many of one code are shown, and then how many more there are; 0 for all.
    """
    del dataset
    left_out: Counter[str] = Counter()
    for _, issues in groupby(_shown(report, lowest, most, left_out), key=lambda issue: (issue.file, issue.line)):
        for number, issue in enumerate(issues):
            if number == 0:
                yield f"{_place(issue)}  {printable(issue.key)}".rstrip()
            column = f"{printable(issue.column)}: " if issue.column else ""
            yield f"  {column}{_said(issue, style)}"
    yield from _closing(report, lowest, left_out)


def as_concise(report: Report, dataset: str, *, lowest: Severity, style: Style, most: int = 0) -> Iterator[str]:
    """Yield a line for each issue at or above ``lowest``, with its place in front, then what counts them.

    Parameters are those of :func:`as_text`.
    """
    del dataset
    left_out: Counter[str] = Counter()
    for issue in _shown(report, lowest, most, left_out):
        column = f":{printable(issue.column)}" if issue.column else ""
        yield f"{_place(issue)}{column}: {_said(issue, style)}"
    yield from _closing(report, lowest, left_out)


def _shown(report: Report, lowest: Severity, most: int, left_out: Counter[str]) -> Iterator[Issue]:
    """Yield the issues that weigh enough, at most so many of a code, and count the others of it."""
    counts: Counter[str] = Counter()
    for issue in report.issues:
        if issue.severity.rank <= lowest.rank:
            counts[issue.code] += 1
            if most and counts[issue.code] > most:
                left_out[issue.code] += 1
            else:
                yield issue


def _closing(report: Report, lowest: Severity, left_out: Counter[str]) -> Iterator[str]:
    for code, count in sorted(left_out.items()):
        yield f"{printable(code)}: and {count} more"
    yield from map(printable, report.notes)
    yield from _fixable(report)
    if any(issue.severity.rank <= lowest.rank for issue in report.issues):
        yield "covidcurate explain CODE says why a finding matters, with an example"
    hidden = report.count(Severity.INFO) if lowest is not Severity.INFO else 0
    yield count_line(report) + (" (-v shows the notes)" if hidden else "")


def as_json(report: Report, dataset: str, **_: object) -> Iterator[str]:
    """Yield one JSON document with all issues; its form is described in docs/reports.md."""
    document: dict[str, Any] = {
        "format": 1,
        "covidcurate": __version__,
        "dataset": dataset,
        "rows": report.rows,
        "files": report.files,
        "counts": {severity.value: report.count(severity) for severity in Severity},
        "notes": report.notes,
        "rules": {
            code: {
                "severity": text.severity.value,
                "title": text.title,
                "why": text.why,
                "remedy": text.remedy,
                "page": text.page,
            }
            for code, text in report.rules.items()
        },
        "issues": [],
    }
    yield from json_lines(document, "issues", map(as_plain, report.issues))


def count_line(report: Report) -> str:
    """Return one line that counts rows, files and findings."""
    counts = ", ".join(counted(report.count(severity), noun) for severity, noun in _NOUNS.items())
    return f"{counted(report.rows, 'row')}, {counted(report.files, 'file')}: {counts}"


def _fixable(report: Report) -> Iterator[str]:
    """Yield a line that says how many findings need no person, if any do not."""
    safe, unsafe = report.fixable(unsafe=False), report.fixable(unsafe=True)
    if safe:
        yield f"{safe} can be fixed with --fix" + (f", {unsafe} more with --unsafe-fixes" if unsafe else "")
    elif unsafe:
        yield f"{unsafe} can be fixed with --fix --unsafe-fixes"


def _place(issue: Issue) -> str:
    return printable(f"{issue.file}:{issue.line}" if issue.line else issue.file)


def _said(issue: Issue, style: Style) -> str:
    message = issue.message if issue.message.endswith((".", "?")) else f"{issue.message}."
    remedy = f" {issue.remedy}" if issue.remedy else ""
    return f"{style(issue.severity.value, issue.severity)} {printable(f'{issue.code} {message}{remedy}')}"


def as_plain(issue: Issue) -> dict[str, Any]:
    """Return an issue as texts and numbers; its fix as a mapping of them, or None."""
    # dataclasses.asdict copies deeply, which takes longer than the check of a small table.
    plain = {name: getattr(issue, name) for name in _ISSUE_FIELDS}
    plain["severity"] = issue.severity.value
    if issue.fix is not None:
        plain["fix"] = {**{name: getattr(issue.fix, name) for name in _FIX_FIELDS}, "target": issue.fix.target.value}
    return plain
