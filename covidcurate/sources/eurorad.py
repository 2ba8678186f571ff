"""Eurorad: teaching cases of the European Society of Radiology, in the two layouts its Drupal pages have had."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from covidcurate.errors import NotThereError
from covidcurate.model import Value
from covidcurate.sources.draft import Ask, CaseRef, DraftCase
from covidcurate.sources.eurorad_figures import read_figures
from covidcurate.sources.evidence import read_texts
from covidcurate.sources.page import Page, paragraphs_of, squeeze, text_of
from covidcurate.sources.source import Finder, Options, Reading, Search, Site, stated
from covidcurate.sources.suggest import age_of, finding_of, sex_of

if TYPE_CHECKING:
    from bs4 import Tag

_SITE = "https://www.eurorad.org"
_NO_RESULTS = "No case found"
# Selectors, best first; H seen in captures or used by several programs, M by one, L expected.
_TITLE = ("h1.color-color", 'meta[property="og:title"]', "h1")  # M M L
_PATIENT = ("p.color-grey",)  # H
_HEADINGS = ("div.col-12.col-md-3", "h2, h3, h4, strong")  # H M
_MOST_HEADINGS = 200
"""A page has some dozens, bold words included; each is looked at with all that follows it."""
_SECTIONS = {
    "clinical history": "history",
    "imaging findings": "findings",
    "discussion": "discussion",
    "differential diagnosis list": "differentials",
    "differential diagnosis": "differentials",
    "final diagnosis": "diagnosis",
}


class Eurorad(Site):
    """Cases of eurorad.org."""

    id = "eurorad"
    name = "Eurorad"
    pattern = re.compile(
        r"https?://(?:www\.)?eurorad\.org/case/(?P<case>\d{1,6})(?:/teaching-case)?/?(?:[?#].*)?", re.IGNORECASE
    )
    examples = ("https://www.eurorad.org/case/16660", "https://eurorad.org/case/189?print=1")
    case_help = "an address like https://www.eurorad.org/case/16660, or the number of a case"

    def find_case(self, text: str) -> CaseRef | None:
        """Return the case of an address, or of a number with or without ``#``."""
        match = self.pattern.fullmatch(text.strip())
        number = re.fullmatch(r"#?(\d{1,6})", text.strip())
        case = (match["case"] if match else number[1] if number else "").lstrip("0")
        return CaseRef(self.id, case, f"{_SITE}/case/{case}") if case else None

    def search(self, term: str) -> Search:
        """Go through the search in chest imaging, newest first; the site counts its pages from 0."""
        number = 0
        seen: set[str] = set()
        while True:
            page = yield Ask(
                f"{_SITE}/advanced-search?search={quote_plus(term)}&sort_by=published_at&sort_order=DESC"
                f"&page={number}&filter%5B0%5D=section%3A40",
                "search",
            )
            if page is None or _NO_RESULTS in page.soup.get_text():
                return
            links = page.soup.select('a[href*="/case/"]')
            found = {ref.id: ref for link in links if (ref := self.find_case(page.link(str(link["href"])))) is not None}
            yield from (ref for id_, ref in found.items() if id_ not in seen)
            following = page.soup.select_one('div.pagination a[title="Go to next page"]')
            if following is None or found.keys() <= seen:
                return
            seen.update(found)
            number += 1

    def read(self, ref: CaseRef, options: Options) -> Reading:
        """Read the case page."""
        page = yield Ask(ref.url, "case page")
        if page is None:
            raise NotThereError(f"{ref.url} is not there, or not for everybody", remedy="Correct the number.")
        finder = Finder(page)
        title, _ = _title(finder)
        texts = {"title": title, **_sections(finder)}
        clinical = tuple(name for name in ("history", "findings") if name in texts)
        studies = read_figures(finder, ref, texts, options)
        values = {
            **read_texts(texts, clinical, "en"),
            **finding_of(texts.get("diagnosis", ""), "texts/diagnosis", options.specification),
            **_stated_values(finder, ref),
        }
        notes = "\n".join(texts[name] for name in clinical)
        if notes:
            values["clinical_notes"] = stated(notes, notes, f"texts/{', texts/'.join(clinical)}", "patient-sections")
        facts = _provenance(finder, title)
        return DraftCase(
            ref,
            studies,
            values,
            {name: text for name, text in texts.items() if text},
            clinical,
            provenance=facts,
            warnings=tuple(finder.warnings),
        )


