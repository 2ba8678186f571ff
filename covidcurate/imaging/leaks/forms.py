"""The ways in which a value may stand in bytes: as it was written, in other spellings, in other encodings."""

from __future__ import annotations

import base64
import datetime
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from covidcurate.imaging.leaks.identifiers import Identifier, Kind

_SHORTEST = 3
_SHORTEST_ENCODED = 6
"""Letters from which on a value is looked for in base64 and hexadecimal, where it grows longer and rarer."""
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def spellings(identifier: Identifier) -> Iterator[str]:
    """Yield the texts, in lower case, that would say a value: names in both orders, dates as people write them."""
    text = " ".join(identifier.value.casefold().split())
    if identifier.kind is Kind.DATE:
        yield from _dates(text)
        return
    yield text
    if identifier.kind is Kind.NAME:
        words = text.split()
        plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
        yield plain
        if len(words) > 1:
            for joint in ("^", ", ", ",", "_", "-", ".", ""):
                yield joint.join(words)
                yield joint.join(reversed(words))
            yield " ".join(reversed(words))
    elif identifier.kind is Kind.NUMBER:
        bare = "".join(sign for sign in text if sign.isalnum())
        yield bare
        if len(bare.lstrip("0")) > _SHORTEST_ENCODED:
            yield bare.lstrip("0")


def _dates(text: str) -> Iterator[str]:
    try:
        day = datetime.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        yield text
        return
    month = _MONTHS[day.month - 1]
    yield text
    for sign in "-.:/_":
        yield f"{day:%Y}{sign}{day:%m}{sign}{day:%d}"
        yield f"{day:%d}{sign}{day:%m}{sign}{day:%Y}"
        yield f"{day:%m}{sign}{day:%d}{sign}{day:%Y}"
    for number in {f"{day:%d}", str(day.day)}:
        yield f"{number} {month} {day:%Y}"
        yield f"{number}-{month}-{day:%Y}"
        yield f"{month} {number}, {day:%Y}"
        yield f"{month} {number} {day:%Y}"


class Meaning(NamedTuple):
    """What a pattern stands for, and how many letters of it there are, whatever they are encoded in."""

    identifier: Identifier
    letters: int


def patterns(identifiers: Iterable[Identifier]) -> dict[bytes, Meaning]:
    """Return the bytes to look for, each with the value that they mean; all in lower case, base64 and all.

    Text is looked for in UTF-8, Latin-1 and UTF-16 of both byte orders, and in base64 at each of its three phases and
    hexadecimal of the value as it was written.
    """
    found: dict[bytes, Meaning] = {}
    for identifier in identifiers:
        for text in dict.fromkeys(spellings(identifier)):
            if len(text) < _SHORTEST:
                continue
            for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
                try:
                    found.setdefault(text.encode(encoding).lower(), Meaning(identifier, len(text)))
                except UnicodeEncodeError:
                    continue
        if len(identifier.value) >= _SHORTEST_ENCODED:
            for encoded in _encoded(identifier.value):
                found.setdefault(encoded.lower(), Meaning(identifier, len(encoded)))
    return found


def _encoded(text: str) -> Iterator[bytes]:
    data = text.encode("utf-8")
    yield data.hex().encode("ascii")
    for phase in range(3):
        # What comes before shifts the letters; those that depend on neighbors are cut off.
        whole = base64.b64encode(b"\0" * phase + data)
        core = whole[(phase * 8 + 5) // 6 : len(whole) - (4 if (phase + len(data)) % 3 else 0)]
        if len(core) >= _SHORTEST_ENCODED:
            yield core
