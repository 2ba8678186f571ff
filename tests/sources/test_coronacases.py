"""The ten cases of coronacases.org. All pages and texts here are synthetic; the addresses are published facts."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from reading_pages import OPTIONS, drive, read, site

from covidcurate.model import EvidenceKind
from covidcurate.sources import DraftCase, Options, Slices

VERSION_12 = """<html><title>x</title><h1>Cases of a forum</h1>
<div class="question"><div class="float-left"><div class="vote"><div class="vote_count">5</div></div></div>
<div class="question-block"><h1><a href="#">{title}</a></h1><div class="text-muted">By Someone Invented on 3/5/20</div>
<div><span class="oe_no_empty"><p>{text}</p></span></div><ul><li>Edit</li><li>Flag</li></ul></div></div>
<div class="forum_answer"><div class="question-block"><span class="oe_no_empty">An 80-year-old man died here.</span></div></div>"""
VERSION_13 = """<html><title>x</title><article class="question"><header><h1>{title}</h1></header>
<div class="o_wforum_readable oe_no_empty"><p>{text}</p></div>
<div class="forum_answer"><div class="o_wforum_readable oe_no_empty">An 80-year-old man died here.</div></div></article>"""
TITLE, TEXT = "case 001 61 year old female", "Invented: fever for 3 days."


def case(page: str | bytes | None, number: str = "1") -> DraftCase:
    return read("coronacases", number, page)


@pytest.mark.parametrize("page", [VERSION_12, VERSION_13])
def test_the_post_is_read_and_its_answers_are_not(page: str) -> None:
    draft = case(page.format(title=TITLE, text=TEXT))
    assert draft.texts == {"title": TITLE, "text": TEXT}
    assert draft.values["clinical_notes"].text == TEXT
    assert draft.warnings == ()
    assert "survival" not in draft.values
    for column, text in (("age", "61"), ("sex", "F")):
        assert draft.values[column].text == text
        assert draft.values[column].evidence.kind is EvidenceKind.STATED
        assert draft.values[column].evidence.where.endswith("h1")
        assert draft.values[column].evidence.text in TITLE


@pytest.mark.parametrize("page", [VERSION_12, VERSION_13])
def test_answers_without_a_post_are_nothing(page: str) -> None:
    soup = BeautifulSoup(page.format(title=TITLE, text=TEXT), "html.parser")
    post = soup.select_one(".oe_no_empty")
    assert post is not None
    post.decompose()
    draft = case(str(soup))
    assert not {"clinical_notes", "survival"} & draft.values.keys()
    assert any(warning.startswith("text: ") and ".forum_answer" in warning for warning in draft.warnings)


@pytest.mark.parametrize("page", [None, "", "<", "<html></html>", b"\xff\xfe\x00", "<p>" * 3000])
def test_without_a_page_the_table_is_enough(page: str | bytes | None) -> None:
    draft = case(page)
    assert [(study.id, len(study.images)) for study in draft.studies] == [
        ("axial", 301),
        ("coronal", 45),
        ("sagittal", 57),
    ]
    assert (draft.values["age"].text, draft.values["sex"].text) == ("61", "F")
    assert draft.values["age"].evidence.where == "address"
    assert draft.warnings
    assert "clinical_notes" not in draft.values


def test_each_element_may_be_missing() -> None:
    page = VERSION_12.format(title=TITLE, text=TEXT)
    for place in range(len(BeautifulSoup(page, "html.parser").find_all(True))):
        soup = BeautifulSoup(page, "html.parser")
        soup.find_all(True)[place].decompose()
        draft = case(str(soup))
        assert (draft.values["age"].text, draft.values["sex"].text) == ("61", "F")
        assert "survival" not in draft.values


def test_a_title_that_contradicts_the_address_is_a_question() -> None:
    draft = case(VERSION_13.format(title="Case #1: 62-year-old male", text="A 63-year-old woman with fever."))
    assert not {"age", "sex"} & draft.values.keys()
    questions = {question.column: [option.text for option in question.options] for question in draft.questions}
    assert questions["age"] == ["62", "61"]
    assert questions["sex"] == ["M", "F"]


def test_a_title_of_another_form_is_named() -> None:
    draft = case(VERSION_13.format(title="Welcome", text=TEXT))
    assert draft.values["age"].evidence.where == "address"
    assert any("Welcome" in warning for warning in draft.warnings)


def test_the_page_of_another_case_is_not_used() -> None:
    draft = case(VERSION_13.format(title="case 007 41 year old male", text="Intubated."))
    assert draft.texts == {}
    assert (draft.values["age"].text, draft.values["sex"].text) == ("61", "F")
    assert "intubated" not in draft.values
    assert any("speaks of case 7" in warning for warning in draft.warnings)


def test_hostile_words_stay_words() -> None:
    draft = case(
        VERSION_13.format(title=TITLE, text="<script>alert('aged 99')</script><a href='javascript:x'>Fever</a>")
    )
    assert draft.texts["text"] == "Fever"


def test_what_others_say_of_case_8_is_a_question_beside_the_value() -> None:
    draft = case(None, "008")
    assert draft.values["age"].text == "34"
    (question,) = [question for question in draft.questions if question.column == "age"]
    assert "38" in question.text


def test_two_licenses_are_said_and_none_is_chosen() -> None:
    draft = case(None)
    assert "license" not in draft.values
    (question,) = draft.questions
    assert [option.text for option in question.options] == ["Apache-2.0", "CC-BY-NC-3.0"]
    assert all(option.evidence.text and option.evidence.where for option in question.options)


@pytest.mark.parametrize("slices", [Slices(), Slices("all"), Slices("count", 3)])
def test_a_series_is_always_taken_whole(slices: Slices) -> None:
    ref = site("coronacases").find_case("10")
    assert ref is not None
    draft, _, _ = drive(site("coronacases").read(ref, Options(OPTIONS.specification, slices)), lambda _: None)
    assert [len(study.images) for study in draft.studies] == [301, 58, 48]


def test_files_of_all_series() -> None:
    names, urls = set(), set()
    for number in range(1, 11):
        draft = case(None, str(number))
        for study, plane in zip(draft.studies, ("Axial", "Coronal", "Sagittal"), strict=True):
            assert (study.values["modality"].text, study.values["view"].text) == ("CT", plane)
            assert study.images[0].name == f"coronacases-{number:03d}-{plane.casefold()}-001"
            names |= {image.name for image in study.images}
            urls |= {url for image in study.images for url in image.urls}
    assert len(names) == len(urls) == 3768
    folder = "https://static.raioss.com/coronacases"
    assert {
        f"{folder}/case001/coronacases_001_002.dcm", f"{folder}/case001/398.dcm", f"{folder}/case002/755.dcm",
        f"{folder}/case003/IM-0002-0076.dcm", f"{folder}/case010/ser204img00301.dcm", f"{folder}/case010/IM-0001-0106.dcm",
    } <= urls  # fmt: skip


@pytest.mark.parametrize(("term", "found"), [
    ("", 10), ("covid", 10), ("COVID-19", 10), ("corona", 10), ("male", 6), ("female", 4), ("61 female", 1), ("010", 1), ("case 4", 1),
    ("41", 2), ("child", 0), ("fem", 0),
])  # fmt: skip
def test_search_asks_for_no_page(term: str, found: int) -> None:
    _, cases, asked = drive(site("coronacases").search(term), lambda _: None)
    assert (len(cases), asked) == (found, [])


@pytest.mark.parametrize("text", [
    "11", "0", "٣", "https://coronacases.org/forum/x-1/question/case-011-61-year-old-female-24",
    "https://coronacases.org/forum/x-1/question/case-001-61-year-old-female-99", "https://coronacases.org/forum/x-1",
    "https://evil.example/https://coronacases.org/forum/x-1/question/case-001-61-year-old-female-24",
])  # fmt: skip
def test_what_is_no_case(text: str) -> None:
    assert site("coronacases").find_case(text) is None


def test_the_addresses_are_those_of_published_tables(shared_data: Path) -> None:
    with (shared_data / "metadata" / "metadata-20200604.csv").open(encoding="utf-8", newline="") as file:
        urls = {row["url"] for row in csv.DictReader(file) if "coronacases.org" in row["url"]}
    refs = {ref.url for ref in (site("coronacases").find_case(url) for url in urls) if ref is not None}
    assert refs == urls and len(urls) == 10


def test_every_post_of_published_tables_is_a_case_of_sirm(shared_data: Path) -> None:
    urls = set()
    for path in (shared_data / "metadata").glob("*.csv"):
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            urls |= {row["url"].strip() for row in csv.DictReader(file) if "sirm.org/2020" in (row.get("url") or "")}
    assert len(urls) > 40
    for url in urls:
        ref = site("sirm").find_case(url)
        assert ref is not None and ref.url == url
