"""The engine: places of findings, order and counts, broken tables, and the memory it saves work with."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covidcurate.dataset import Dataset
from covidcurate.errors import CovidcurateError, TableEncodingError
from covidcurate.model import Issue, Report, Severity, printable
from covidcurate.rules import Scope, all_rules, check_dataset, check_table
from covidcurate.rules.issues import show
from covidcurate.rules.registry import severity_of
from covidcurate.spec import Specification, load_specification
from covidcurate.table import Table, TableReader

SPECIFICATION = load_specification()
HEADER = [column.name for column in SPECIFICATION.columns if not column.legacy]
CELLS = {
    "offset": "3",
    "sex": "F",
    "age": "54",
    "finding": "Pneumonia",
    "view": "PA",
    "modality": "X-ray",
    "date": "2020-03-10",
    "folder": "images",
    "license": "CC BY 4.0",
}
"""What the cells of a row hold in which no rule finds anything; the other columns may be blank."""


def record(number: int, header: list[str] = HEADER, **cells: str) -> list[str]:
    own = {"patientid": str(number), "filename": f"film-{number}.png", "url": f"https://example.org/{number}"}
    return [{**CELLS, **own, **cells}.get(name, "") for name in header]


def write(records: Iterable[list[str]], newline: str = "\n") -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=newline).writerows(records)
    return stream.getvalue().encode("utf-8", "surrogateescape")


def check(data: bytes, specification: Specification = SPECIFICATION) -> Report:
    with TableReader(data, "metadata.csv") as reader:
        return check_table(reader, specification)[0]


def places(report: Report, *codes: str) -> list[tuple[int, str]]:
    return sorted((issue.line, issue.code) for issue in report.issues if issue.code in codes)


def configured(folder: Path, text: str) -> Specification:
    (folder / "covidcurate.toml").write_text(text, encoding="utf-8")
    return load_specification(folder)


# -- places ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_lines_are_physical_lines(newline: str) -> None:
    data = write(
        [
            HEADER,
            record(1, sex="x"),
            record(2, clinical_notes=newline.join(["one", "", "three"])),
            record(3, sex="x", clinical_notes=newline.join(["one", "two"]), other_notes=newline.join(["one", "two"])),
            record(4, sex="x"),
        ],
        newline,
    )
    issues = [issue for issue in check(data).issues if issue.code == "VALUE-CHOICE"]
    assert [(issue.line, issue.last_line) for issue in issues] == [(2, 2), (6, 8), (9, 9)]
    lines = data.decode().split(newline)
    assert [lines[issue.line - 1].split(",")[0] for issue in issues] == ["1", "3", "4"]


def test_a_line_end_of_another_kind_in_a_cell_counts_as_an_editor_counts() -> None:
    data = write([HEADER, record(1, clinical_notes="a\r\nb"), record(2, sex="x")])
    assert places(check(data), "VALUE-CHOICE") == [(4, "VALUE-CHOICE")]


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    report = check(b"\xef\xbb\xbf" + write([HEADER, record(1, patientid="x")]))
    assert sorted((issue.line, issue.code) for issue in report.issues) == [(1, "CSV-BOM"), (2, "VALUE-PATTERN")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_cells_are_found_whatever_parts_them(delimiter: str) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(
        [HEADER, record(1, location=f"a{delimiter}b"), record(2, sex="x")]
    )
    told = [] if delimiter == "," else [(1, "CSV-DELIMITER")]
    found = sorted((issue.line, issue.code) for issue in check(stream.getvalue().encode()).issues)
    assert found == [*told, (3, "VALUE-CHOICE")]


def test_an_issue_knows_the_image_of_its_row() -> None:
    data = write([HEADER, record(1, sex="x"), record(2, age="12"), record(3, extubated="Y")])
    assert {(issue.code, issue.key) for issue in check(data).issues} == {
        ("VALUE-CHOICE", "film-1.png"),
        ("PATIENT-CHILD", "film-2.png"),
        ("CLINICAL-IMPLIES", "film-3.png"),
    }


def test_long_values_are_cut_and_bytes_that_are_no_text_escaped() -> None:
    data = write([HEADER, record(1, sex="x" * 500), record(2, sex="\udce4")])
    values = [issue.value for issue in check(data).issues if issue.code == "VALUE-CHOICE"]
    assert values == ["x" * 200 + "…", "\\udce4"]
    named = check(write([HEADER, record(1, filename="f" * 100_000, sex="x")]))
    assert {issue.key for issue in named.issues if issue.line == 2} == {"f" * 255 + "…"}


# -- repetition, order, counts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finding", "offered"),
    [
        ("Pnuemonia", "'Pneumonia'"),
        ("COVID-91", "'Pneumonia/Viral/COVID-19'"),
        ("No findings", "'No Finding'"),
        ("Suspected COVID-19", ""),
        ("possible pneumonia", ""),
        ("rule out COVID-19", ""),
        ("COVID-19?", ""),
        ("not COVID-19", ""),
    ],
)
def test_a_finding_that_is_not_certain_is_offered_no_diagnosis(finding: str, offered: str) -> None:
    (issue,) = [
        one for one in check(write([HEADER, record(1, finding=finding)])).issues if one.code == "FINDING-UNKNOWN"
    ]
    assert issue.remedy == f"Did you mean {offered}?" if offered else "clinical_notes" in issue.remedy


def test_a_repeated_value_is_reported_in_every_row() -> None:
    """What was found in a text is remembered; the rows after the first must not get off."""
    rows = [record(n, sex="x", survival="Unclear", extubated="Y") for n in range(1, 1001)]
    report = check(write([HEADER, *rows]))
    for code in ("VALUE-CHOICE", "VALUE-UNKNOWN", "CLINICAL-IMPLIES"):
        assert places(report, code) == [(line, code) for line in range(2, 1002)]


def test_a_bad_value_among_many_good_ones_is_seen_wherever_it_stands() -> None:
    for line in (2, 257, 258, 513, 601):
        rows = [record(n) for n in range(1, 601)]
        rows[line - 2] = record(line - 1, temperature="95", view="Axial", location="lost \ufffd")
        assert places(check(write([HEADER, *rows])), "NUMBER-UNIT", "VIEW-MODALITY", "TEXT-FFFD") == [
            (line, "NUMBER-UNIT"),
            (line, "TEXT-FFFD"),
            (line, "VIEW-MODALITY"),
        ]


@pytest.fixture
def broken_dataset(tmp_path: Path) -> Dataset:
    """A dataset with findings of every scope, in an order that has to be made."""
    rows = [
        record(5, sex="x", temperature="95", date="soon"),
        record(2, extubated="Y", age="12"),
        [],
        record(4, filename="film-5.png"),
        ["too", "short"],
    ]
    (tmp_path / "metadata.csv").write_bytes(write([["Patientid", *HEADER[1:]], *rows]))
    (tmp_path / "images").mkdir()
    for name in ("b.png", "a.png", "film-5.png"):
        (tmp_path / "images" / name).write_bytes(b"no image: " + name.encode())
    return Dataset.open(tmp_path)


def test_issues_stand_in_the_order_of_lines_and_files_without_a_row_last(broken_dataset: Dataset) -> None:
    report = check_dataset(broken_dataset)
    table = str(broken_dataset.table)
    order = [(issue.file != table, issue.file, issue.line, issue.code) for issue in report.issues]
    assert order == sorted(order)
    assert [issue.code for issue in report.issues if issue.file == table] == [
        "HEADER-RENAMED",
        "DATE-INVALID",
        "FILE-TYPE",
        "NUMBER-UNIT",
        "VALUE-CHOICE",
        "CLINICAL-IMPLIES",
        "FILE-MISSING",
        "PATIENT-CHILD",
        "PATIENT-ORDER",
        "CSV-BLANK",
        "FILE-DOUBLE",
        "CSV-RAGGED",
    ]
    others = [(Path(issue.file).name, issue.line, issue.code) for issue in report.issues if issue.file != table]
    assert others == [(name, 0, code) for name in ("a.png", "b.png") for code in ("FILE-TYPE", "FILE-UNLINKED")]


def test_a_check_gives_the_same_report_again(broken_dataset: Dataset) -> None:
    assert check_dataset(broken_dataset) == check_dataset(Dataset.open(broken_dataset.root))


def test_the_report_counts_what_was_looked_at(broken_dataset: Dataset) -> None:
    report = check_dataset(broken_dataset)
    # A ragged row is a row, a blank one is not.
    assert (report.rows, report.files, report.notes) == (4, 3, [])
    assert sum(report.count(severity) for severity in Severity) == len(report.issues)
    assert report.count(Severity.INFO) == len(places(report, "PATIENT-ORDER"))
    assert report.at_or_above(Severity.ERROR)
    assert not Report().at_or_above(Severity.INFO)


def test_files_are_left_alone_if_asked_or_if_only_a_table_is_there(broken_dataset: Dataset, tmp_path: Path) -> None:
    without = check_dataset(broken_dataset, files=False)
    assert without.files == 0
    assert all(all_rules()[issue.code].scope is not Scope.FILES for issue in without.issues)
    (tmp_path / "alone").mkdir()
    alone = tmp_path / "alone" / "table.csv"
    alone.write_bytes(broken_dataset.table.read_bytes())
    report = check_dataset(Dataset.open(alone))
    assert report.notes == ["Files were not checked: there is no images or volumes beside the table."]
    assert [(issue.code, issue.line) for issue in report.issues] == [
        (issue.code, issue.line) for issue in without.issues
    ]


def test_a_table_can_be_checked_before_it_is_written(broken_dataset: Dataset) -> None:
    report = check_dataset(broken_dataset, files=False, table=write([HEADER, record(1, sex="x")]))
    assert [(issue.code, issue.file) for issue in report.issues] == [("VALUE-CHOICE", str(broken_dataset.table))]


# -- broken tables -----------------------------------------------------------------------------------------------------


def test_a_table_in_memory_is_checked_as_its_bytes_are(broken_dataset: Dataset) -> None:
    for data in (
        write([HEADER, record(1, sex="x"), record(2, location="Köln "), [""]]),
        b"\xef\xbb\xbf" + write([HEADER]),
    ):
        table = Table.load(data, str(broken_dataset.table))
        expected = check_dataset(broken_dataset, files=False, table=data)
        assert check_dataset(broken_dataset, files=False, table=table) == expected


def test_what_stands_before_a_line_counts_only_for_what_comes_after(broken_dataset: Dataset) -> None:
    records = [HEADER, *(record(number, sex="x" if number % 100 == 0 else "F") for number in range(1, 700))]
    records += [record(700, filename=record(1)[HEADER.index("filename")]), record(701, sex="x")]
    whole = check_dataset(broken_dataset, files=False, table=write(records)).issues
    assert {"VALUE-CHOICE", "FILE-DOUBLE"} <= {issue.code for issue in whole if issue.line > 700}
    for since in (1, 300, 701, 702, 703):
        found = check_dataset(broken_dataset, files=False, table=write(records), since=since).issues
        assert found == [issue for issue in whole if issue.line >= since]


def with_open_quote(cells: list[str], column: str) -> str:
    """Return a row as text in which the cell of a column begins with a quote that is not closed."""
    raw = list(cells)
    raw[HEADER.index(column)] = '"' + raw[HEADER.index(column)]
    return ",".join(raw) + "\n"


def test_an_open_quote_costs_one_row() -> None:
    before = write([HEADER, record(1, clinical_notes="two\nlines"), record(2, sex="x")])
    after = write([record(4, sex="x"), record(5), record(6, sex="x", location="a, b", clinical_notes="two\nlines")])
    report = check(before + with_open_quote(record(3), "clinical_notes").encode() + after + write([record(7, sex="x")]))
    assert places(report, "CSV-QUOTE", "VALUE-CHOICE") == [
        (4, "VALUE-CHOICE"),
        (5, "CSV-QUOTE"),
        (6, "VALUE-CHOICE"),
        (8, "VALUE-CHOICE"),
        (10, "VALUE-CHOICE"),
    ]
    assert report.rows == 7


def test_an_open_quote_costs_one_row_even_where_nothing_closes_it_for_long() -> None:
    """The csv module gives up on a cell of 128 KiB, which is some hundred rows after the quote."""
    rows = [record(n, clinical_notes="n" * 200) for n in range(1, 2001)]
    rows[1500] = record(1501, sex="x")
    data = write([HEADER]) + with_open_quote(record(0), "location").encode() + write(rows)
    report = check(data)
    assert places(report, "CSV-QUOTE", "VALUE-CHOICE") == [(2, "CSV-QUOTE"), (1503, "VALUE-CHOICE")]
    assert report.rows == 2001


def test_every_row_with_an_open_quote_is_reported() -> None:
    data = (
        write([HEADER])
        + "".join(
            with_open_quote(record(n), "clinical_notes") + write([record(n + 1)]).decode() for n in range(1, 40, 2)
        ).encode()
    )
    report = check(data)
    assert places(report, "CSV-QUOTE") == [(line, "CSV-QUOTE") for line in range(2, 41, 2)]
    assert report.rows == 40


def test_a_lone_carriage_return_costs_one_row() -> None:
    data = write([HEADER, record(1, clinical_notes="left@lung"), record(2, sex="x")]).replace(b"@", b"\r")
    assert places(check(data), "CSV-RETURN", "VALUE-CHOICE") == [(2, "CSV-RETURN"), (3, "VALUE-CHOICE")]


def test_bytes_that_are_not_utf8_are_reported_by_line_and_the_row_is_checked_all_the_same() -> None:
    data = write(
        [
            HEADER,
            record(1, location="M\udcfcnchen, K\udcf6ln", sex="x"),
            record(2, clinical_notes="sound\n\udcb5\nsound\n\udcb0"),
            record(3, sex="x"),
            record(4, location="München", sex="x"),
            ["short", "\udce4"],
        ]
    )
    report = check(data)
    assert places(report, "CSV-ENCODING", "VALUE-CHOICE", "CSV-RAGGED") == [
        (2, "CSV-ENCODING"),
        (2, "VALUE-CHOICE"),
        (4, "CSV-ENCODING"),
        (6, "CSV-ENCODING"),
        (7, "VALUE-CHOICE"),
        (8, "VALUE-CHOICE"),
        (9, "CSV-ENCODING"),
        (9, "CSV-RAGGED"),
    ]
    first = next(issue for issue in report.issues if issue.code == "CSV-ENCODING")
    line = data.split(b"\n")[1]
    assert first.message.startswith(f"byte {line.index(bytes([0xFC])) + 1} of the line is 0xfc")
    assert "'ü'" in first.message


def test_utf16_is_refused_with_the_way_out() -> None:
    with pytest.raises(TableEncodingError, match="UTF-16") as caught:
        check("patientid,offset\n1,2\n".encode("utf-16"))
    assert "iconv" in caught.value.remedy


def test_neighboring_blank_rows_are_one_finding() -> None:
    blank, none = [""] * len(HEADER), [""]
    rows = [HEADER, blank, record(1), none, blank, ["", ""], record(2, clinical_notes="\n"), blank, record(3)]
    data = write(rows).replace(b'""\n', b"\n", 1)
    report = check(data)
    issues = [issue for issue in report.issues if issue.code == "CSV-BLANK"]
    assert [(issue.line, issue.last_line) for issue in issues] == [(2, 2), (4, 6), (9, 9)]
    assert report.rows == 3
    assert places(report, "CSV-RAGGED") == []


def test_a_ragged_row_is_reported_once_and_its_cells_not_at_all() -> None:
    rows = [HEADER, record(1, sex="x")[:-1], [*record(2, sex="x"), ""], record(3, sex="x"), ["x"]]
    report = check(write(rows))
    assert places(report, "CSV-RAGGED", "VALUE-CHOICE") == [
        (2, "CSV-RAGGED"),
        (3, "CSV-RAGGED"),
        (4, "VALUE-CHOICE"),
        (5, "CSV-RAGGED"),
    ]
    assert {issue.line for issue in report.issues} == {2, 3, 4, 5}


# -- headers and the dataset's own columns -----------------------------------------------------------------------------


def test_a_column_under_a_historical_name_is_checked_as_what_it_is() -> None:
    names = {"patientid": "Patientid", "leukocyte_count": "wbc count", "url": " url", "date": "year"}
    header = [names.get(name, name) for name in HEADER]
    bad = {"patientid": "P1", "leukocyte_count": "7400", "url": "www.example.org", "date": "soon"}
    report = check(write([header, record(1, **bad), record(2, patientid="1", sex="M"), record(3, patientid="1")]))
    assert {(issue.line, issue.code) for issue in report.issues if issue.line > 1} == {
        (2, "DATE-INVALID"),
        (2, "NUMBER-UNIT"),
        (2, "URL-FORM"),
        (2, "VALUE-PATTERN"),
        (4, "PATIENT-SEX"),
    }
    # Findings on a cell name the header as it stands in the file, where the reader looks for it.
    assert {issue.column for issue in report.issues if issue.line == 2} == {"Patientid", "wbc count", "url", "year"}


def test_columns_may_stand_in_any_order() -> None:
    header = sorted(HEADER, reverse=True)
    report = check(write([header, record(1, header, temperature="95", extubated="Y"), record(2, header, age="12")]))
    assert places(report, "NUMBER-UNIT", "CLINICAL-IMPLIES", "PATIENT-CHILD") == [
        (2, "CLINICAL-IMPLIES"),
        (2, "NUMBER-UNIT"),
        (3, "PATIENT-CHILD"),
    ]


OWN_COLUMNS = """
[[column]]
name = "oxygen_device"
type = "choice"
values = ["none", "mask"]
blank = "warning"

