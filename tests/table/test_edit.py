"""Editing a table: what an edit may not touch, and when it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from covidcurate.errors import TableEncodingError, TableStructureError, UsageError
from covidcurate.table import RowProblem, Table


def test_append_fills_what_is_not_named_with_blanks() -> None:
    table = Table.load(b"a,b,c\n1,2,3\n")
    table.append([{"b": "x"}, {"c": "y", "a": "z"}])
    assert table.to_bytes() == b"a,b,c\n1,2,3\n,x,\nz,,y\n"


def test_append_to_a_header_alone() -> None:
    table = Table.load(b"a;b")
    table.append([{"a": "1"}])
    assert table.to_bytes() == b"a;b\n1;"


def test_append_of_nothing_changes_nothing() -> None:
    table = Table.load(b"a,b\n1,2")
    table.append([])
    assert table.to_bytes() == b"a,b\n1,2"


def test_append_after_blank_lines_leaves_them() -> None:
    table = Table.load(b"a,b\n1,2\n\n")
    table.append([{"a": "3"}])
    assert table.to_bytes() == b"a,b\n1,2\n\n3,\n"


def test_append_of_a_blank_single_cell_is_still_a_row() -> None:
    table = Table.load(b"a\n1\n")
    table.append([{"a": ""}])
    assert [row.fields for row in Table.load(table.to_bytes()).rows] == [["1"], [""]]


def test_append_refuses_a_column_that_is_not_there() -> None:
    table = Table.load(b"a,b\n", "m.csv")
    with pytest.raises(UsageError, match="no column 'c'") as caught:
        table.append([{"a": "1"}, {"c": "2"}])
    assert "'a', 'b'" in caught.value.remedy
    assert table.to_bytes() == b"a,b\n"


@pytest.mark.parametrize("content", [b'a,b\n1,"2\n', b'a,b\n1,"2\n3,4\n'])
def test_append_refuses_where_a_quote_is_open(content: bytes) -> None:
    table = Table.load(content, "m.csv")
    with pytest.raises(TableStructureError, match=r"^m\.csv:2: a quote is opened"):
        table.append([{"a": "5"}])
    assert table.to_bytes() == content


def test_append_refuses_where_a_quote_is_open_after_an_escaped_one() -> None:
    table = Table.load(b'a,b\n1,"he said ""no"" and\n')
    with pytest.raises(TableStructureError):
        table.append([{"a": "5"}])


def test_append_refuses_where_a_quote_of_the_header_is_open() -> None:
    table = Table.load(b'a,"b\n1,2\n')
    with pytest.raises(TableStructureError):
        table.append([{"a": "5"}])


@pytest.mark.parametrize("content", [b"a,b\n1,2\r", b"a,b\r\n1,2\r"])
def test_append_after_a_line_end_that_was_cut_in_half(content: bytes) -> None:
    table = Table.load(content)
    table.append([{"a": "3", "b": "4"}])
    rows = Table.load(table.to_bytes()).rows
    assert [row.problem for row in rows] == [RowProblem.NONE] * 2
    assert rows[-1].fields == ["3", "4"]


def test_append_of_a_line_feed_to_a_file_of_carriage_returns_reads_back() -> None:
    table = Table.load(b"a,b\r1,2\r")
    table.append([{"a": "x\ny", "b": "z"}])
    fresh = Table.load(table.to_bytes())
    assert fresh.header == ["a", "b"]
    assert fresh.rows[-1].fields[1] == "z"


def test_append_counts_the_lines_of_what_it_adds() -> None:
    table = Table.load(b'a,b\n"1\n1",2\n')
    table.append([{"a": "x\ny\nz"}, {"a": "w"}])
    assert [(row.first_line, row.last_line) for row in table.rows] == [(2, 3), (4, 6), (7, 7)]


def test_set_cell_keeps_quotes_that_nobody_needs() -> None:
    table = Table.load(b'a,b,c\n"1",2,"3"\n')
    table.set_cell(0, "a", "x")
    table.set_cell(0, "b", "y")
    assert table.to_bytes() == b'a,b,c\n"x",y,"3"\n'


def test_set_cell_adds_quotes_where_the_text_needs_them() -> None:
    table = Table.load(b"a,b\n1,2\n")
    table.set_cell(0, "b", 'x, "y"')
    assert table.to_bytes() == b'a,b\n1,"x, ""y"""\n'


