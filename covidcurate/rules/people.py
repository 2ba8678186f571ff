"""Who patients are, as far as their ids, and on one page sex and age, can tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from covidcurate.rules.view import TableView

LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""What may follow the number of an id, as in 311a."""
_MOST_DIGITS = 18
"""Of a number that 64 bits hold for sure."""
_FEW = 20
"""People that are held each against each."""
_YEARS = 2
"""Years by which the ages of one person may differ, as PATIENT-AGE has it."""


@dataclass(slots=True)
class Person:
    """What the rows of one patient id say; ``row`` is the first of them."""

    row: int
    sexes: set[str] = field(default_factory=set)
    ages: set[float] = field(default_factory=set)

    def differs_from(self, other: Person) -> bool:
        """Whether both are known to be of another sex, or of ages that one person cannot have."""
        years = [abs(one - two) for one in self.ages for two in other.ages]
        other_sex = bool(self.sexes and other.sexes) and self.sexes.isdisjoint(other.sexes)
        return other_sex or (bool(years) and min(years) > _YEARS)


def people_of(view: TableView, rows: Iterable[int]) -> dict[str, Person]:
    """Return the patients of rows by their ids, in order; rows without an id are left out."""
    patients, sexes, ages = view.column("patientid"), view.column("sex"), view.column("age")
    people: dict[str, Person] = {}
    for row in rows:
        if not (id_ := patients[row]):
            continue
        person = people.setdefault(id_, Person(row))
        if sexes[row] in ("M", "F"):
            person.sexes.add(sexes[row])
        if is_number(ages[row]):
            person.ages.add(float(ages[row]))
    return people


def are_told_apart(people: Collection[Person]) -> bool:
    """Whether each two of a few people differ, so that none of them is another under a second id."""
    return len(people) <= _FEW and all(one.differs_from(other) for one, other in combinations(people, 2))


def find_alike(people: Mapping[str, Person]) -> tuple[str, str] | None:
    """Return the ids of two people who have the same sex and the same age, both known; None if there are none."""
    seen: dict[tuple[str, float], str] = {}
    for id_, person in people.items():
        for trait in ((sex, age) for sex in person.sexes for age in person.ages):
            if seen.setdefault(trait, id_) != id_:
                return seen[trait], id_
    return None


def is_number(text: str) -> bool:
    """Whether a text is a plain number, as ages are."""
    return text.replace(".", "", 1).isdecimal()


def number_of_id(patient: str) -> int:
    """Return the number of an id such as 12 or 311a; 0 of one that has none."""
    if patient.isdecimal() and len(patient) <= _MOST_DIGITS:
        return int(patient)
    digits = patient.rstrip(LETTERS)
    return int(digits) if digits.isdecimal() and len(digits) <= _MOST_DIGITS else 0
