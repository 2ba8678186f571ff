"""What is fixed, what waits for leave to be unsafe, and what has two answers and is never fixed."""

from __future__ import annotations

from pathlib import Path

import pytest
from makers import KINDS, cells_of, check, column, make_dataset, mend

from covidcurate.dataset.moves import Move
from covidcurate.errors import CovidcurateError, TableEncodingError, TableStructureError
from covidcurate.mend import count_line, find_mending
from covidcurate.model import Fix, Issue, Report, Severity
from covidcurate.rules import all_rules

SAFE = [
    ("location", " Exampletown ", "Exampletown"),
    ("location", "   ", ""),
    ("location", "Exampletown\xa0", "Exampletown"),
    ("location", "at 38 ºC", "at 38 °C"),
    ("view", "pa", "PA"),
    ("view", "lateral", "L"),
    ("view", " supine ", "AP Supine"),
    ("modality", "Radiograph", "X-ray"),
    ("sex", "female", "F"),
    ("sex", "m", "M"),
    ("license", "cc-by-nc-sa 4.0", "CC BY-NC-SA 4.0"),
    ("license", "apache-2.0", "Apache 2.0"),
    ("date", "2020/1/5", "2020-01-05"),
    ("date", "20200105", "2020-01-05"),
    ("date", "5. January 2020", "2020-01-05"),
    ("date", "March 2003", "2003-03"),
    ("date", "2/29/2020", "2020-02-29"),
    ("date", "3/3/2020", "2020-03-03"),
]
UNSAFE = [
    ("date", "03/16/20", "2020-03-16"),
    ("location", "KrankenhÃ¤user", "Krankenhäuser"),
    ("location", "twice KrankenhÃƒÂ¤user", "twice Krankenhäuser"),
    ("location", "zero\u200bwidth", "zerowidth"),
    ("location", "0.4´103/mL", "0.4×103/mL"),
    ("license", "CC-NC-SA", "CC BY-NC-SA"),
    ("finding", "COVID-19", "Pneumonia/Viral/COVID-19"),
    ("finding", "normal", "No Finding"),
    ("finding", "pneumonia/viral/sars", "Pneumonia/Viral/SARS"),
    ("doi", "https://doi.org/10.1056/nejmc2001272", "10.1056/nejmc2001272"),
    ("doi", "doi:10.1056/nejmc2001272", "10.1056/nejmc2001272"),
    ("sex", "unknown", ""),
    ("temperature", "100.4", "38"),
    ("temperature", "95", "35"),
    ("leukocyte_count", "5200", "5.2"),
    ("pO2_saturation", "0.93", "93"),
]
NEVER = [
    ("date", "03/09/20"),
    ("date", "3/9/2020"),
    ("date", "20-03-15"),
    ("date", "January 12"),
    ("date", "2020-13-40"),
    ("view", "Frontal"),
    ("view", "AP semi erect"),
    ("modality", "MR"),
    ("license", "CC BY-NC-SB"),
    ("location", "lost \ufffd"),
    ("location", "bell\x07"),
    ("location", "joined\u200dletters"),
    ("finding", "Pneumonias"),
    ("doi", "https://www.nejm.org/doi/full/10.1056/nejmc2001272"),
    ("url", "www.example.org/case/1"),
    ("url", "http://example.org/case/1"),
    ("pO2_saturation", "120"),
    ("pO2_saturation", "1"),
    ("clinical_notes", "=1+1"),
    ("temperature", "12"),
    ("RT_PCR_positive", "Unclear"),
]


@pytest.mark.parametrize(("name", "old", "new"), SAFE)
def test_what_only_changes_how_it_is_written_is_fixed(tmp_path: Path, name: str, old: str, new: str) -> None:
    mending = mend(column(tmp_path, name, old, "x" if name == "location" else ""))
    assert cells_of(mending.after)[0] == new
    assert cells_of(mending.after)[1] == cells_of(mending.before)[1]
    assert mending.left == 0


@pytest.mark.parametrize(("name", "old", "new"), UNSAFE)
def test_what_a_person_should_look_at_waits_for_leave(tmp_path: Path, name: str, old: str, new: str) -> None:
    dataset = column(tmp_path, name, old)
    left_alone = mend(dataset)
    assert (left_alone.after, left_alone.left) == (left_alone.before, 1)
    mending = mend(dataset, unsafe=True)
    assert cells_of(mending.after) == [new]
    assert all(issue.fix is not None and issue.fix.unsafe for issue in mending.fixed)


@pytest.mark.parametrize(("name", "text"), NEVER)
def test_what_has_two_answers_is_never_fixed(tmp_path: Path, name: str, text: str) -> None:
    dataset = column(tmp_path, name, text)
    assert check(dataset, dataset.table.read_bytes()).issues or "http:" in text
    mending = mend(dataset, unsafe=True)
    assert not mending
    assert (mending.after, mending.fixed, mending.left) == (mending.before, (), 0)


