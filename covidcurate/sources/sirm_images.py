"""The images of a SIRM post: full sizes from resized names, captions, and what file names hint at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from covidcurate.model import Evidence, EvidenceKind, Value
from covidcurate.sources.draft import CaseRef, DraftImage
from covidcurate.sources.page import Page, text_of
from covidcurate.sources.source import Finder, Options
from covidcurate.sources.suggest import image_values

if TYPE_CHECKING:
    from bs4 import Tag

ELSEWHERE = "header, footer, aside, nav, script, style, .td-related, .related, .sharedaddy, .td-post-sharing"
"""What of a body is no part of the post."""
_LINK_ATTRIBUTES = ("data-img-url", "data-src", "src")  # H L H
UPLOADS = "/wp-content/uploads/"
_FIGURES = ("figure", "dl")
_CAPTIONS = "figcaption, .gallery-caption, .wp-caption-text"
_SIZE = re.compile(r"-\d{2,5}x\d{2,5}(?=\.\w{2,5}$)")
_FILE_WORDS = {
    "modality": ((re.compile(r"(?<![a-z])rx(?![a-z])|radiogramma", re.IGNORECASE), "X-ray"),
                 (re.compile(r"(?<![a-z])(?:tc|hrct)(?![a-z])", re.IGNORECASE), "CT")),
    "view": ((re.compile(r"(?<![a-z])proiezione[-_]ap(?![a-z])|[-_]AP(?=[-_.\d])"), "AP"),
             (re.compile(r"(?<![a-z])proiezione[-_]pa(?![a-z])|[-_]PA(?=[-_.\d])"), "PA")),
}  # fmt: skip


def read_images(
    finder: Finder, body: Tag, ref: CaseRef, options: Options, texts: dict[str, str], language: str
) -> Iterator[DraftImage]:
    """Yield the images of a body in order, each once; captions go to ``texts``."""
    page = finder.page
    for tag in body.select(ELSEWHERE):
        tag.decompose()
    seen: set[str] = set()
    for tag in body.select("img, a[href], video, source[src]"):
        if tag.name == "a" and tag.select_one("img") is not None:
            continue
        urls = _addresses(page, tag)
        if not urls:
            _warn_of(tag, finder.warnings)
            continue
        key = _SIZE.sub("", urlsplit(urls[0]).path).replace("-scaled.", ".")
        if key in seen:
            continue
        seen.add(key)
        place = len(seen)
        caption, is_own = _caption(tag, body)
        values: Mapping[str, Value] = _from_file_name(urls[0])
        if caption:
            texts[f"caption {place}"] = caption
        if is_own:
            values = {
                **values,
                **image_values(texts, f"caption {place}", language, options.specification, "figcaption"),
            }
        yield DraftImage(f"sirm-{ref.id}-{place}", urls, values)


def _warn_of(tag: Tag, warnings: list[str]) -> None:
    """Say what is left out: images of other hosts, and films and documents that were uploaded like images."""
    said = str(tag.get("src") or tag.get("href") or "")
    if (tag.name == "img" and said and not said.startswith("data:")) or (tag.name != "img" and UPLOADS in said):
        warnings.append(f"images: {said[:120]!r} is no image among the site's uploads, and is left out")


def _addresses(page: Page, tag: Tag) -> tuple[str, ...]:
    """Return where an image may be had: as uploaded, then as the site shrank it, the largest first."""
    link = tag if tag.name == "a" else tag.find_parent("a")
    found = [str(link.get("href") or "")] if link is not None else []
    sizes = [part.split() for part in str(tag.get("srcset") or "").split(",") if part.strip()]
    sizes.sort(key=lambda pair: -int(re.sub(r"[^0-9]", "", pair[-1])[:9] or 0) if len(pair) > 1 else 0)
    shown = [str(tag.get(name) or "").partition("?")[0] for name in _LINK_ATTRIBUTES]
    whole = [_SIZE.sub("", url) for url in shown]
    # Of an upload that was too large, the site shows a smaller one; the upload itself is still there.
    found += [url.replace("-scaled.", ".") for url in whole] + whole
    found += [re.sub(r"(\.\w+)$", r"-scaled\1", one) for one, small in zip(whole, shown, strict=True) if one != small]
    found += [pair[0] for pair in sizes] + shown
    urls = [page.link(url) for url in found if url and not url.startswith("data:")]
    return tuple(dict.fromkeys(url for url in urls if _is_upload(url)))


def _is_upload(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    is_file = re.search(r"\.(?:jpe?g|png|gif|bmp|webp|tiff?)$", parts.path, re.IGNORECASE) is not None
    saved = re.search(r"/covid-?19-cas[oe]-\d+/[^/]+/[^/]+$|_files/", parts.path, re.IGNORECASE) is not None
    on_site = (host == "sirm.org" or host.endswith(".sirm.org")) and "@" not in parts.netloc
    return parts.scheme in {"http", "https"} and on_site and is_file and (UPLOADS in parts.path or saved)


def _caption(image: Tag, body: Tag) -> tuple[str, bool]:
    """Return the words at an image, and whether they are about it alone; a gallery's are about several."""
    for parent in image.parents:
        if parent is body:
            break
        if parent.name in _FIGURES or "wp-caption" in (parent.get("class") or ()):
            tag = parent.select_one(_CAPTIONS)
            # A gallery holds the captions of its other images too; only one that is its own counts.
            if tag is not None and tag.find_parent(["figure", "dl", "div"]) is parent:
                return text_of(tag), len(parent.select("img:not(noscript img)")) <= 1
    return "", False


def _from_file_name(url: str) -> dict[str, Value]:
    """Return what unmistakable words of a file name hint at."""
    name = url.rpartition("/")[2]
    values = {}
    for column, rules in _FILE_WORDS.items():
        meant = [(match[0], value) for pattern, value in rules if (match := pattern.search(name))]
        if len(meant) == 1:
            words, value = meant[0]
            values[column] = Value(value, Evidence(EvidenceKind.HINT, words, url, "file-name-words"))
    return values
