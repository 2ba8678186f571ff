"""Synthetic pages of radiopaedia.org: both viewers, several studies, and what goes wrong with cases."""

from __future__ import annotations

import json
import re

from .images import picture
from .reply import Reply, html, redirect

CDN = "https://prod-images-static.radiopaedia.org"
SITE = "https://radiopaedia.org"

# Old viewer: number, slug, title, age, sex, studies (id, modality, heading, findings, stacks of (plane, slices)).
OLD = {
    "900101": ("synthetic-pneumonia-1", "COVID-19 pneumonia", "61 years", "Male", "Diagnosis certain", [
        (70001, "X-ray", "", "Patchy shadows drawn by hand in both lower zones.", [("Frontal", 1), ("Lateral", 1)]),
        (70002, "CT", "Three days later", "Drawn ground glass in the lower lobes.", [("Axial", 301), ("Coronal", 40)]),
    ]),
}  # fmt: skip
# New viewer: the same, with what is special about the case at the end.
NEW = {
    "900102": ("synthetic-chest-2", "COVID-19 pneumonia", "34 years", "Female", "Diagnosis almost certain", [
        (70003, "CT", "", "A drawn nodule in the middle lobe.", [("Axial", 5)]),
    ], "null-frame"),
    "900103": ("synthetic-chest-3", "Bacterial pneumonia", "3 months", "Female", "Diagnosis probable", [
        (70004, "X-ray", "", "A drawn opacity.", [("Frontal", 2)]),
    ], "no-original"),
    "900104": ("synthetic-chest-4", "An unclear case", "", "", "", [
        (70005, "X-ray", "", "", [("Frontal", 1)]),
    ], ""),
    "900105": ("synthetic-chest-5", "A case without images", "50 years", "Male", "", [
        (70006, "X-ray", "", "Nothing to be seen.", []),
    ], ""),
    "900106": ("synthetic-chest-6", "COVID-19 pneumonia", "70-75 years", "Male", "", [
        (70007, "X-ray", "", "Drawn shadows.", [("Frontal", 1)]), (70008, "Ultrasound", "", "", [("", 2)]),
    ], "author-first"),
}  # fmt: skip
SIGN_IN = "900107"
_BY_SLUG = {facts[0]: number for table in (OLD, NEW) for number, facts in table.items()}


def respond(path: str, query: dict[str, str]) -> Reply | None:
    """Return the page at a path; None if there is none."""
    if path == "/search":
        return _search(query)
    if path.startswith("/users/sign_in"):
        return html("Sign in", "<h1>Sign in</h1><form></form>")
    if match := re.fullmatch(r"/cases/([\w-]+)", path):
        if match[1] == SIGN_IN:
            return redirect("/users/sign_in")
        if match[1] in {*OLD, *NEW}:
            return redirect(f"/cases/{(OLD.get(match[1]) or NEW[match[1]])[0]}?lang=us")
        number = _BY_SLUG.get(match[1], "")
        return _old_page(number) if number in OLD else _new_page(number) if number in NEW else None
    if match := re.fullmatch(r"/studies/(\d+)/stacks", path):
        return _stacks(int(match[1]))
    if match := re.fullmatch(r"/studies/(\d+)/annotated_viewer_json", path):
        return _viewer(int(match[1]))
    return None


def respond_cdn(path: str, query: dict[str, str]) -> Reply | None:
    """Return an image of the image host: /images/NUMBER/FILE."""
    match = re.fullmatch(r"/images/(\d+)/([\w.-]+)", path)
    if match is None or ("original" in match[2] and match[1].startswith("70004")):
        return None
    kind = "PNG" if match[2].endswith(".png") else "JPEG"
    size = 64 if kind == "PNG" or "original" in match[2] else 32
    return Reply(picture(int(match[1]) % 9973, kind, size), f"image/{kind.casefold()}")


def _head(number: str, slug: str, author: str) -> str:
    return (
        f'<link rel="canonical" href="{SITE}/cases/{slug}?lang=us"><meta name="author" content="{author}"/>'
        f"<meta name='dc.identifier' content='10.53347/rID-{number}'>"
    )


def _patient(age: str, sex: str) -> str:
    items = [("Age", age), ("Gender", sex)]
    shown = "".join(
        f'<div class="data-item"><strong class="data-item-label">{label}:</strong> {text}</div>'
        for label, text in items
        if text
    )
    return f'<div id="case-patient-data">{shown}</div>' if shown else ""


def _old_page(number: str) -> Reply:
    slug, title, age, sex, certainty, studies = OLD[number]
    blocks = "".join(
        f'<div class="well case-section case-study" data-ref="study-{id_}" data-study-id="{id_}" '
        f'data-study-stacks-url="/studies/{id_}/stacks?lang=us"><div class="main-study-desc">'
        f'<div class="study-desc"><h2>{heading}</h2></div></div>'
        f'<div class="study-modality"><span class="label">{modality}</span></div>'
        f'<div class="sub-section study-findings body"><p>{findings}</p></div></div>'
        for id_, modality, heading, findings, _ in studies
    )
    body = (
        f'<div id="main"><div id="content-header"><h1 class="header-title">{title}</h1></div>'
        '<div class="author-info">Case contributed by <a href="/users/nobody?lang=us">Synthetic Author</a></div>'
        f'<span class="diagnostic-certainty-title">{certainty}&nbsp;</span>'
        '<div id="case-patient-presentation" class="case-section"><h2>Presentation</h2>'
        "<p>An invented 61-year-old man with fever for 4 days.</p><p>He was not intubated.</p></div>"
        f"{_patient(age, sex)}{blocks}<div id='case-discussion'><p>Invented discussion: 40 % of patients died.</p></div>"
        f'<div class="attribution">Case courtesy of Synthetic Author, Radiopaedia.org, rID: {number}</div></div>'
    )
    return html(f"{title} | Radiology Case | Radiopaedia.org", body, _head("", slug, "Synthetic Author"))