def test_set_cell_keeps_the_end_of_the_last_line_missing() -> None:
    table = Table.load(b"a,b\r\n1,2\r\n3,4")
    table.set_cell(1, "b", "5")
    assert table.to_bytes() == b"a,b\r\n1,2\r\n3,5"


def test_set_cell_refuses_a_row_that_lacks_the_cell() -> None:
    table = Table.load(b"a,b\n1\n", "m.csv")
    with pytest.raises(TableStructureError, match=r"^m\.csv:2: .*'b'"):
        table.set_cell(0, "b", "x")


@pytest.mark.parametrize("content", [b'a,b\n1,"2\n', b"a,b\n1\rx,2\n"])
def test_set_cell_refuses_a_broken_row(content: bytes) -> None:
    table = Table.load(content)
    with pytest.raises(TableStructureError):
        table.set_cell(0, "a", "x")
    assert table.to_bytes() == content


def test_set_cell_edits_sound_rows_beside_a_broken_one() -> None:
    table = Table.load(b'a,b\n1,"2\n3,4\n')
    table.set_cell(1, "b", "x")
    assert table.to_bytes() == b'a,b\n1,"2\n3,x\n'


def test_set_cell_with_a_line_break_moves_the_lines_of_later_rows() -> None:
    table = Table.load(b"a,b\n1,2\n3,4\n")
    table.set_cell(0, "b", "x\ny")
    assert [(row.first_line, row.last_line) for row in table.rows] == [(2, 3), (4, 4)]


def test_set_cell_takes_back_the_promise_of_plain_text() -> None:
    table = Table.load(b"a,b\n1,2\n")
    table.set_cell(0, "b", "é")
    assert not table.rows[0].plain


def test_set_cell_to_blank_in_a_single_column_keeps_the_row() -> None:
    table = Table.load(b"a\n1\n")
    table.set_cell(0, "a", "")
    assert [row.fields for row in Table.load(table.to_bytes()).rows] == [[""]]


def test_rename_column_keeps_the_quotes_of_the_header() -> None:
    table = Table.load(b'"a","b"\n1,2\n')
    table.rename_column("b", "c")
    assert table.header == ["a", "c"]
    assert table.to_bytes() == b'"a","c"\n1,2\n'


def test_rename_column_can_name_the_unnamed_column() -> None:
    table = Table.load(b"a,\n1,2\n")
    table.rename_column("", "b")
    assert table.to_bytes() == b"a,b\n1,2\n"


def test_rename_column_refuses_a_column_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no column 'x'"):
        Table.load(b"a\n").rename_column("x", "y")


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    with pytest.raises(TableEncodingError) as caught:
        Table.load("a,b\n1,2\n3,Zürich\n".encode("cp1252"))
    assert caught.value.line == 3


def test_bytes_that_are_not_utf8_survive_an_edit_when_they_are_to_be_kept() -> None:
    content = "a,b\n1,Zürich\n3,4\n".encode("cp1252")
    table = Table.load(content, keep_bad_bytes=True)
    table.set_cell(1, "b", "é")
    table.append([{"a": "5"}])
    assert table.to_bytes() == "a,b\n1,Zürich\n".encode("cp1252") + "3,é\n5,\n".encode()


def test_a_table_is_loaded_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,2\r\n")
    table = Table.load(path)
    assert table.name == str(path)
    assert table.to_bytes() == path.read_bytes()


def test_append_refuses_a_cell_that_could_not_be_read_back() -> None:
    table = Table.load(b"a,b\n1,2\n")
    with pytest.raises((TableStructureError, UsageError)):
        table.append([{"a": "x" * 200_000}])


def test_a_copy_changes_without_its_original() -> None:
    table = Table.load(b"a,b\n1,2\n")
    copy = table.copy()
    copy.append([{"a": "3"}])
    copy.set_cell(0, "b", "x")
    copy.rename_column("a", "c")
    assert table.to_bytes() == b"a,b\n1,2\n"
    assert copy.to_bytes() == b"c,b\n1,x\n3,\n"
