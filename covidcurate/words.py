"""How messages speak, and how texts of strangers are written down so that they do no harm."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

_UNPRINTABLE = re.compile(r"[^ -~]")
_FORMULA_STARTS = ("=", "+", "-", "@")
_NO_FORMULA = re.compile(r"[-+]?[0-9]*[.,]?[0-9]*%?|-+")


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: ``1 row``, ``2 rows``; with ``plural`` where an s alone does not make it."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def to_json(document: Any, indent: int | None = None) -> str:
    """Return JSON that any terminal and any encoding takes: what cannot be printed is escaped, which loses nothing."""
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    # All text outside of strings is ASCII, so that what is escaped here stands in one.
    return text if text.isprintable() else _UNPRINTABLE.sub(_escaped, text)


def json_lines(document: dict[str, Any], key: str, entries: Iterable[Any]) -> Iterator[str]:
    """Yield JSON of a document whose empty list under ``key`` is filled with entries, each on a line of its own.

    One by one, so that what a million findings say does not stand in memory three times.
    """
    opening, there, closing = to_json(document, indent=1).rpartition(f'"{key}": []')
    yield f"{opening}{there[:-1]}"
    yield from json_entries(entries)
    yield f" ]{closing}"


def json_entries(entries: Iterable[Any]) -> Iterator[str]:
    """Yield the entries of a list as JSON, each on a line of its own, with commas between them."""
    waiting = ""
    for entry in entries:
        if waiting:
            yield f"  {waiting},"
        waiting = to_json(entry)
    if waiting:
        yield f"  {waiting}"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program takes a text for a formula; numbers and a lone hyphen are none."""
    word = text.strip()
    return word.startswith(_FORMULA_STARTS) and _NO_FORMULA.fullmatch(word) is None


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    return char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1]
