"""Describe many files, each in a process that may die without harm to the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from covidcurate.convert.inputs import Source
from covidcurate.errors import CovidcurateError
from covidcurate.imaging.deidentify import pseudonym
from covidcurate.imaging.describe import Description, describe
from covidcurate.jobs import run_isolated

_LETTERS = 8


@dataclass(frozen=True)
class Found:
    """A file with its description or the error that kept it from being described.

    ``patient``, ``study`` and ``series`` are pseudonyms, empty where the file is no DICOM.
    """

    source: Source
    description: Description | None = None
    error: CovidcurateError | None = None
    patient: str = ""
    study: str = ""
    series: str = ""


@dataclass(frozen=True)
class _Task:
    source: Source
    show_phi: bool


def inspect_files(
    sources: Sequence[Source], key: bytes, *, show_phi: bool = False, workers: int = 0
) -> Iterator[Found]:
    """Yield what each file is, in their order.

    Parameters
    ----------
    key
        The secret from which pseudonyms are made.
    show_phi
        Give the values of what identifies a person.
    """
    tasks = [_Task(source, show_phi) for source in sources]
    for outcome in run_isolated(_describe, tasks, workers=workers):
        described = outcome.value
        if described is None:
            yield Found(outcome.item.source, error=outcome.error)
            continue
        names = {
            kind: f"{kind[0].upper()}{pseudonym(key, kind, value, _LETTERS)}" if value else ""
            for kind, value in (
                ("patient", described.patient),
                ("study", described.study),
                ("series", described.series),
            )
        }
        # Study and series begin with the same letter.
        yield Found(outcome.item.source, described, None, names["patient"], names["study"], names["series"])


def _describe(task: _Task) -> Description:
    return describe(task.source.path, show_phi=task.show_phi)
