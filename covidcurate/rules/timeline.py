"""Rules on the days of one patient: dates against offsets."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from covidcurate.model import Severity
from covidcurate.rules.columns import numbers_of_pairs, rows_that_differ
from covidcurate.rules.dates import read_date
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import TableView
from covidcurate.spec import Specification

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")
_OFFSET = re.compile(r"[-+]?[0-9]{1,5}(?:\.0*)?")


class _Days(NamedTuple):
    """The first and the last day that something can mean, as ordinals of the calendar."""

    first: int
    last: int

    @property
    def text(self) -> str:
        first, last = (datetime.date.fromordinal(day).isoformat() for day in self)
        return first if first == last else f"{first} to {last}"

    def before(self, days: int) -> _Days:
        return _Days(self.first - days, self.last - days)

    def meets(self, other: _Days) -> bool:
        return self.first <= other.last and other.first <= self.last


@rule(
    "DATE-OFFSET",
    Severity.WARNING,
    Scope.TABLE,
    columns=("patientid", "offset", "date", "filename"),
    remedy="Look both up and correct one, or give another person an id of their own.",
)
def check_offset(view: TableView, _: Specification) -> Iterator[Finding]:
    """Dates and offsets of one patient do not agree.

    From one image to the next the date and the offset grow by the same number of days, so one of the two is wrong, or
    two people share an id. Each row says which day was day 0; the row is named that stands alone. Dates that name no
    month, or can be read in two ways, say nothing.
    """
    if not view.has("patientid", "offset", "date"):
        return
    for rows in _rows_to_compare(view):
        yield from _disagreeing(view, rows)


def _day_zero(date: str, offset: str) -> _Days | None:
    """Return day 0 as a date and an offset tell it; None where they tell none."""
    day = _read_days(date) if _OFFSET.fullmatch(offset) else None
    return day.before(round(float(offset))) if day else None


def _number_of_day_zero(date: str, offset: str) -> int:
    """Return a number of its own for each day 0; 0 where there is none."""
    day = _day_zero(date, offset)
    return 64 * day.first + day.last - day.first if day else 0


def _rows_to_compare(view: TableView) -> Iterator[list[tuple[int, _Days]]]:
    """Yield for each patient whose rows do not tell the same day 0 all that tell one, with that day."""
    patients, dates, offsets = (view.column(name) for name in ("patientid", "date", "offset"))
    told = numbers_of_pairs(_number_of_day_zero, dates, offsets)
    rows: dict[str, list[tuple[int, _Days]]] = {}
    for row in rows_that_differ(patients, told, among=told):
        if day := _day_zero(dates[row], offsets[row]):
            rows.setdefault(patients[row], []).append((row, day))
    yield from rows.values()


def _disagreeing(view: TableView, rows: list[tuple[int, _Days]]) -> Iterator[Finding]:
    """Yield a finding for each row of a patient whose day 0 cannot be that of most others."""
    narrowest = min(day.last - day.first for _, day in rows)
    counts = Counter(day for _, day in rows if day.last - day.first == narrowest)
    usual = counts.most_common(1)[0][0]
    first = next(row for row, day in rows if day == usual)
    dates, offsets = view.column("date"), view.column("offset")
    for row, day in rows:
        if not day.meets(usual):
            yield Finding(
                f"date {dates[row]} and offset {offsets[row]} of patient {view.column('patientid')[row]} put day 0 on "
                f"{day.text}; line {view.lines[first]} puts it on {usual.text} ({dates[first]}, {offsets[first]})",
                column="offset",
                value=offsets[row],
                line=view.lines[row],
                related_line=view.lines[first],
                key=view.column("filename")[row],
            )


def _read_days(text: str) -> _Days | None:
    """Return the days that a date can mean; None if it is none, names no month, or can be read in two ways."""
    readings = read_date(text)
    iso = text if _ISO.fullmatch(text) else readings[0] if len(readings) == 1 else ""
    if not iso:
        return None
    try:
        first = datetime.date.fromisoformat(iso if len(iso) > 7 else f"{iso}-01")
    except ValueError:
        return None
    if len(iso) > 7:
        return _Days(first.toordinal(), first.toordinal())
    # The day after the 28th by four is in the next month, however long this one is.
    following = (first.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)
    return _Days(first.toordinal(), following.toordinal() - 1)
