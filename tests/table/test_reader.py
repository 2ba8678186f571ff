"""Reading broken tables: one defect costs one row, and every row keeps its true place."""

from __future__ import annotations

from pathlib import Path

import pytest

from covidcurate.errors import TableEncodingError, TableStructureError, UnreadableError
from covidcurate.table import Row, RowProblem, TableReader
from covidcurate.table.lines import COLUMN_LIMIT, LINE_LIMIT


def read(content: bytes) -> list[Row]:
    with TableReader(content) as reader:
        return list(reader)


def outline(rows: list[Row]) -> list[tuple[int, int, RowProblem]]:
    return [(row.first_line, row.last_line, row.problem) for row in rows]


NONE, OPEN, RETURN = RowProblem.NONE, RowProblem.OPEN_QUOTE, RowProblem.CARRIAGE_RETURN


def test_a_quote_left_open_at_the_end_is_marked() -> None:
    rows = read(b'a,b\n1,2\n3,"4\n')
    assert outline(rows) == [(2, 2, NONE), (3, 3, OPEN)]
    assert rows[1].fields == ["3", "4"]
    assert rows[1].text == '3,"4\n'


def test_a_quote_left_open_in_the_middle_costs_one_row() -> None:
    rows = read(b'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    assert outline(rows) == [(2, 2, NONE), (3, 3, OPEN), (4, 4, NONE), (5, 5, NONE)]
    assert rows[3].fields == ["7", "8"]


def test_rows_swallowed_until_a_later_quote_are_given_back() -> None:
    rows = read(b'a,b,c,d,e\n1,"x,3,4,5\n2,p,q,r,s\n3,"t",u,v,w\n')
    assert outline(rows) == [(2, 2, OPEN), (3, 3, NONE), (4, 4, NONE)]
    assert [row.fields for row in rows[1:]] == [["2", "p", "q", "r", "s"], ["3", "t", "u", "v", "w"]]


def test_rows_swallowed_by_a_record_of_another_width_are_given_back() -> None:
    rows = read(b'a,b,c\n"1,2,3\n2,p,q\n3,"r",s\n')
    assert outline(rows) == [(2, 2, OPEN), (3, 3, NONE), (4, 4, NONE)]


def test_two_open_quotes_cost_two_rows() -> None:
    rows = read(b'a,b,c,d,e\n1,"x,3,4,5\n2,p,q,r,s\n3,"t,u,v,w\n4,1,2,3,4\n')
    assert outline(rows) == [(2, 2, OPEN), (3, 3, NONE), (4, 4, OPEN), (5, 5, NONE)]


def test_rows_swallowed_in_a_narrow_table_are_given_back() -> None:
    rows = read(b'a,b,c\n1,"x,y\n2,p,q\n3,"r",s\n')
    assert outline(rows) == [(2, 2, OPEN), (3, 3, NONE), (4, 4, NONE)]


def test_a_cell_with_line_breaks_is_one_row() -> None:
    rows = read(b'a,b,c\n1,"two\nlines, and a comma",3\n4,5,6\n')
    assert outline(rows) == [(2, 3, NONE), (4, 4, NONE)]
    assert rows[0].fields == ["1", "two\nlines, and a comma", "3"]


def test_a_cell_with_line_breaks_in_a_wide_table_is_one_row() -> None:
    rows = read(b'a,b,c,d,e,f\n1,2,"two\n""lines""",4,5,6\n7,8,9,10,11,12\n')
    assert outline(rows) == [(2, 3, NONE), (4, 4, NONE)]


def test_line_breaks_in_the_first_cell_of_a_wide_table_are_fine() -> None:
    rows = read(b'a,b,c,d,e\n"two\nlines",2,3,4,5\n')
    assert outline(rows) == [(2, 3, NONE)]


def test_commas_in_a_cell_with_line_breaks_of_a_wide_table_are_fine() -> None:
    rows = read(b'a,b,c,d,e\n1,"first line\nand, second",3,4,5\n')
    assert outline(rows) == [(2, 3, NONE)]


def test_an_open_quote_after_an_escaped_one_is_marked() -> None:
    rows = read(b'a,b\n1,2\n3,"he said ""no"" and\n')
    assert outline(rows) == [(2, 2, NONE), (3, 3, OPEN)]


def test_an_open_quote_after_an_escaped_one_costs_one_row() -> None:
    rows = read(b'a,b\n1,"he said ""no"" and\n3,4\n5,6\n')
    assert outline(rows) == [(2, 2, OPEN), (3, 3, NONE), (4, 4, NONE)]


def test_a_lone_carriage_return_is_marked_and_costs_one_row() -> None:
    rows = read(b"a,b\n1\r,2\n3,4\n")
    assert outline(rows) == [(2, 2, RETURN), (3, 3, NONE)]
    assert rows[0].text == "1\r,2\n"


def test_a_carriage_return_inside_quotes_is_text() -> None:
    rows = read(b'a,b\n"1\rx",2\n')
    assert outline(rows) == [(2, 2, NONE)]
    assert rows[0].fields == ["1\rx", "2"]


def test_lines_that_all_end_with_a_carriage_return() -> None:
    rows = read(b"a,b\r1,2\r3,4")
    assert outline(rows) == [(2, 2, NONE), (3, 3, NONE)]


def test_a_cell_beyond_the_limit_costs_one_row() -> None:
    rows = read(b'a,b\n1,"' + b"x" * 200_000 + b'"\n2,3\n')
    assert [row.first_line for row in rows] == [2, 3]
    assert rows[0].problem is OPEN
    assert rows[1].fields == ["2", "3"]
    assert rows[1].problem is NONE


def test_an_open_quote_before_much_text_does_not_hide_the_rest() -> None:
    body = b"".join(b"%d,some text\n" % number for number in range(20_000))
    rows = read(b'a,b\n1,"open\n' + body)
    assert rows[0].problem is OPEN
    assert len(rows) == 20_001
    assert rows[-1].last_line == 20_002


def test_a_line_of_16_mib_is_refused_with_its_number() -> None:
    content = b"a,b\n1," + b"x" * LINE_LIMIT + b"\n"
    message = r"^x\.csv:2: .*longer than 16 MiB"
    with TableReader(content, "x.csv") as reader, pytest.raises(TableStructureError, match=message):
        list(reader)


def test_a_first_line_of_16_mib_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"x" * (LINE_LIMIT + 1))
    with pytest.raises(TableStructureError, match=":1: "):
        TableReader(path)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04\x14\0\0\0\x08\0 a spreadsheet",
        b"\x1f\x8b\x08\0\0\0\0\0 gzip",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\n",
    ],
)
def test_a_binary_file_is_no_table(content: bytes) -> None:
    with pytest.raises(TableStructureError, match="binary"):
        TableReader(content)


