"""Tables of every dialect for property tests, written by code that shares nothing with covidcurate."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from hypothesis import strategies as st

DELIMITERS = ",;\t|"
PLAIN = "ab0 é漢\u2028'\x0b"
MULTI_LINE_WIDTH = 4
"""Up to this many columns a record of the right width is never taken for one that an open quote has swallowed."""


@dataclass(frozen=True)
class WrittenTable:
    """A table as bytes, with what it was written from; ``records`` are its rows as written, header first."""

    delimiter: str
    newline: str
    has_bom: bool
    header: list[str]
    rows: list[list[str]]
    records: list[str]

    @property
    def content(self) -> bytes:
        return (b"\xef\xbb\xbf" if self.has_bom else b"") + "".join(self.records).encode()


def cells(delimiter: str, newline: str, *, line_breaks: bool = True) -> st.SearchStrategy[str]:
    """Return texts of cells.

    A line feed in a file whose lines end with a carriage return is left out: it has a test of its own.
    """
    breaks = ("\r" if newline == "\r" else "\n\r") if line_breaks else ""
    return st.text(alphabet=PLAIN + DELIMITERS + '"' + breaks, max_size=6) | st.sampled_from(
        ["", "7", "x y", '"', '""']
    )


@st.composite
def table_rows(draw: st.DrawFn, delimiter: str, newline: str, width: int) -> list[str]:
    """Return the texts of one row."""
    if width <= MULTI_LINE_WIDTH:
        return [draw(cells(delimiter, newline)) for _ in range(width)]
    # Further than that, a line inside a cell must not look like a row: see the tests of swallowed rows.
    breaks = "\r" if newline == "\r" else "\n"
    return [draw(st.text(alphabet=PLAIN + '"' + (breaks if place else ""), max_size=5)) for place in range(width)]


@st.composite
def write_record(draw: st.DrawFn, texts: list[str], delimiter: str) -> str:
    """Return a record without its end, quoted where it has to be and anywhere else by chance."""
    raw = []
    for text in texts:
        must = any(mark in text for mark in (delimiter, '"', "\n", "\r")) or texts == [""]
        raw.append('"' + text.replace('"', '""') + '"' if must or draw(st.booleans()) else text)
    return delimiter.join(raw)


@st.composite
def written_tables(draw: st.DrawFn, *, max_width: int = 7, min_rows: int = 0) -> WrittenTable:
    """Return a table in any dialect, with or without byte order mark, final line end and unnamed last column."""
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    width = draw(st.integers(1, max_width))
    # Nobody can tell the delimiter of a single column.
    delimiter = draw(st.sampled_from(DELIMITERS)) if width > 1 else ","
    header = [f"column{place}" for place in range(width)]
    if width > 1 and draw(st.booleans()):
        header[-1] = ""
    rows = [draw(table_rows(delimiter, newline, width)) for _ in range(draw(st.integers(min_rows, 4)))]
    records = [draw(write_record(texts, delimiter)) + newline for texts in (header, *rows)]
    if draw(st.booleans()):
        records[-1] = records[-1].removesuffix(newline)
    return WrittenTable(delimiter, newline, draw(st.booleans()), header, rows, records)


def read_back(content: bytes, delimiter: str) -> list[list[str]]:
    """Return all rows, header included, as Python's own reader has them."""
    text = content.decode("utf-8-sig", "surrogateescape")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
