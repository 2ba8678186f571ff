"""Label counts as text: a table, JSON, CSV, Markdown, or the block that torchxrayvision publishes."""

from __future__ import annotations

import csv
import dataclasses
import io
import pprint
from collections.abc import Callable, Sequence

from covidcurate.labels.count import LabelCount, ViewBlock
from covidcurate.words import counted, to_json

_COLUMNS = ("label", "present", "absent", "unknown", "patients present", "patients absent", "patients unknown")


def as_table(blocks: Sequence[ViewBlock]) -> str:
    """Return a table for people: for each block its views, then a line a label."""
    parts = []
    for block in blocks:
        rows = [_COLUMNS, *(tuple(map(str, _cells(count))) for count in block.labels)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
        lines = [_title(block)]
        for row in rows:
            cells = [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
            lines.append("  " + "  ".join(cells).rstrip())
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def as_markdown(blocks: Sequence[ViewBlock]) -> str:
    """Return a GitHub Markdown table for each block."""
    parts = []
    for block in blocks:
        lines = [f"**{_title(block)}**", "", f"| {' | '.join(_COLUMNS)} |", "|" + " --- |" * len(_COLUMNS)]
        for count in block.labels:
            label, *numbers = _cells(count)
            escaped = " ".join(str(label).split()).replace("\\", "\\\\").replace("|", "\\|")
            lines.append(f"| {escaped} | {' | '.join(map(str, numbers))} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def as_csv(blocks: Sequence[ViewBlock]) -> str:
    """Return one CSV table with the views of the block in the first column."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["views", *(column.replace(" ", "_") for column in _COLUMNS)])
    for block in blocks:
        for count in block.labels:
            writer.writerow([",".join(block.views), *_cells(count)])
    return stream.getvalue()


def as_json(blocks: Sequence[ViewBlock]) -> str:
    """Return the blocks as JSON, with their notes."""
    return to_json([dataclasses.asdict(block) for block in blocks], indent=2) + "\n"


def as_xrv(blocks: Sequence[ViewBlock]) -> str:
    """Return the block that torchxrayvision's ``COVID19_Dataset`` prints, to the letter.

    A header line, then the labels with their counts of 0.0 and 1.0 as ``pprint`` writes them; a count of zero is left
    out. Images whose finding is not known are in ``num_samples`` and in no label.
    """
    parts = []
    for block in blocks:
        totals = {count.label: _nonzero({0.0: count.absent, 1.0: count.present}) for count in block.labels}
        parts.append(
            f"COVID19_Dataset num_samples={block.samples} views={list(block.views)}\n{pprint.pformat(totals)}\n"
        )
    return "\n".join(parts)


def _nonzero(counts: dict[float, int]) -> dict[float, int]:
    return {value: count for value, count in counts.items() if count}


def _title(block: ViewBlock) -> str:
    return f"{' + '.join(block.views)}: {counted(block.images, 'image')}, {counted(block.patients, 'patient')}"


def _cells(count: LabelCount) -> tuple[str | int, ...]:
    return dataclasses.astuple(count)


RENDERERS: dict[str, Callable[[Sequence[ViewBlock]], str]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
    "xrv": as_xrv,
}
"""Each format of ``covidcurate stats`` with the function that writes it."""
