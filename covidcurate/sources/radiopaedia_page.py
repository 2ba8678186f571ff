"""What stands on a Radiopaedia case page outside its studies: title, patient, citation, certainty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from covidcurate.model import Value
from covidcurate.sources.draft import CaseRef
from covidcurate.sources.page import Page, paragraphs_of, text_of
from covidcurate.sources.source import Finder, stated
from covidcurate.sources.suggest import age_of, sex_of

SITE = "https://radiopaedia.org"
_MOST_ROWS = 60
"""A citation has a dozen rows; a page made to keep us busy has thousands, one within the other."""
# Selectors, best first; H seen in captures or used by several programs, M by one, L expected.
_TITLE = ("h1.header-title", "#content-header h1", 'meta[property="og:title"]', "title", "h1")  # H H M H L
_PRESENTATION = ("#case-patient-presentation", "div.case-section.view-section")  # H H
_PATIENT_DATA = ("#case-patient-data", "div.data-item")  # H H
_CERTAINTY = ("span.diagnostic-certainty-title",)  # H
_AUTHOR = ("div.author-info a", 'meta[name="author"]')  # H H
_CITATION_ROWS = ("#citation-info .row", ".citation-info .row")  # H H
_LICENSE = ('link[rel="license"]',)  # M


def case_values(finder: Finder, texts: dict[str, str], ref: CaseRef, citation: Mapping[str, str]) -> dict[str, Value]:
    """Return what the page states of the case and its patient; the presentation goes to ``texts``."""
    tag, _ = finder.first("presentation", *_PRESENTATION)
    presentation = re.sub(r"^(?:patient )?presentation\s*", "", paragraphs_of(tag), flags=re.IGNORECASE)
    if presentation:
        texts["presentation"] = presentation
    finder.first("patient data", *_PATIENT_DATA)
    values = {"url": stated(ref.url, ref.url, "link[rel=canonical]", "case-address")}
    for label, read in (("Age", age_of), ("Gender", sex_of)):
        text = _patient_data(finder.page, label)
        values.update(read(text, f"{_PATIENT_DATA[0]} {label}", "patient-data"))
        if text and label.casefold() not in {"gender"} and "age" not in values:
            finder.warnings.append(f"age: {text!r} is no age in years, months, weeks or days")
    if doi := citation.get("doi", ""):
        values["doi"] = stated(doi.removeprefix("https://doi.org/"), doi, _CITATION_ROWS[0], "citation-row")
    link, _ = finder.first("license", *_LICENSE, expected=False)
    address = str(link.get("href", "")) if link is not None else ""
    # The site's license is the 3.0 one with changes of its own; where a page says more, its words go to provenance.
    license_ = "CC BY-NC-SA 3.0"
    values["license"] = stated(
        license_, address or license_, _LICENSE[0] if address else "https://radiopaedia.org/licence", "site-license"
    )
    return values


def _patient_data(page: Page, label: str) -> str:
    """Return what stands after a label in the patient's data."""
    for item in page.soup.select("#case-patient-data .data-item, div.data-item"):
        words = text_of(item)
        name, colon, text = words.partition(":")
        if colon and name.strip().casefold() == label.casefold():
            return text.strip()
    block = page.soup.select_one("#case-patient-data")
    match = re.search(rf"\b{label}:\s*([^:]+?)(?=\s+\w+:|$)", text_of(block), re.IGNORECASE)
    return match[1].strip() if match else ""


def title_of(finder: Finder, ref: CaseRef) -> str:
    """Return the title; of several headings, as signed-in people see them, the one that fits the address."""
    page = finder.page
    author = text_of(page.soup.select_one(_AUTHOR[0]))
    titles = [text_of(tag) for css in _TITLE[:2] for tag in page.soup.select(css)]
    titles += [text for tag in page.soup.select("h1") if (text := text_of(tag)) != author]
    meta = page.soup.select_one('meta[property="og:title"]')
    titles += [str(meta.get("content", "")) if meta is not None else "", text_of(page.soup.title)]
    titles = [text.split(" | ")[0].strip() for text in titles if text.strip()]
    if not titles:
        finder.warnings.append(f"title: not found on {page.url} (looked for {' or '.join(_TITLE)})")
        return ""
    words = set(re.findall(r"[a-z]+|\d+", ref.url.rpartition("/")[2]))
    return max(titles, key=lambda text: len(words & set(re.findall(r"[a-z]+|\d+", text.casefold()))))


def citation_of(page: Page) -> dict[str, str]:
    """Return the rows of the citation block by their folded label."""
    rows: dict[str, str] = {}
    for row in page.soup.select(", ".join(_CITATION_ROWS), limit=_MOST_ROWS):
        label = row.select_one("strong")
        if label is not None:
            name = text_of(label).rstrip(":").casefold()
            rows.setdefault(name, text_of(row).removeprefix(text_of(label)).strip(" :"))
    return rows


def rid_of(page: Page, citation: Mapping[str, str]) -> str:
    """Return the lasting number of the case, from any of the places that have it; empty if none has."""
    meta = page.soup.select_one('meta[name="dc.identifier"]')
    said = (citation.get("rid", ""), str(meta.get("content", "")) if meta is not None else "", text_of(page.soup.body))
    for text, pattern in zip(said, (r"(\d+)", r"rID-(\d+)", r"\brID:\s*(\d+)"), strict=True):
        if match := re.search(pattern, text):
            return match[1]
    match = re.search(r"/cases/(\d+)/studies/", page.soup.decode())
    return match[1] if match else ""


def canonical(page: Page, ref: CaseRef, rid: str, pattern: re.Pattern[str]) -> CaseRef:
    """Return the case by its lasting number and the address the site itself gives it."""
    link = page.soup.select_one('link[rel="canonical"]')
    for address in (str(link.get("href", "")) if link is not None else "", page.url):
        match = pattern.fullmatch(page.link(address)) if address else None
        if match:
            return CaseRef(ref.source, rid or match["case"].casefold(), f"{SITE}/cases/{match['case'].casefold()}")
    return replace(ref, id=rid or ref.id)


def provenance_of(finder: Finder, citation: Mapping[str, str], title: str, rid: str) -> dict[str, str]:
    """Return what is known of the page itself."""
    author, _ = finder.first("author", *_AUTHOR)
    name = (text_of(author) or str(author.get("content", ""))) if author is not None else ""
    certainty, _ = finder.text("certainty", *_CERTAINTY, expected=False)
    facts = {
        "title": title,
        "authors": name,
        "rID": rid,
        "doi": citation.get("doi", ""),
        "published": _day(citation.get("case published", "")),
        "certainty": certainty,
        "systems": citation.get("systems", ""),
        "tags": citation.get("tags", ""),
        "attribution": f"Case courtesy of {name}, Radiopaedia.org, rID: {rid}" if name and rid else "",
        "license_text": "CC BY-NC-SA 3.0, changed by the terms of the site: https://radiopaedia.org/licence",
    }
    return {key: text for key, text in facts.items() if text}


def _day(text: str) -> str:
    """Return a day like ``26 Mar 2020`` in ISO form; the words as they stand if they are none."""
    match = re.match(r"\d{1,2} [A-Za-z]{3} \d{4}", text)
    try:
        return datetime.strptime(match[0], "%d %b %Y").date().isoformat() if match else text
    except ValueError:
        return text
