"""Days and times of day as people and programs write them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def spell_day(text: str) -> Iterator[str]:
    """Yield the spellings of a day, in lower case.

    Parameters
    ----------
    text
        YYYYMMDD; what is no day is yielded as it is.
    """
    try:
        day = datetime.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        yield text
        return
    year, month, number = f"{day:%Y}", f"{day:%m}", f"{day:%d}"
    yield text
    for sign in "-.:/_ ":
        for one, two in ((month, number), (str(day.month), str(day.day))):
            yield sign.join((year, one, two))
            yield sign.join((two, one, year))
            yield sign.join((one, two, year))
    long = _MONTHS[day.month - 1]
    for name in (long, long[:3]):
        for one in (number, str(day.day)):
            yield from (f"{one} {name} {year}", f"{one}-{name}-{year}", f"{one}. {name} {year}", f"{one}{name}{year}")
            yield from (f"{name} {one}, {year}", f"{name} {one} {year}", f"{name}-{one}-{year}")


def spell_time(text: str) -> Iterator[str]:
    """Yield the spellings of a time of day with a fraction of a second.

    Parameters
    ----------
    text
        HHMMSS and a fraction; what is none is yielded as it is.
    """
    yield text
    match = re.fullmatch(r"(\d\d)(\d\d)(\d\d)\.(\d+)", text)
    if match is None:
        return
    hours, minutes, seconds, fraction = match.groups()
    # Programs round off; zeros at the end are often left out.
    for part in dict.fromkeys((fraction, fraction[:3], fraction.rstrip("0"))):
        if len(part) >= 2:
            yield f"{hours}{minutes}{seconds}.{part}"
            yield f"{hours}:{minutes}:{seconds}.{part}"
