"""The figures of a Eurorad case: galleries, parts, captions, lazy images and the sizes they are kept in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from covidcurate.model import Value
from covidcurate.sources.draft import CaseRef, DraftImage, DraftStudy
from covidcurate.sources.page import Page, squeeze, text_of
from covidcurate.sources.source import Finder, Options
from covidcurate.sources.suggest import image_values

if TYPE_CHECKING:
    from bs4 import Tag

# Selectors, best first; H seen in captures or used by several programs, M by one, L expected.
_FIGURES = ("div.figure-gallery__item",)  # H
_LABEL = ("div.figure-gallery__item__label span.mb-1.d-block", "div.figure-gallery__item__label", "figcaption")  # H H L
_IMAGES = "img"
_SOURCES = ("data-src", "src")  # M H: lazy images have their address in the first
_FIGURE_NUMBER = re.compile(r"^\s*(?:fig(?:ure|\.)?\s*)?(\d{1,2})\s*([a-z])?\s*[:.)\-–]?\s+", re.IGNORECASE)
_FILE_NUMBER = re.compile(r"/\d+_(\d+)_(\d+)[^/]*$")
_STYLE = re.compile(r"/styles/[^/]+/public/")


def read_figures(finder: Finder, ref: CaseRef, texts: dict[str, str], options: Options) -> tuple[DraftStudy, ...]:
    """Return the figures as studies: the parts of one figure were made together."""
    figures: dict[str, list[DraftImage]] = {}
    seen: dict[str, str] = {}
    for caption, addresses in _figures(finder):
        key = _identity(addresses[0])
        if key in seen:
            continue
        number, part = _number_of(caption, addresses[0], len(seen) + 1)
        name = f"figure {number}{part}"
        while name in seen.values():
            part += "x"
            name = f"figure {number}{part}"
        seen[key] = name
        words = squeeze(_FIGURE_NUMBER.sub("", caption, count=1)) if _FIGURE_NUMBER.match(caption) else caption
        values: Mapping[str, Value] = {}
        if words:
            texts[name] = words
            values = image_values(texts, name, "en", options.specification, _LABEL[0])
        image = DraftImage(f"eurorad-{ref.id}-{number}{part}", tuple(_candidates(addresses)), values)
        figures.setdefault(number, []).append(image)
    if not figures:
        finder.warnings.append(f"figures: not found on {finder.page.url} (looked for {_FIGURES[0]})")
    return tuple(DraftStudy(f"figure {number}", tuple(images)) for number, images in figures.items())


def _figures(finder: Finder) -> Iterator[tuple[str, list[str]]]:
    """Yield the caption and the addresses of each figure; gallery and full-size view show the same ones twice."""
    page = finder.page
    modal = [_addresses(page, image) for image in page.soup.select("img.figure-modal-lazy")]
    items = page.soup.select(_FIGURES[0])
    for item in items:
        label = next((text_of(tag) for css in _LABEL if (tag := item.select_one(css)) is not None), "")
        for image in item.select(_IMAGES):
            addresses = _addresses(page, image)
            if addresses:
                same = [one for found in modal for one in found if _identity(one) == _identity(addresses[0])]
                yield label, [*addresses, *same]
    if not items:
        for addresses in modal:
            if addresses:
                yield "", addresses


def _addresses(page: Page, image: Tag) -> list[str]:
    found = []
    for attribute in _SOURCES:
        said = str(image.get(attribute) or "").strip()
        address = page.link(said) if said and not said.startswith("data:") else ""
        parts = urlsplit(address)
        on_site = (parts.hostname or "").removeprefix("www.") == "eurorad.org"
        if parts.scheme in {"http", "https"} and (on_site or _is_saved(page, said)):
            found.append(address)
    return [one for one in found if "/figure_image/" in one or _is_saved_name(one)]


def _is_saved(page: Page, said: str) -> bool:
    return not urlsplit(said).scheme and not said.startswith("//") and bool(page.url)


def _is_saved_name(address: str) -> bool:
    """Whether a browser wrote the address when it saved the page: a file in a folder beside it."""
    return re.search(r"/case/[^/]+/[^/]+\.(?:jpe?g|png|gif|webp)$", address, re.IGNORECASE) is not None


def _identity(address: str) -> str:
    """Return what two addresses of one image have in common: its path without style and token."""
    return _STYLE.sub("/", urlsplit(address).path)


def _number_of(caption: str, address: str, place: int) -> tuple[str, str]:
    """Return number and part of a figure, by its caption, else by the file's name, else by its place."""
    if (match := _FIGURE_NUMBER.match(f"{caption} ")) and (match[2] or "fig" in match[0].casefold()):
        return match[1], (match[2] or "").casefold()
    if match := _FILE_NUMBER.search(urlsplit(address).path):
        return match[1], chr(ord("a") + int(match[2]) - 1) if 1 <= int(match[2]) <= 26 else f"-{match[2]}"
    return str(place), ""


def _candidates(addresses: list[str]) -> Iterator[str]:
    """Yield where an image may be had, the largest first: full size, as linked, original, teaser."""
    wanted = []
    for address in addresses:
        bare = address.partition("?")[0]
        large = _STYLE.sub("/styles/figure_image/public/", bare)
        token = [one for one in addresses if one.partition("?")[0] == large]
        wanted += [large, *token, address]
    original = _STYLE.sub("/", addresses[0].partition("?")[0])
    teaser = [one for one in wanted if "_teaser" in one]
    yield from dict.fromkeys([*(one for one in wanted if one not in teaser), original, *teaser])
