"""One published case under two patient ids, or in two datasets: told by its page, or by what was written about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

from covidcurate.convert.inputs import Source
from covidcurate.dedupe.model import Kind, Pair
from covidcurate.dedupe.rows import RowFacts
from covidcurate.errors import UsageError
from covidcurate.words import counted

_TELLING = 80
"""Characters, without blanks and marks, from which on equal notes are no chance."""
_FEW = 20
"""Patients that one page or text may have and still mean one case; a hospital's data release has more."""
_CASE_DOI = re.compile(r"10\.35100/eurorad/case\.(\d+)", re.IGNORECASE)


def find_same_cases(facts: Mapping[Source, RowFacts], new: set[Source]) -> list[Pair]:
    """Return a pair for any two patients whose rows have one case page, or the same notes.

    The pair is of the first file of each, by name. An article may be about many patients, so that its DOI or address
    says nothing by itself; the pages of Radiopaedia, Eurorad, SIRM and coronacases are each about one.

    Parameters
    ----------
    new
        Pairs of patients of which neither has a file among these are left out.
    """
    patients: dict[object, list[Source]] = {}
    known_by: dict[tuple[str, str], dict[object, None]] = {}
    for source in sorted(facts, key=lambda one: one.shown):
        # A file without an id is a patient of its own.
        patient: object = facts[source].patient if facts[source].patient[1] else source
        patients.setdefault(patient, []).append(source)
        for key in _keys(facts[source]):
            known_by.setdefault(key, {})[patient] = None
    words: dict[tuple[object, object], list[str]] = {}
    for key, ids in known_by.items():
        for pair in combinations(ids, 2) if len(ids) <= _FEW else ():
            words.setdefault(pair, []).append(_say(key))
    found = []
    for (one, other), said in words.items():
        sources, others = patients[one], patients[other]
        is_new = new.intersection(sources) or new.intersection(others)
        if is_new and not _are_apart([facts[source] for source in sources], [facts[source] for source in others]):
            said.append(f"{counted(len(sources), 'image')} and {counted(len(others), 'image')}")
            found.append(Pair(sources[0], others[0], Kind.CASE, 1.0, tuple(said)))
    return found


def _are_apart(rows: list[RowFacts], others: list[RowFacts]) -> bool:
    """Whether the rows of two patients say that they are two, as those of an article about several do."""
    if any(row.is_other_person(other) for row in rows for other in others):
        return True
    notes, other_notes = ({_fold(row.notes) for row in part} - {""} for part in (rows, others))
    # Who gave two ids in one table, and wrote about each, knew two patients; another place has words of its own.
    here = rows[0].patient[0] == others[0].patient[0]
    return here and bool(notes and other_notes) and not notes & other_notes


def _keys(row: RowFacts) -> Iterator[tuple[str, str]]:
    """Yield what a case is known by."""
    from covidcurate.sources.registry import find_case

    case = _CASE_DOI.search(row.doi)
    if case is not None:
        yield "page", f"eurorad {case[1].lstrip('0')}"
    try:
        site, ref = find_case(row.url)
        yield "page", f"{site.id} {ref.id}"
    except UsageError:
        pass
    notes = _fold(row.notes)
    if len(notes) >= _TELLING:
        yield "notes", notes


def _fold(text: str) -> str:
    """Return letters and digits alone."""
    return "".join(re.findall(r"\w+", text.casefold()))


def _say(key: tuple[str, str]) -> str:
    kind, value = key
    return f"both rows name the case {value}" if kind == "page" else "the same clinical notes"
