"""Findings that are known and put up with: a file of their fingerprints, which do not move with lines."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from covidcurate.durable import replace_durably
from covidcurate.errors import ConfigError, CovidcurateError
from covidcurate.model import Report
from covidcurate.report.fingerprint import fingerprints
from covidcurate.words import counted, to_json

_FORMAT = 1


def write_baseline(path: Path, report: Report) -> int:
    """Write all findings of a report as known, sorted so that two versions compare well, and return their number.

    Raises
    ------
    CovidcurateError
        The file cannot be written.
    """
    marks = zip(fingerprints(report.issues), report.issues, strict=True)
    lines = {mark: " ".join(filter(None, (issue.code, issue.key, issue.column))) for mark, issue in marks}
    known = dict(sorted(lines.items(), key=lambda item: (item[1], item[0])))
    text = to_json({"format": _FORMAT, "known": known}, indent=1) + "\n"
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise CovidcurateError(f"{path}: is no file but a pipe, a device or a folder", remedy="Name a file.")
    try:
        replace_durably(target, text.encode("utf-8"))
    except OSError as error:
        raise CovidcurateError(f"{path}: cannot be written: {error.strerror}") from error
    return len(known)


def read_baseline(path: Path) -> set[str]:
    """Return the fingerprints that are known.

    Raises
    ------
    ConfigError
        The file cannot be read, or is no baseline.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != _FORMAT or not all(isinstance(mark, str) for mark in document["known"]):
            raise ValueError
        return set(document["known"])
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError(
            f"{path}: is no baseline", remedy="Write one with: covidcurate validate --write-baseline FILE"
        ) from error


def without_known(report: Report, known: set[str], *, whole: bool = True) -> Report:
    """Return a report without known findings, which notes how many those are, and how many are no longer there.

    Parameters
    ----------
    whole
        All was looked at that the baseline can know of; of less nobody can say what is no longer there.
    """
    marked = list(zip(report.issues, fingerprints(report.issues), strict=True))
    new = [issue for issue, mark in marked if mark not in known]
    gone = len(known - {mark for _, mark in marked})
    notes = [f"not shown, as --baseline knows them: {counted(len(report.issues) - len(new), 'finding')}"]
    if gone and whole:
        notes.append(f"{counted(gone, 'known finding')} no longer there: write the baseline anew with --write-baseline")
    rules = {code: report.rules[code] for code in sorted({issue.code for issue in new})}
    return replace(report, issues=new, notes=[*report.notes, *notes], rules=rules)
