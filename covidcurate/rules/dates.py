"""Rules on dates."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from covidcurate.model import Fix, Severity
from covidcurate.rules.registry import Finding, Scope, of_type, rule
from covidcurate.rules.values import says_unknown
from covidcurate.spec import Column, ColumnType, Specification

_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_YEAR_FIRST = re.compile(r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{2})([0-9]{2}))")
_NUMERIC = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})")
_ORDINAL = "(?:st|nd|rd|th|\\.)?"
_MONTH_FIRST = re.compile(rf"([A-Za-z]+)\.?,? *(?:\b([0-9]{{1,2}}){_ORDINAL}(?:, *| +))?([0-9]{{4}})")
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}}){_ORDINAL} *([A-Za-z]+)\.?,? *([0-9]{{4}})")
_NO_YEAR = re.compile(rf"([A-Za-z]+)\.? *([0-9]{{1,2}}){_ORDINAL}|([0-9]{{1,2}}){_ORDINAL} *([A-Za-z]+)\.?")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_FIRST_XRAY = 1895
_IS_DATE = of_type(ColumnType.DATE)


@rule(
    "DATE-INVALID",
    Severity.ERROR,
    Scope.CELL,
    applies=_IS_DATE,
    remedy="Write YYYY, YYYY-MM or YYYY-MM-DD, or leave the cell blank.",
)
def check_invalid(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """A text is no date.

    It cannot be put on a time line at all.
    """
    word = text.strip()
    if word and not says_unknown(word, column) and not _is_iso(word) and not read_date(word) and not _lacks_year(word):
        yield Finding(f"{text!r} is not a date")


@rule(
    "DATE-AMBIGUOUS",
    Severity.WARNING,
    Scope.CELL,
    applies=_IS_DATE,
    remedy="Look the date up and write it as YYYY-MM-DD.",
)
def check_ambiguous(text: str, _: Column, __: Specification) -> Iterator[Finding]:
    """A date can be read in two ways.

    03/09/20 is March in one country and September in another. Nobody but the source can tell.
    """
    readings = read_date(text.strip())
    if len(readings) > 1:
        yield Finding(f"{text!r} is {readings[0]} or {readings[1]}")


@rule(
    "DATE-FUTURE",
    Severity.ERROR,
    Scope.CELL,
    applies=_IS_DATE,
    remedy="Look the date up: the year is mostly a slip.",
)
def check_future(text: str, _: Column, __: Specification) -> Iterator[Finding]:
    """A date has not come yet.

    No image can be of it, and whoever sorts by date has it as the newest. Tomorrow counts as today, since it is that
    somewhere.
    """
    word = text.strip()
    readings = (word,) if _is_iso(word) else read_date(word)
    latest = (datetime.date.today() + datetime.timedelta(days=1)).isoformat()
    if readings and all(reading > latest[: len(reading)] for reading in readings):
        yield Finding(f"{text!r} has not come yet")


@rule("DATE-FORM", Severity.INFO, Scope.CELL, applies=_IS_DATE, remedy="Write dates as YYYY, YYYY-MM or YYYY-MM-DD.")
def check_form(text: str, _: Column, __: Specification) -> Iterator[Finding]:
    """A date is not written in the ISO form.

    It has one meaning to a person, but sorts and compares wrongly. A year may stand alone if no more is known.
    """
    word = text.strip()
    if _is_iso(word):
        return
    readings = read_date(word)
    if len(readings) == 1:
        yield Finding(f"{text!r} is not in ISO form", f"Write {readings[0]}.", fix=_fix(word, readings[0]))
    elif _lacks_year(word):
        yield Finding(f"{text!r} has no year", "Add the year: YYYY-MM-DD.", severity=Severity.WARNING)


def _fix(text: str, reading: str) -> Fix | None:
    """Return the fix of a date with one reading; none where its year may as well stand in front."""
    match = _NUMERIC.fullmatch(text)
    if match is None or len(match[3]) == 4:
        return Fix(reading)
    first, month, day = (int(group) for group in match.groups())
    if len(match[1]) == 2 and _iso(2000 + first, month, day):
        return None
    return Fix(reading, "the century is not written")


def read_date(text: str) -> tuple[str, ...]:
    """Return every ISO date that a date in another form can mean; empty if it is none.

    A year of two digits is taken for this century, in which all films of the collection were made.
    """
    readings: tuple[str, ...]
    if match := _NUMERIC.fullmatch(text):
        first, second, year = (int(group) for group in match.groups())
        year += 2000 if year < 100 else 0
        readings = (_iso(year, first, second), _iso(year, second, first))
    elif match := _YEAR_FIRST.fullmatch(text):
        readings = (_iso(int(match[1]), int(match[3] or match[5]), int(match[4] or match[6])),)
    elif match := _MONTH_FIRST.fullmatch(text):
        readings = (_iso(int(match[3]), _month(match[1]), int(match[2]) if match[2] else None),)
    elif match := _DAY_FIRST.fullmatch(text):
        readings = (_iso(int(match[3]), _month(match[2]), int(match[1])),)
    else:
        return ()
    return tuple(dict.fromkeys(reading for reading in readings if reading))


def _is_iso(text: str) -> bool:
    match = _ISO.fullmatch(text)
    if match is None:
        return False
    year, month, day = (int(group) if group else None for group in match.groups())
    return year is not None and bool(_iso(year, month, day) if month is not None else year >= _FIRST_XRAY)


def _lacks_year(text: str) -> bool:
    match = _NO_YEAR.fullmatch(text)
    if match is None:
        return False
    # 2020 is a leap year, so every day of the calendar is valid in it.
    return bool(_iso(2020, _month(match[1] or match[4]), int(match[2] or match[3])))


def _month(name: str) -> int | None:
    folded = name.casefold()
    if len(folded) < 3:
        return None
    return next(
        (
            number
            for number, month in enumerate(_MONTHS, start=1)
            if month.startswith(folded.removesuffix("t") if folded == "sept" else folded)
        ),
        None,
    )


def _iso(year: int, month: int | None, day: int | None) -> str:
    """Return an ISO date; empty if there is no such day."""
    if month is None or year < _FIRST_XRAY:
        return ""
    try:
        valid = datetime.date(year, month, day or 1)
    except ValueError:
        return ""
    return valid.isoformat() if day is not None else f"{year:04d}-{month:02d}"
