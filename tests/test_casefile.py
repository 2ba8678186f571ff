"""A case written and read again, and a case file with mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covidcurate.casefile import case_to_json, read_case
from covidcurate.errors import UnreadableError
from covidcurate.model import Case, Evidence, EvidenceKind, Image, Question, Study, Value

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
EVIDENCE = st.builds(Evidence, st.sampled_from(EvidenceKind), TEXTS, TEXTS, TEXTS)
VALUE = st.builds(Value, TEXTS, EVIDENCE)
VALUES = st.dictionaries(st.sampled_from(["age", "sex", "finding", "notes"]), VALUE, max_size=3)
IMAGES = st.builds(Image, TEXTS, VALUES, TEXTS, TEXTS)
STUDIES = st.builds(Study, TEXTS, st.lists(IMAGES, min_size=1, max_size=2).map(tuple), VALUES)
QUESTIONS = st.builds(Question, TEXTS, TEXTS, st.lists(VALUE, max_size=2).map(tuple))
CASES = st.builds(
    Case,
    TEXTS,
    TEXTS,
    st.lists(STUDIES, min_size=1, max_size=2).map(tuple),
    VALUES,
    st.text("abc", min_size=1, max_size=3),
    st.lists(QUESTIONS, max_size=2).map(tuple),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
    st.lists(TEXTS, max_size=2).map(tuple),
)


@given(CASES)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    path = tmp_path_factory.mktemp("case") / "case.json"
    path.write_bytes(case_to_json(case).encode("utf-8"))
    assert read_case(path) == case


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"questions": {}}, "/questions: should be a list of objects"),
        ({"questions": [{"column": "age"}]}, "/questions/0/text: is missing"),
        ({"questions": [{"column": "age", "text": "x", "more": 1}]}, "/questions/0/more: is not part of the format"),
        ({"texts": {"a": 3}}, "/texts/a: should be a string"),
        ({"provenance": []}, "/provenance: should be an object"),
        ({"warnings": [3]}, "/warnings: should be a list of strings"),
    ],
)
def test_mistakes_are_named_by_their_place(tmp_path: Path, change: dict[str, object], said: str) -> None:
    case = Case("example.org", "1", (Study("1", (Image("a.png"),)),))
    document = json.loads(case_to_json(case)) | change
    (tmp_path / "case.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(UnreadableError, match=said):
        read_case(tmp_path / "case.json")