[[column]]
name = "accession"
type = "text"
pattern = "[A-Z]{2}-[0-9]+|none"

[[column]]
name = "pressure"
type = "number"
unit = "cmH2O"
range = { warning = [0, 30], error = [-100, 100] }
other_units = [{ unit = "mmHg", range = [200, 300], scale = 1.36 }]

[[column]]
name = "report"
type = "url"

[[column]]
name = "read_on"
type = "date"
aliases = ["reading date"]

[[column]]
name = "age"
range = { warning = [20, 90] }
"""


def test_a_column_of_the_dataset_is_checked(tmp_path: Path) -> None:
    specification = configured(tmp_path, OWN_COLUMNS)
    header = [*HEADER, "oxygen_device", "accession", "pressure", "report", "Reading Date"]
    good = {"oxygen_device": "mask", "accession": "AB-1", "pressure": "12", "Reading Date": "2020"}
    good["report"] = "https://example.org/report"
    rows = [
        record(1, header, **good),
        record(2, header, **good | {"oxygen_device": "maks"}),
        record(3, header, **good | {"oxygen_device": ""}),
        record(4, header, **good | {"accession": "AB1"}),
        record(5, header, **good | {"pressure": "250"}),
        record(6, header, **good | {"pressure": "40"}),
        record(7, header, **good | {"report": "example"}),
        record(8, header, **good | {"Reading Date": "soon"}),
        record(9, header, **good | {"age": "19"}),
        record(10, header, **good | {"accession": "none"}),
    ]
    issues = check(write([header, *rows]), specification).issues
    assert sorted((issue.line, issue.column, issue.code, issue.severity.value) for issue in issues) == [
        (1, "Reading Date", "HEADER-RENAMED", "error"),
        (3, "oxygen_device", "VALUE-CHOICE", "error"),
        (4, "oxygen_device", "VALUE-BLANK", "warning"),
        (5, "accession", "VALUE-PATTERN", "error"),
        (6, "pressure", "NUMBER-UNIT", "error"),
        (7, "pressure", "NUMBER-RANGE", "warning"),
        (8, "report", "URL-FORM", "warning"),
        (9, "Reading Date", "DATE-INVALID", "error"),
        (10, "age", "NUMBER-RANGE", "warning"),
    ]


def test_a_column_nobody_has_described_is_read_as_text() -> None:
    report = check(write([[*HEADER, "remarks"], [*record(1), " ?"]]))
    assert [(issue.line, issue.code) for issue in report.issues] == [(2, "TEXT-SPACE"), (1, "HEADER-UNKNOWN")]


# -- nothing that is no expected error ---------------------------------------------------------------------------------

PIECES = (
    b'"',
    b'""',
    b",",
    b";",
    b"\n",
    b"\r\n",
    b"\r",
    b"\x00",
    b"\x0b",
    b" ",
    b"1",
    b"?",
    b"Y",
    b"95",
    b"3/9/20",
    b"12.5",
    b"PA",
    b"COVID-19, ARDS",
    b"\xe4",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    "ä".encode(),
    "Ã¤".encode(),
    "\ufffd".encode(),
    "٣".encode(),
    b"filename",
    b"patientid,url",
    b"-l.png",
    b"https://radiopaedia.org/1",
    write([HEADER]),
    write([record(1)]),
    write([record(2, clinical_notes="two\nlines", location='a "b", c')]),
    write([record(2, sex="M", extubated="Y")]),
)


def physical_lines(data: bytes) -> int:
    """Count lines by what ends them: LF, or CR in a file that has LF at most inside of cells."""
    with TableReader(data) as reader:
        end = b"\r" if reader.dialect.newline == "\r" else b"\n"
    return data.count(end) + (not data.endswith(end))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.booleans())
def test_any_bytes_are_checked_or_refused_with_an_expected_error(pieces: list[bytes], with_header: bool) -> None:
    data = (write([HEADER]) if with_header else b"") + b"".join(pieces)
    try:
        report = check(data)
    except CovidcurateError:
        return
    lines = physical_lines(data)
    for issue in report.issues:
        assert issue.code in all_rules()
        assert 0 <= issue.line <= issue.last_line <= lines, issue
        assert 0 <= issue.related_line <= lines, issue
        assert issue.message
        assert issue.remedy
        assert issue.value == show(issue.value)
    assert 0 <= report.rows <= lines


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(HEADER), st.text(st.characters(codec="utf-8"), max_size=12)), max_size=12))
def test_any_text_in_any_cell_is_checked(tmp_path: Path, cells: list[tuple[str, str]]) -> None:
    """Files are compared, too: a cell of `folder` or `filename` reaches the file system."""
    (tmp_path / "images").mkdir(exist_ok=True)
    (tmp_path / "metadata.csv").write_bytes(
        write([HEADER, *(record(n, **{column: text}) for n, (column, text) in enumerate(cells, start=1))])
    )
    report = check_dataset(Dataset.open(tmp_path))
    assert report.rows == len(cells)


def test_an_id_of_many_digits_is_checked() -> None:
    assert check(write([HEADER, record(1, patientid="1" * 5000), record(2)])).rows == 2


def test_a_link_that_leads_nowhere_is_a_finding(tmp_path: Path) -> None:
    """git-annex keeps a file that has not been fetched as such a link."""
    (tmp_path / "metadata.csv").write_bytes(write([HEADER, record(1)]))
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "film-1.png").symlink_to(tmp_path / "not-fetched")
    report = check_dataset(Dataset.open(tmp_path))
    assert {issue.code for issue in report.issues} & {"FILE-TYPE", "FILE-MISSING"}


@pytest.mark.parametrize("odd", ["\udce4", "\x1b[31m"], ids=["a byte that is no text", "a command to a terminal"])
def test_no_part_of_an_issue_holds_what_cannot_be_printed(odd: str) -> None:
    """A strict reader of JSON refuses half a surrogate pair, and an escape sequence reaches the terminal."""
    rows = [record(1, patientid=f"1{odd}", filename=f"{odd}.png"), record(2, patientid=f"1{odd}", sex="M")]
    rows.append(record(3, filename=f"{odd}.png", finding=f"ARDS, {odd}", folder=odd))
    report = check(write([[*HEADER, f"x{odd}"], *([*row, " y"] for row in rows)]))
    parts = [part for issue in report.issues for part in (issue.message, issue.column, issue.key)]
    assert [part for part in parts if not part.isprintable()] == []


# -- the same as without any memory ------------------------------------------------------------------------------------

ODD_CELLS = (
    "",
    " ",
    "?",
    "Unclear",
    "unknown",
    " led by a blank",
    "two\nlines",
    "two\r\nlines",
    'a "quoted" word',
    "a, b",
    "M",
    "Y",
    "N",
    "95",
    "-3",
    "0,5",
    "12",
    "3/9/20",
    "March 3",
    "2020-03-10",
    "COVID-19, ARDS",
    "Pneumonia/Viral/SARS",
    "todo",
    "PA",
    "Axial",
    "CT",
    "volumes",
    "CC BY",
    "CC BY-ND 4.0",
    "10.5555/12345678",
    "doi:10.5555/12345678",
    "https://example.org/case",
    "www.example.org",
    "film-l.png",
    "no extension",
    "a/b.png",
    "AB-12",
    "none",
    "KrankenhÃ¤user",
    "Krankenhäuser",
    "cc-nc-sa",
    "lost \ufffd",
    "zero\u200bwidth",
    "bell\x07",
    "bad byte \udce4",
    "=1+1",
    "- in a list",
    "38 ºC",
    "M?stertown",
    "https://example.org/a?b",
    "-",
)


def random_table(chance: random.Random, header: list[str], rows: int) -> list[list[str]]:
    """Return rows of sound, odd and unique cells; three columns hold more different texts than are remembered."""
    table = []
    for number in range(rows):
        cells = record(number, header)
        for place, name in enumerate(header):
            if name == "age":
                cells[place] = f"{chance.randrange(18, 100)}.{number % 2600}"  # all different, nothing wrong
            elif name == "temperature":
                cells[place] = f"{number % 2600} of a unit"  # all different, all wrong
            elif name == "needed_supplemental_O2":
                cells[place] = chance.choice(["", "Y", "N"])
            elif chance.random() < 0.15:
                cells[place] = chance.choice(ODD_CELLS)
            elif chance.random() < 0.05:
                cells[place] = f"{chance.choice(ODD_CELLS)}{number}"
        cells[0] = cells[0] or "0"  # a row that begins with a blank cell may be blank altogether
        table.append(cells)
    return table


def naively(header: list[str], table: list[list[str]], specification: Specification) -> Counter[tuple[object, ...]]:
    """Give every single cell to every rule on cells, and every row to every rule on rows; remember nothing."""
    names = [specification.by_alias.get("_".join(name.casefold().split()), name) for name in header]
    columns = [specification.by_name[name] for name in names]
    rules = [rule for rule in all_rules().values() if specification.severities.get(rule.code, rule.severity)]
    found: Counter[tuple[object, ...]] = Counter()
    line = 2
    for cells in table:
        last = line + sum(cell.count("\n") for cell in cells)
        place = (line, last, printable(cells[names.index("filename")].strip()))
        for rule in rules:
            if rule.scope is Scope.CELL:
                outcome = [
                    (finding, name.strip() or "(unnamed)", show(cell))
                    for name, column, cell in zip(header, columns, cells, strict=True)
                    if rule.applies(column)
                    for finding in rule.check(cell, column, specification)
                ]
            elif rule.scope is Scope.ROW:
                texts = {name: cells[names.index(name)] for name in rule.columns(specification)}
                outcome = [
                    (finding, finding.column, show(finding.value)) for finding in rule.check(texts, specification)
                ]
            else:
                continue
            for finding, column, value in outcome:
                severity = severity_of(rule, finding, specification.severities)
                said = (printable(finding.message), printable(finding.remedy or rule.remedy))
                found[rule.code, severity, *said, column, value, *place] += 1
        line = last + 1
    return found


def plainly(issue: Issue) -> tuple[object, ...]:
    return (
        issue.code,
        issue.severity,
        issue.message,
        issue.remedy,
        issue.column,
        issue.value,
        issue.line,
        issue.last_line,
        issue.key,
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_the_engine_finds_what_a_loop_over_all_cells_finds(seed: int, tmp_path: Path) -> None:
    """Chunks of 256 rows, texts that are known to be fine, and forgetting after 2048 of them change nothing."""
    specification = configured(tmp_path, OWN_COLUMNS + '\n[rules.severity]\nTEXT-SPACE = "off"\nDATE-FORM = "error"\n')
    header = ["wbc count" if name == "leukocyte_count" else name for name in HEADER]
    header += ["oxygen_device", "accession", "pressure", "report", "Reading Date", ""]
    table = random_table(random.Random(seed), header, 2900)  # noqa: S311 - a table for a test is no secret
    assert len({cells[header.index("age")] for cells in table}) > 2048
    issues = check(write([header, *table]), specification).issues
    scopes = {code: rule.scope for code, rule in all_rules().items()}
    actual = Counter(plainly(issue) for issue in issues if scopes[issue.code] in (Scope.CELL, Scope.ROW))
    expected = naively(header, table, specification)
    assert actual == expected
    # A table in which little is wrong would prove little.
    cell_codes = {code for code, scope in scopes.items() if scope in (Scope.CELL, Scope.ROW)}
    assert {row[0] for row in actual} == cell_codes - {"TEXT-SPACE", "LICENSE-ALLOWED"}


def test_the_engine_finds_what_a_loop_finds_where_little_is_wrong() -> None:
    """Sound chunks take another way through the engine than chunks with a finding."""
    table = [record(number, age=f"{18 + number % 80}.{number}") for number in range(1, 5001)]
    for number in range(0, 5000, 701):
        table[number] = record(number + 1, location=f" {number}", clinical_notes="two\nlines", url=f"www.{number}")
    actual = Counter(plainly(issue) for issue in check(write([HEADER, *table])).issues if issue.code != "PATIENT-ORDER")
    assert actual == naively(HEADER, table, SPECIFICATION)
    assert actual.total() == 16
