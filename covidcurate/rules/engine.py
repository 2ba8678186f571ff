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
from covidcurate.rules.columns import CHUNK, TextColumn
from covidcurate.rules.derived import DERIVED, NumberColumn
from covidcurate.rules.issues import make_issue
from covidcurate.rules.memory import CheckedColumn, remember
from covidcurate.rules.registry import Finding, Rule, Scope, active_rules, severity_of
from covidcurate.rules.twins import answer_lost
from covidcurate.rules.view import OddRow, TableView
from covidcurate.spec import Column, ColumnType, Specification
from covidcurate.spec.specification import fold_header
from covidcurate.table import Row, RowProblem, RowSource

_ODD_TEXT = 120
_LONG_ROW = 64 * 1024
"""Rows that are longer do not wait for others, since hundreds of them would fill the memory."""
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
            CheckedColumn(header.strip() or "(unnamed)", self._column_for(name), cell_rules)
            for header, name in zip(reader.header, canonical, strict=True)
        ]
        self._row_rules = [
            (rule_, [name for name in rule_.columns(specification) if name in canonical])
            for rule_ in rules
            if rule_.scope is Scope.ROW
        ]
        self._row_columns = sorted({name for _, names in self._row_rules for name in names})
        self._row_places = [canonical.index(name) for name in self._row_columns]
        self._fine_rows: set[object] = set()
        self._table_rules = [rule_ for rule_ in rules if rule_.scope is Scope.TABLE]
        of_all = [rule_ for rule_ in rules if rule_.scope in (Scope.TABLE, Scope.FILES)]
        needed = {name for rule_ in of_all for name in rule_.columns(specification)}
        self._kept = [(canonical.index(name), TextColumn()) for name in sorted(needed) if name in canonical]
        self.view.cells.update((canonical[place], kept) for place, kept in self._kept)
        self._derived: list[tuple[list[int], NumberColumn]] = []
        for name in sorted(needed & DERIVED.keys()):
            bases, make = DERIVED[name]
            numbers = self.view.derived[name] = NumberColumn(make(specification))
            self._derived.append(([canonical.index(base) if base in canonical else -1 for base in bases], numbers))
        self._key = canonical.index(specification.key) if specification.key in canonical else -1

    def _column_for(self, name: str) -> Column:
        known = self.specification.by_name.get(name)
        return known or Column(name=name, type=ColumnType.TEXT)

    def run(self) -> None:
        """Read every row, then run the rules that look at all of them."""
        view, width, none = self.view, len(self.view.header), RowProblem.NONE
        chunk: list[Row] = []
        for row in self.reader:
            fields, _, _, text, problem, _ = row
            if problem is not none or len(fields) != width or not any(fields):
                self._keep_odd(row)
                continue
            chunk.append(row)
            if len(chunk) == CHUNK or len(text) > _LONG_ROW:
                self._check_chunk(chunk)
                chunk = []
        if chunk:
            self._check_chunk(chunk)
        if self.reader.header_row.problem is not none:
            self._keep_odd(self.reader.header_row)
        view.row_count = len(view.lines) + sum(1 for odd in view.odd_rows if odd.text and odd.first_line > 1)
        view.bad_bytes, view.utf8_line = self.reader.bad_bytes, self.reader.utf8_line
        view.reread = self.reader.read_again
        answer_lost(self.report.issues, view.reread)
        self.report.rows = view.row_count
        for issue in table_issues(self._table_rules, view, self.specification):
            self._add(issue)

    def _check_chunk(self, rows: list[Row]) -> None:
        """Look at the cells of sound rows, and keep what rules on the whole table need."""
        fields, first_lines, _, texts, _, plain = zip(*rows, strict=True)
        self._note_newlines(rows, "".join(texts))
        columns = list(zip(*fields, strict=True))
        if first_lines[-1] >= self.since:
            self._check_cells(rows, columns, plain)
        self.view.lines.extend(first_lines)
        for place, kept in self._kept:
            kept.extend(columns[place])
        # What a table lacks is blank, and stands last.
        columns.append(("",) * len(rows))
        for places, numbers in self._derived:
            numbers.extend(*(columns[place] for place in places))

    def _check_cells(self, rows: list[Row], columns: Sequence[tuple[str, ...]], plain: tuple[bool, ...]) -> None:
        """Check column by column with sets and maps, and cell by cell only where those say no."""
        for position, (column, cells) in enumerate(zip(self._columns, columns, strict=True), start=1):
            for at in column.doubtful(cells, plain):
                self._check_cell(rows[at], column, cells[at], position)
        combinations = list(zip(*[columns[place] for place in self._row_places], strict=True))
        if not self._fine_rows.issuperset(combinations):
            for row, cells in zip(rows, combinations, strict=True):
                if cells not in self._fine_rows:
                    self._check_row(row, cells)

    def _note_newlines(self, rows: list[Row], text: str) -> None:
        """Count the rows that do not end as the first line does; ``text`` is that of all of them."""
        newline = self.view.dialect.newline
        # Counting in the joined text is quick, and mostly tells that there is nothing to be looked for.
        if "\r" not in text if newline == "\n" else text.count(newline) == text.count(newline[-1]) == len(rows):
            return
        for row in rows:
            if row.text.endswith("\n") and row.text.endswith("\r\n") is not (newline == "\r\n"):
                # Rows come here in chunks, odd ones by themselves, so not quite in order.
                first = self.view.first_other_newline or row.first_line
                self.view.first_other_newline = min(first, row.first_line)
                self.view.other_newlines += 1

    def _keep_odd(self, row: Row) -> None:
        self._note_newlines([row], row.text)
        text = row.text[:_ODD_TEXT] if any(row.fields) else ""
        odd, before = OddRow(row.first_line, row.last_line, len(row.fields), row.problem, text), self.view.odd_rows[-1:]
        if odd.is_blank and before and before[0].is_blank and before[0].last_line + 1 == odd.first_line:
            # A spreadsheet program can leave a million of them behind.
            self.view.odd_rows[-1] = replace(before[0], last_line=odd.last_line, rows=before[0].rows + 1)
        else:
            self.view.odd_rows.append(odd)

    def _check_cell(self, row: Row, column: CheckedColumn, cell: str, position: int) -> None:
        for rule_, finding in column.findings(cell, self.specification):
            if finding.fix is not None:
                finding = finding._replace(fix=replace(finding.fix, old=cell, position=position))
            self._report(row, rule_, finding, column.shown, cell)

    def _check_row(self, row: Row, cells: tuple[str, ...]) -> None:
        """Run the row rules on a combination of texts that is not known to be fine; remember it if it is."""
        by_name = dict(zip(self._row_columns, cells, strict=True))
        fine = True
        for rule_, names in self._row_rules:
            for finding in rule_.check({name: by_name[name] for name in names}, self.specification):
                fine = False
                self._report(row, rule_, finding, self.view.written(finding.column), finding.value)
        if fine:
            remember(self._fine_rows, cells)

    def _report(self, row: Row, rule_: Rule, finding: Finding, column: str, value: str) -> None:
        severity = severity_of(rule_, finding, self.specification.severities)
        if severity is not None:
            placed = finding._replace(
                line=row.first_line,
                last_line=row.last_line,
                column=column,
                value=value,
                key=row.fields[self._key].strip() if self._key >= 0 else "",
            )
            self._add(make_issue(rule_, placed, severity, self.view.name))

    def _add(self, issue: Issue) -> None:
        if len(self.report.issues) >= ISSUE_LIMIT:
            raise TableStructureError(
                f"{self.view.name}:{issue.line}: there are more than {ISSUE_LIMIT} findings up to this {issue.code}",
                remedy="Is this the right file? If it is, look for a few kinds of findings first: --select CODE,...",
            )
        self.report.issues.append(issue)
