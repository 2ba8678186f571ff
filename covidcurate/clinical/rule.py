"""What a rule is: words that it looks for, and the value that they mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """One value with the words it was read from: ``text`` is always ``source[start:end]``.

    ``hint`` says that rules of its column are right too seldom to offer the value: it only says where to look.
    """

    column: str
    value: str
    text: str
    start: int
    end: int
    rule: str
    hint: bool


KEEPS_UNDER_NEGATION = "*"
"""``Rule.negated`` of words whose value a negation before them does not touch, such as an age."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Words and the value they mean.

    ``value`` may be a function of the match; an empty string from it refuses. ``negated`` is the value of the same
    words under a negation; an empty string reads nothing then. ``language`` is ``en``, ``it`` or empty for both.
    """

    column: str
    name: str
    language: str
    pattern: re.Pattern[str]
    value: str | Callable[[re.Match[str]], str]
    negated: str = ""


def words(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of whole words, without regard to case; a blank in it stands for any few blanks."""
    spaced = re.sub(r"(\[[^\]]*\])| ", lambda match: match[1] or r"(?:\s{1,3})", pattern)
    return re.compile(rf"(?<!\w)(?:{spaced})(?!\w)", re.IGNORECASE)


def decimal(text: str) -> float:
    """Return a number with a decimal point or comma."""
    return float(text.replace(",", "."))


def shown(number: float, places: int = 2) -> str:
    """Return a number without needless zeros."""
    return f"{number:.{places}f}".rstrip("0").rstrip(".")
