"""Duplicates as text for people, as JSON, as CSV, or as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from covidcurate.dedupe.model import Kind, Pair, Search
from covidcurate.dedupe.page import as_html
from covidcurate.errors import ExitCode
from covidcurate.report.tables import csv_line
from covidcurate.words import counted, to_json


def as_text(search: Search) -> Iterator[str]:
    """Yield each pair with its evidence, the groups with their best copy, what could not be compared, and counts."""
    for pair in search.pairs:
        score = f" ({pair.score:.2f})" if pair.score < 1 or pair.kind is Kind.IMAGE else ""
        yield f"{pair.kind.value}{score}: {pair.first.shown}  {pair.second.shown}"
        for words in pair.evidence:
            yield f"    {words}"
    for group in search.groups:
        others = [source.shown for source in group.members if source is not group.best]
        reasons = ", ".join(group.reasons) or "all are worth the same"
        yield f"best copy: {group.best.shown} ({reasons}); as good as in it: {'  '.join(others)}"
    for problem in search.problems.values():
        yield f"not read: {problem.message}"
    for source in search.featureless:
        yield f"nothing to be known by: {source.shown}"
    yield from search.notes
    if search.others:
        yield f"compared byte by byte alone, as neither picture nor volume: {counted(len(search.others), 'file')}"
    yield f"{counted(search.files, 'file')}: {_counts(search)}; {len(search.problems)} not read"


def _counts(search: Search) -> str:
    counts = Counter(pair.kind for pair in search.pairs)
    return ", ".join(f"{counts[kind]} {kind.value}" for kind in Kind if counts[kind]) or "no duplicates"


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
        "groups": [
            {
                "medoid": group.medoid.shown,
                "members": [source.shown for source in group.members],
                "best": group.best.shown,
                "reasons": list(group.reasons),
            }
            for group in search.groups
        ],
        "notes": search.notes,
        "not_read": [problem.message for problem in search.problems.values()],
        "featureless": [source.shown for source in search.featureless],
        "no_pictures": [source.shown for source in search.others],
    }
    yield to_json(document, indent=1)


def as_csv(search: Search) -> Iterator[str]:
    """Yield a line for each pair, its evidence joined by semicolons."""
    for cells in [
        ("kind", "first", "second", "score", "evidence", "best"),
        *(
            (pair.kind.value, pair.first.shown, pair.second.shown, f"{pair.score:.3f}", "; ".join(pair.evidence), best)
            for pair, best in _with_best(search)
        ),
    ]:
        yield csv_line(cells)


def _with_best(search: Search) -> Iterator[tuple[Pair, str]]:
    """Yield each pair with the best copy of the group that both belong to; an empty text if they belong to none."""
    group_of = {source: group for group in search.groups for source in group.members}
    for pair in search.pairs:
        group = group_of.get(pair.first)
        yield pair, group.best.shown if group is not None and group is group_of.get(pair.second) else ""


def exit_code_of(search: Search, fail_on: str) -> ExitCode:
    """Return how a run ends: findings at the level that was asked for, files that could not be read, or clean."""
    if fail_on != "never":
        counts = [pair.kind.is_exact if fail_on == "exact" else pair.kind.is_duplicate for pair in search.pairs]
        if any(counts):
            return ExitCode.FINDINGS
    return ExitCode.NEEDS_ATTENTION if search.problems else ExitCode.CLEAN


RENDERERS: dict[str, Callable[[Search], Iterator[str]]] = {
    "text": as_text,
    "json": as_json,
    "csv": as_csv,
    "html": as_html,
}
"""Each format of ``covidcurate dedupe`` with the function that writes it."""
