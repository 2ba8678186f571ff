"""Rules on how the file is written: bytes, line ends, quotes, the number of cells."""

from __future__ import annotations

from collections.abc import Iterator

from covidcurate.model import Fix, Severity, Target
from covidcurate.rules.encoding import ENCODINGS, Reading, read_bad_bytes
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import OddRow, TableView
from covidcurate.spec import Specification
from covidcurate.table import BadByte, RowProblem
from covidcurate.words import counted

_ONLY_THE_WRITER_KNOWS = "the encoding of a byte is not written anywhere"


@rule(
    "CSV-ENCODING",
    Severity.ERROR,
    Scope.TABLE,
    remedy="Correct these bytes; convert the whole file only if no line of it is UTF-8.",
)
def check_encoding(view: TableView, _: Specification) -> Iterator[Finding]:
    """A line holds bytes that are not UTF-8.

    Readers stop at such a byte or show a wrong character. It comes from a spreadsheet program that saved in the
    encoding of its country, mostly Windows-1252. In a file of which other lines are UTF-8, converting the whole would
    damage those. What the bytes mean is offered where the same words stand intact elsewhere in the table, or where all
    usual encodings that make sense of the line agree.
    """
    if not view.bad_bytes:
        return
    readings = read_bad_bytes(view.bad_bytes, view.reread)
    for bad, reading in zip(view.bad_bytes, readings, strict=True):
        fix = None
        if reading.certain:
            fix = Fix(reading.certain, _ONLY_THE_WRITER_KNOWS, Target.LINE, bad.raw.hex(), bad.position)
        more = f" ({len(bad.raw)} such bytes in the line)" if len(bad.raw) > 1 else ""
        yield Finding(
            f"byte {bad.position} of the line is 0x{bad.byte:02x}, not UTF-8{more}; {_shown(bad, reading)}",
            _encoding_remedy(view, reading, len({tuple(one.by_encoding) for one in readings}) == 1),
            line=bad.line,
            value=f"0x{bad.byte:02x}",
            fix=fix,
        )


def _shown(bad: BadByte, reading: Reading) -> str:
    """Return what a line's first bad byte is in the encodings that make sense."""
    if reading.certain and reading.certain not in reading.by_encoding.values():
        return f"the same words elsewhere have {_named(reading.certain)}"
    by_text: dict[str, list[str]] = {}
    for encoding, text in reading.by_encoding.items():
        by_text.setdefault(text, []).append(ENCODINGS[encoding])
    if not by_text:
        return f"no usual encoding makes sense of it there; as Windows-1252 it is {bad.likely!r}"
    return ", ".join(f"as {' or '.join(names)} it is {_named(text[:1])}" for text, names in by_text.items())


def _named(text: str) -> str:
    return repr(text) if text.isprintable() else ", ".join(f"U+{ord(char):04X}" for char in text)


def _encoding_remedy(view: TableView, reading: Reading, alike: bool) -> str:
    """Return what to do about a line; to convert the file is right only where all of it needs that, and alike."""
    alone = f" Convert no more than this line: line {view.utf8_line} is UTF-8." if view.utf8_line else ""
    if reading.certain:
        return f"Write {_named(reading.certain)} for {'them' if len(reading.certain) > 1 else 'it'}.{alone}"
    if not alone and alike and reading.by_encoding:
        name = ENCODINGS[next(iter(reading.by_encoding))].upper()
        return f"Convert the file once, and look at the result: iconv -f {name} -t UTF-8"
    return f"Look the text up at its source and enter it again.{alone}"


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


@rule(
    "CSV-DELIMITER",
    Severity.ERROR,
    Scope.TABLE,
    remedy="Save it with commas: where a spreadsheet program asks, as CSV (comma delimited), in UTF-8.",
)
def check_delimiter(view: TableView, _: Specification) -> Iterator[Finding]:
    """Cells are parted by another sign than a comma.

    Spreadsheet programs of many countries write semicolons. This program reads them, but loaders that expect commas
    take each line for one cell, and every line of the table changes.
    """
    if view.dialect.delimiter != ",":
        names = {"\t": "tabs", ";": "semicolons"}
        said = names.get(view.dialect.delimiter, repr(view.dialect.delimiter))
        yield Finding(f"cells are parted by {said}, not by commas", line=1)


@rule(
    "CSV-BOM",
    Severity.WARNING,
    Scope.TABLE,
    remedy="Save it as UTF-8 without the mark, or cut the three bytes off: tail -c +4 metadata.csv > without-mark.csv",
)
def check_mark(view: TableView, _: Specification) -> Iterator[Finding]:
    """The file begins with a byte order mark.

    Spreadsheet programs write it into what they call CSV UTF-8. This program reads over it, but Python's csv module and
    many loaders take it for a part of the first header, and find no such column.
    """
    if view.dialect.has_bom:
        yield Finding("the first three bytes are a byte order mark, EF BB BF", line=1)


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
            yield _at(odd, f"the row has {counted(odd.cells, 'cell')}, the header has {width}")


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