def _title(finder: Finder) -> tuple[str, str]:
    tag, selector = finder.first("title", *_TITLE)
    text = text_of(tag) or (str(tag.get("content", "")) if tag is not None else "")
    return text.split(" | ")[0].strip(), selector


def _sections(finder: Finder) -> dict[str, str]:
    """Return the sections by our name for them, found by the text of their heading in either layout."""
    found: dict[str, str] = {}
    for heading in finder.page.soup.select(", ".join(_HEADINGS), limit=_MOST_HEADINGS):
        name = _SECTIONS.get(text_of(heading).rstrip(":").casefold())
        if name is None or found.get(name):
            continue
        text = _text_after(heading)
        if text:
            found[name] = text
    for name in ("history", "findings", "diagnosis"):
        if name not in found:
            finder.warnings.append(f"{name}: not found on {finder.page.url} (looked for its heading)")
    return found


def _text_after(heading: Tag) -> str:
    """Return the text that belongs to a heading: what follows it, or what follows the element it stands alone in."""
    alone = heading
    while alone.parent is not None and text_of(alone.parent) == text_of(heading):
        alone = alone.parent
    parts = []
    for sibling in alone.next_siblings:
        name = getattr(sibling, "name", None)
        if name is None:
            parts.append(squeeze(str(sibling)))
        elif _is_heading(sibling):
            break
        else:
            parts.append(paragraphs_of(sibling))  # type: ignore[arg-type]
    return "\n".join(part for part in parts if part)


def _is_heading(element: object) -> bool:
    words = text_of(element).rstrip(":").casefold()  # type: ignore[arg-type]
    return words in _SECTIONS or words == "references"


def _stated_values(finder: Finder, ref: CaseRef) -> dict[str, Value]:
    page = finder.page
    values = {"url": stated(ref.url, ref.url, "", "case-address")}
    patient = next((text_of(tag) for tag in page.soup.select(_PATIENT[0]) if "," in text_of(tag)), "")
    if not patient:
        finder.warnings.append(f"patient: not found on {page.url} (looked for {_PATIENT[0]} with a comma)")
    age, _, sex = patient.partition(",")
    values.update(age_of(age, _PATIENT[0], "patient-line"))
    values.update(sex_of(sex, _PATIENT[0], "patient-line"))
    text = page.soup.get_text(" ")
    if doi := re.search(r"10\.35100/eurorad/case\.?\d+", text):
        values["doi"] = stated(doi[0], doi[0], "citation box", "doi")
    license_ = re.search(r"CC[ -]BY[ -]NC[ -]SA[ -]4\.0|Attribution-NonCommercial-ShareAlike 4\.0", text, re.IGNORECASE)
    words = license_[0] if license_ else ""
    values["license"] = stated(
        "CC BY-NC-SA 4.0", words or "CC BY-NC-SA 4.0", "page text" if words else "the site's terms", "site-license"
    )
    return values


def _provenance(finder: Finder, title: str) -> dict[str, str]:
    text = squeeze(finder.page.soup.get_text(" "))
    published = re.search(r"Published on\s*:?\s*(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    day = ""
    if published:
        try:
            day = datetime(int(published[3]), int(published[2]), int(published[1])).date().isoformat()
        except ValueError:
            day = published[0]
    origins = dict.fromkeys(
        re.findall(r"Origin:\s*([^|\n]{3,160}?)(?=\s*(?:Origin:|Figure|$|\n))", finder.page.soup.get_text("\n"))
    )
    facts = {
        "title": title,
        "authors": _labeled(finder.page, "Authors"),
        "section": _labeled(finder.page, "Section"),
        "case type": _labeled(finder.page, "Case Type"),
        "published": day,
        "origin": "; ".join(squeeze(origin) for origin in origins),
        "license_text": "CC BY-NC-SA 4.0; the authors keep the copyright",
    }
    return {key: words for key, words in facts.items() if words}


def _labeled(page: Page, label: str) -> str:
    """Return what stands after a label in the head of the page."""
    for tag in page.soup.select("p"):
        words = text_of(tag)
        if words.casefold().startswith(label.casefold()) and words[len(label) : len(label) + 1] in {":", " ", ""}:
            rest = words[len(label) :].strip(" :")
            following = tag.find_next_sibling("p")
            return rest or text_of(following)
    return ""
