"""SIRM: the COVID-19 cases of the Italian society of radiology, posts of free text in Italian and English."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from covidcurate.errors import NotThereError
from covidcurate.model import Question
from covidcurate.sources.draft import Ask, CaseRef, DraftCase, DraftStudy
from covidcurate.sources.evidence import read_texts
from covidcurate.sources.page import Page, paragraphs_of, text_of
from covidcurate.sources.sirm_images import ELSEWHERE, UPLOADS, read_images
from covidcurate.sources.source import Finder, Options, Reading, Search, Site, stated

if TYPE_CHECKING:
    from bs4 import Tag

_SITE = "https://www.sirm.org"
_LISTS = {"it": f"{_SITE}/category/senza-categoria/covid-19", "en": f"{_SITE}/en/category/articles/covid-19-database"}
_MOST_PAGES = 60
"""No list is as long; one that seems to be runs in circles."""
# Selectors, best first; H used by several programs, M by one, L what the theme writes by default.
_ENTRIES = ("div.td_module_wrap a[href]", "h3 a[href]", "article a[href]")  # H L L
_PAGER = ("div.page-nav a.last", "div.page-nav a")  # H H
_BODY = ("div.td-post-content", "div.entry-content", "article")  # L L L
_TITLE = ("h1.entry-title", "h1", "title")  # L L L
_SUBJECT = "covid 19"
"""What every case of these lists is about, whether its title says so or not."""


class Sirm(Site):
    """Posts of sirm.org; the English post of a case is a case of its own, since its words are others."""

    id = "sirm"
    name = "SIRM"
    pattern = re.compile(
        r"https?://(?:www\.|archivio\.)?sirm\.org/(?P<en>en/)?20[0-9]{2}/[0-9]{2}/[0-9]{2}/covid-?19-(?:caso|case)-"
        r"(?P<number>0*[1-9][0-9]{0,2})(?:-[0-9])?/?(?:[?#].*)?",
        re.IGNORECASE,
    )
    examples = (
        "https://www.sirm.org/2020/03/11/covid-19-caso-40/",
        "https://www.sirm.org/en/2020/03/31/covid-19-case-5/",
    )
    case_help = "an address like https://www.sirm.org/2020/03/11/covid-19-caso-40/, or a number like 40 or 5-en"

    def find_case(self, text: str) -> CaseRef | None:
        """Return the case of an address; that of a number has no address yet, since it holds the day of the post."""
        if match := self.pattern.fullmatch(text.strip()):
            id_ = f"{int(match['number'])}{'-en' if match['en'] else ''}"
            parts = urlsplit(text.strip())
            host = "archivio.sirm.org" if (parts.hostname or "").startswith("archivio") else "www.sirm.org"
            return CaseRef(self.id, id_, f"https://{host}{parts.path.rstrip('/').casefold()}/")
        number = re.fullmatch(r"0*([1-9][0-9]{0,2})(-en)?", text.strip(), re.IGNORECASE)
        return CaseRef(self.id, f"{number[1]}{(number[2] or '').casefold()}", "") if number else None

    def search(self, term: str) -> Search:
        """Go through the Italian list, then the English one; cases of the first are left out of the second."""
        words = _words(term)
        found: set[str] = set()
        for language in _LISTS:
            listing = self._list(language)
            page = None
            while True:
                try:
                    step = listing.send(page)
                except StopIteration:
                    break
                page = None
                if isinstance(step, Ask):
                    page = yield step
                elif step.id.removesuffix("-en") not in found and words <= _words(
                    f"{step.title} {step.url.rpartition('-')[2]} {_SUBJECT}"
                ):
                    found.add(step.id)
                    yield step

    def _list(self, language: str) -> Search:
        """Go through the pages of one list."""
        last = 0
        seen: set[str] = set()
        number = 1
        # While no pager was found, the next page tells whether there is one.
        while number <= min(last or number, _MOST_PAGES):
            page = yield Ask(f"{_LISTS[language]}/{f'page/{number}/' if number > 1 else ''}", "list of cases")
            if page is None:
                return
            before = len(seen)
            for ref in self._entries(page):
                if ref.url not in seen:
                    seen.add(ref.url)
                    yield ref
            if len(seen) == before:
                return
            numbers = [text_of(tag) for tag in page.soup.select(", ".join(_PAGER))]
            pages = [int(text) for text in numbers if re.fullmatch(r"[0-9]{1,4}", text)]
            last = max([last, *pages])
            number += 1

    def _entries(self, page: Page) -> Iterator[CaseRef]:
        for link in page.soup.select(", ".join(_ENTRIES)):
            ref = self.find_case(page.link(str(link["href"])))
            if ref is not None and ref.url:
                image = link.select_one("img[title]")
                yield replace(ref, title=text_of(link) or (str(image["title"]) if image is not None else ""))

    def read(self, ref: CaseRef, options: Options) -> Reading:
        """Read the post; one that is known by its number alone is looked up in the list first."""
        if not ref.url:
            ref = yield from self._look_up(ref)
        page = yield Ask(ref.url, "post")
        if page is None:
            raise NotThereError(f"{ref.url} is not there, or not for everybody", remedy="Correct the address.")
        language = "en" if ref.id.endswith("-en") else "it"
        finder = Finder(page)
        title, _ = finder.text("title", *_TITLE)
        named = re.search(r"\b(?:caso|case)\s+0*([0-9]{1,3})\b", title, re.IGNORECASE)
        if named and named[1] != ref.id.removesuffix("-en"):
            finder.warnings.append(f"title: {ref.url} calls itself case {named[1]}")
        found, _ = finder.first("text of the post", *_BODY)
        # A copy, since what is no part of the post is cut out of it, and the page may be read again.
        body = copy(found)
        captions: dict[str, str] = {}
        images = list(read_images(finder, body, ref, options, captions, language)) if body is not None else []
        lines = [line for line in _text_of_body(body).split("\n") if line]
        authors, hospital, story = _parts(lines)
        texts = {"title": title, "text": "\n".join(story), **captions}
        values = read_texts(texts, ["text"], language)
        values["url"] = stated(ref.url, ref.url, "", "case-address")
        if story:
            values["clinical_notes"] = stated(texts["text"], texts["text"], "texts/text", "post-text")
        else:
            finder.warnings.append(f"text: {ref.url} has no text about the patient")
        if not images:
            finder.warnings.append(f"images: not found on {ref.url} (looked for {UPLOADS} in {' or '.join(_BODY)})")
        return DraftCase(
            ref,
            (DraftStudy("1", tuple(images)),) if images else (),
            values,
            {name: text for name, text in texts.items() if text},
            ("text",) if story else (),
            language,
            _provenance(ref, title, authors, hospital, language),
            (_LICENSE_QUESTION,),
            tuple(finder.warnings),
        )

    def _look_up(self, ref: CaseRef) -> Generator[Ask, Page | None, CaseRef]:
        listing = self._list("en" if ref.id.endswith("-en") else "it")
        page = None
        while True:
            try:
                step = listing.send(page)
            except StopIteration:
                raise NotThereError(
                    f"SIRM's list has no case {ref.id}", remedy="Give the address of the post instead."
                ) from None
            page = None
            if isinstance(step, Ask):
                page = yield step
            elif step.id == ref.id:
                return step


_LICENSE_QUESTION = Question(
    "license",
    "the site states no license, so the images cannot be released until the society says that they may",
)


def _words(text: str) -> set[str]:
    """Return the words of a term or title; the name of the disease is two, however it is written."""
    return set(re.findall(r"[^\W_]+", re.sub(r"covid[-_ ]?19", "covid 19", text.casefold())))


def _text_of_body(body: Tag | None) -> str:
    if body is None:
        return ""
    for tag in body.select(f"{ELSEWHERE}, figcaption, .gallery-caption, .wp-caption-text"):
        tag.decompose()
    return paragraphs_of(body)


def _parts(lines: list[str]) -> tuple[str, str, list[str]]:
    """Return authors, hospital and the story: the first line names people, the second a place, if they look so."""
    rest = list(lines)
    authors = hospital = ""
    if rest and _is_list_of_names(rest[0]):
        authors = rest.pop(0)
        if rest and _is_place(rest[0]):
            hospital = rest.pop(0)
    return authors, hospital, rest


def _is_place(line: str) -> bool:
    """Whether a line names an institution and says nothing of a patient, who may have come to one too."""
    return len(line) < 200 and re.search(_PLACE, line) is not None and re.search(_PATIENT, line) is None


_PLACE = re.compile(
    r"\b(?:AORN|ASST|ASL|ASP|AOU|IRCCS|U\.?\s?O\.?|Ospedal\w+|Hospital|Azienda|Dipartimento|Department|Policlinico|"
    r"Radiologia|Radiology|Universit\w+|Universit[àa]|Clinica|Istituto)\b",
    re.IGNORECASE,
)

_PATIENT = re.compile(
    r"\b(?:pazient\w*|patients?|pz|uomo|donna|maschi\w*|femmin\w*|ragazz\w*|bambin\w*|m[ae]n|wom[ae]n|(?:fe)?males?|"
    r"ann[io]|aa|years?|febbre|fever|tosse|cough|dispnea|dyspn\w+|tampone|swab|giung\w+|acced\w+|trasferit\w+|"
    r"ricoverat\w+|admitted|transferred)\b|[0-9]enne",
    re.IGNORECASE,
)


def _is_list_of_names(line: str) -> bool:
    """Whether a line consists of names: capitalized words and commas, and neither a number nor a verb's small words."""
    words = re.findall(r"[^\W\d_]+", line)
    if not words or re.search(r"\d", line) or len(line) > 600:
        return False
    small = [word for word in words if word[0].islower() and word not in {"e", "and", "de", "di", "da", "del", "della"}]
    return not small and (len(words) >= 2)


def _provenance(ref: CaseRef, title: str, authors: str, hospital: str, language: str) -> dict[str, str]:
    day = re.search(r"/(20\d\d)/(\d\d)/(\d\d)/", ref.url)
    facts = {
        "title": title,
        "authors": authors,
        "hospital": hospital,
        "published": "-".join(day.groups()) if day else "",
        "language": language,
        "license_text": "none stated",
    }
    return {key: text for key, text in facts.items() if text}
