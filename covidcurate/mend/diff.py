"""Show a mending as a unified diff that ``git apply`` and ``patch`` take."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from covidcurate.mend.find import Mending
from covidcurate.model import printable
from covidcurate.table import Table

_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines from ``start`` to ``end`` (from 0, ``end`` not among them) that become ``new_start`` to ``new_end``."""

    start: int
    end: int
    new_start: int
    new_end: int


def diff_lines(mending: Mending, table: Path, *, escaped: bool = False) -> Iterator[str]:
    """Yield the lines of a diff, first of the table, then of the files that get another name; none if all is well.

    Lines are as in the files, but for their last line feed: a carriage return before it stays. They are for programs;
    ``escaped`` is for a terminal, which might obey what stands in a cell.
    """
    lines = _diff_lines(mending, table)
    return map(printable, lines) if escaped else lines


def _diff_lines(mending: Mending, table: Path) -> Iterator[str]:
    if mending.after != mending.before:
        old, new = (
            content.decode("utf-8", "surrogateescape").split("\n") for content in (mending.before, mending.after)
        )
        # Of a name with a blank, patch knows the end by a tab.
        sides = [_quoted(f"{side}/{table.name}") for side in "ab"]
        yield f"diff --git {' '.join(sides)}"
        yield from (f"{mark} {side}" + "\t" * (" " in side) for mark, side in zip(("---", "+++"), sides, strict=True))
        for hunk in _hunks(_changes(mending)):
            yield from _show(hunk, old, new)
    for move in mending.moves:
        before, after = f"{move.folder}/{move.old}", f"{move.folder}/{move.new}"
        yield f"diff --git {_quoted(f'a/{before}')} {_quoted(f'b/{after}')}"
        yield "similarity index 100%"
        yield f"rename from {_quoted(before)}"
        yield f"rename to {_quoted(after)}"


def _changes(mending: Mending) -> Iterator[_Change]:
    """Yield the lines that differ, record by record: fixes neither add nor remove one."""
    line = new_line = 0
    for old, new in zip(_records(mending.before), _records(mending.after), strict=True):
        old_lines, new_lines = _split(old), _split(new)
        if old != new:
            matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
            for tag, start, end, new_start, new_end in matcher.get_opcodes():
                if tag != "equal":
                    yield _Change(line + start, line + end, new_line + new_start, new_line + new_end)
        line += len(old_lines)
        new_line += len(new_lines)


def _split(record: str) -> list[str]:
    """Return the lines of a record; only a line feed ends one, as for git."""
    lines = record.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _records(content: bytes) -> list[str]:
    """Return the records of a table as written; the whole as one where they do not end as lines of a diff do."""
    # Before its bad bytes are mended a table may have some.
    table = Table.load(content, keep_bad_bytes=True)
    return ["".join(table.records)] if table.dialect.newline == "\r" else table.records


def _hunks(changes: Iterable[_Change]) -> Iterator[list[_Change]]:
    """Yield changes that stand so close together that their surroundings touch."""
    hunk: list[_Change] = []
    for change in changes:
        if hunk and change.start - hunk[-1].end > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _show(hunk: list[_Change], old: list[str], new: list[str]) -> Iterator[str]:
    """Yield the lines of one hunk; the last of ``old`` and of ``new`` is what stands behind the last line feed."""
    count = len(old) - (old[-1] == "")
    start, end = max(0, hunk[0].start - _CONTEXT), min(count, hunk[-1].end + _CONTEXT)
    new_start, new_end = hunk[0].new_start - (hunk[0].start - start), hunk[-1].new_end + (end - hunk[-1].end)
    yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@"
    at = start
    for change in hunk:
        yield from _marked(" ", old, at, change.start)
        yield from _marked("-", old, change.start, change.end)
        yield from _marked("+", new, change.new_start, change.new_end)
        at = change.end
    yield from _marked(" ", old, at, end)


def _marked(mark: str, lines: list[str], start: int, end: int) -> Iterator[str]:
    for place in range(start, end):
        yield mark + lines[place]
        if place == len(lines) - 1:
            yield "\\ No newline at end of file"


def _range(start: int, end: int) -> str:
    return f"{start + (end > start)},{end - start}"


def _quoted(path: str) -> str:
    """Return a path as git writes it: in quotes with octal bytes where it holds more than printable ASCII."""
    if path.isascii() and path.isprintable() and not set('"\\') & set(path):
        return path
    raw = path.encode("utf-8", "surrogateescape")
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03o}" for b in raw) + '"'
