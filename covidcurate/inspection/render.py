"""Descriptions as text for people or as JSON; what identifies a person is named, and shown only where it was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from covidcurate.errors import ExitCode
from covidcurate.imaging import FileType
from covidcurate.imaging.describe import Description
from covidcurate.inspection.run import Found
from covidcurate.words import counted, to_json

_FEW = 3
"""Up to so many files each is described; of more, a line each and a summary."""


def as_text(found: Sequence[Found]) -> Iterator[str]:
    """Yield each file in full if there are few, else a line each; then studies and series, what is odd, and counts."""
    if len(found) <= _FEW:
        for one in found:
            yield from _whole(one)
    else:
        yield from _summary(found)
        yield from _oddities(found)
        yield from _identities(found)
    broken = [one for one in found if one.error is not None]
    for one in broken:
        yield f"broken   {one.source.shown}: {one.error}"
    kinds = Counter(one.description.kind.value for one in found if one.description is not None)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    yield f"{counted(len(found), 'file')}: {counts or 'none that is known'}, {len(broken)} broken"


def _whole(one: Found) -> Iterator[str]:
    described = one.description
    if described is None:
        return
    yield f"{one.source.shown}: {described.kind.value}, {described.size} bytes"
    if one.patient:
        yield f"  {'patient, study, series':28} {one.patient}, {one.study}, {one.series}"
    for name, fact in described.facts.items():
        yield f"  {name:28} {_plain_fact(fact)}"
    for odd in described.odd:
        yield f"  odd: {odd}"
    for place, count in described.identifying.items():
        values = " | ".join(described.hidden.get(place, ()))
        times = f" ({count} times)" if count > 1 else ""
        yield f"  identifies a person: {place}{times}{f': {values}' if values else ''}"
    if described.texts and not described.hidden:
        yield f"  other texts: {', '.join(described.texts)}"
    for place in described.texts if described.hidden else ():
        yield f"  other text: {place}: {' | '.join(described.hidden.get(place, ()))}"


def _plain_fact(fact: object) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, list) else str(fact)


def _summary(found: Sequence[Found]) -> Iterator[str]:
    """Yield DICOM by patient, study and series, and other files one by one."""
    images = [one for one in found if one.description is not None]
    series = sorted(filter(_is_dicom, images), key=lambda one: (one.patient, one.study, one.series))
    for patient, of_patient in groupby(series, key=lambda one: one.patient):
        yield f"patient {patient or '(none)'}"
        for study, of_study in groupby(of_patient, key=lambda one: one.study):
            yield f"  study {study or '(none)'}"
            for name, members in groupby(of_study, key=lambda one: one.series):
                yield f"    series {name or '(none)'}: {_series_line([one.description for one in members])}"
    for one in images:
        if not _is_dicom(one) and one.description is not None:
            facts = one.description.facts
            size = _plain_fact(facts.get("columns x rows") or facts.get("voxels") or "")
            yield f"{one.source.shown}: {one.description.kind.value}, {size}, {one.description.size} bytes"


def _is_dicom(one: Found) -> bool:
    return one.description is not None and one.description.kind is FileType.DICOM


def _series_line(members: Sequence[Description | None]) -> str:
    """Return what the files of a series have in common."""
    known = [one for one in members if one is not None]
    parts = [counted(len(known), "file"), f"{sum(one.size for one in known) / 1e6:.1f} MB"]
    for name in ("modality", "view", "plane", "series number", "columns x rows", "kind of object"):
        values = dict.fromkeys(_plain_fact(one.facts[name]) for one in known if name in one.facts)
        if values:
            parts.append(
                " or ".join(list(values)[:_FEW]) if name != "series number" else f"number {next(iter(values))}"
            )
    return ", ".join(parts)


def _oddities(found: Sequence[Found]) -> Iterator[str]:
    """Yield what is odd, with how many files it is odd about and one of them."""
    files: dict[str, list[str]] = {}
    for one in found:
        for odd in one.description.odd if one.description is not None else ():
            files.setdefault(odd, []).append(one.source.shown)
    for odd, names in files.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"odd: {odd}: {names[0]}{more}"


def _identities(found: Sequence[Found]) -> Iterator[str]:
    """Yield what identifies a person, by place, with the number of files; places of as many files share a line."""
    files: Counter[str] = Counter()
    values: dict[str, dict[str, None]] = {}
    for one in found:
        if one.description is not None:
            files.update(one.description.identifying.keys())
            for place, texts in one.description.hidden.items():
                values.setdefault(place, {}).update(dict.fromkeys(texts))
    for count, places in groupby(files.most_common(), key=lambda pair: pair[1]):
        names = [place for place, _ in places]
        if not values:
            yield f"identifies a person, in {count} files each: {', '.join(names)}"
        for place in names if values else ():
            yield f"identifies a person, in {count} files: {place}: {' | '.join(values.get(place, ()))}"


def as_json(found: Sequence[Found]) -> Iterator[str]:
    """Yield one JSON document with every file."""
    document = {"format": 1, "files": [_plain(one) for one in found]}
    yield to_json(document, indent=1)


def _plain(one: Found) -> dict[str, Any]:
    if one.description is None:
        return {"file": one.source.shown, "error": str(one.error)}
    described = one.description
    return {
        "file": one.source.shown,
        "kind": described.kind.value,
        "bytes": described.size,
        "patient": one.patient,
        "study": one.study,
        "series": one.series,
        "facts": dict(described.facts),
        "odd": list(described.odd),
        "identifying": dict(described.identifying),
        "texts": dict(described.texts),
        "values": {place: list(texts) for place, texts in described.hidden.items()},
    }


def exit_code_of(found: Sequence[Found]) -> ExitCode:
    """Return how a run ends: clean, with broken files, or with nothing that could be read."""
    broken = sum(one.error is not None for one in found)
    if broken == len(found):
        return ExitCode.COULD_NOT_RUN
    return ExitCode.NEEDS_ATTENTION if broken else ExitCode.CLEAN


RENDERERS: dict[str, Callable[[Sequence[Found]], Iterator[str]]] = {"text": as_text, "json": as_json}
"""Each format of ``covidcurate inspect`` with the function that writes it."""
