"""What the engine does not ask, since it knows the answer: rules that are asked for each cell find no more."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covidcurate.rules import Scope, all_rules
from covidcurate.rules.engine import check_table
from covidcurate.rules.memory import is_plain
from covidcurate.spec import load_specification
from covidcurate.table import TableReader, reader

SPECIFICATION = load_specification()
COLUMNS = [column for column in SPECIFICATION.columns if not column.legacy]
RULES = [rule for rule in all_rules().values() if rule.scope is Scope.CELL]
ROW_RULES = [rule for rule in all_rules().values() if rule.scope is Scope.ROW]

_LETTERS = st.sampled_from("aZ0 .-?=+@_/\t\n" + "äßÃ¼éÂ°º´µ×·±²–’“”…€\u00a0\u00ad\ufffd\u200b\u202e漢ﬁ" + '",')
_WORDS = st.sampled_from(
    ["", "Y", "N", "F", "PA", "AP Supine", "CT", "X-ray", "images", "volumes", "2020", "2020-03-01", "36,5", "37.2",
     "12a", "Pneumonia/Viral/COVID-19", "CC BY 4.0", "CC BY-NC-SA", "10.5555/x.1", "https://example.org/1",
     "film-1.png", "con.png", "Fieber seit 3 Tagen, 38,5 °C", "für Ã¼ber", "=1+1", "was it?", "40º C", "Unclear"]
)  # fmt: skip
_CELLS = _WORDS | st.text(alphabet=_LETTERS, max_size=8) | st.builds("{} {}".format, _WORDS, _WORDS)


def asked_one_by_one(rows: list[list[str]]) -> Counter[tuple[int, str, str]]:
    """Ask each rule for each cell of each row; return what they find, with rows from 0."""
    found: Counter[tuple[int, str, str]] = Counter()
    for at, row in enumerate(rows):
        for column, cell in zip(COLUMNS, row, strict=True):
            for rule in RULES:
                if rule.applies(column):
                    found.update((at, rule.code, column.name) for _ in rule.check(cell, column, SPECIFICATION))
        by_name = {column.name: cell for column, cell in zip(COLUMNS, row, strict=True)}
        for rule in ROW_RULES:
            cells = {name: by_name[name] for name in rule.columns(SPECIFICATION)}
            found.update((at, rule.code, finding.column) for finding in rule.check(cells, SPECIFICATION))
    return found


def asked_of_the_engine(rows: list[list[str]]) -> Counter[tuple[int, str, str]]:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.name for column in COLUMNS])
    starts = []
    for row in rows:
        starts.append(1 + stream.getvalue().count("\n"))
        writer.writerow(row)
    with TableReader(stream.getvalue().encode()) as table:
        report, _ = check_table(table, SPECIFICATION)
    codes = {rule.code for rule in [*RULES, *ROW_RULES]}
    return Counter(
        (starts.index(issue.line), issue.code, issue.column)
        for issue in report.issues
        if issue.code in codes and issue.line in starts
    )


@pytest.mark.parametrize("large", [0, 1 << 60], ids=["large", "small"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=st.lists(st.lists(_CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)), min_size=1, max_size=6))
def test_rules_find_no_more_where_they_are_asked_for_each_cell(
    large: int, monkeypatch: pytest.MonkeyPatch, rows: list[list[str]]
) -> None:
    monkeypatch.setattr(reader, "LARGE", large)
    # Each row is sound: no line of it is a row by itself, and it is not blank.
    rows = [["1", *(cell.replace("\n", " ") for cell in row[1:-1]), row[-1]] for row in rows]
    assert asked_of_the_engine(rows) == asked_one_by_one(rows)


@given(text=st.text(alphabet=_LETTERS, max_size=12) | _CELLS)
def test_rules_that_leave_plain_text_alone_find_nothing_in_it(text: str) -> None:
    if is_plain(text) and text == text.strip():
        for rule in RULES:
            if rule.plain_is_fine and text.strip(rule.edges) == text and not (rule.inside and rule.inside in text):
                for column in COLUMNS:
                    assert not (rule.applies(column) and list(rule.check(text, column, SPECIFICATION))), rule.code


@pytest.mark.parametrize("text", ["", "plain", "für 3 Tage, 38,5 °C", "µ × ± ² – ’ “x” …", "Ångström"])
def test_letters_and_signs_of_western_languages_are_plain(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize("text", ["a\nb", "Ã¼ber", "40º", "3´4", "x\u00ad", "\ufffd", "漢", "Â°", "a\u00a0"])
def test_what_a_rule_may_speak_about_is_not_plain(text: str) -> None:
    assert not is_plain(text)