def _new_page(number: str) -> Reply:
    slug, title, age, sex, certainty, studies, special = NEW[number]
    blocks = "".join(
        f'<div class="well case-section case-study"><div class="main-study-desc" id="case-{number}-{id_}"></div>'
        f'<a class="view-fullscreen-link" href="/cases/{number}/studies/{id_}?lang=us"></a>'
        f'<div class="study-modality"><span class="label">{modality}</span></div>'
        + (f'<div class="sub-section study-findings body"><p>{findings}</p></div>' if findings else "")
        + "</div>"
        for id_, modality, _, findings, _ in studies
    )
    first = "<h1>Synthetic Author</h1>" if special == "author-first" else ""
    rows = {"DOI": f"https://doi.org/10.53347/rID-{number}", "rID": number, "Case published": "26 Mar 2021"}
    citation = "".join(
        f'<div class="row"><div class="col-sm-3"><strong>{label}:</strong></div><div class="col-sm-8">{text}</div></div>'
        for label, text in rows.items()
    )
    sure = f'<span class="diagnostic-certainty-title">{certainty}&nbsp;</span>' if certainty else ""
    body = (
        f'{first}<div id="main"><div id="content-header"><h1 class="header-title">{title}</h1></div>'
        '<div class="author-info">Case contributed by <a href="/users/nobody?lang=us">Synthetic Author</a></div>'
        f"{sure}"
        '<div id="case-patient-presentation"><h2>Presentation</h2><p>Invented cough.</p></div>'
        f'{_patient(age, sex)}{blocks}<div id="citation-info">{citation}</div></div>'
    )
    license_ = '<link rel="license" href="https://creativecommons.org/licenses/by-nc-sa/3.0/">'
    return html(f"{title} | Radiology Case | Radiopaedia.org", body, _head(number, slug, "Synthetic Author") + license_)


def _study(table: dict[str, tuple], id_: int) -> tuple | None:  # type: ignore[type-arg]
    found = [(study, facts) for facts in table.values() for study in facts[5] if study[0] == id_]
    return found[0] if found else None


def _stacks(id_: int) -> Reply | None:
    if (found := _study(OLD, id_)) is None:
        return None
    _, modality, _, _, planes = found[0]
    stacks = []
    for place, (plane, slices) in enumerate(planes):
        images = [_image(id_ * 1000 + place * 500 + number, plane, number, slices) for number in range(1, slices + 1)]
        # The site does not sort them.
        stacks.append({"modality": modality, "images": images[::-1]})
    return _json(stacks)


def _image(id_: int, plane: str, position: int, slices: int) -> dict[str, object]:
    return {
        "id": id_,
        "fullscreen_filename": f"{CDN}/images/{id_}/{id_:032x}_big_gallery.jpeg",
        "public_filename": f"{CDN}/images/{id_}/{id_:032x}.png",
        "plane_projection": plane,
        "aux_modality": "",
        "position": position,
        "content_type": "image/png",
        "width": 64,
        "height": 64,
        "show_stack_key_image": slices > 1 and position == slices // 3,
    }


def _viewer(id_: int) -> Reply | None:
    if (found := _study(NEW, id_)) is None:
        return None
    (_, modality, _, findings, planes), facts = found
    series = []
    for place, (plane, slices) in enumerate(planes):
        frames: list[object] = [
            {"id": id_ * 1000 + place * 500 + number, "width": 64, "height": 64, "current": number == 2}
            for number in range(1, slices + 1)
        ]
        files: list[object] = [
            {"original": f"{number:064x}_original.png", "big_gallery": f"{number:064x}_big_gallery.jpeg"}
            for number in range(1, slices + 1)
        ]
        if facts[6] == "null-frame":
            frames[0], files[3] = None, {"big_gallery": "dr-gallery.jpg"}
        series.append({
            "series_id": place, "perspective": plane, "specifics": "", "content_type": "image/png", "frames": frames,
            "encodings": {"thumbnailed_files": files}, "annotations": [],
        })  # fmt: skip
    return _json({"study": {"id": id_, "modality": modality, "findings": f"<p>{findings}</p>", "series": series}})


def _search(query: dict[str, str]) -> Reply:
    term, number = query.get("q", ""), int(query.get("page", "1"))
    if "covid" not in term.casefold() or number > 3:
        return html("Search", "<p>No results were found with these refinement filters applied.</p>")
    slugs = sorted(_BY_SLUG)[2 * (number - 1) : 2 * number]
    cards = "".join(
        f'<a class="search-result search-result-case" href="/cases/{slug}?lang=us">'
        f'<h4 class="search-result-title-text">{slug}</h4></a>'
        for slug in slugs
    )
    following = (
        f'<a class="next_page" aria-label="Next page" rel="next" href="/search?lang=us&amp;page={number + 1}'
        f'&amp;scope=cases&amp;q={term}">Next</a>'
        if number < 3
        else ""
    )
    return html("Search", f'{cards}<div role="navigation" class="pagination clear">{following}</div>')


def _json(document: object) -> Reply:
    return Reply(json.dumps(document).encode(), "application/json; charset=utf-8")
