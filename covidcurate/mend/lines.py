"""Replace the bytes of a table that are not UTF-8, before it can be cut into cells that may be edited."""

from __future__ import annotations

import re
from collections.abc import Iterable

from covidcurate.model import Issue, Target
from covidcurate.table import NOT_UTF8, Table

_BEYOND_ASCII = re.compile("[^\x00-\x7f\ud800-\udfff]+")


def mend_lines(content: bytes, issues: Iterable[Issue]) -> tuple[bytes, list[Issue]]:
    """Return a table with the bad bytes of its lines replaced, and the issues whose fixes did that.

    No other byte changes. What is written is never ASCII, so that no cell begins or ends elsewhere than before.
    """
    end = b"\r" if Table.load(content, keep_bad_bytes=True).dialect.newline == "\r" else b"\n"
    lines, done = content.split(end), []
    for issue in issues:
        fix = issue.fix
        if fix is None or fix.target is not Target.LINE or not 0 < issue.line <= len(lines):
            continue
        text = lines[issue.line - 1].decode("utf-8", "surrogateescape")
        there = "".join(NOT_UTF8.findall(text)).encode("utf-8", "surrogateescape")
        if there.hex() == fix.old and len(fix.new) == len(there) and _BEYOND_ASCII.fullmatch(fix.new):
            lines[issue.line - 1] = _replaced(text, fix.new).encode("utf-8")
            done.append(issue)
    return end.join(lines), done


def _replaced(text: str, characters: str) -> str:
    """Return a text in which the bytes that are no text are these characters, one after the other."""
    new = iter(characters)
    return NOT_UTF8.sub(lambda _: next(new), text)
