"""coronacases.org: ten CT examinations with their DICOM series; a fixed list, since the site published no others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from covidcurate.model import Evidence, EvidenceKind, Question, Value
from covidcurate.sources.draft import Ask, CaseRef, DraftCase, DraftImage, DraftStudy
from covidcurate.sources.evidence import read_texts
from covidcurate.sources.page import paragraphs_of
from covidcurate.sources.source import Finder, Options, Reading, Search, Site, stated
from covidcurate.sources.suggest import age_of, sex_of

_FORUM = (
    "https://coronacases.org/forum/coronacases-org-helping-radiologists-to-help-people-in-more-than-100-countries-1"
)
_FILES = "https://static.raioss.com/coronacases"
# The addresses of the ten pages, as rows of published tables name them.
_SLUGS = (
    "case-001-61-year-old-female-24",
    "case-002-47-year-old-male-23",
    "case-003-50-year-old-male-22",
    "case-004-41-year-old-male-21",
    "case-005-46-year-old-male-20",
    "case-006-32-year-old-male-19",
    "case-007-41-year-old-female-18",
    "case-008-34-year-old-male-17",
    "case-009-64-year-old-female-16",
    "case-010-55-year-old-female-15",
)
# Each series: the beginning of its file names, and the first and last number, written with three digits. M: a program
# of April 2020 fetched them so; the planes of case 010 are corrected, since its first series is the axial one.
_SERIES: tuple[tuple[tuple[str, str, int, int], ...], ...] = (
    (("Axial", "coronacases_001_", 1, 301), ("Coronal", "coronacases_001_", 302, 346),
     ("Sagittal", "", 398, 454)),
    (("Axial", "coronacases_002_", 1, 200), ("Coronal", "", 708, 755), ("Sagittal", "", 655, 707)),
    (("Axial", "ser203img00", 1, 200), ("Coronal", "IM-0002-0", 1, 76), ("Sagittal", "IM-0001-0", 77, 142)),
    (("Axial", "ser204img00", 1, 301), ("Coronal", "IM-0002-0", 1, 51), ("Sagittal", "IM-0001-0", 317, 366)),
    (("Axial", "ser204img00", 1, 301), ("Coronal", "IM-0001-0", 1, 50), ("Sagittal", "IM-0002-0", 51, 121)),
    (("Axial", "ser203img00", 1, 213), ("Coronal", "IM-0002-0", 1, 64), ("Sagittal", "IM-0001-0", 65, 126)),
    (("Axial", "ser203img00", 1, 249), ("Coronal", "IM-0002-0", 1, 58), ("Sagittal", "IM-0001-0", 59, 120)),
    (("Axial", "ser204img00", 1, 301), ("Coronal", "IM-0001-0", 1, 61), ("Sagittal", "IM-0002-0", 62, 124)),
    (("Axial", "ser204img00", 1, 256), ("Coronal", "IM-0002-0", 1, 43), ("Sagittal", "IM-0001-0", 44, 102)),
    (("Axial", "ser204img00", 1, 301), ("Coronal", "IM-0002-0", 1, 58), ("Sagittal", "IM-0001-0", 59, 106)),
)  # fmt: skip
# The forum's pages are nowhere on record. Its software is Odoo; versions 12 and 13 write these, and that it was one of
# them is a guess. L. Answers to a post are left out: they are by other people, about other patients.
_TITLE = (".question-block h1", ".question h1", "h1", "title")
_TEXT = (
    ".question-block .oe_no_empty:not(.forum_answer *)",
    ".o_wforum_readable:not(.forum_answer *)",
    '[itemprop="text"]:not(.forum_answer *)',
    "div.o_wforum_question_content",
)
_NUMBER_FORM = re.compile(r"\bcase[ #-]*0*([0-9]{1,3})\b", re.IGNORECASE)
_TITLE_FORM = re.compile(r"\b([0-9]{1,3})[- ]years?[- ]old[- ](female|male)\b", re.IGNORECASE)
_LICENSES = (("Apache-2.0", "Apache 2.0", "table of the COVID-19 image data collection"),
             ("CC-BY-NC-3.0", "CC BY-NC 3.0", "descriptions of the copies on Zenodo and Kaggle"))  # fmt: skip
# What is published elsewhere of a case and contradicts the site.
_ELSEWHERE = {"008": (("age", "38", "the table of the COVID-19 image data collection"),)}


class Coronacases(Site):
    """The ten cases of coronacases.org."""

    id = "coronacases"
    name = "coronacases.org"
    pattern = re.compile(
        r"https?://(?:www\.)?coronacases\.org/forum/[a-z0-9_-]+(?:/question)?/"
        r"case-(?P<number>0[0-9]{2})-[a-z0-9_-]+?-(?P<post>[0-9]+)/?(?:[?#].*)?",
        re.IGNORECASE,
    )
    examples = (f"{_FORUM}/question/{_SLUGS[0]}",)
    case_help = "an address of its forum, or a number from 1 to 10"

    def find_case(self, text: str) -> CaseRef | None:
        """Return the case of an address, or of a number like ``8`` or ``008``."""
        match = self.pattern.fullmatch(text.strip())
        number = re.fullmatch(r"(?:case[- ]?)?([0-9]{1,3})", text.strip(), re.IGNORECASE)
        said = int(match["number"] if match else number[1] if number else 0)
        if not 1 <= said <= len(_SLUGS):
            return None
        # The forum goes by the number at the end; the words before it are decoration.
        return None if match and not _SLUGS[said - 1].endswith(f"-{match['post']}") else _ref(said)

    def search(self, term: str) -> Search:
        """Yield those of the ten whose address has every word of the term; no page is asked for that."""
        words = set(re.findall(r"[a-z0-9]+", term.casefold()))
        for number, slug in enumerate(_SLUGS, start=1):
            # All of them are of this one disease. Whole words only: "female" has "male" in it.
            if words <= {*slug.split("-"), str(number), "coronacases", "corona", "covid", "19", "covid19"}:
                yield _ref(number)

    def read(self, ref: CaseRef, options: Options) -> Reading:
        """Read the page; the series are known without it, and each is taken whole, since it is to become a volume."""
        del options
        page = yield Ask(ref.url, "case page")
        finder = Finder(page) if page is not None else None
        texts, where = _read_page(finder, ref) if finder else ({}, "")
        values, questions = _patient(ref, texts, where)
        disputed = {question.column for question in questions}
        words = {column: value for column, value in read_texts(texts, ["text"], "en").items() if column not in disputed}
        if notes := texts.get("text", ""):
            values["clinical_notes"] = stated(notes, notes, "texts/text", "forum-text")
        lost = f"case page: not to be had at {ref.url}; age and sex are those of its address"
        return DraftCase(
            ref,
            tuple(_studies(int(ref.id))),
            {**words, **values, "url": stated(ref.url, ref.url, "", "case-address")},
            texts,
            ("text",) if notes else (),
            provenance={
                "title": texts.get("title", ref.url.rpartition("/")[2]),
                "license_text": "said to be Apache 2.0 and said to be CC BY-NC 3.0",
            },
            questions=(_license_question(), *questions),
            warnings=tuple(finder.warnings) if finder else (lost,),
        )


def _ref(number: int) -> CaseRef:
    return CaseRef(Coronacases.id, f"{number:03d}", f"{_FORUM}/question/{_SLUGS[number - 1]}")


def _read_page(finder: Finder, ref: CaseRef) -> tuple[dict[str, str], str]:
    """Return the words of a page by section, and the selector of its title; nothing of the page of another case."""
    title, where = finder.text("title", *_TITLE)
    named = _NUMBER_FORM.search(title)
    if named and int(named[1]) != int(ref.id):
        finder.warnings.append(f"case page: {ref.url} speaks of case {named[1]}, so that nothing of it was used")
        return {}, ""
    if title and not _TITLE_FORM.search(title):
        finder.warnings.append(
            f"age, sex: not in the title of {ref.url} ({title[:80]!r}); those of the address were read"
        )
    tag, selector = finder.first("text", *_TEXT)
    text = paragraphs_of(tag)
    if tag is not None and not text:
        finder.warnings.append(f"text: empty on {ref.url} (looked in {selector})")
    return {name: words for name, words in (("text", text), ("title", title)) if words}, where


def _patient(ref: CaseRef, texts: dict[str, str], where: str) -> tuple[dict[str, Value], list[Question]]:
    """Return age and sex where title and address agree, and a question for what they or others dispute."""
    address, title = _said(ref.url, "address"), _said(texts.get("title", ""), where)
    values = {**address, **title}
    questions = []
    for column, value in title.items():
        if value.text != address[column].text:
            del values[column]
            options = (value, address[column])
            questions.append(Question(column, "the title of the page and its address differ", options))
    for column, published, place in _ELSEWHERE.get(ref.id, ()):
        if column in values and values[column].text != published:
            words = f"the site says {values[column].text}, {place} says {published}"
            questions.append(Question(column, words, (values[column],)))
    return values, questions


def _said(title: str, where: str) -> dict[str, Value]:
    """Return age and sex of a title or an address in the form that this site uses."""
    match = _TITLE_FORM.search(title)
    if match is None:
        return {}
    rule = "title-form"
    said = {**age_of(match[1], where, rule), **sex_of(match[2], where, rule)}
    return {column: stated(value.text, match[0], where, rule) for column, value in said.items()}


def _license_question() -> Question:
    options = tuple(
        Value(license_, Evidence(EvidenceKind.STATED, words, where, "license-claim"))
        for license_, words, where in _LICENSES
    )
    return Question("license", "two licenses are said of the same images, and the site states neither", options)


def _studies(number: int) -> Iterator[DraftStudy]:
    for plane, beginning, first, last in _SERIES[number - 1]:
        where = f"{_FILES}/case{number:03d}/{beginning}{first:03d}-{last:03d}.dcm"
        images = tuple(
            DraftImage(
                f"coronacases-{number:03d}-{plane.casefold()}-{place:03d}",
                (f"{_FILES}/case{number:03d}/{beginning}{slice_:03d}.dcm",),
            )
            for place, slice_ in enumerate(range(first, last + 1), start=1)
        )
        values = {
            "modality": stated("CT", "DICOM series", where, "series-table"),
            "view": stated(plane, plane, where, "series-table"),
        }
        yield DraftStudy(plane.casefold(), images, values)
