"""Radiopaedia: case pages of both viewer eras. Its terms ask for a permission before a program fetches anything."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from covidcurate.errors import NotThereError
from covidcurate.model import Value
from covidcurate.sources.draft import Ask, CaseRef, DraftCase, DraftImage, DraftStudy
from covidcurate.sources.evidence import read_texts
from covidcurate.sources.page import Page, paragraphs_of, text_of
from covidcurate.sources.radiopaedia_page import (
    SITE,
    canonical,
    case_values,
    citation_of,
    provenance_of,
    rid_of,
    title_of,
)
from covidcurate.sources.radiopaedia_viewer import Series, Viewer, read_viewer
from covidcurate.sources.source import Finder, Options, Reading, Search, Site, stated
from covidcurate.sources.suggest import finding_of

if TYPE_CHECKING:
    from bs4 import Tag

# Selectors, best first; H seen in captures or used by several programs, M by one, L expected.
_STUDIES = ("div.case-study", "div[data-study-id]", "div.main-study-desc")  # H H H
_FINDINGS = ("div.study-findings",)  # H
_STUDY_HEADING = ("div.study-desc h2",)  # H
_STUDY_MODALITY = ("div.study-modality > span", "div.study-modality")  # H M
_NOT_TAKEN_WHOLE = {"CT", ""}
"""Modalities whose series are stacks, of which only some slices are wanted; an X-ray series is taken whole."""


@dataclass
class _Block:
    """One study of the page: its number there, its part of the page, and what its viewer shows."""

    id: str
    tag: Tag | None
    viewer: Viewer | None = None


class Radiopaedia(Site):
    """Cases of radiopaedia.org."""

    id = "radiopaedia"
    name = "Radiopaedia"
    pattern = re.compile(
        r"https?://(?:www\.)?radiopaedia\.org/cases/(?P<case>[\w%.-]+)(?:/studies/\d+)?/?(?:[?#].*)?", re.IGNORECASE
    )
    examples = ("https://radiopaedia.org/cases/covid-19-pneumonia-40", "https://radiopaedia.org/cases/75037?lang=us")
    case_help = "an address like https://radiopaedia.org/cases/NAME, or the number of a case (its rID)"

    def find_case(self, text: str) -> CaseRef | None:
        """Return the case of an address, a number, or ``rID: number``."""
        match = self.pattern.fullmatch(text.strip())
        number = re.fullmatch(r"(?:rID[-: ]*)?(\d{1,9})", text.strip(), re.IGNORECASE)
        name = match["case"] if match else number[1] if number else ""
        return CaseRef(self.id, name.casefold(), f"{SITE}/cases/{name.casefold()}") if name else None

    def search(self, term: str) -> Search:
        """Go through the search for cases, newest first."""
        url = f"{SITE}/search?lang=us&page=1&scope=cases&sort=date_of_publication&q={quote_plus(term)}"
        seen = set()
        while url and url not in seen:
            seen.add(url)
            page = yield Ask(url, "search")
            if page is None:
                return
            for link in page.soup.select("a.search-result-case[href]"):
                ref = self.find_case(page.link(str(link["href"])))
                if ref is not None:
                    yield replace(ref, title=text_of(link.select_one(".search-result-title-text")))
            following = page.soup.select_one("a.next_page[href]")
            url = page.link(str(following["href"])) if following is not None else ""
            if not url.startswith(f"{SITE}/search?"):
                return

    def read(self, ref: CaseRef, options: Options) -> Reading:
        """Read the case page, and of each study the viewer's JSON."""
        page = yield Ask(f"{ref.url}?lang=us", "case page")
        if page is None:
            raise NotThereError(f"{ref.url} is not there, or not for everybody", remedy="Correct the address.")
        finder = Finder(page)
        citation = citation_of(page)
        title = title_of(finder, ref)
        rid = rid_of(page, citation)
        final = canonical(page, ref, rid, self.pattern)
        blocks = yield from _viewers(page, finder)
        texts: dict[str, str] = {"title": title}
        values = case_values(finder, texts, final, citation)
        studies = []
        for number, block in enumerate(blocks, start=1):
            study = _study(block, number, final, texts, finder, options)
            if study is not None:
                studies.append(study)
        clinical = tuple(name for name in texts if name == "presentation" or name.endswith(" findings"))
        values = {
            **read_texts(texts, clinical, "en"),
            **finding_of(title, "texts/title", options.specification),
            **values,
        }
        return DraftCase(
            final,
            tuple(studies),
            values,
            texts,
            clinical,
            provenance=provenance_of(finder, citation, title, rid),
            warnings=tuple(finder.warnings),
        )


