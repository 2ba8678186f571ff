"""Rules on how the file is written: bytes, line ends, quotes, the number of cells."""

from __future__ import annotations

from collections.abc import Iterator

from covidcurate.model import Severity
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import OddRow, TableView
from covidcurate.spec import Specification
from covidcurate.table import RowProblem


@rule(
    "CSV-ENCODING",
    Severity.ERROR,
    Scope.TABLE,
    remedy="Convert the file once, for example: iconv -f WINDOWS-1252 -t UTF-8",
)
def check_encoding(view: TableView, _: Specification) -> Iterator[Finding]:
    """A line holds bytes that are not UTF-8.

    Readers stop at such a byte or show a wrong character. It comes from a spreadsheet program that saved in the
    encoding of its country, mostly Windows-1252.
    """
    for bad in view.bad_bytes:
        yield Finding(
            f"byte {bad.position} of the line is 0x{bad.byte:02x}, not UTF-8; as Windows-1252 it is {bad.likely!r}",
            line=bad.line,
            value=f"0x{bad.byte:02x}",
        )


@rule(
    "CSV-EMPTY",
    Severity.ERROR,
    Scope.TABLE,
    remedy="Write the header line: covidcurate init makes a table that has it.",
)
def check_empty(view: TableView, _: Specification) -> Iterator[Finding]:
    """The table has no header.

    Without it nobody can tell which cell is what.
    """
    if not any(name.strip() for name in view.header):
        yield Finding("the first line names no column", line=1)


@rule("CSV-NEWLINE", Severity.WARNING, Scope.TABLE, remedy="Keep one kind of line end, LF; in git: * text=auto eol=lf")
def check_newlines(view: TableView, _: Specification) -> Iterator[Finding]:
    """Line ends are mixed, or are not LF.

    An editor that changes line ends changes every line, and a pull request that adds one row shows hundreds.
    """
    names = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}
    main = names[view.dialect.newline]
    if view.other_newlines:
        yield Finding(
            f"{view.other_newlines} lines do not end with {main} as the first line does; this is the first",
            line=view.first_other_newline,
        )
    elif main != "LF":
        yield Finding(f"all lines end with {main}", severity=Severity.INFO, line=1)


@rule(
    "CSV-QUOTE",
    Severity.ERROR,
    Scope.TABLE,
    remedy='Close the quote; a quote inside a quoted cell is written twice ("").',
)
def check_quotes(view: TableView, _: Specification) -> Iterator[Finding]:
    """A quote is opened and not closed.

    Most readers take everything up to the next quote for one cell, so that whole rows vanish without a word.
    """
    for odd in view.odd_rows:
        if odd.problem is RowProblem.OPEN_QUOTE:
            yield _at(odd, "a cell begins with a quote that is not closed in its row")


@rule("CSV-RETURN", Severity.ERROR, Scope.TABLE, remedy="Remove the carriage return, or put the cell in quotes.")
def check_carriage_returns(view: TableView, _: Specification) -> Iterator[Finding]:
    """A lone carriage return stands in an unquoted cell.

    Some readers end the row there, others do not, so that two people see two tables.
    """
    for odd in view.odd_rows:
        if odd.problem is RowProblem.CARRIAGE_RETURN:
            yield _at(odd, "a carriage return without a line feed stands outside quotes")


@rule(
    "CSV-RAGGED",
    Severity.ERROR,
    Scope.TABLE,
    remedy="Give the row as many cells as the header; put cells that hold a comma in quotes.",
)
def check_ragged(view: TableView, _: Specification) -> Iterator[Finding]:
    """A row has more or fewer cells than the header.

    Its cells stand under the wrong headers, and no other rule can look at it.
    """
    width = len(view.header)
    for odd in view.odd_rows:
        if odd.problem is RowProblem.NONE and odd.text and odd.cells != width:
            yield _at(odd, f"the row has {odd.cells} cells, the header has {width}")


@rule("CSV-BLANK", Severity.WARNING, Scope.TABLE, remedy="Delete the blank rows.")
def check_blank_rows(view: TableView, _: Specification) -> Iterator[Finding]:
    """Rows are blank.

    They are left behind by spreadsheet programs, and readers count them as images. Neighbors are reported together.
    """
    for odd in view.odd_rows:
        if odd.is_blank:
            many = f"{odd.rows} rows are blank, up to line {odd.last_line}"
            message = many if odd.rows > 1 else "the row is blank"
            yield Finding(message, line=odd.first_line, last_line=odd.last_line)


def _at(odd: OddRow, message: str) -> Finding:
    return Finding(message, value=odd.text.rstrip("\r\n"), line=odd.first_line, last_line=odd.last_line)
