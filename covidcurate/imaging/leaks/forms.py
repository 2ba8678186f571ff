"""The ways in which a value may stand in bytes: as it was written, in other spellings, in other encodings."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from covidcurate.imaging.leaks.date_forms import spell_day, spell_time
from covidcurate.imaging.leaks.identifiers import Identifier, Kind

_SHORTEST, _SHORTEST_BYTES = 3, 6
"""Letters, or bytes of UTF-8, from which on a text is looked for; a Chinese name has two letters of three bytes."""
_SHORTEST_ENCODED, _SHORTEST_CORE = 6, 7
"""Letters from which on a value is looked for in base64 and hexadecimal, and those that have to be left of it."""
_SHORT_NUMBER = 5
"""Digits from which on a mere number is looked for in bytes.

One in ten thousand numbers of four digits is a given one, and a header or a table of a thousand rows holds that many;
in random bytes four digits stand once in 4 GiB, three in 16 MiB. Shorter ones are looked for in file names and cells
alone, as whole numbers, if they have four digits and are neither a year nor, with a zero in front, a counter of frames.
"""
_YEAR = re.compile(r"(19|20)\d\d")
_OWN_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"}
)
_ENCODINGS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")
_ELSEWHERE = (
    "iso8859-2",
    "cp1250",
    "iso8859-5",
    "cp1251",
    "iso8859-7",
    "gb18030",
    "shift-jis",
    "iso2022-jp",
    "euc-kr",
)
"""Encodings in which headers and texts hold what Latin-1 cannot say."""


class Meaning(NamedTuple):
    """What a pattern stands for, how many letters of it there are, and whether it is base64 or hexadecimal."""

    identifier: Identifier
    letters: int
    encoded: bool = False


def patterns(identifiers: Iterable[Identifier]) -> dict[bytes, Meaning]:
    """Return the bytes to look for, each with the value that they mean; all in lower case, base64 and all.

    Text is looked for in UTF-8, Latin-1 and UTF-16 of both byte orders, as JSON and addresses escape it, and in base64
    (at each of its three phases) and hexadecimal of the value as it was written.
    """
    found: dict[bytes, Meaning] = {}
    for identifier in identifiers:
        for text in dict.fromkeys(spellings(identifier)):
            if _is_worth_it(text):
                for data in _in_bytes(text):
                    found.setdefault(data.lower(), Meaning(identifier, len(text)))
        if len(identifier.value) >= _SHORTEST_ENCODED and not _is_short_number(identifier.value):
            for data in _encoded(identifier):
                found.setdefault(data.lower(), Meaning(identifier, len(data), True))
    return found


def tokens(identifiers: Iterable[Identifier]) -> dict[str, Identifier]:
    """Return the numbers of four digits that are looked for in names and cells only."""
    found: dict[str, Identifier] = {}
    for identifier in identifiers:
        value = identifier.value.strip()
        if re.fullmatch(r"[1-9][0-9]{3}", value) and not _YEAR.fullmatch(value):
            found.setdefault(value, identifier)
    return found


def spellings(identifier: Identifier) -> Iterator[str]:
    """Yield the texts that would say a value: names in both orders, dates as people write them.

    What letters are capitals matters only of those that are not ASCII, so that these are spelled in each way.
    """
    text = " ".join(identifier.value.split())
    if identifier.kind is Kind.DATE:
        yield from spell_day(text)
    elif identifier.kind is Kind.TIME:
        yield from spell_time(text)
    else:
        for base in _letters(text):
            yield base
            if identifier.kind is Kind.NAME:
                yield from _orders(base.split())
            elif identifier.kind is Kind.NUMBER:
                yield from _numbers(base)


def _is_worth_it(text: str) -> bool:
    long = len(text) >= _SHORTEST or len(text.encode("utf-8", "replace")) >= _SHORTEST_BYTES
    return long and not _is_short_number(text)


def _is_short_number(text: str) -> bool:
    """Whether a text is a number with few digits, whatever signs there are between them."""
    return not any(sign.isalpha() for sign in text) and sum(sign.isdigit() for sign in text) < _SHORT_NUMBER


def _letters(text: str) -> Iterator[str]:
    """Yield a text in the ways in which letters with accents are written, or are not."""
    lower = text.lower()
    yield lower
    if text.isascii():
        return
    yield from (text, lower.upper(), lower.title(), lower.casefold(), unicodedata.normalize("NFD", lower))
    # The capital of this letter is two of another in some systems, and itself in others.
    yield "ß".join(part.upper() for part in lower.split("ß"))
    yield from (unicodedata.normalize("NFD", text), unicodedata.normalize("NFD", lower.title()))
    plain = unicodedata.normalize("NFKD", lower)
    yield "".join(sign for sign in plain if not unicodedata.combining(sign))
    yield lower.translate(_OWN_LETTERS)


def _orders(words: list[str]) -> Iterator[str]:
    if len(words) > 1:
        for joint in ("^", ", ", ",", "_", "-", ".", " ", ""):
            yield joint.join(words)
            yield joint.join(reversed(words))
            # A comma sets off the family name alone, which comes first or last.
            yield f"{words[-1]}{joint}{' '.join(words[:-1])}"


def _numbers(text: str) -> Iterator[str]:
    bare = "".join(sign for sign in text if sign.isalnum())
    yield bare
    short = bare.lstrip("0")
    if len(short) >= _SHORT_NUMBER:
        yield short


def _in_bytes(text: str) -> Iterator[bytes]:
    """Yield a text in each encoding that has its letters."""
    for encoding in _ENCODINGS if all(ord(sign) < 256 for sign in text) else (*_ENCODINGS, *_ELSEWHERE):
        try:
            yield text.encode(encoding)
        except UnicodeEncodeError:
            continue
    for escaped in (json.dumps(text)[1:-1], quote(text, errors="replace")):
        if escaped != text:
            yield escaped.encode("ascii")


def _encoded(identifier: Identifier) -> Iterator[bytes]:
    value = identifier.value
    texts = {value, value.upper(), value.lower(), value.title()}
    if identifier.kind is Kind.NAME:
        texts |= {text.replace(" ", "^") for text in texts}
    for text in sorted(texts):
        data = text.encode("utf-8", "surrogateescape")
        yield data.hex().encode("ascii")
        for phase in range(3):
            # What comes before and after shares letters with the value; those are cut off.
            whole = base64.b64encode(b"\0" * phase + data)
            core = whole[(phase * 8 + 5) // 6 : len(whole) - (0, 3, 2)[(phase + len(data)) % 3]]
            if len(core) >= _SHORTEST_CORE:
                yield core
