"""Run the rules over a table in one pass.

Cell rules depend on nothing but the text and its column, so each different text is checked once and its findings are
remembered: on real tables most cells repeat. That, and building a message only where something is wrong, is what
makes a pass cost little more than reading the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from covidcurate.errors import TableStructureError
from covidcurate.model import Issue, Report
from covidcurate.rules.cells import LACKING, CellsByColumn
from covidcurate.rules.derived import DERIVED, NumberColumn
from covidcurate.rules.issues import make_issue
from covidcurate.rules.memory import CheckedColumn, CheckedRows
from covidcurate.rules.registry import Finding, Rule, Scope, active_rules, severity_of
from covidcurate.rules.text_column import TextColumn
from covidcurate.rules.twins import answer_lost
from covidcurate.rules.view import OddRow, TableView
from covidcurate.spec import Column, ColumnType, Specification
from covidcurate.spec.specification import fold_header
from covidcurate.table import Row, RowBatch, RowProblem, RowSource, has_other_end

_ODD_TEXT = 120
ISSUE_LIMIT = 2_000_000
"""Most findings of a table; each takes some hundred bytes of memory, and nobody reads so many."""


def check_table(reader: RowSource, specification: Specification, since: int = 0) -> tuple[Report, TableView]:
    """Run all rules that need nothing but the table; return what they found, and the view for rules that need more.

    Parameters
    ----------
    since
        The first line whose cells are looked at; those before are only held against each other and the later ones.
    """
    checker = _Checker(reader, specification, since)
    checker.run()
    return checker.report, checker.view


def table_issues(
    rules: Iterable[Rule], view: TableView, specification: Specification, *leading: object
) -> Iterator[Issue]:
    """Run rules of scope TABLE or FILES (with the inventory as ``leading``), and yield their findings as issues."""
    for rule_ in rules:
        for finding in rule_.check(*leading, view, specification):
            severity = severity_of(rule_, finding, specification.severities)
            if severity is not None:
                fix = finding.fix
                if fix is not None and finding.column in view.canonical:
                    fix = replace(fix, position=view.canonical.index(finding.column) + 1)
                written = finding._replace(column=view.written(finding.column), fix=fix)
                yield make_issue(rule_, written, severity, view.name)


class _Checker:
    """One pass over one table."""

    def __init__(self, reader: RowSource, specification: Specification, since: int) -> None:
        self.reader = reader
        self.since = since
        self.specification = specification
        self.report = Report()
        canonical = [specification.by_alias.get(fold_header(name), name) for name in reader.header]
        self.view = TableView(reader.name, reader.dialect, reader.header, canonical)
        rules = active_rules(specification)
        cell_rules = [rule_ for rule_ in rules if rule_.scope is Scope.CELL]
        self._columns = [
            CheckedColumn(header.strip() or "(unnamed)", self._column_for(name), cell_rules, specification)
            for header, name in zip(reader.header, canonical, strict=True)
        ]
        self._cells = CellsByColumn(len(reader.header))
        self._checked_rows = CheckedRows(
            [rule_ for rule_ in rules if rule_.scope is Scope.ROW], canonical, specification
        )
        self._table_rules = [rule_ for rule_ in rules if rule_.scope is Scope.TABLE]
        of_all = [rule_ for rule_ in rules if rule_.scope in (Scope.TABLE, Scope.FILES)]
        needed = {name for rule_ in of_all for name in rule_.columns(specification)}
        self._kept = [(canonical.index(name), TextColumn()) for name in sorted(needed) if name in canonical]
        self.view.cells.update((canonical[place], kept) for place, kept in self._kept)
        self._derived: list[tuple[list[int], NumberColumn]] = []
        for name in sorted(needed & DERIVED.keys()):
            bases, make = DERIVED[name]
            numbers = self.view.derived[name] = NumberColumn(make(specification))
            self._derived.append(([canonical.index(base) if base in canonical else LACKING for base in bases], numbers))
        self._key = canonical.index(specification.key) if specification.key in canonical else -1

    def _column_for(self, name: str) -> Column:
        known = self.specification.by_name.get(name)
        return known or Column(name=name, type=ColumnType.TEXT)

    def run(self) -> None:
        """Read every row, then run the rules that look at all of them."""
        view = self.view
        self._read()
        if self.reader.header_row.problem is not RowProblem.NONE:
            self._keep_odd(self.reader.header_row)
        view.row_count = len(view.lines) + sum(1 for odd in view.odd_rows if odd.text and odd.first_line > 1)
        view.bad_bytes, view.utf8_line = self.reader.bad_bytes, self.reader.utf8_line
        view.reread = self.reader.read_again
        answer_lost(self.report.issues, view.reread)
        self.report.rows = view.row_count
        for issue in table_issues(self._table_rules, view, self.specification):
            self._add(issue)

    def _read(self) -> None:
        for rows in self.reader.batches():
            if isinstance(rows, Row):
                self._keep_odd(rows)
            else:
                self._check_batch(rows)
                # Else it would be kept until the next one has been read.
                self._cells.release()
            del rows
        # What was remembered has served, and the rules that follow need the room.
        self._columns.clear()
        self._cells.end()

    def _check_batch(self, rows: RowBatch) -> None:
        """Look at the cells of sound rows, and keep what rules on the whole table need."""
        if rows.other_ends:
            self._note_other_ends(rows.other_ends)
        cells = self._cells
        cells.begin(rows)
        if rows.first_lines[-1] >= self.since:
            self._check_cells(rows)
        self.view.lines.extend(rows.first_lines)
        for place, kept in self._kept:
            if (codes := cells[place].codes) is not None:
                kept.extend_codes(cells[place].words, codes)
            elif (short := cells[place].short) is not None:
                kept.extend_short(short)
            else:
                kept.extend(cells[place].texts)
        for places, numbers in self._derived:
            numbers.extend(*(cells[place] for place in places))

    def _check_cells(self, rows: RowBatch) -> None:
        """Check column by column with sets and maps, and cell by cell only where those say no."""
        for place, column in enumerate(self._columns):
            for at in column.doubtful(self._cells[place]):
                self._check_cell(rows, at, column, place)
        for at, found in self._checked_rows.find(self._cells):
            for rule_, finding in found:
                self._report(rows, at, rule_, finding, self.view.written(finding.column), finding.value)

    def _note_other_ends(self, lines: Sequence[int]) -> None:
        """Count rows that do not end as the first line does; they come in batches, odd ones before their turn."""
        first = self.view.first_other_newline or lines[0]
        self.view.first_other_newline = min(first, lines[0])
        self.view.other_newlines += len(lines)

    def _keep_odd(self, row: Row) -> None:
        if has_other_end(row, self.view.dialect.newline):
            self._note_other_ends([row.first_line])
        text = row.text[:_ODD_TEXT] if any(row.fields) else ""
        odd, before = OddRow(row.first_line, row.last_line, len(row.fields), row.problem, text), self.view.odd_rows[-1:]
        if odd.is_blank and before and before[0].is_blank and before[0].last_line + 1 == odd.first_line:
            # A spreadsheet program can leave a million of them behind.
            self.view.odd_rows[-1] = replace(before[0], last_line=odd.last_line, rows=before[0].rows + 1)
        else:
            self.view.odd_rows.append(odd)

    def _check_cell(self, rows: RowBatch, at: int, column: CheckedColumn, place: int) -> None:
        cell = rows.text(place, at)
        for rule_, finding in column.findings(cell):
            if finding.fix is not None:
                finding = finding._replace(fix=replace(finding.fix, old=cell, position=place + 1))
            self._report(rows, at, rule_, finding, column.shown, cell)

    def _report(self, rows: RowBatch, at: int, rule_: Rule, finding: Finding, column: str, value: str) -> None:
        severity = severity_of(rule_, finding, self.specification.severities)
        if severity is not None:
            placed = finding._replace(
                line=rows.first_lines[at],
                last_line=rows.last_lines[at],
                column=column,
                value=value,
                key=rows.text(self._key, at).strip() if self._key >= 0 else "",
            )
            self._add(make_issue(rule_, placed, severity, self.view.name))

    def _add(self, issue: Issue) -> None:
        if len(self.report.issues) >= ISSUE_LIMIT:
            raise TableStructureError(
                f"{self.view.name}:{issue.line}: there are more than {ISSUE_LIMIT} findings up to this {issue.code}",
                remedy="Is this the right file? If it is, look for a few kinds of findings first: --select CODE,...",
            )
        self.report.issues.append(issue)
