"""The words of a source with those marked that a value was read from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from covidcurate.model import Value
from covidcurate.report.page import safe

_PLACE = re.compile(r"texts/([^\[\]]+)(?:\[(\d+):(\d+)\])?")


def mark_texts(texts: Mapping[str, str], values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Yield each text by its name, as HTML in which the words behind values are marked with their columns."""
    spans: dict[str, list[tuple[int, int, str]]] = {}
    for column, value in values.items():
        match = _PLACE.fullmatch(value.evidence.where)
        if match is not None and match[1] in texts:
            start, end = _span(texts[match[1]], value.evidence.text, match)
            if start < end:
                spans.setdefault(match[1], []).append((start, end, column))
    for name, text in texts.items():
        yield name, _mark(text, spans.get(name, []))


def _span(text: str, words: str, place: re.Match[str]) -> tuple[int, int]:
    """Return where the words stand: as the place says, or where they are found; nowhere if that is not certain."""
    if place[2]:
        return int(place[2]), min(int(place[3]), len(text))
    return (text.index(words), text.index(words) + len(words)) if words and text.count(words) == 1 else (0, 0)


def _mark(text: str, spans: list[tuple[int, int, str]]) -> str:
    """Return a text with marks; where spans overlap, the shared words carry all their columns."""
    edges = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    parts = []
    for start, end in pairwise(edges):
        columns = [column for first, last, column in spans if first <= start and end <= last]
        words = "\n".join(map(safe, text[start:end].split("\n")))
        parts.append(f'<mark title="{safe(", ".join(columns))}">{words}</mark>' if columns else words)
    return "".join(parts)
