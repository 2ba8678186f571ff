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
# Each series: the beginning of its file names, and the first and last number, written with three digits. H: a program
# of April 2020 fetched them so; the planes of case 010 are corrected, since its first series is the axial one.
_SERIES: tuple[tuple[tuple[str, str, int, int], ...], ...] = (
    (("Axial", "coronacases_001_", 1, 301), ("Coronal", "coronacases_001_", 302, 346),
     ("Sagittal", "coronacases_001_", 398, 454)),
    (("Axial", "coronacases_002_", 1, 200), ("Coronal", "coronacases_002_", 708, 755),
     ("Sagittal", "coronacases_002_", 655, 707)),
    (("Axial", "ser203img00", 1, 200), ("Coronal", "IM-0002-0", 1, 76), ("Sagittal", "IM-0001-0", 77, 142)),
    (("Axial", "ser204img00", 1, 301), ("Coronal", "IM-0002-0", 1, 51), ("Sagittal", "IM-0001-0", 317, 366)),
    (("Axial", "ser204img00", 1, 301), ("Coronal", "IM-0001-0", 1, 50), ("Sagittal", "IM-0002-0", 51, 121)),
    (("Axial", "ser203img00", 1, 213), ("Coronal", "IM-0002-0", 1, 64), ("Sagittal", "IM-0001-0", 65, 126)),
    (("Axial", "ser203img00", 1, 249), ("Coronal", "IM-0002-0", 1, 58), ("Sagittal", "IM-0001-0", 59, 120)),
    (("Axial", "ser204img00", 1, 301), ("Coronal", "IM-0001-0", 1, 61), ("Sagittal", "IM-0002-0", 62, 124)),
    (("Axial", "ser204img00", 1, 256), ("Coronal", "IM-0002-0", 1, 43), ("Sagittal", "IM-0001-0", 44, 102)),
    (("Axial", "ser204img00", 1, 301), ("Coronal", "IM-0002-0", 1, 58), ("Sagittal", "IM-0001-0", 59, 106)),
)  # fmt: skip
# The forum's markup is nowhere on record; these are what its software (Odoo) usually writes. L.
_TITLE = ("h1.oe_question_title", "h1 a[href*='/question/']", "h1", "title")
_TEXT = ('[itemprop="text"]', "div.o_wforum_question_content", "div.o_wforum_readable", "div.question")
_TITLE_FORM = re.compile(r"(\d{1,3})[- ]year[- ]old[- ](female|male)", re.IGNORECASE)
_LICENSES = (("Apache-2.0", "Apache 2.0", "table of the COVID-19 image data collection"),
             ("CC-BY-NC-3.0", "CC BY-NC 3.0", "descriptions of the copies on Zenodo and Kaggle"))  # fmt: skip
# What is published elsewhere of a case and contradicts the site.
_ELSEWHERE = {"008": (("age", "38", "the table of the COVID-19 image data collection"),)}


class Coronacases(Site):
    """The ten cases of coronacases.org."""

    id = "coronacases"
    name = "coronacases.org"
    pattern = re.compile(
        r"https?://(?:www\.)?coronacases\.org/forum/[\w-]+(?:/question)?/(?P<slug>case-(?P<number>0\d\d)-[\w-]+)"
        r"/?(?:[?#].*)?",
        re.IGNORECASE,
    )
    examples = (f"{_FORUM}/question/{_SLUGS[0]}",)
    case_help = "an address of its forum, or a number from 1 to 10"

    def find_case(self, text: str) -> CaseRef | None:
        """Return the case of an address, or of a number like ``8`` or ``008``."""
        match = self.pattern.fullmatch(text.strip())
        number = re.fullmatch(r"(?:case[- ]?)?(\d{1,3})", text.strip(), re.IGNORECASE)
        said = int(match["number"] if match else number[1] if number else 0)
        return _ref(said) if 1 <= said <= len(_SLUGS) else None

    def search(self, term: str) -> Search:
        """Yield those of the ten whose address has every word of the term; no page is asked for that."""
        words = re.findall(r"[a-z0-9]+", term.casefold())
        for number, slug in enumerate(_SLUGS, start=1):
            # All of them are of this one disease.
            if all(word in f"{slug}-coronacases-covid-19-corona".split("-") or word in slug for word in words):
                yield _ref(number)

    def read(self, ref: CaseRef, options: Options) -> Reading:
        """Read the page; the series are known without it, and each is taken whole, since it is to become a volume."""
        del options
        page = yield Ask(ref.url, "case page")
        warnings: list[str] = []
        texts: dict[str, str] = {}
        title = ref.url.rpartition("/")[2]
        values: dict[str, Value] = {"url": stated(ref.url, ref.url, "", "case-address")}
        questions = [_license_question()]
        if page is None:
            warnings.append(f"case page: not to be had at {ref.url}; age and sex are those of its address")
        else:
            finder = Finder(page, warnings)
            tag, _ = finder.first("text", *_TEXT)
            texts["text"] = paragraphs_of(tag)
            texts["title"], _ = finder.text("title", *_TITLE)
            title = texts["title"] if _TITLE_FORM.search(texts["title"]) else title
        values.update(_patient(title, ref, questions))
        if notes := texts.get("text", ""):
            values = {**read_texts(texts, ["text"], "en"), **values}
            values["clinical_notes"] = stated(notes, notes, "texts/text", "forum-text")
        return DraftCase(
            ref,
            tuple(_studies(int(ref.id))),
            values,
            {name: text for name, text in texts.items() if text},
            ("text",) if notes else (),
            provenance={
                "title": texts.get("title") or title,
                "license_text": "said to be Apache 2.0 and said to be CC BY-NC 3.0",
                "waits_for": "each DICOM series is to become one CT volume",
            },
            questions=tuple(questions),
            warnings=tuple(warnings),
        )


def _ref(number: int) -> CaseRef:
    return CaseRef(Coronacases.id, f"{number:03d}", f"{_FORUM}/question/{_SLUGS[number - 1]}")


def _patient(title: str, ref: CaseRef, questions: list[Question]) -> dict[str, Value]:
    """Return age and sex from the title's fixed form; where title and address differ, a question."""
    said, address = _TITLE_FORM.search(title), _TITLE_FORM.search(ref.url)
    if said is None or address is None:
        return {}
    values = {
        **age_of(said[1], "title", "title-form"),
        **sex_of(said[2], "title", "title-form"),
    }
    others = {**age_of(address[1], "address", "title-form"), **sex_of(address[2], "address", "title-form")}
    for column, other in others.items():
        if column in values and values[column].text != other.text:
            options = (values.pop(column), other)
            questions.append(Question(column, "the title of the page and its address differ", options))
    for column, published, where in _ELSEWHERE.get(ref.id, ()):
        if column in values and values[column].text != published:
            text = f"the site says {values[column].text}, {where} says {published}"
            questions.append(Question(column, text, (values[column],)))
    return values


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
