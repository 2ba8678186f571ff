"""Synthetic pages of eurorad.org: both image naming eras, lazy images, Word's spans, and a case without images."""

from __future__ import annotations

import re

from .images import picture
from .reply import Reply, html

SITE = "https://www.eurorad.org"
# Case: patient line, figures (label, path after figure_image/), era.
CASES: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "90001": ("61 years, male", [
        ("Figure 1a: Chest X-ray", "2020-03/90001_1_1.jpg"),
        ("Figure 1b: Invented AP chest radiograph two days later.", "2020-03/90001_1_2.jpg"),
        ("Figure 2: CT axial", "2020-03/90001_2_1.png"),
    ], "2020"),
    "90002": ("47 years, female", [("Chest X-ray PA", "2018-08/0000090002/000001.jpg")], "2020"),
    "90003": ("52 years, male", [("Chest X-ray PA", "2018-08/0000090003/000001.jpg")], "2020"),
    "90004": ("33 years, female", [
        ("CT", "2024-05/90004_1_1.jpg"), ("Figure 2: Invented drawing of a lung", "2024-05/90004_2_1.jpg"),
    ], "lazy"),
    "90005": ("", [], "2020"),
}  # fmt: skip
_NEEDS_TOKEN = "2024-05/90004_1_1.jpg"
_TEASER_ONLY = "2024-05/90004_2_1.jpg"
_ALL = [str(number) for number in range(90020, 90043)]


def respond(path: str, query: dict[str, str]) -> Reply | None:
    """Return the page or image at a path; None if there is none."""
    if path == "/advanced-search":
        return _search(query)
    if match := re.fullmatch(r"/case/(\d+)", path):
        return _page(match[1]) if match[1] in CASES else _page_of_list(match[1]) if match[1] in _ALL else None
    if match := re.fullmatch(r"/sites/default/files/styles/(\w+)/public/figure_image/(.+)", path):
        return _image(match[1], match[2], query)
    return None


def _image(style: str, name: str, query: dict[str, str]) -> Reply | None:
    known = {file for _, figures, _ in CASES.values() for _, file in figures} | {f"2021-01/{n}_1_1.jpg" for n in _ALL}
    if name not in known or (name == _NEEDS_TOKEN and "itok" not in query):
        return None
    if name == _TEASER_ONLY and style != "figure_image_teaser_large":
        return None
    kind = "PNG" if name.endswith(".png") else "JPEG"
    size = 32 if "teaser" in style else 64
    return Reply(picture(sum(map(ord, name)) % 9973, kind, size), f"image/{kind.casefold()}")


def _page_of_list(number: str) -> Reply:
    CASES.setdefault(number, ("40 years, male", [("Chest X-ray", f"2021-01/{number}_1_1.jpg")], "2020"))
    return _page(number)


def _page(number: str) -> Reply:
    patient, figures, era = CASES[number]
    word = "<span><span lang='EN-GB'>An&nbsp;invented</span> <span>patient with <b>fever</b> for 5&nbsp;days.</span></span>"
    sections = {
        "Clinical History": f"<p>{word}</p><p>SpO2 was 92% on room air.</p>",
        "Imaging Findings": "<p>Drawn shadows on the invented film.</p>",
        "Discussion": "<p><strong>Background</strong> Invented words; 3 of 10 patients died.</p>",
        "Differential Diagnosis List": '<div class="col-6 pb-3">Invented disease</div>',
        "Final Diagnosis": "<p>COVID-19 pneumonia</p>" if number != "90005" else "",
    }
    rows = "".join(
        f'<div class="row"><div class="col-12 col-md-3"><h3>{name.upper()}</h3></div>'
        f'<div class="col-12 col-md-9">{text}</div></div>'
        for name, text in sections.items()
        if text
    )
    body = (
        f'<span class="d-block text-uppercase font-size-3 text-center">Case {number}</span>'
        f'<h1 class="color-color mb-3">Synthetic case {number}</h1><p>Published on 26.03.2020</p>'
        "<div class='meta'><p>Section: Chest imaging</p><p>Case Type: Clinical Cases</p><p>Authors: A. Synthetic, B. Nobody</p>"
        + (f"<p class='color-grey'>{patient}</p>" if patient else "")
        + f"</div>{rows}{''.join(_figure(label, name, era) for label, name in figures)}"
        + (f'<img class="figure-modal-lazy" src="data:image/gif;base64,R0lGOD" data-src="{_url(figures[0][1], "figure_image")}?itok=abc123">'
           if era == "lazy" else "")
        + f"<p>DOI: 10.35100/eurorad/case.{number}</p><p>License: CC BY-NC-SA 4.0</p>"
    )  # fmt: skip
    return html(f"Synthetic case {number} | Eurorad", body)


def _url(name: str, style: str) -> str:
    return f"/sites/default/files/styles/{style}/public/figure_image/{name}"


def _figure(label: str, name: str, era: str) -> str:
    url = f"{_url(name, 'figure_image_teaser_large')}?itok=abc123"
    source = (
        f'src="data:image/gif;base64,R0lGOD" data-src="{url}" class="figure-image-lazy"'
        if era == "lazy"
        else f'src="{url}"'
    )
    return (
        f'<div class="figure-gallery__item"><div><img typeof="foaf:Image" {source}></div>'
        f'<div class="figure-gallery__item__label"><span class="mb-1 d-block">{label}</span></div></div>'
    )


def _search(query: dict[str, str]) -> Reply:
    page = int(query.get("page", "0"))
    shown = _ALL[9 * page : 9 * page + 9] if "covid" in query.get("search", "").casefold() else []
    if not shown:
        return html("Search", "<p>No case found</p>")
    cards = "".join(
        f'<div class="col-12 col-md-6 col-lg-4 mb-4"><span class="case__number small">#{number}</span>'
        f'<a href="/case/{number}">Synthetic case {number}</a></div>'
        for number in shown
    )
    more = '<a title="Go to next page" href="?page=1">next</a>' if 9 * page + 9 < len(_ALL) else ""
    return html("Search", f"{cards}<div class='pagination'>{more}</div>")
