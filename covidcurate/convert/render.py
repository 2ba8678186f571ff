"""What a conversion did, as text for people or as JSON, and as lines of a journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from covidcurate import __version__
from covidcurate.convert.plan import Item, Status
from covidcurate.errors import ExitCode
from covidcurate.words import to_json

JOURNAL = "convert.jsonl"
"""File of a state folder that keeps which inputs became which outputs; git does not see it."""


def as_text(items: Sequence[Item]) -> Iterator[str]:
    """Yield a line for each item with where it went, lines for what is to be said of it, and at the end the counts."""
    for item in items:
        where = f" -> {_outputs(item)}" if item.outputs else ""
        yield f"{item.status.value:<9}{_inputs(item)}{where}"
        if item.reason:
            yield f"         because {item.reason}"
        if item.remedy:
            yield f"         what to do: {item.remedy}"
        for note in item.notes:
            yield f"         note: {note}"
    counts = Counter(item.status for item in items)
    yield ", ".join(f"{counts[status]} {status.value}" for status in Status if counts[status]) or "nothing to do"


def as_json(items: Sequence[Item]) -> Iterator[str]:
    """Yield one JSON document with every item."""
    counts = Counter(item.status.value for item in items)
    document = {"format": 1, "counts": dict(counts), "items": [_plain(item) for item in items]}
    yield to_json(document, indent=1)


def write_journal(folder: Path, items: Sequence[Item]) -> None:
    """Append which inputs became which outputs to the journal of a state folder."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with (folder / JOURNAL).open("a", encoding="utf-8") as stream:
        for item in items:
            if item.status is Status.WRITTEN:
                line = {"time": now, "covidcurate": __version__, **_plain(item)}
                stream.write(to_json(line) + "\n")


def exit_code_of(items: Sequence[Item]) -> ExitCode:
    """Return how a run with these items ends: clean, in need of a person, or refused by a license alone."""
    bad = [item for item in items if item.status in (Status.REFUSED, Status.FAILED)]
    if not any(item.status in (Status.WRITTEN, Status.PLANNED) for item in items) and not bad:
        return ExitCode.NEEDS_ATTENTION  # nothing came of it
    if bad and all(item.by_policy for item in bad):
        return ExitCode.REFUSED
    return ExitCode.NEEDS_ATTENTION if bad else ExitCode.CLEAN


def _inputs(item: Item) -> str:
    first, *others = item.inputs
    part = f", {item.volume.part}" if item.volume is not None and item.volume.part else ""
    more = f" and {len(others)} more" if others else ""
    return f"{first.shown}{more}{part}"


def _outputs(item: Item) -> str:
    more = f" to {item.outputs[-1].name}" if len(item.outputs) > 1 else ""
    return f"{item.outputs[0]}{more}"


def _plain(item: Item) -> dict[str, Any]:
    return {
        "inputs": [source.shown for source in item.inputs],
        "output": str(item.outputs[0]) if item.outputs else "",
        "outputs": [str(path) for path in item.outputs],
        "status": item.status.value,
        "part": item.volume.part if item.volume is not None else "",
        "reason": item.reason,
        "remedy": item.remedy,
        "notes": list(item.notes),
    }


RENDERERS: dict[str, Callable[[Sequence[Item]], Iterator[str]]] = {"text": as_text, "json": as_json}
"""Each format of ``covidcurate convert`` with the function that writes it."""
