"""Choose which fixes of a report are applied in one round, and apply them to a table in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from covidcurate.model import Fix, Issue, Target
from covidcurate.rules.renames import Place, free_renames
from covidcurate.table import Table


@dataclass
class Edits:
    """What one round changes: texts by row and place (both from 0), headers, and names of files.

    ``issues`` are those whose fixes are among them.
    """

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    names: dict[Place, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def apply(self, table: Table) -> None:
        """Change cells and headers of the table from which the edits were chosen."""
        for old, new in self.headers.items():
            table.rename_column(old, new)
        table.set_cells(self.cells)


def choose_edits(issues: Iterable[Issue], table: Table, files: Iterable[Place], key: int, *, unsafe: bool) -> Edits:
    """Return the edits of a round; of two fixes of one cell the first counts, and the next round looks again.

    Files go first, since a new name replaces the whole cell of its row.

    Parameters
    ----------
    files
        All files as they are called by now.
    key
        Place of the column of file names, from 0; -1 if there is none.
    unsafe
        Whether fixes count that a person should look at.
    """
    wanted = [(issue, issue.fix) for issue in issues if issue.fix is not None and (unsafe or not issue.fix.unsafe)]
    edits, present = Edits(), set(files)
    rows = {row.first_line: index for index, row in enumerate(table.rows)}
    _choose_names([pair for pair in wanted if pair[1].target is Target.FILE], table, rows, present, edits)
    names = {name for _, name in present}
    for issue, fix in wanted:
        if fix.target is Target.HEADER and table.header.count(fix.old) == 1 and fix.new not in table.header:
            edits.headers.setdefault(fix.old, fix.new)
            edits.issues.append(issue)
        elif fix.target is Target.CELL and (index := rows.get(issue.line)) is not None:
            place = (index, fix.position - 1)
            # A file whose name has blanks at an edge is found by this very text.
            if place[1] == key and fix.old in names:
                continue
            if _text_at(table, place) == fix.old and edits.cells.setdefault(place, fix.new) == fix.new:
                edits.issues.append(issue)
    return edits


def _choose_names(
    wanted: list[tuple[Issue, Fix]], table: Table, rows: dict[int, int], present: set[Place], edits: Edits
) -> None:
    """Add the names that files get, each with the cell of its row."""
    # The rule has seen to it that all names are free together; a report may have lost some of them since.
    names = {(fix.folder, fix.old): fix.new for _, fix in wanted if (fix.folder, fix.old) in present}
    free = free_renames(names, present)
    for issue, fix in wanted:
        if (fix.folder, fix.old) not in free:
            continue
        if issue.line:
            place = (rows[issue.line], fix.position - 1) if issue.line in rows else (-1, -1)
            if _text_at(table, place).strip() != fix.old:
                continue
            edits.cells[place] = fix.new
        edits.names[fix.folder, fix.old] = fix.new
        edits.issues.append(issue)


def _text_at(table: Table, place: tuple[int, int]) -> str:
    """Return the text of a cell; a blank if there is none, which no fix is about."""
    index, position = place
    fields = table.rows[index].fields if index >= 0 else []
    return fields[position] if 0 <= position < len(fields) else ""
