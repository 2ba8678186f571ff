"""How findings are said: one function for each format, loaded when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator

from covidcurate.model import Report
from covidcurate.report.formats import as_concise, as_json, as_text, count_line

Reporter = Callable[..., Iterator[str]]


def _of_all(module: str, function: str) -> Reporter:
    """Return a format that shows everything, without colors, whatever is asked for."""

    def render(report: Report, _dataset: str, **_shown: object) -> Iterator[str]:
        yield from getattr(importlib.import_module(f"covidcurate.report.{module}"), function)(report)

    return render


REPORTERS: dict[str, Reporter] = {
    "text": as_text,
    "concise": as_concise,
    "json": as_json,
    "jsonl": _of_all("tables", "as_jsonl"),
    "github": _of_all("github", "as_github"),
    "sarif": _of_all("sarif", "as_sarif"),
    "junit": _of_all("junit", "as_junit"),
    "codeclimate": _of_all("tables", "as_codeclimate"),
    "markdown": _of_all("tables", "as_markdown"),
    "csv": _of_all("tables", "as_csv"),
}
"""Each format of ``covidcurate validate`` with the function that writes it."""

__all__ = ["REPORTERS", "count_line"]
