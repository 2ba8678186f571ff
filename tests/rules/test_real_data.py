"""The rules on real tables and images, against counts that plain code makes of the same files.

Every expectation is computed here with `csv` alone, or is a number that was counted by hand beforehand. The tests skip
where the real data is not there.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from pathlib import Path

import pytest
from PIL import Image

from covidcurate.dataset import Dataset
from covidcurate.model import Issue, Report
from covidcurate.rules import all_rules, check_dataset, columns
from covidcurate.table import reader


@pytest.fixture(autouse=True, params=["small", "large"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check tables as they are, then as tables of a million rows are."""
    if request.param == "large":
        monkeypatch.setattr(reader, "LARGE", 0)
        monkeypatch.setattr(columns, "MANY", 0)


@dataclass(frozen=True)
class PlainTable:
    """A table as the csv module reads it: headers, and rows with their first physical line."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    data: bytes

    @classmethod
    def read(cls, path: Path) -> PlainTable:
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as stream:
            lines = csv.reader(stream)
            header = tuple(next(lines))
            rows, before = [], lines.line_num
            for cells in lines:
                rows.append((before + 1, tuple(cells)))
                before = lines.line_num
        return cls(path, header, tuple(rows), path.read_bytes())

    @cached_property
    def sound(self) -> list[tuple[int, tuple[str, ...]]]:
        """Rows that have as many cells as the header, and of these not all blank."""
        return [(line, cells) for line, cells in self.rows if len(cells) == len(self.header) and any(cells)]

    def column(self, name: str) -> list[tuple[int, str]]:
        """Return the cells of a column with their lines, without outer blanks; none if there is no such column."""
        names = [header.strip().casefold() for header in self.header]
        if name.casefold() not in names:
            return []
        return [(line, cells[names.index(name.casefold())].strip()) for line, cells in self.sound]

    def numbers(self, name: str) -> list[tuple[int, float]]:
        return [(line, float(text)) for line, text in self.column(name) if text]

    def groups(self, by: str, name: str) -> int:
        """Count the texts under ``by`` that stand beside different texts under ``name``; blanks take no part."""
        seen = defaultdict(set)
        for (_, group), (_, text) in zip(self.column(by), self.column(name), strict=True):
            if group and text:
                seen[group].add(text)
        return sum(len(texts) > 1 for texts in seen.values())


def check(path: Path) -> Report:
    return check_dataset(Dataset.open(path))


def lines_of(report: Report, code: str, column: str = "") -> list[int]:
    return [issue.line for issue in report.issues if issue.code == code and column in ("", issue.column)]


@pytest.fixture
def tables(shared_data: Path) -> list[tuple[PlainTable, Report]]:
    """Every real table with its report."""
    paths = sorted(shared_data.glob("metadata/**/*.csv"))
    assert len(paths) >= 10, "real tables are missing"
    return [(PlainTable.read(path), check(path)) for path in [*paths, shared_data / "collection" / "metadata.csv"]]


@pytest.fixture
def june(shared_data: Path) -> tuple[PlainTable, Report]:
    """The state of 2020-06-04, of which most numbers are known."""
    path = shared_data / "metadata" / "metadata-20200604.csv"
    return PlainTable.read(path), check(path)


@pytest.fixture
def collection(shared_data: Path) -> tuple[PlainTable, Report]:
    """The small dataset with its images."""
    folder = shared_data / "collection"
    return PlainTable.read(folder / "metadata.csv"), check(folder)


# -- every table -------------------------------------------------------------------------------------------------------


def test_every_real_table_is_checked_to_its_end(tables: list[tuple[PlainTable, Report]]) -> None:
    for table, report in tables:
        assert report.rows == sum(any(cells) for _, cells in table.rows), table.path.name
        lines = table.data.count(b"\n") + (not table.data.endswith(b"\n"))
        for issue in report.issues:
            assert issue.code in all_rules()
            assert 0 <= issue.line <= issue.last_line <= lines, (table.path.name, issue)


def test_lines_that_are_not_utf8_are_those_that_do_not_decode(tables: list[tuple[PlainTable, Report]]) -> None:
    total = 0
    for table, report in tables:
        bad = []
        for number, line in enumerate(table.data.split(b"\n"), start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                bad.append(number)
        assert lines_of(report, "CSV-ENCODING") == bad, table.path.name
        total += len(bad)
    assert total == 7


def test_bytes_of_a_damaged_dash_or_of_two_languages_are_not_certain(tables: list[tuple[PlainTable, Report]]) -> None:
    """Of seven lines in two states four hold a blank that no usual encoding disputes."""
    issues = [issue for _, report in tables for issue in report.issues if issue.code == "CSV-ENCODING"]
    assert [issue.fix.new if issue.fix else "" for issue in issues] == ["", *["\u00a0"] * 4, "", ""]
    # The first is the state in which other lines are UTF-8.
    assert ["iconv" in issue.remedy for issue in issues] == [False, *[False] * 4, True, True]


def test_ragged_and_blank_rows_are_those_that_csv_sees(tables: list[tuple[PlainTable, Report]]) -> None:
    ragged = blank = 0
    for table, report in tables:
        expected = [line for line, cells in table.rows if len(cells) != len(table.header) and any(cells)]
        assert lines_of(report, "CSV-RAGGED") == expected, table.path.name
        blanks = [line for line, cells in table.rows if not any(cells)]
        blocks = [(issue.line, issue.last_line) for issue in report.issues if issue.code == "CSV-BLANK"]
        assert [line for first, last in blocks for line in range(first, last + 1)] == blanks, table.path.name
        assert not lines_of(report, "CSV-QUOTE"), table.path.name
        assert not lines_of(report, "CSV-RETURN"), table.path.name
        ragged, blank = ragged + len(expected), blank + len(blocks)
    assert (ragged, blank) == (8, 4)


def test_line_ends_other_than_lf_are_said(tables: list[tuple[PlainTable, Report]]) -> None:
    for table, report in tables:
        said = [(issue.line, issue.message) for issue in report.issues if issue.code == "CSV-NEWLINE"]
        assert said == ([(1, "all lines end with CRLF")] if b"\r\n" in table.data else []), table.path.name


def test_stray_blanks_and_lost_characters_are_found_cell_by_cell(tables: list[tuple[PlainTable, Report]]) -> None:
    for table, report in tables:
        cells = [
            (line, header.strip() or "(unnamed)", cell)
            for line, row in table.sound
            for header, cell in zip(table.header, row, strict=True)
        ]
        for code, is_bad in (
            ("TEXT-SPACE", lambda cell: cell != cell.strip()),
            ("TEXT-FFFD", lambda cell: "\ufffd" in cell),
        ):
            expected = Counter((line, header) for line, header, cell in cells if is_bad(cell))
            actual = Counter((issue.line, issue.column) for issue in report.issues if issue.code == code)
            assert actual == expected, (table.path.name, code)


def test_licenses_that_are_blank_or_forbid_changes_are_found(tables: list[tuple[PlainTable, Report]]) -> None:
    for table, report in tables:
        licenses = table.column("license")
        assert lines_of(report, "LICENSE-BLANK") == [line for line, text in licenses if not text], table.path.name
        expected = [line for line, text in licenses if re.search(r"\bND\b", text)]
        assert lines_of(report, "LICENSE-NODERIVATIVES") == expected, table.path.name
        # Every wording that was ever used is known.
        assert not lines_of(report, "LICENSE-UNKNOWN"), table.path.name


def test_doubled_file_names_are_found_at_the_later_row(tables: list[tuple[PlainTable, Report]]) -> None:
    for table, report in tables:
        seen: dict[str, int] = {}
        expected = []
        for line, name in table.column("filename"):
            if name and name.casefold() in seen:
                expected.append((line, seen[name.casefold()]))
            seen.setdefault(name.casefold(), line)
        actual = [(issue.line, issue.related_line) for issue in report.issues if issue.code == "FILE-DOUBLE"]
        assert actual == expected, table.path.name


def test_patients_that_differ_are_counted_one_by_one(tables: list[tuple[PlainTable, Report]]) -> None:
    pairs = {
        "PATIENT-FINDING": ("patientid", "finding"),
        "PATIENT-SEX": ("patientid", "sex"),
    }
    for table, report in tables:
        for code, (by, name) in pairs.items():
            expected = table.groups(by, name) if table.column(by) and table.column(name) else 0
            assert len(lines_of(report, code)) == expected, (table.path.name, code)
        assert len(lines_of(report, "PATIENT-URL")) == len(pages_in_doubt(table)), table.path.name
        # A country and a place in it are one location.
        places = [set(re.findall(r"'([^']+)' \(", issue.message)) for issue in issues_of(report, "PATIENT-LOCATION")]
        assert not any(one in other for texts in places for one in texts for other in texts - {one}), table.path.name


def pages_in_doubt(table: PlainTable) -> list[str]:
    """Return the addresses of several patients of whom two can be one person; 311a and 311b are parted on purpose."""
    people: dict[str, dict[str, list[tuple[str, str]]]] = {}
    columns = ("url", "patientid", "sex", "age")
    for cells in zip(*(table.column(name) or table.column("patientid") for name in columns), strict=True):
        url, patient, sex, age = (text for _, text in cells)
        if url and patient and "covid-19-image-repository" not in url:
            people.setdefault(url, {}).setdefault(patient, []).append((sex, age))
    doubtful = []
    for url, said in people.items():
        can_be_one = [
            not any(one and two and one != two for (one, _), (two, _) in pairs)
            and not any(one and two and abs(float(one) - float(two)) > 2 for (_, one), (_, two) in pairs)
            for first, second in combinations(said.values(), 2)
            for pairs in [list(product(first, second))]
        ]
        if any(can_be_one) and len({patient.rstrip("abcdefgh") for patient in said}) > 1:
            doubtful.append(url)
    return doubtful


def issues_of(report: Report, code: str) -> list[Issue]:
    return [issue for issue in report.issues if issue.code == code]


def test_a_date_is_ambiguous_if_both_numbers_can_be_a_month(tables: list[tuple[PlainTable, Report]]) -> None:
    for table, report in tables:
        expected = []
        for line, text in table.column("date") or table.column("year"):
            numbers = [int(part) for part in text.split("/")] if re.fullmatch(r"\d+/\d+/\d+", text) else []
            if numbers and max(numbers[:2]) <= 12 and numbers[0] != numbers[1]:
                expected.append(line)
        assert lines_of(report, "DATE-AMBIGUOUS") == expected, table.path.name
        assert not lines_of(report, "DATE-INVALID"), table.path.name


# -- the state of 2020-06-04 -------------------------------------------------------------------------------------------


def test_known_counts_of_june(june: tuple[PlainTable, Report]) -> None:
    table, report = june
    counts = Counter(issue.code for issue in report.issues)
    assert (len(table.rows), len(table.header), report.rows) == (673, 29, 673)
    assert {
        code: counts[code]
        for code in (
            "LICENSE-BLANK",
            "TEXT-SPACE",
            "FILE-DOUBLE",
            "PATIENT-FINDING",
            "PATIENT-URL",
            "PATIENT-NOTES",
            "PATIENT-CASE",
            "LICENSE-CHANGED",
            "PATIENT-LOCATION",
            "PATIENT-CHILD",
            "LICENSE-NODERIVATIVES",
            "TEXT-SPILL",
            "HEADER-UNNAMED",
            "FINDING-UNKNOWN",
            "VIEW-VALUE",
            "VALUE-CHOICE",
        )
    } == {
        "LICENSE-BLANK": 240,
        "TEXT-SPACE": 97,
        "FILE-DOUBLE": 5,
        "PATIENT-FINDING": 16,
        "PATIENT-URL": 14,
        "PATIENT-NOTES": 3,
        "PATIENT-CASE": 2,
        "LICENSE-CHANGED": 11,
        "PATIENT-LOCATION": 1,
        "PATIENT-CHILD": 1,
        "LICENSE-NODERIVATIVES": 36,
        "TEXT-SPILL": 5,
        "HEADER-UNNAMED": 1,
        "FINDING-UNKNOWN": 0,
        "VIEW-VALUE": 0,
        "VALUE-CHOICE": 0,
    }


def test_no_rule_cries_wolf_in_june(june: tuple[PlainTable, Report]) -> None:
    """A rule that fires on half of the rows is noise, unless it is a note."""
    _, report = june
    counts = Counter(issue.code for issue in report.issues if issue.severity.value != "info")
    assert max(counts.values()) < 673 / 2


def test_lost_characters_of_june(june: tuple[PlainTable, Report]) -> None:
    table, report = june
    assert table.data.decode("utf-8").count("\ufffd") == 230
    said = [
        int(match[1])
        for issue in report.issues
        if issue.code == "TEXT-FFFD" and (match := re.match(r"(\d+) lost character", issue.message))
    ]
    assert sum(said) == 230


def test_lost_characters_of_june_that_the_table_itself_tells(june: tuple[PlainTable, Report]) -> None:
    """Credits and hospitals that stand intact elsewhere, and degrees; the other words stand nowhere else."""
    _, report = june
    lost = [issue for issue in report.issues if issue.code == "TEXT-FFFD"]
    told = [issue.fix for issue in lost if issue.fix is not None]
    assert (len(lost), len(told)) == (95, 27)
    for fix in told:
        assert len(fix.new) == len(fix.old)
        changed = {(old, new) for old, new in zip(fix.old, fix.new, strict=True) if old != new}
        assert changed <= {("\ufffd", char) for char in "°ê’"}


def test_dates_of_june_that_offsets_contradict(june: tuple[PlainTable, Report]) -> None:
    _, report = june
    assert lines_of(report, "DATE-OFFSET") == [29, 30, 118, 141, 515]
    assert not lines_of(report, "TEXT-FORMULA")


def test_question_marks_of_june_within_words(june: tuple[PlainTable, Report]) -> None:
    """Each stands for a sign or a dash that was lost."""
    table, report = june
    expected = [
        line
        for line, cells in table.sound
        for cell in cells
        if re.search(r"[0-9a-z]\?[0-9a-z]|[0-9]\?[A-Z]", cell) and "://" not in cell[:8]
    ]
    assert lines_of(report, "TEXT-QUESTION") == expected
    assert len(expected) == 18


def test_clinical_cells_of_june(june: tuple[PlainTable, Report]) -> None:
    table, report = june
    intubated = dict(table.column("intubated"))
    extubated = [line for line, text in table.column("extubated") if text == "Y" and intubated[line] != "Y"]
    present = [line for line, text in table.column("intubation_present") if text == "Y" and intubated[line] != "Y"]
    assert len(extubated) == 7
    # Three of them are also among the seven; one more stands alone.
    assert (len(present), len(set(present) & set(extubated))) == (4, 3)
    assert sum(not intubated[line] for line in present) == 4
    issues = [issue for issue in report.issues if issue.code == "CLINICAL-IMPLIES"]
    assert sorted(issue.line for issue in issues if issue.message.startswith("extubated=Y")) == extubated
    assert sorted(issue.line for issue in issues if issue.message.startswith("intubation_present=Y")) == present
    assert len(issues) == len(extubated) + len(present)


def test_numbers_of_june_that_look_like_another_unit(june: tuple[PlainTable, Report]) -> None:
    table, report = june
    expected = {
        "temperature": [(line, number) for line, number in table.numbers("temperature") if number > 45],
        "pO2_saturation": [(line, number) for line, number in table.numbers("pO2_saturation") if number > 100],
        "lymphocyte_count": [(line, number) for line, number in table.numbers("lymphocyte_count") if number > 100],
    }
    assert expected["temperature"] == [(110, 95)]
    assert [number for _, number in expected["pO2_saturation"]] == [105, 130, 340, 130, 165]
    assert [number for _, number in expected["lymphocyte_count"]] == [131]
    for column, places in expected.items():
        assert lines_of(report, "NUMBER-UNIT", column) == [line for line, _ in places]
    assert len(lines_of(report, "NUMBER-UNIT")) == 7
    # The physical line, as an editor shows it.
    assert b"95" in table.data.split(b"\n")[110 - 1].split(b",")


def test_numbers_of_june_that_are_out_of_range(june: tuple[PlainTable, Report]) -> None:
    table, report = june
    negative = [line for line, number in table.numbers("offset") if number < 0]
    assert len(negative) == 23
    assert lines_of(report, "NUMBER-RANGE", "offset") == negative
    assert {
        issue.severity.value for issue in report.issues if issue.code == "NUMBER-RANGE" and issue.column == "offset"
    } == {"info"}
    low = [line for line, number in table.numbers("pO2_saturation") if number < 50]
    assert lines_of(report, "NUMBER-RANGE", "pO2_saturation") == low
    leukocytes = [line for line, number in table.numbers("leukocyte_count") if number < 0.5]
    assert lines_of(report, "NUMBER-RANGE", "leukocyte_count") == leukocytes
    assert len(leukocytes) == 1


def test_the_child_of_june(june: tuple[PlainTable, Report]) -> None:
    table, report = june
    children = [(line, number) for line, number in table.numbers("age") if number < 18]
    assert [number for _, number in children] == [12]
    assert lines_of(report, "PATIENT-CHILD") == [line for line, _ in children]


def test_dates_of_june(june: tuple[PlainTable, Report]) -> None:
    table, report = june
    other = [line for line, text in table.column("date") if text and not re.fullmatch(r"\d{4}", text)]
    # Nothing but years is in ISO form there, so each other date is a note on its form, or ambiguous.
    assert sorted(lines_of(report, "DATE-FORM") + lines_of(report, "DATE-AMBIGUOUS")) == other
    assert len(lines_of(report, "DATE-AMBIGUOUS")) == 4


def test_licenses_of_two_sources_in_june(june: tuple[PlainTable, Report]) -> None:
    table, report = june
    licenses = dict(table.column("license"))
    sirm = [line for line, url in table.column("url") if "sirm.org/" in url]
    assert len(sirm) == 81
    assert set(sirm) <= set(lines_of(report, "LICENSE-BLANK"))
    coronacases = [line for line, url in table.column("url") if "coronacases.org/" in url and licenses[line]]
    conflicts = [
        issue.line for issue in report.issues if issue.code == "LICENSE-SOURCE" and issue.severity.value == "info"
    ]
    assert conflicts == coronacases
    assert len(conflicts) == 10


# -- the images --------------------------------------------------------------------------------------------------------


def test_every_image_of_the_collection_has_a_row_and_every_row_its_image(
    collection: tuple[PlainTable, Report],
) -> None:
    _, report = collection
    assert (report.rows, report.files, report.notes) == (133, 132, [])
    assert not lines_of(report, "FILE-MISSING")
    assert not lines_of(report, "FILE-UNLINKED")
    assert not lines_of(report, "FILE-FOLDER")
    assert len(lines_of(report, "FILE-DOUBLE")) == 1


def test_eight_images_of_the_collection_have_the_wrong_name(collection: tuple[PlainTable, Report]) -> None:
    table, report = collection
    wrong, capitals = set(), set()
    for path in (table.path.parent / "images").iterdir():
        with path.open("rb") as stream:
            is_png = stream.read(8) == b"\x89PNG\r\n\x1a\n"
        if is_png and path.suffix != ".png":
            (capitals if path.suffix == ".PNG" else wrong).add(path.name)
    assert (len(wrong), len(capitals)) == (8, 2)
    assert all(name.endswith(".jpg") for name in wrong)
    found = {
        severity: {
            issue.key for issue in report.issues if issue.code == "FILE-TYPE" and issue.severity.value == severity
        }
        for severity in ("error", "info")
    }
    assert found == {"error": wrong, "info": capitals}


def test_modes_and_exif_of_the_collection_are_what_pillow_says(collection: tuple[PlainTable, Report]) -> None:
    table, report = collection
    alpha, exif = set(), set()
    for path in (table.path.parent / "images").iterdir():
        with Image.open(path) as image:
            if image.mode in {"P", "PA", "LA", "RGBA"}:
                alpha.add(path.name)
            if "exif" in image.info:
                exif.add(path.name)
    assert len(alpha) == 29
    assert {issue.key for issue in report.issues if issue.code == "FILE-COLOR"} == alpha
    assert {issue.key for issue in report.issues if issue.code == "FILE-METADATA" and "EXIF" in issue.message} == exif


def test_copies_in_the_collection_are_those_with_equal_digests(collection: tuple[PlainTable, Report]) -> None:
    table, report = collection
    digests = Counter(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (table.path.parent / "images").iterdir()
    )
    assert len(lines_of(report, "FILE-COPY")) == sum(count - 1 for count in digests.values())
