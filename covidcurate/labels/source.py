"""The cells that label statistics need, taken out of a metadata table."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from covidcurate.errors import UnreadableError, UsageError
from covidcurate.spec import Findings, Specification
from covidcurate.spec.specification import fold_header
from covidcurate.table import RowProblem, TableReader


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Finding, view and patient of each image, in the order of the rows; texts as written.

    ``skipped`` counts rows that are broken or have the wrong number of cells, so that nothing can be said of them.
    """

    findings: list[str]
    views: list[str]
    patients: list[str]
    skipped: int = 0

    def known_view(self, name: str, specification: Specification) -> str:
        """Return the view that a user's word means: one of the file, or a wording of the specification.

        Raises
        ------
        UsageError
            Neither knows it; the message names the nearest view.
        """
        present = {view.strip() for view in self.views} - {""}
        meant = name if name in present else specification.views.view_of(name) or name
        if meant in present or meant in specification.views.views:
            return meant
        known = sorted(present | set(specification.views.views))
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        raise UsageError(f"there is no view {name!r}", remedy=f"{hint}Views: {', '.join(known)}")

    def notes(self, findings: Findings, *, resolve: bool) -> list[str]:
        """Return what a reader of the counts should know: rows left out, and flat values that have no ancestors."""
        notes = []
        if self.skipped:
            notes.append(f"{self.skipped} broken rows are not counted; covidcurate validate says which")
        flat = sum(1 for cell in self.findings if findings.split(cell) != findings.resolve(cell))
        if flat and not resolve:
            notes.append(
                f"{flat} images have a finding without its path, as COVID-19 alone; --resolve adds its ancestors"
            )
        return notes


def read_label_table(path: Path, specification: Specification) -> LabelTable:
    """Read what statistics need from a table, historical headers included.

    Raises
    ------
    UnreadableError
        The file has no column for finding or view.
    TableEncodingError
        It is not UTF-8.
    """
    table = LabelTable([], [], [])
    skipped = 0
    with TableReader(path) as reader:
        names = [specification.by_alias.get(fold_header(name), name) for name in reader.header]
        for needed in ("finding", "view"):
            if needed not in names:
                raise UnreadableError(
                    f"{path}:1: there is no column {needed!r}, so labels cannot be counted per view",
                    remedy="Add the column; covidcurate validate says which headers are expected.",
                )
        finding, view = names.index("finding"), names.index("view")
        patient = names.index("patientid") if "patientid" in names else None
        for row in reader:
            if not any(row.fields):
                continue
            if row.problem is not RowProblem.NONE or len(row.fields) != len(names):
                skipped += 1
                continue
            table.findings.append(row.fields[finding])
            table.views.append(row.fields[view])
            table.patients.append(row.fields[patient].strip() if patient is not None else "")
        reader.require_utf8()
    return LabelTable(table.findings, table.views, table.patients, skipped)