@pytest.mark.parametrize(("cell", "new"), [('"37,5"', '"37.5"'), ('"37,512"', None)])
def test_a_decimal_comma_is_one_unless_it_may_part_thousands(tmp_path: Path, cell: str, new: str | None) -> None:
    dataset = make_dataset(tmp_path, f"filename,temperature\n1.png,{cell}\n".encode())
    assert not mend(dataset)
    after = mend(dataset, unsafe=True).after
    assert after == f"filename,temperature\n1.png,{new or cell}\n".encode()


def test_a_list_of_findings_is_fixed_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, b'filename,finding\n1.png,"covid19, normal"\n2.png,"covid19, Covidd"\n')
    after = mend(dataset, unsafe=True).after.decode().splitlines()
    assert after[1] == '1.png,"Pneumonia/Viral/COVID-19, No Finding"'
    assert after[2] == '2.png,"covid19, Covidd"'


def test_headers_get_the_name_of_today(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, b' filename,Patientid,"clinical notes",mine \n1.png,4,,\n')
    assert mend(dataset).after == b'filename,patientid,"clinical_notes",mine \n1.png,4,,\n'


def test_of_two_headers_that_mean_the_same_none_is_fixed(tmp_path: Path) -> None:
    for header in (b"filename,year,date", b"filename,year,year", b"filename,Year,year"):
        assert not mend(make_dataset(tmp_path, header + b"\n1.png,,\n"), unsafe=True)


def test_the_fixes_of_one_cell_meet_in_rounds(tmp_path: Path) -> None:
    """Blanks, an encoding that was read wrongly twice, and a character without width."""
    mending = mend(column(tmp_path, "location", " KrankenhÃƒÂ¤user\u200b "), unsafe=True)
    assert cells_of(mending.after) == ["Krankenhäuser"]
    assert {issue.code for issue in mending.fixed} == {"TEXT-MOJIBAKE", "TEXT-CONTROL", "TEXT-SPACE"}


def test_nothing_but_the_cell_changes(tmp_path: Path) -> None:
    table = b'\xef\xbb\xbf"filename",date,location,view\r\n1.png,"2/29/2020" ,"a ""b"" ",pa\r\n\r\n2.png,,"x\r\ny",PA'
    after = b'\xef\xbb\xbf"filename",date,location,view\r\n1.png,"2/29/2020" ,"a ""b""",PA\r\n\r\n2.png,,"x\r\ny",PA'
    mended = mend(make_dataset(tmp_path, table)).after
    # The blank stands behind the closing quote and belongs to the text; the date goes with it.
    assert mended == after.replace(b'"2/29/2020" ', b'"2020-02-29"')


def test_a_cell_that_loses_a_line_break_moves_no_other(tmp_path: Path) -> None:
    table = b'filename,clinical_notes,view\n1.png,"a\nb\n",pa\n2.png,"\n",lateral\n'
    assert mend(make_dataset(tmp_path, table)).after == b'filename,clinical_notes,view\n1.png,"a\nb",PA\n2.png,"",L\n'


@pytest.mark.parametrize(
    ("table", "error"),
    [
        (b"filename,view\n1.png,pa\n2.png,p\xe4\n", TableEncodingError),
        (b"filename,view\n1.png,pa\n2.png\n", TableStructureError),
        (b"filename,view\n1.png,pa\n2.png,pa,\n", TableStructureError),
        (b'filename,view\n1.png,pa\n2.png,"pa\n', TableStructureError),
        (b"filename,view\n1.png,pa\n2.png,p\ra\n", TableStructureError),
    ],
)
def test_a_broken_table_is_refused_with_its_line(tmp_path: Path, table: bytes, error: type[CovidcurateError]) -> None:
    with pytest.raises(error, match=r"metadata\.csv:3: ") as caught:
        mend(make_dataset(tmp_path, table), unsafe=True)
    assert caught.value.remedy


MIXED = "filename,location\n1.png,München\n2.png,M@nchen\n3.png,K@ln 38 °C\n".encode().replace(b"@", b"\xfc")


def test_bytes_are_replaced_where_all_of_them_are_certain(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, MIXED)
    with pytest.raises(TableEncodingError, match=r"metadata\.csv:3: .*\n?") as caught:
        mend(dataset)
    assert "iconv" not in caught.value.remedy
    mending = mend(dataset, unsafe=True)
    assert mending.after == MIXED.replace(b"\xfc", "ü".encode())
    assert [(issue.code, issue.line) for issue in mending.fixed] == [("CSV-ENCODING", 3), ("CSV-ENCODING", 4)]