def _viewers(page: Page, finder: Finder) -> Generator[Ask, Page | None, list[_Block]]:
    """Ask for the viewer of each study in the form of its era, then in the other; last comes what the page holds."""
    blocks = _blocks(page)
    old_era = page.soup.select_one("[data-study-stacks-url]") is not None
    inline = [viewer for document in _inline_documents(page) if (viewer := read_viewer(document)) is not None]
    for number, block in enumerate(blocks):
        addresses = [
            f"{SITE}/studies/{block.id}/annotated_viewer_json?lang=us",
            f"{SITE}/studies/{block.id}/stacks?lang=us",
        ]
        for url in reversed(addresses) if old_era else addresses:
            answer = yield Ask(url, "viewer")
            block.viewer = read_viewer(answer.json) if answer is not None else None
            if block.viewer is not None:
                break
        if block.viewer is None and number < len(inline):
            block.viewer = inline[number]
        if block.viewer is None:
            finder.warnings.append(f"study {block.id}: neither form of the viewer's JSON was to be had")
        elif block.viewer.skipped:
            finder.warnings.append(f"study {block.id}: {block.viewer.skipped} entries of its viewer name no image")
    if not blocks:
        finder.warnings.append(f"studies: not found on {page.url} (looked for {', '.join(_STUDIES)})")
    return blocks


def _blocks(page: Page) -> list[_Block]:
    """Return the studies of the page in order, however their numbers are written there."""
    found: dict[str, Tag | None] = {}
    for tag in page.soup.select(_STUDIES[0]) or page.soup.select(", ".join(_STUDIES[1:])):
        number = _study_number(tag)
        if number:
            found.setdefault(number, tag)
    if not found:
        for number in re.findall(r"/cases/\d+/studies/(\d+)|\bstudy-(\d+)\b", page.soup.decode()):
            found.setdefault(number[0] or number[1], None)
    return [_Block(number, tag) for number, tag in found.items()]


def _study_number(tag: Tag) -> str:
    for inner in (tag, *tag.select("[data-study-id]")):
        if re.fullmatch(r"\d+", str(inner.get("data-study-id", ""))):
            return str(inner["data-study-id"])
    for inner in (tag, *tag.select("div.main-study-desc[id], [id^=study-], a[href*='/studies/']")):
        said = f"{inner.get('id', '')} {inner.get('href', '')}"
        if match := re.search(r"/studies/(\d+)|-(\d+)(?:\s|$)", said):
            return match[1] or match[2]
    return ""


def _inline_documents(page: Page) -> list[Any]:
    """Return the JSON that a page of either era may hold itself."""
    documents = []
    decoder = json.JSONDecoder()
    for tag in page.soup.select("script, div.data.hidden, div.InlineStudyViewer"):
        text = tag.string or tag.get_text()
        start = re.search(r"var\s+stackedImages\s*=\s*(?=\[)", text)
        place = start.end() if start else len(text) - len(text.lstrip()) if tag.name == "div" else -1
        if place >= 0 and text[place : place + 1] in {"[", "{"}:
            try:
                documents.append(decoder.raw_decode(text, place)[0])
            except (ValueError, RecursionError):
                continue
    return documents


def _study(
    block: _Block, number: int, ref: CaseRef, texts: dict[str, str], finder: Finder, options: Options
) -> DraftStudy | None:
    views = options.specification.views
    tag, viewer = block.tag, block.viewer or Viewer(())
    heading = text_of(tag.select_one(_STUDY_HEADING[0])) if tag is not None else ""
    findings = paragraphs_of(tag.select_one(_FINDINGS[0])) if tag is not None else ""
    findings = findings or (text_of(Page("", viewer.findings.encode()).soup) if viewer.findings else "")
    said_of_it = {f"study {number} heading": heading, f"study {number} findings": findings}
    texts.update({name: text for name, text in said_of_it.items() if text})
    label = next((text_of(one) for css in _STUDY_MODALITY if tag is not None and (one := tag.select_one(css))), "")
    said = next((series.modality for series in viewer.series if series.modality), "")
    modality = views.modality_of(said) or views.modality_of(label)
    if not modality and (said or label):
        finder.warnings.append(f"study {block.id}: left out, since {said or label} is neither X-ray nor CT")
        return None
    where = "/study/modality" if said else _STUDY_MODALITY[0]
    values = {"modality": stated(modality, said or label, where, "modality-term")} if modality else {}
    told = [name for name in ("presentation", f"study {number} findings") if name in texts]
    if told:
        notes = "\n".join(texts[name] for name in told)
        values["clinical_notes"] = stated(notes, notes, f"texts/{', texts/'.join(told)}", "patient-sections")
    images = [
        image
        for place, series in enumerate(viewer.series, start=1)
        for image in _images(series, place, block.id, ref, modality, options)
    ]
    return DraftStudy(block.id, tuple(images), values) if images else None


def _images(series: Series, place: int, study: str, ref: CaseRef, modality: str, options: Options) -> list[DraftImage]:
    view = options.specification.views.view_of(series.perspective)
    values: Mapping[str, Value] = (
        {"view": stated(view, series.perspective, series.pointer, "perspective-term")} if view else {}
    )
    keys = [index for index, frame in enumerate(series.frames) if frame.is_key]
    wanted = range(len(series.frames))
    chosen = options.slices.choose(len(wanted), keys) if modality in _NOT_TAKEN_WHOLE else list(wanted)
    number = re.sub("[^a-z0-9]+", "-", ref.id.casefold()).strip("-")
    width = max(3, len(str(len(series.frames))))
    return [
        DraftImage(f"radiopaedia-{number}-{study}-{place}-{index + 1:0{width}d}", series.frames[index].urls, values)
        for index in chosen
    ]
