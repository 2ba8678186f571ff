"""What a finding is known by when lines move: its rule, its row and its words, never its line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from covidcurate.model import Issue


def fingerprints(issues: Sequence[Issue]) -> Iterator[str]:
    """Yield a fingerprint (32 hexadecimal digits) for each issue, in their order.

    Equal findings, as of two rows without a file name, are counted, so that each has its own.
    """
    seen: dict[str, int] = {}
    for issue in issues:
        # A message may name lines; the cell says as much. Without one, as of a whole file, the words have to do.
        words = issue.value or (_without_numbers(issue.message) if issue.related_line or issue.line else issue.message)
        parts = (issue.code, PurePath(issue.file).name, issue.key, issue.column, words)
        text = "\0".join(parts)
        seen[text] = seen.get(text, 0) + 1
        yield hashlib.sha256(f"{text}\0{seen[text]}".encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _without_numbers(text: str) -> str:
    return "".join(char for char in text if not char.isdigit())
