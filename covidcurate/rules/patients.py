"""Rules on patients: rows that belong together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from covidcurate.model import Severity
from covidcurate.rules.columns import count_gaps, numbers_of, rows_where, steps_back
from covidcurate.rules.derived import OF_ONE_PAGE
from covidcurate.rules.licenses import book_of
from covidcurate.rules.pages import Pages
from covidcurate.rules.people import LETTERS, are_told_apart, find_alike, is_number, number_of_id, people_of
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import TableView
from covidcurate.spec import Specification
from covidcurate.words import counted

_DAYS = re.compile(r"-?\d{1,5}(?:\.\d{1,3})?")
_YEAR = 365.0
_BY_CHANCE = 4
"""People up to whom it is hardly chance that two on one page have the same sex and age."""
_Dated = tuple[float, float, int]
"""A day, the age on it, and the row that says so."""
_OF_ONE_PERSON = ("sex", "age", "location", "finding")


@rule(
    "PATIENT-SEX",
    Severity.ERROR,
    Scope.TABLE,
    columns=("patientid", "sex", "filename"),
    remedy="Correct the sex, or give the other person an id of their own.",
)
def check_sex(view: TableView, _: Specification) -> Iterator[Finding]:
    """One patient has two sexes.

    Either a cell is wrong, or two people share an id; then a split by patient is right only by chance.
    """
    yield from _differing(view, "sex", {"M", "F"})


@rule(
    "PATIENT-LOCATION",
    Severity.INFO,
    Scope.TABLE,
    columns=("patientid", "location", "filename"),
    remedy="Check that the images show one person.",
)
def check_location(view: TableView, _: Specification) -> Iterator[Finding]:
    """One patient has two locations.

    A transfer is possible; two people under one id are too. A place and the country that it is in are one location.
    """
    yield from _differing(view, "location", None, is_part=_is_part_of)


@rule(
    "PATIENT-FINDING",
    Severity.INFO,
    Scope.TABLE,
    columns=("patientid", "finding", "filename"),
    remedy="Nothing to do if the finding changed over time.",
)
def check_finding(view: TableView, _: Specification) -> Iterator[Finding]:
    """One patient has several findings.

    Legal over time: a first film can be normal. Worth a look all the same.
    """
    yield from _differing(view, "finding", None)


@rule(
    "PATIENT-AGE",
    Severity.WARNING,
    Scope.TABLE,
    columns=("patientid", "age", "offset", "filename"),
    remedy="Correct the age, or give the other person an id of their own.",
)
def check_age(view: TableView, _: Specification) -> Iterator[Finding]:
    """The ages of one patient lie more than two years apart, or do not go with the days.

    Images of one illness are made within months. Nobody is younger on a later day, and from day to day nobody gains
    more than the years between and the one birthday that a count of whole years can hide.
    """
    ages, offsets = view.column("age"), view.column("offset")
    for patient, rows in view.groups_that_differ("patientid", _OF_ONE_PERSON).items():
        known = [(float(ages[row]), row) for row in rows if is_number(ages[row])]
        if known and (gap := max(known)[0] - min(known)[0]) > 2:
            (low, first), (high, last) = min(known), max(known)
            message = f"patient {patient} is {low:g} in line {view.lines[first]} and {high:g} here, {gap:g} years apart"
            yield view.finding(last, "age", message, view.lines[first])
            continue
        dated = sorted((float(offsets[row]), age, row) for age, row in known if _DAYS.fullmatch(offsets[row]))
        if (pair := _against_days(dated)) is not None:
            (before, earlier, first), (after, later, row) = pair
            message = (
                f"patient {patient} is {later:g} on day {after:g}, and {earlier:g} on day {before:g} in line "
                f"{view.lines[first]}"
            )
            yield view.finding(row, "age", message, view.lines[first])


def _against_days(dated: list[_Dated]) -> tuple[_Dated, _Dated] | None:
    """Return the first two of days with ages, in their order, of which the later one has too few years or too many."""
    oldest = dated[0] if dated else (0.0, 0.0, 0)
    for one, other in pairwise(dated):
        # A fall from anywhere shows between neighbors; a rise adds up, so it is held against whoever rose least.
        oldest = max(oldest, one, key=lambda day: day[0] / _YEAR - day[1])
        if other[0] > one[0] and other[1] < one[1]:
            return one, other
        if other[1] - oldest[1] > (other[0] - oldest[0]) / _YEAR + 1:
            return oldest, other
    return None


@rule(
    "PATIENT-CHILD",
    Severity.ERROR,
    Scope.TABLE,
    columns=("age", "filename"),
    remedy="Leave the image out: the collection takes adults only ([policy] minimum_age).",
)
def check_child(view: TableView, specification: Specification) -> Iterator[Finding]:
    """The patient is a child.

    Children's chests look different, and mixed in as controls they teach a model to tell age, not illness.
    """
    ages = view.column("age")
    for row in rows_where(ages, lambda age: is_number(age) and float(age) < specification.minimum_age):
        message = f"the patient is {ages[row]} years old; the dataset begins at {specification.minimum_age:g}"
        yield view.finding(row, "age", message)


@rule(
    "PATIENT-URL",
    Severity.INFO,
    Scope.TABLE,
    columns=(*OF_ONE_PAGE, "sex", "age", "filename", "page of url"),
    remedy="Nothing to do if the page shows several people, as an article or a hospital's data release does; "
    "[patients] releases in covidcurate.toml says so once and for all.",
)
def check_url(view: TableView, specification: Specification) -> Iterator[Finding]:
    """One address has several patients.

    A case page shows one person, so that several ids let one person into two parts of a split. It weighs more where
    few ids are on the page and two of them have the same sex and age. Nothing is said where each two differ in sex,
    or by more than two years; of ids such as 311a and 311b, which part the people of one page on purpose; and of
    addresses that show several, as a dataset can say, or the list of sources.
    """
    book, page_of = book_of(specification), Pages()
    releases = set(map(page_of, specification.releases))
    for rows in view.groups_that_differ("page of url", OF_ONE_PAGE).values():
        people = people_of(view, rows)
        numbers = {id_.rstrip(LETTERS) for id_ in people}
        on_purpose = len(numbers) == 1 and numbers.isdisjoint(people)
        if len(people) < 2 or on_purpose or are_told_apart(people.values()):
            continue
        url = view.column("url")[rows[0]]
        place = book.expected_for(url)
        if page_of(url) in releases or (place is not None and place[0].release):
            continue
        twins = find_alike(people) if len(people) <= _BY_CHANCE else None
        shown = ", ".join(list(people)[:5]) + (f" and {len(people) - 5} more" if len(people) > 5 else "")
        message = f"{url} has {len(people)} patients: {shown}"
        remedy, weight = "", None
        if twins is not None:
            message += f"; {twins[0]} and {twins[1]} have the same sex and age"
            weight = Severity.WARNING
            remedy = "Look at the page: if it is one person, give all of their images one id."
        first, second = (people[id_].row for id_ in twins or list(people)[:2])
        finding = view.finding(second, "url", message, view.lines[first])
        yield finding._replace(remedy=remedy, severity=weight)


@rule(
    "PATIENT-ORDER",
    Severity.INFO,
    Scope.TABLE,
    columns=("patientid",),
    remedy="Nothing to do: order has no meaning. New ids are given above the highest.",
)
def check_order(view: TableView, _: Specification) -> Iterator[Finding]:
    """Patient ids are not in order, or have gaps.

    Worth knowing for who expects the last row to have the highest id, or ids to count patients.
    """
    numbers = numbers_of(view.column("patientid"), number_of_id)
    steps, gaps = steps_back(numbers), count_gaps(numbers)
    if steps or gaps:
        line = view.lines[steps[0]] if steps else 0
        yield Finding(
            f"patient ids step back in {len(steps)} places and leave {gaps} numbers out", column="patientid", line=line
        )


def _is_part_of(text: str, other: str) -> bool:
    """Whether all that one location says is said by another too, which says more: the country alone, or the city."""
    said, more = ({part.strip().casefold() for part in one.split(",")} for one in (text, other))
    return said < more


def _differing(
    view: TableView,
    column: str,
    allowed: set[str] | None,
    is_part: Callable[[str, str], bool] = lambda _, __: False,
) -> Iterator[Finding]:
    """Yield one finding for each patient whose cells of a column differ, at the first row that differs.

    Parameters
    ----------
    is_part
        Whether a text says nothing that another does not say, so that it does not count.
    """
    texts = view.column(column)
    for patient, rows in view.groups_that_differ("patientid", _OF_ONE_PERSON).items():
        counts = Counter(texts[row] for row in rows if texts[row] and (allowed is None or texts[row] in allowed))
        for text in [text for text in counts if any(is_part(text, other) for other in counts)]:
            del counts[text]
        if len(counts) > 1:
            first, second = list(counts)[:2]
            shown = ", ".join(f"{text!r} ({counted(count, 'image')})" for text, count in counts.items())
            at = {text: next(row for row in rows if texts[row] == text) for text in (first, second)}
            yield view.finding(at[second], column, f"patient {patient} has {shown}", view.lines[at[first]])