def test_cells_are_fixed_after_the_bytes(tmp_path: Path) -> None:
    mending = mend(make_dataset(tmp_path, MIXED.replace(b"M\xfcnchen", b" M\xfcnchen ")), unsafe=True)
    assert cells_of(mending.after) == ["München", "München", "Küln 38 °C"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bytes_are_replaced_whatever_ends_a_line(tmp_path: Path, newline: str, mark: bytes) -> None:
    table = mark + MIXED.replace(b"\n", newline.encode())
    assert mend(make_dataset(tmp_path, table), unsafe=True).after == table.replace(b"\xfc", "ü".encode())


def test_one_byte_that_is_not_certain_leaves_all_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(TableEncodingError, match=r"metadata\.csv:5: "):
        mend(make_dataset(tmp_path, MIXED + b"4.png,\xa1\xad\xff\x80\n"), unsafe=True)


def test_a_lost_character_is_written_where_the_word_stands_intact(tmp_path: Path) -> None:
    dataset = column(tmp_path, "location", "In\ufffds 37.5\ufffdC (lost \ufffd)", "Inês 38 °C", "38°C")
    assert mend(dataset).left == 1
    assert cells_of(mend(dataset, unsafe=True).after)[0] == "Inês 37.5°C (lost \ufffd)"


def test_of_two_words_that_could_be_meant_none_is_written(tmp_path: Path) -> None:
    assert not mend(column(tmp_path, "location", "In\ufffds", "Inês", "Inés"), unsafe=True)


def test_only_what_the_report_holds_is_fixed(tmp_path: Path) -> None:
    dataset = column(tmp_path, "view", "pa", "lateral")

    def second(state: object, table: bytes) -> Report:
        report = check(dataset, table)
        report.issues = [issue for issue in report.issues if issue.line == 3]
        return report

    assert cells_of(find_mending(dataset, second, unsafe=False).after) == ["pa", "L"]


def test_fixes_that_undo_each_other_end_in_an_error_and_change_nothing(tmp_path: Path) -> None:
    dataset = column(tmp_path, "view", "A")

    def circle(state: object, table: bytes) -> Report:
        old, new = ("A", "B") if b",A\n" in table else ("B", "A")
        fix = Fix(new, old=old, position=2)
        return Report([Issue("VIEW-VALUE", Severity.ERROR, str(dataset.table), "", line=2, fix=fix)])

    with pytest.raises(CovidcurateError, match="VIEW-VALUE come to no end; nothing was changed"):
        find_mending(dataset, circle, unsafe=False)


def test_the_count_says_what_is_done_and_what_more_there_is(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, b"filename,view,finding\na.jpg,pa,COVID-19\n", {"images/a.jpg": KINDS["png"]})
    assert count_line(mend(dataset)) == "2 fixed (1 file renamed), 1 more with --unsafe-fixes"
    assert count_line(mend(dataset, unsafe=True), done=False) == "3 would be fixed (1 file renamed)"


def test_every_fix_of_the_cases_is_one_that_its_report_can_tell(tmp_path: Path) -> None:
    """Of all bad cases: a fix says what it replaces and with what, and no rule has a fix that fixes nothing."""
    cases = Path(__file__).parents[1] / "cases"
    fixing = set()
    for code in all_rules():
        for folder in sorted(cases.glob(f"{code}/bad*")):
            from covidcurate.dataset import Dataset

            dataset = Dataset.open(folder)
            for issue in check(dataset, dataset.table.read_bytes()).issues:
                if issue.fix is not None:
                    fixing.add((issue.code, bool(issue.fix.unsafe)))
                    assert issue.fix.new != issue.fix.old
                    assert issue.fix.position or not issue.line
    assert {code for code, unsafe in fixing if not unsafe} == {
        *("DATE-FORM", "FILE-TYPE", "HEADER-RENAMED", "LICENSE-FORM", "MODALITY-VALUE", "TEXT-SPACE"),
        *("TEXT-SIGN", "VALUE-CHOICE", "VIEW-VALUE"),
    }
    assert {code for code, unsafe in fixing if unsafe} == {
        *("DATE-FORM", "DOI-FORM", "FINDING-FLAT", "FINDING-UNKNOWN", "LICENSE-FORM", "NUMBER-FORM", "NUMBER-UNIT"),
        *("CSV-ENCODING", "TEXT-CONTROL", "TEXT-FFFD", "TEXT-MOJIBAKE", "TEXT-SIGN", "VALUE-UNKNOWN"),
    }


def test_files_get_the_extension_of_their_content_with_their_rows(tmp_path: Path) -> None:
    table = b"filename,folder\n a.jpg ,images\nb.PNG,images\nc,images\nd.jpeg,images\ne.png,images\n"
    files = {
        "images/a.jpg": KINDS["png"],
        "images/b.PNG": KINDS["png"],
        "images/c": KINDS["dicom"],
        "images/d.jpeg": KINDS["jpeg"],
        "images/e.png": KINDS["other"],
        "images/norow.png": KINDS["gif"],
    }
    mending = mend(make_dataset(tmp_path, table, files))
    expected = b"filename,folder\na.png,images\nb.png,images\nc.dcm,images\nd.jpeg,images\ne.png,images\n"
    assert mending.after == expected
    names = [("a.jpg", "a.png"), ("b.PNG", "b.png"), ("c", "c.dcm"), ("norow.png", "norow.gif")]
    assert mending.moves == tuple(Move("images", old, new) for old, new in names)


@pytest.mark.parametrize(
    ("rows", "files"),
    [
        ("a.jpg,images", {"a.jpg": "png", "a.png": "png"}),  # the name is taken
        ("a.jpg,images", {"a.jpg": "png", "A.PNG": "other"}),  # on many systems
        ("a.jpg,images\na.png,images", {"a.jpg": "png"}),  # a row waits for that name
        ("a.jpg,images\na.gif,images", {"a.jpg": "png", "a.gif": "png"}),  # two want it
        ("a.jpg,images\na.jpg,images", {"a.jpg": "png"}),  # two rows
        ("a.jpg,images\nA.jpg,images", {"a.jpg": "png"}),
        ("a.jpg,images\na.png,volumes", {"a.jpg": "png"}),  # in another folder
        ("a.jpg,volumes", {"a.jpg": "png"}),  # the row says another folder
        ("a.2020,images", {"a.2020": "png"}),  # no extension at all, perhaps
    ],
)
def test_a_file_keeps_its_name_where_another_is_not_certain(tmp_path: Path, rows: str, files: dict[str, str]) -> None:
    contents = {f"images/{name}": KINDS[kind] for name, kind in files.items()}
    dataset = make_dataset(tmp_path, f"filename,folder\n{rows}\n".encode(), contents)
    assert any(issue.code == "FILE-TYPE" for issue in check(dataset, dataset.table.read_bytes()).issues)
    assert not mend(dataset, unsafe=True)


@pytest.mark.parametrize("header", [b"filename,filename\na.jpg,a.jpg\n", b"folder,view\nimages,PA\n"])
def test_without_one_column_of_names_no_file_is_renamed(tmp_path: Path, header: bytes) -> None:
    assert not mend(make_dataset(tmp_path, header, {"images/a.jpg": KINDS["png"]}), unsafe=True)


def test_links_and_names_that_stand_for_a_folder_are_left_alone(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path, b"filename\na.jpg\nb.jpg\n", {"images/b.jpg": KINDS["png"]})
    (tmp_path / "elsewhere").write_bytes(KINDS["png"])
    (tmp_path / "images" / "a.jpg").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "images" / "b.png").mkdir()
    assert not mend(dataset, unsafe=True)