def test_thousands_of_columns_are_no_table() -> None:
    with pytest.raises(TableStructureError, match=str(COLUMN_LIMIT)):
        TableReader(b"a," * COLUMN_LIMIT + b"b\n")


def test_a_nul_in_a_cell_is_text() -> None:
    rows = read(b"a,b\n1,x\0y\n")
    assert rows[0].fields == ["1", "x\0y"]
    assert rows[0].problem is NONE
    assert not rows[0].plain


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"none\.csv: cannot be opened"):
        TableReader(tmp_path / "none.csv")


def test_an_empty_file_has_no_header_and_no_rows() -> None:
    with TableReader(b"") as reader:
        assert (reader.header, list(reader)) == ([], [])


@pytest.mark.parametrize("content", [b"a,b", b"a,b\n", b"\xef\xbb\xbfa,b\r\n"])
def test_a_header_alone_has_no_rows(content: bytes) -> None:
    with TableReader(content) as reader:
        assert (reader.header, list(reader)) == (["a", "b"], [])


def test_blank_lines_are_rows_without_cells() -> None:
    rows = read(b"a,b\n\n1,2\n\n\n")
    assert [row.fields for row in rows] == [[], ["1", "2"], [], []]
    assert [row.first_line for row in rows] == [2, 3, 4, 5]


def test_ragged_rows_keep_the_cells_they_have() -> None:
    rows = read(b"a,b\n1\n1,2,3\n,\n")
    assert [row.fields for row in rows] == [["1"], ["1", "2", "3"], ["", ""]]
    assert all(row.problem is NONE for row in rows)


def test_plain_promises_printable_ascii() -> None:
    rows = read("a,b\n1,2\n1,é\n1,\x07\n1,\x7f\n".encode())
    assert [row.plain for row in rows] == [True, False, False, False]


def test_bytes_that_are_not_utf8_are_kept_and_listed() -> None:
    with TableReader("a,b\n1,Brönsted\n2,x\n3,M\xfcller\n".encode("cp1252")) as reader:
        rows = list(reader)
    assert rows[0].fields[1].encode("utf-8", "surrogateescape") == "Brönsted".encode("cp1252")
    assert [(bad.line, bad.position, bad.byte, bad.likely) for bad in reader.bad_bytes] == [
        (2, 5, 0xF6, "ö"),
        (4, 4, 0xFC, "ü"),
    ]


def test_bad_bytes_are_listed_once_where_lines_are_read_again() -> None:
    with TableReader(b'a,b\n1,"open\n2,\xfc\n3,4\n') as reader:
        list(reader)
    assert [bad.line for bad in reader.bad_bytes] == [3]


def test_require_utf8_names_the_first_line_and_the_way_out() -> None:
    with TableReader(b"a,b\n1,2\n3,\xe9\n4,\xe8\n", "m.csv") as reader:
        list(reader)
        with pytest.raises(TableEncodingError, match=r"^m\.csv:3: byte 3 of the line, 0xe9.*2 lines") as caught:
            reader.require_utf8()
    assert caught.value.line == 3
    assert "WINDOWS-1252" in caught.value.remedy


def test_require_utf8_of_sound_text_is_silent() -> None:
    with TableReader("a,b\n1,Brönsted\n".encode()) as reader:
        list(reader)
        reader.require_utf8()


def test_a_reader_closes_its_file_when_the_header_is_refused(tmp_path: Path) -> None:
    # An open file would be a ResourceWarning, which pytest turns into an error.
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xff\xfea\0")
    with pytest.raises(TableEncodingError):
        TableReader(path)


def test_an_error_in_the_middle_of_a_file_names_it() -> None:
    memory = Path("/proc/self/mem")
    if not memory.exists():
        pytest.skip("no file here fails when it is read")
    with pytest.raises(UnreadableError, match=r"/proc/self/mem: cannot be read to its end: "):
        TableReader(memory)
