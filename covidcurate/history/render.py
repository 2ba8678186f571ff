"""The runs of a dataset as text for people, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from covidcurate.dataset.runs import Run, taken_back
from covidcurate.model import printable
from covidcurate.words import counted

_MOST = 4
"""Sources that a line names; the others are counted."""


def as_text(runs: Sequence[Run]) -> Iterator[str]:
    """Yield a line for each run: id, when, who, command, counts, sources, and whether it was taken back."""
    back = taken_back(runs)
    for run in runs:
        undone = f"; taken back by {back[run.id]}" if run.id in back else ""
        more = len(run.errand.sources) - _MOST
        named = ", ".join(run.errand.sources[:_MOST]) + (f" and {more} more" if more > 0 else "")
        sources = f" from {named}" if named else ""
        of_run = f" {run.errand.undoes}" if run.errand.undoes else ""
        who = run.errand.who or "somebody"
        when = f"{run.when[:19]}Z".replace("T", " ")
        yield printable(f"{run.id}  {when}  {who}  {run.errand.command}{of_run}: {describe(run)}{sources}{undone}")
    if not runs:
        yield "no run is on record"


def describe(run: Run) -> str:
    """Return the counts of a run in words."""
    words = {
        "added": ("row", "added"),
        "changed": ("row", "changed"),
        "removed": ("row", "removed"),
        "renamed": ("file", "renamed"),
    }
    said = [f"{counted(count, words[name][0])} {words[name][1]}" for name, count in run.counts.items() if count]
    if any(one.place == 0 for one in run.change.changed):
        said.append("header changed")
    if accepted := run.errand.accepted:
        entered = sum(len(one.cells) for one in accepted)
        said.append(f"{len(accepted)} accepted one by one" + (f", values entered: {entered}" if entered else ""))
    return ", ".join(said) or "nothing changed"


def as_json(runs: Sequence[Run]) -> Iterator[str]:
    """Yield one JSON document with all that is on record, and which run took each back."""
    back = taken_back(runs)
    yield json.dumps({"runs": [_plain(run, back) for run in runs]}, indent=1)


def _plain(run: Run, back: Mapping[str, str]) -> dict[str, Any]:
    plain = asdict(run)
    return (
        {"id": run.id, "when": run.when, **plain.pop("errand"), "counts": run.counts}
        | plain
        | {"taken_back_by": back.get(run.id, "")}
    )


LOG_RENDERERS: dict[str, Callable[[Sequence[Run]], Iterator[str]]] = {"text": as_text, "json": as_json}
"""Each format of ``covidcurate log`` with the function that writes it."""
