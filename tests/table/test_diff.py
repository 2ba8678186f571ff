"""What counts as a change between two states of a table."""

from __future__ import annotations

from covidcurate.table import CellChange, Table, TableDiff, diff_tables

OLD = b"filename,view,age\na.png,PA,40\nb.png,AP,50\nc.png,L,60\n"


def diff(old: bytes, new: bytes) -> TableDiff:
    return diff_tables(Table.load(old), Table.load(new), "filename")


def names(rows: tuple[object, ...]) -> list[str]:
    return [row.fields[0] for row in rows]  # type: ignore[attr-defined]


def test_equal_tables_do_not_differ() -> None:
    assert not diff(OLD, OLD)


def test_an_added_row() -> None:
    found = diff(OLD, OLD + b"d.png,PA,\n")
    assert (names(found.added), found.removed, found.changed) == (["d.png"], (), ())
    assert found.added[0].first_line == 5
    assert found


def test_a_removed_row() -> None:
    found = diff(OLD, OLD.replace(b"b.png,AP,50\n", b""))
    assert (found.added, names(found.removed), found.changed) == ((), ["b.png"], ())


def test_a_changed_cell_has_both_texts_and_both_lines() -> None:
    found = diff(OLD, OLD.replace(b"a.png,PA,40\n", b"").replace(b"AP", b"AP Supine"))
    (change,) = found.changed
    assert change.key == "b.png"
    assert (change.old_line, change.new_line) == (3, 2)
    assert change.cells == (CellChange("view", "AP", "AP Supine"),)


def test_a_moved_row_is_no_change() -> None:
    assert not diff(OLD, b"filename,view,age\nc.png,L,60\na.png,PA,40\nb.png,AP,50\n")


def test_a_moved_column_is_no_change() -> None:
    assert not diff(OLD, b"age,filename,view\n40,a.png,PA\n50,b.png,AP\n60,c.png,L\n")


def test_a_new_column_changes_the_rows_that_have_text_in_it() -> None:
    found = diff(OLD, b"filename,view,age,sex\na.png,PA,40,F\nb.png,AP,50,\nc.png,L,60,\n")
    assert [(change.key, change.cells) for change in found.changed] == [("a.png", (CellChange("sex", "", "F"),))]


def test_a_column_that_is_gone_counts_as_blank() -> None:
    found = diff(OLD, b"filename,view\na.png,PA\nb.png,AP\nc.png,L\n")
    assert [change.cells[0].new for change in found.changed] == ["", "", ""]


def test_headers_may_differ_in_case_and_outer_blanks() -> None:
    assert not diff(OLD, OLD.replace(b"filename,view,age", b" Filename,View ,AGE"))


def test_a_file_saved_again_with_other_quotes_and_line_ends_has_not_changed() -> None:
    again = b"\xef\xbb\xbf" + OLD.replace(b"a.png", b'"a.png"').replace(b"50", b'"50"').replace(b"\n", b"\r\n")
    assert not diff(OLD, again)


def test_a_file_saved_again_with_another_delimiter_has_not_changed() -> None:
    assert not diff(OLD, OLD.replace(b",", b";"))


def test_the_second_of_equal_keys_is_compared_with_the_second() -> None:
    old = b"filename,age\nx.png,1\nx.png,2\n"
    found = diff(old, b"filename,age\nx.png,1\nx.png,3\n")
    assert [(change.old_line, change.cells) for change in found.changed] == [(3, (CellChange("age", "2", "3"),))]


def test_one_more_of_equal_keys_is_an_added_row() -> None:
    old = b"filename,age\nx.png,1\n"
    found = diff(old, old + b"x.png,1\n")
    assert (len(found.added), found.removed, found.changed) == (1, (), ())


def test_blank_lines_and_blank_rows_are_left_out() -> None:
    assert not diff(OLD, OLD.replace(b"b.png", b"\n,,\nb.png"))


def test_outer_blanks_of_a_key_do_not_make_another_row() -> None:
    found = diff(OLD, OLD.replace(b"a.png", b"a.png "))
    assert (found.added, found.removed) == ((), ())
    assert found.changed[0].cells == (CellChange("filename", "a.png", "a.png "),)


def test_tables_without_the_key_are_compared_in_order() -> None:
    found = diff(b"a,b\n1,2\n3,4\n", b"a,b\n1,2\n3,5\n")
    assert [change.new_line for change in found.changed] == [3]


def test_empty_tables_do_not_differ() -> None:
    assert not diff(b"", b"")
    assert not diff(b"", b"filename,view\n")


def test_cells_beyond_the_header_are_compared_too() -> None:
    # A ragged row may hold what somebody typed at its end.
    assert diff(b"filename,age\nx.png,1,more\n", b"filename,age\nx.png,1,less\n")


def test_columns_of_one_name_are_compared_each() -> None:
    assert diff(b"filename,age,age\nx.png,1,2\n", b"filename,age,age\nx.png,9,2\n")
