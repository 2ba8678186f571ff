"""Patterns that whole texts have to match: several as one, and what they do not look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_DIGIT_BLIND = re.compile(
    r"""(?:
        [^\\\[\](){}0-9]                                # a character that stands for itself, a sign of repetition
        | \\(?:[dDwWsSbB]|[^\w\s])                      # a class of characters, all digits or none in it
        | \[(?:\^|(?!\^))(?:[^\\\[\]{}0-9]|\\(?:[dDwWsS]|[^\w\s])|(?<!-)0-9)+\]
        | \((?:\?(?:[:=!]|[is]+:)|(?!\?))|\)
        | \{(?:[0-9]+(?:,[0-9]*)?|,[0-9]+)\}            # the one place for a number
    )*""",
    re.VERBOSE,
)


def accept_all(patterns: Iterable[re.Pattern[str]]) -> Callable[[str], object] | None:
    """Return a test that a text matches all patterns; None if there are none."""
    patterns = list(patterns)
    if not patterns:
        return None
    if any(pattern.flags & ~re.UNICODE for pattern in patterns):
        # Patterns of a dataset may have flags of their own, which hold for a whole expression.
        return lambda text: all(pattern.fullmatch(text) for pattern in patterns)
    *others, last = (pattern.pattern for pattern in patterns)
    return re.compile("".join(rf"(?=(?:{pattern})\Z)" for pattern in others) + rf"(?:{last})\Z").match


def is_digit_blind(pattern: re.Pattern[str]) -> bool:
    r"""Whether a pattern surely treats all ten digits alike, so that of texts that differ in digits one tells of all.

    That is so where it names no digit but in ``\d`` and ``0-9``, and nowhere asks for what it has found before.
    """
    # With comments in a pattern, a bracket need not begin a class.
    return not pattern.flags & re.VERBOSE and _DIGIT_BLIND.fullmatch(pattern.pattern) is not None
