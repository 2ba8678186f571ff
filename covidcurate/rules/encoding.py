"""What bytes that are not UTF-8 were meant to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from covidcurate.rules.twins import Reread, damaged_words, find_twins
from covidcurate.table import NOT_UTF8, BadByte

ENCODINGS = {"cp1252": "Windows-1252", "cp1250": "Windows-1250", "mac_roman": "Macintosh", "cp850": "CP850"}
"""Encodings in which spreadsheet programs of the West save: Python's name, and the one that people and iconv use."""

_SIGNS = frozenset("\u00a0\u00b0\u00b1\u00b5\u00b7\u00d7\u2013\u2014\u2018\u2019\u201c\u201d\u2026")
"""Signs that medical texts use."""
_INSIDE = frozenset("\u2019\u00b7\u2013")
"""Those of them that stand between two letters."""

_LAST_LETTER = "\u017f"
"""Of the languages that write Latin letters; the others are signs."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the bad bytes of one line can be: their characters in order, with the encodings that say so.

    ``certain`` is blank where more than one way, or none, makes sense.
    """

    by_encoding: Mapping[str, str]
    certain: str = ""


def read_bad_bytes(lines: Sequence[BadByte], reread: Reread) -> list[Reading]:
    """Return for each line what its bad bytes can be.

    Encodings count that make sense of most lines, for a table was mostly damaged once. What the same words look like
    where they are intact outweighs them.
    """
    sound = [_sound_readings(line.words) for line in lines]
    votes = Counter(encoding for readings in sound for encoding in readings)
    twins = find_twins({word for line in lines for word in damaged_words(" ".join(line.words))}, reread)
    top, result = max(votes.values(), default=0), []
    for line, readings in zip(lines, sound, strict=True):
        most = max((votes[encoding] for encoding in readings), default=0)
        likely = {encoding: text for encoding, text in readings.items() if votes[encoding] == most}
        by_twins = _by_twins(line.words, twins)
        texts = {by_twins} if by_twins else set(likely.values())
        is_certain = len(texts) == 1 and (by_twins or most == top)
        result.append(Reading(likely, texts.pop() if is_certain else ""))
    return result


def _sound_readings(words: Sequence[str]) -> dict[str, str]:
    """Return the encodings in which all bad bytes of the words make sense, with the characters these are."""
    readings = {}
    for encoding in ENCODINGS:
        decoded = ["".join(_decode(char, encoding) for char in word) for word in words]
        if all(map(_is_sound, words, decoded)):
            pairs = (pair for both in zip(words, decoded, strict=True) for pair in zip(*both, strict=True))
            readings[encoding] = "".join(new for old, new in pairs if NOT_UTF8.match(old))
    return readings


def _by_twins(words: Sequence[str], twins: Mapping[str, tuple[str, ...]]) -> str:
    """Return the characters that the intact words have; blank unless each word has one that fits its bytes."""
    chars = ""
    for word in words:
        ways = {_chars_that_fit(word, twin) for twin in twins.get(word, ())} - {""}
        if len(ways) != 1:
            return ""
        chars += ways.pop()
    return chars


def _chars_that_fit(word: str, twin: str) -> str:
    """Return what a twin has in place of the bad bytes, if an encoding writes it with these bytes."""
    pairs = [(old, new) for old, new in zip(word, twin, strict=True) if NOT_UTF8.match(old)]
    fits = any(all(_decode(old, encoding) == new for old, new in pairs) for encoding in ENCODINGS)
    return "".join(new for _, new in pairs) if fits else ""


def _decode(char: str, encoding: str) -> str:
    """Return what a byte that is no text is in an encoding; any other character is itself."""
    return char.encode("utf-8", "surrogateescape").decode(encoding, "replace") if NOT_UTF8.match(char) else char


def _is_sound(damaged: str, word: str) -> bool:
    """Whether each character that took the place of a byte makes sense between its neighbors."""
    for place, (old, new) in enumerate(zip(damaged, word, strict=True)):
        if not NOT_UTF8.match(old):
            continue
        before, after = word[place - 1 : place] if place else "", word[place + 1 : place + 2]
        if new.isalpha() and new not in _SIGNS:
            # A letter does not stand alone, or beside a number; within a word no capital follows or leads a small one.
            if not (before + after).isalpha() or new > _LAST_LETTER:
                return False
            if (new.isupper() and before and not (before + after).isupper()) or (new.islower() and after.isupper()):
                return False
        elif new not in _SIGNS or (before.isalpha() and after.isalpha() and new not in _INSIDE and new != "\u00a0"):
            return False
    return True
