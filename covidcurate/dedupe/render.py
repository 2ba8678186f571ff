"""Duplicates as text for people, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from covidcurate.dedupe.model import Kind, Search
from covidcurate.errors import ExitCode


def as_text(search: Search) -> Iterator[str]:
    """Yield a line for each pair, with what was changed, then what could not be compared, and the counts."""
    for pair in search.pairs:
        score = f" ({pair.score:.2f})" if pair.kind is Kind.IMAGE else ""
        yield f"{pair.kind.value}{score}: {pair.first.shown}  {pair.second.shown}"
        for change in pair.evidence:
            yield f"    {change}"
    for problem in search.problems:
        yield f"not read: {problem.message}"
    for source in search.featureless:
        yield f"nothing to be known by: {source.shown}"
    if search.others:
        yield f"{len(search.others)} files are no pictures and were compared byte by byte alone"
    counts = ", ".join(f"{sum(pair.kind is kind for pair in search.pairs)} {kind.value}" for kind in Kind)
    yield f"{search.files} files: {counts}; {len(search.problems)} not read"


def as_json(search: Search) -> Iterator[str]:
    """Yield one JSON document."""
    document = {
        "format": 1,
        "files": search.files,
        "pairs": [
            {
                "kind": pair.kind.value,
                "first": pair.first.shown,
                "second": pair.second.shown,
                "score": pair.score,
                "evidence": list(pair.evidence),
            }
            for pair in search.pairs
        ],
        "not_read": [problem.message for problem in search.problems],
        "featureless": [source.shown for source in search.featureless],
        "no_pictures": [source.shown for source in search.others],
    }
    yield json.dumps(document, indent=1, ensure_ascii=False)


def exit_code_of(search: Search, fail_on: str) -> ExitCode:
    """Return how a run ends: findings at the level that was asked for, files that could not be read, or clean."""
    counted = {"exact": {Kind.BYTES}, "near": set(Kind), "never": set()}[fail_on]
    if any(pair.kind in counted for pair in search.pairs):
        return ExitCode.FINDINGS
    return ExitCode.NEEDS_ATTENTION if search.problems else ExitCode.CLEAN


RENDERERS: dict[str, Callable[[Search], Iterator[str]]] = {"text": as_text, "json": as_json}
"""Each format of ``covidcurate dedupe`` with the function that writes it."""