def test_names_that_are_freed_are_given(tmp_path: Path) -> None:
    table = b"filename\na.jpg\na.png\nb.jpg\nb.png\n"
    files = {"a.jpg": "png", "a.png": "gif", "b.jpg": "png", "b.png": "jpeg"}
    mending = mend(make_dataset(tmp_path, table, {f"images/{name}": KINDS[kind] for name, kind in files.items()}))
    assert mending.after == b"filename\na.png\na.gif\nb.png\nb.jpg\n"
    assert [(move.old, move.new) for move in mending.moves] == [
        ("a.jpg", "a.png"),
        ("a.png", "a.gif"),
        ("b.jpg", "b.png"),
        ("b.png", "b.jpg"),
    ]


def test_a_name_counts_in_all_folders(tmp_path: Path) -> None:
    """A row that names no folder would find the wrong one of two files of one name."""
    files = {"images/a.png": KINDS["dicom"], "volumes/a.jpg": KINDS["dicom"]}
    assert not mend(make_dataset(tmp_path, b"filename\na.jpg\n", files), unsafe=True)


def test_a_file_whose_name_has_a_blank_at_its_edge_keeps_its_row(tmp_path: Path) -> None:
    table = b"filename\n a.png\n b.png\n"
    mending = mend(make_dataset(tmp_path, table, {"images/ a.png": KINDS["png"], "images/b.png": KINDS["png"]}))
    assert mending.after == b"filename\n a.png\nb.png\n"


def test_a_table_alone_renames_no_file(tmp_path: Path) -> None:
    mending = mend(make_dataset(tmp_path, b"filename,view\na.PNG,pa\n"))
    assert (mending.after, mending.moves) == (b"filename,view\na.PNG,PA\n", ())
