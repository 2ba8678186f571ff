"""How a table is written: detecting it, cutting records into raw cells, quoting."""

from __future__ import annotations

import csv

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from table_strategies import DELIMITERS, WrittenTable, write_record, written_tables

from covidcurate.errors import TableEncodingError
from covidcurate.table.dialect import Dialect, detect_dialect, line_end, unquote

RECORDS = st.text(alphabet='ab" ,;é\n', max_size=12)
ENDS = st.sampled_from(["", "\n", "\r\n", "\r"])


def read_with_a_line_after(record: str, delimiter: str) -> list[list[str]]:
    """Return csv's rows of a record and of the line ``next``; a record with an open quote swallows that line."""
    return list(csv.reader([record, "next"], delimiter=delimiter))


@settings(max_examples=300, deadline=None)
@given(RECORDS, ENDS, st.sampled_from(DELIMITERS))
def test_split_cuts_where_csv_cuts(body: str, end: str, delimiter: str) -> None:
    assume(not body.endswith("\n"))
    record = body + end
    try:
        rows = read_with_a_line_after(record, delimiter)
    except csv.Error:
        assume(False)
    assume(len(rows) == 2 and rows[0])
    raw = Dialect(delimiter).split(record)
    assert [unquote(cell) for cell in raw] == rows[0]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='a",;\n\r', max_size=15), st.sampled_from(DELIMITERS))
def test_split_cells_join_to_the_record(record: str, delimiter: str) -> None:
    assert delimiter.join(Dialect(delimiter).split(record)) + line_end(record) == record


@settings(max_examples=200, deadline=None)
@example('x,"he said ""no"" and', ",")
@example('x,"""', ",")
@given(st.text(alphabet='a",', min_size=1, max_size=10), st.sampled_from(DELIMITERS))
def test_is_open_is_what_csv_goes_on_reading_after(record: str, delimiter: str) -> None:
    assert Dialect(delimiter).is_open(record) == (len(read_with_a_line_after(record, delimiter)) == 1)


@pytest.mark.parametrize(
    ("record", "is_open"),
    [("a,b", False), ('a,"b', True), ('a,"b"', False), ('a,"b""c"', False), ('a,"b"c', False), ('"a","', True)],
)
def test_is_open_of_plain_cases(record: str, is_open: bool) -> None:
    assert Dialect().is_open(record) is is_open


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20), st.sampled_from(DELIMITERS), st.booleans())
def test_quote_and_unquote_are_inverse(text: str, delimiter: str, always: bool) -> None:
    assert unquote(Dialect(delimiter).quote(text, always=always)) == text


def test_quote_adds_quotes_only_where_it_has_to() -> None:
    dialect = Dialect(";")
    assert dialect.quote("a,b") == "a,b"
    assert dialect.quote("a;b") == '"a;b"'
    assert dialect.quote('5" long') == '"5"" long"'
    assert dialect.quote("two\rlines") == '"two\rlines"'
    assert dialect.quote("plain", always=True) == '"plain"'


@settings(max_examples=100, deadline=None)
@given(
    st.data(), st.sampled_from(DELIMITERS), st.lists(st.text(alphabet='ab", ;\n', max_size=5), min_size=1, max_size=5)
)
def test_join_writes_what_csv_reads(data: st.DataObject, delimiter: str, texts: list[str]) -> None:
    assert list(csv.reader([Dialect(delimiter).join(texts)], delimiter=delimiter)) == [texts]
    # However else the same texts may be quoted, the cells are the same.
    record = data.draw(write_record(texts, delimiter))
    assert [unquote(raw) for raw in Dialect(delimiter).split(record)] == texts


def test_join_of_one_blank_cell_is_no_blank_line() -> None:
    assert Dialect().join([""]) == '""\n'


@settings(max_examples=150, deadline=None)
@given(written_tables())
def test_detect_finds_how_a_table_was_written(written: WrittenTable) -> None:
    found = detect_dialect(written.content, "table")
    assert found.has_bom == written.has_bom
    if len(written.header) > 1:
        assert found.delimiter == written.delimiter
    if line_end(written.records[0]):
        assert found.newline == written.newline


def test_detect_does_not_count_delimiters_inside_quotes() -> None:
    assert detect_dialect(b'"a,b,c";d\n', "table").delimiter == ";"


def test_detect_takes_a_comma_where_there_is_one_column() -> None:
    assert detect_dialect(b"filename\nx.png\n", "table") == Dialect(",", "\n", False)


def test_a_stray_carriage_return_in_the_header_is_no_line_end() -> None:
    assert detect_dialect(b"a,b\rc\n1,2\n", "table").newline == "\n"


def test_a_line_break_inside_a_quoted_header_is_no_line_end() -> None:
    assert detect_dialect(b'"age\nin years",b\r\n1,2\r\n', "table").newline == "\r\n"


def test_a_line_feed_inside_quotes_does_not_hide_carriage_returns() -> None:
    assert detect_dialect(b'a,b\r"x\ny",2\r', "table").newline == "\r"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_is_named_with_the_way_out(encoding: str) -> None:
    content = "\ufefffilename,view\n".encode(encoding)
    with pytest.raises(TableEncodingError, match="UTF-16") as caught:
        detect_dialect(content, "table.csv")
    assert caught.value.line == 1
    assert "iconv" in caught.value.remedy
    assert "table.csv" in caught.value.remedy


def test_a_quote_inside_an_unquoted_header_opens_nothing() -> None:
    assert detect_dialect(b'height 5";b\n1;"2"\n', "table").delimiter == ";"
