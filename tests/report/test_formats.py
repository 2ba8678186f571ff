"""The same report for people and for programs."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covidcurate import __version__
from covidcurate.model import Issue, Report, Severity
from covidcurate.report import REPORTERS, count_line

ISSUES = [
    Issue("AGE-X", Severity.ERROR, "m.csv", "age is 300", "Correct it.", 4, 4, "age", "300", "a.png"),
    Issue("VIEW-X", Severity.WARNING, "m.csv", "is this a view?", line=7, last_line=9, column="view"),
    Issue("DATE-X", Severity.INFO, "m.csv", "ends with a stop.", line=8),
    Issue("FILE-X", Severity.ERROR, "images/a.png", "no row names it", "Add a row, or delete the file."),
]


@pytest.fixture
def report() -> Report:
    return Report(list(ISSUES), rows=12, files=3, notes=["Files were not checked."])


def plain(text: str, severity: Severity) -> str:
    return text


def said(report: Report, format_: str, lowest: Severity = Severity.INFO) -> list[str]:
    return list(REPORTERS[format_](report, "data", lowest=lowest, style=plain))


def test_a_line_names_file_line_column_weight_code_message_and_remedy(report: Report) -> None:
    assert said(report, "concise")[:4] == [
        "m.csv:4:age: error AGE-X age is 300. Correct it.",
        "m.csv:7:view: warning VIEW-X is this a view?",
        "m.csv:8: info DATE-X ends with a stop.",
        "images/a.png: error FILE-X no row names it. Add a row, or delete the file.",
    ]


def test_notes_and_the_count_come_last(report: Report) -> None:
    assert said(report, "concise")[4:] == [
        "Files were not checked.",
        "covidcurate explain CODE says why a finding matters, with an example",
        "12 rows, 3 files: 2 errors, 1 warning, 1 note",
    ]


@pytest.mark.parametrize(
    ("lowest", "codes"),
    [
        (Severity.INFO, ["AGE-X", "VIEW-X", "DATE-X", "FILE-X"]),
        (Severity.WARNING, ["AGE-X", "VIEW-X", "FILE-X"]),
        (Severity.ERROR, ["AGE-X", "FILE-X"]),
    ],
)
def test_text_shows_what_weighs_enough_and_counts_everything(
    report: Report, lowest: Severity, codes: list[str]
) -> None:
    lines = said(report, "concise", lowest)
    assert [line.split(" ")[2] for line in lines[: len(codes)]] == codes
    assert lines[-1].startswith(count_line(report))


def test_text_says_that_notes_are_hidden_only_if_there_are_any(report: Report) -> None:
    assert said(report, "text", Severity.WARNING)[-1].endswith("(-v shows the notes)")
    report.issues = [issue for issue in ISSUES if issue.severity is not Severity.INFO]
    assert said(report, "text", Severity.WARNING)[-1].endswith("0 notes")


def test_text_paints_the_weight(report: Report) -> None:
    def first_lines(format_: str) -> list[str]:
        return list(REPORTERS[format_](report, "data", lowest=Severity.INFO, style=lambda t, s: f"<{s.rank}>{t}</>"))[
            :2
        ]

    assert first_lines("concise")[0].startswith("m.csv:4:age: <0>error</> AGE-X")
    assert first_lines("text")[1].startswith("  age: <0>error</> AGE-X")


def test_text_groups_what_is_about_one_row_or_one_file(report: Report) -> None:
    report.issues.insert(1, Issue("SEX-X", Severity.WARNING, "m.csv", "no sex", "Leave it.", 4, 4, "sex", "?", "a.png"))
    report.issues.append(Issue("FILE-Y", Severity.ERROR, "images/a.png", "is broken"))
    assert said(report, "text")[:10] == [
        "m.csv:4  a.png",
        "  age: error AGE-X age is 300. Correct it.",
        "  sex: warning SEX-X no sex. Leave it.",
        "m.csv:7",
        "  view: warning VIEW-X is this a view?",
        "m.csv:8",
        "  info DATE-X ends with a stop.",
        "images/a.png",
        "  error FILE-X no row names it. Add a row, or delete the file.",
        "  error FILE-Y is broken.",
    ]
    shown = list(REPORTERS["text"](report, "data", lowest=Severity.ERROR, style=plain, most=0))
    assert shown[:2] == ["m.csv:4  a.png", "  age: error AGE-X age is 300. Correct it."]
    assert shown[2] == "images/a.png"


def test_json_has_all_issues_whatever_is_shown(report: Report) -> None:
    for lowest in Severity:
        text = "\n".join(said(report, "json", lowest))
        document = json.loads(text)
        assert [issue["code"] for issue in document["issues"]] == [issue.code for issue in ISSUES]
        assert document["counts"] == {"error": 2, "warning": 1, "info": 1}


def test_json_says_what_it_is_about(report: Report) -> None:
    document = json.loads("\n".join(said(report, "json")))
    assert (document["format"], document["covidcurate"], document["dataset"]) == (1, __version__, "data")
    assert (document["rows"], document["files"], document["notes"]) == (12, 3, ["Files were not checked."])


def test_json_has_every_field_of_an_issue(report: Report) -> None:
    first = json.loads("\n".join(said(report, "json")))["issues"][0]
    assert set(first) == {field.name for field in fields(Issue)}
    assert first == {
        "code": "AGE-X",
        "severity": "error",
        "file": "m.csv",
        "message": "age is 300",
        "remedy": "Correct it.",
        "line": 4,
        "last_line": 4,
        "column": "age",
        "value": "300",
        "key": "a.png",
        "related_line": 0,
        "fix": None,
    }


def test_an_empty_report_is_one_line_and_valid_json() -> None:
    assert said(Report(), "text") == ["0 rows, 0 files: 0 errors, 0 warnings, 0 notes"]
    assert json.loads("\n".join(said(Report(), "json")))["issues"] == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text(), st.text(), st.sampled_from(Severity), st.integers(0, 10**9)), max_size=3))
def test_json_gives_any_text_back(texts: list[tuple[str, str, Severity, int]]) -> None:
    report = Report([Issue("X", severity, "f", one, line=line, value=two) for one, two, severity, line in texts])
    document = json.loads("\n".join(said(report, "json")).encode().decode())
    found = [(i["message"], i["value"], Severity(i["severity"]), i["line"]) for i in document["issues"]]
    assert found == texts


def test_at_or_above_and_count_of_a_report(report: Report) -> None:
    assert report.at_or_above(Severity.ERROR)
    report.issues = ISSUES[1:3]
    assert not report.at_or_above(Severity.ERROR)
    assert report.at_or_above(Severity.WARNING)
    assert [report.count(severity) for severity in Severity] == [0, 1, 1]
