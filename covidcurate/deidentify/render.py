"""The account of a de-identification, as text for people or as JSON: names of attributes and never a value."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from covidcurate.deidentify.pixels import PixelCheck
from covidcurate.deidentify.run import Outcome, Task
from covidcurate.errors import CovidcurateError, ExitCode, PolicyError
from covidcurate.imaging.deidentify import EDITION

Done = tuple[Task, Outcome | CovidcurateError]
NOT_LOOKED_AT = "pixels not checked for burned-in text"


def as_text(done: Sequence[Done]) -> Iterator[str]:
    """Yield a line for each file, and at the end the counts.

    What kept a file back names the input, since the user has to find it; it goes to no file.
    """
    for task, outcome in done:
        if isinstance(outcome, CovidcurateError):
            verb = "refused" if isinstance(outcome, PolicyError) else "failed"
            yield f"{verb:<8} {outcome.message}. {outcome.remedy}".rstrip()
            continue
        counts = f"{sum(dict(outcome.removed).values())} removed, {sum(dict(outcome.replaced).values())} replaced"
        yield f"{'written':<8} {task.source.shown} -> {outcome.output} ({counts})"
        for note in outcome.notes:
            yield f"         note: {note}"
    yield f"{count_line(done)}; {_said_of_pixels(done)}"


def _said_of_pixels(done: Sequence[Done]) -> str:
    """Return what was done about text in pixels; never that there is none, since no reader reads all."""
    looked = done and all(task.pixels is not PixelCheck.NONE for task, _ in done)
    return "pixels of pictures were read for burned-in text by a program; volumes were not" if looked else NOT_LOOKED_AT


def count_line(done: Sequence[Done]) -> str:
    """Return one line that counts the files by what became of them."""
    bad = [outcome for _, outcome in done if isinstance(outcome, CovidcurateError)]
    refused = sum(isinstance(outcome, PolicyError) for outcome in bad)
    return f"{len(done) - len(bad)} written, {refused} refused, {len(bad) - refused} failed"


def as_json(done: Sequence[Done]) -> Iterator[str]:
    """Yield one JSON document that may go with the output: no input is named in it."""
    counts: Counter[str] = Counter()
    files = []
    for number, (_, outcome) in enumerate(done, start=1):
        if isinstance(outcome, CovidcurateError):
            status = "refused" if isinstance(outcome, PolicyError) else "failed"
            entry: dict[str, Any] = {"input": number, "status": status}
        else:
            status = "written"
            entry = {
                "input": number,
                "status": status,
                "output": outcome.output,
                "removed": dict(outcome.removed),
                "replaced": dict(outcome.replaced),
                "notes": list(outcome.notes),
            }
        counts[status] += 1
        files.append(entry)
    profile = f"DICOM PS3.15 {EDITION} Annex E, Basic Application Level Confidentiality Profile"
    document = {
        "format": 1,
        "profile": profile,
        "pixels": _said_of_pixels(done),
        "counts": dict(counts),
        "files": files,
    }
    yield json.dumps(document, indent=1)


def exit_code_of(done: Sequence[Done]) -> ExitCode:
    """Return how a run ends: clean, in need of a person, or refused by policy alone."""
    bad = [outcome for _, outcome in done if isinstance(outcome, CovidcurateError)]
    if bad and all(isinstance(outcome, PolicyError) for outcome in bad):
        return ExitCode.REFUSED
    return ExitCode.NEEDS_ATTENTION if bad else ExitCode.CLEAN


RENDERERS = {"text": as_text, "json": as_json}
"""Each format of ``covidcurate deidentify`` with the function that writes it."""
