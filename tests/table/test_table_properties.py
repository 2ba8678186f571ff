"""What must hold for every table in every dialect: bytes that are not edited stay, edits read back, lines are true."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from table_strategies import WrittenTable, cells, read_back, table_rows, written_tables

from covidcurate.errors import TableEncodingError, UnreadableError
from covidcurate.table import Row, RowProblem, Table, TableReader
from covidcurate.table.dialect import Dialect

CSV_BYTES = st.text(alphabet='ab,;"\n\r\té ', max_size=40).map(str.encode)
ANY_BYTES = (
    st.binary(max_size=40) | CSV_BYTES | st.text(alphabet='aü,"\n', max_size=40).map(lambda t: t.encode("cp1252"))
)


def lines_of(row: Row) -> tuple[int, int]:
    return row.first_line, row.last_line


def record_at(written: WrittenTable, index: int) -> tuple[bytes, bytes]:
    """Return the bytes before and after a record (0 is the header)."""
    mark = b"\xef\xbb\xbf" if written.has_bom else b""
    return mark + "".join(written.records[:index]).encode(), "".join(written.records[index + 1 :]).encode()


@settings(max_examples=200, deadline=None)
@given(written_tables())
def test_rows_are_those_that_were_written(written: WrittenTable) -> None:
    table = Table.load(written.content)
    assert table.header == written.header
    assert [row.fields for row in table.rows] == written.rows
    assert [row.text for row in table.rows] == written.records[1:]
    assert all(row.problem is RowProblem.NONE for row in table.rows)


@settings(max_examples=400, deadline=None)
@given(ANY_BYTES)
def test_any_bytes_that_load_are_written_back(content: bytes) -> None:
    try:
        table = Table.load(content, keep_bad_bytes=True)
    except UnreadableError:
        return
    assert table.to_bytes() == content


@settings(max_examples=300, deadline=None)
@given(ANY_BYTES)
def test_only_text_in_utf8_loads_without_being_asked_to(content: bytes) -> None:
    try:
        Table.load(content)
    except TableEncodingError as error:
        lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
        assert 1 <= error.line <= lines
    except UnreadableError:
        return
    else:
        content.decode("utf-8")


@settings(max_examples=200, deadline=None)
@given(written_tables())
def test_rows_know_their_physical_lines(written: WrittenTable) -> None:
    table = Table.load(written.content)
    mark = b"\r" if table.dialect.newline == "\r" else b"\n"
    for index, row in enumerate(table.rows, start=1):
        before, _ = record_at(written, index)
        inside = row.text.removesuffix(written.newline).encode().count(mark)
        assert lines_of(row) == (before.count(mark) + 1, before.count(mark) + 1 + inside)


@settings(max_examples=100, deadline=None)
@given(ANY_BYTES)
def test_rows_of_broken_tables_know_their_lines_too(content: bytes) -> None:
    try:
        with TableReader(content) as reader:
            rows = [reader.header_row, *reader]
    except UnreadableError:
        return
    mark = "\r" if reader.dialect.newline == "\r" else "\n"
    line = 1
    for row in rows:
        assert row.first_line == line
        line += row.text.count(mark)
        assert row.last_line == max(row.first_line, line - row.text.endswith(mark))


@settings(max_examples=200, deadline=None)
@given(written_tables(), st.data())
def test_appended_rows_leave_the_bytes_before_them_alone(written: WrittenTable, data: st.DataObject) -> None:
    content = written.content
    table = Table.load(content)
    rows = data.draw(st.lists(table_rows(written.delimiter, written.newline, len(written.header)), max_size=3))
    # The delimiter of a single column cannot be known, so what is read back is read in the dialect that was found.
    delimiter = table.dialect.delimiter
    table.append([dict(zip(written.header, texts, strict=True)) for texts in rows])
    after = table.to_bytes()
    assert after.startswith(content)
    has_end = content.endswith((b"\n", b"\r"))
    assert after.endswith((b"\n", b"\r")) == has_end
    if not has_end and rows:
        assert after[len(content) :].startswith(table.dialect.newline.encode())
    assert read_back(after, delimiter) == read_back(content, delimiter) + rows


@settings(max_examples=200, deadline=None)
@given(written_tables(), st.data())
def test_appended_rows_are_those_of_a_fresh_read(written: WrittenTable, data: st.DataObject) -> None:
    table = Table.load(written.content)
    rows = data.draw(st.lists(table_rows(written.delimiter, written.newline, len(written.header)), max_size=3))
    table.append([dict(zip(written.header, texts, strict=True)) for texts in rows])
    fresh = Table.load(table.to_bytes())
    assert fresh.header == table.header
    assert [row.fields for row in fresh.rows] == [row.fields for row in table.rows]
    assert [row.text for row in fresh.rows] == [row.text for row in table.rows]
    assert [lines_of(row) for row in fresh.rows] == [lines_of(row) for row in table.rows]


@settings(max_examples=200, deadline=None)
@given(written_tables(min_rows=1), st.data())
def test_a_cell_that_is_set_changes_its_row_alone(written: WrittenTable, data: st.DataObject) -> None:
    table = Table.load(written.content)
    index = data.draw(st.integers(0, len(written.rows) - 1))
    place = data.draw(st.integers(0, len(written.header) - 1))
    # A single column that is set blank has a test of its own.
    text = data.draw(cells(written.delimiter, written.newline).filter(lambda text: text or len(written.header) > 1))
    if len(written.header) > 4:
        text = text.replace("\n", " ").replace("\r", " ")
    raw_before = table.dialect.split(table.rows[index].text)
    table.set_cell(index, written.header[place], text)
    before, after = record_at(written, index + 1)
    content = table.to_bytes()
    assert content.startswith(before)
    assert content.endswith(after)
    expected = [list(row) for row in written.rows]
    expected[index][place] = text
    assert read_back(content, table.dialect.delimiter)[1:] == expected
    raw_after = table.dialect.split(table.rows[index].text)
    assert raw_after[:place] + raw_after[place + 1 :] == raw_before[:place] + raw_before[place + 1 :]
    if raw_before[place].startswith('"'):
        assert raw_after[place].startswith('"')


@settings(max_examples=100, deadline=None)
@given(written_tables(min_rows=1), st.data())
def test_setting_a_cell_to_its_own_text_changes_nothing(written: WrittenTable, data: st.DataObject) -> None:
    table = Table.load(written.content)
    index = data.draw(st.integers(0, len(written.rows) - 1))
    name = data.draw(st.sampled_from(written.header))
    table.set_cell(index, name, written.rows[index][written.header.index(name)])
    assert table.to_bytes() == written.content


@settings(max_examples=100, deadline=None)
@given(written_tables(), st.data())
def test_a_renamed_column_changes_the_header_alone(written: WrittenTable, data: st.DataObject) -> None:
    table = Table.load(written.content)
    place = data.draw(st.integers(0, len(written.header) - 1))
    name = data.draw(st.text(alphabet='xy_ "é', min_size=1, max_size=6))
    table.rename_column(written.header[place], name)
    _, after = record_at(written, 0)
    content = table.to_bytes()
    assert content.endswith(after)
    expected = [*written.header[:place], name, *written.header[place + 1 :]]
    assert table.header == expected
    assert read_back(content, table.dialect.delimiter) == [expected, *written.rows]


@settings(max_examples=50, deadline=None)
@given(written_tables())
def test_the_dialect_writes_what_its_table_reads(written: WrittenTable) -> None:
    dialect = Dialect(written.delimiter, written.newline)
    content = "".join(dialect.join(texts) for texts in (written.header, *written.rows)).encode()
    assert read_back(content, written.delimiter) == [written.header, *written.rows]
