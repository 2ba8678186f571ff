"""Pages as they are not expected: pieces missing, other types, other hosts. A reading degrades, it never breaks."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sites import coronacases, eurorad, radiopaedia, sirm
from sites.reply import Reply

from covidcurate.errors import NotThereError
from covidcurate.model import EvidenceKind
from covidcurate.scrape.run import read_case_of
from covidcurate.sources import Ask, DraftCase, Options, Page, find_case
from covidcurate.sources.radiopaedia_viewer import read_viewer
from covidcurate.spec import load_specification
from covidcurate.web import Saved

OPTIONS = Options(load_specification())
CORONACASES = (
    "https://coronacases.org/forum/coronacases-org-helping-radiologists-to-help-people-in-more-than-100-countries-1"
    "/question/case-001-61-year-old-female-24"
)
CASES: list[tuple[str, Callable[[str, dict[str, str]], Reply | None]]] = [
    ("https://radiopaedia.org/cases/synthetic-pneumonia-1", radiopaedia.respond),
    ("https://radiopaedia.org/cases/synthetic-chest-2", radiopaedia.respond),
    ("https://www.eurorad.org/case/90001", eurorad.respond),
    ("https://www.eurorad.org/case/90004", eurorad.respond),
    ("https://www.sirm.org/2020/03/11/covid-19-caso-40/", sirm.respond),
    ("https://www.sirm.org/2020/03/03/covid19-caso-2/", sirm.respond),
    (CORONACASES, coronacases.respond),
]
NAMES = [url.rpartition("org/")[2][:40] for url, _ in CASES]


class Pages:
    """A supply of pages that a function answers."""

    def __init__(self, answer: Callable[[str], bytes | None]) -> None:
        self._answer = answer

    def page(self, ask: Ask, *, max_age: float | None = None) -> Page | None:
        body = self._answer(ask.url)
        return None if body is None else Page(ask.url, body, "utf-8")

    def file(self, url: str, part: Path, validators: dict[str, str]) -> Saved:
        raise AssertionError("reading a case fetches no files")


def read(url: str, answer: Callable[[str], bytes | None]) -> DraftCase:
    site, ref = find_case(url)
    return read_case_of(site, ref, OPTIONS, Pages(answer))


def answers(respond: Callable[[str, dict[str, str]], Reply | None]) -> Callable[[str], bytes | None]:
    def answer(url: str) -> bytes | None:
        path = "/" + url.partition("://")[2].partition("/")[2].partition("?")[0]
        reply = respond(path, {})
        return reply.body if reply is not None and reply.status == 200 else None

    return answer


def must_hold(draft: DraftCase) -> None:
    """What no page can make untrue."""
    names = [image.name for study in draft.studies for image in study.images]
    assert len(set(names)) == len(names)
    for study in draft.studies:
        for image in study.images:
            assert image.name == image.name.lower() and "/" not in image.name and ".." not in image.name
            assert image.urls and all(url.startswith("https://") for url in image.urls)
            assert image.values.get("view") is None or image.values["view"].text != "Frontal"
    for value in draft.values.values():
        assert value.evidence.kind is not EvidenceKind.HUMAN
        assert isinstance(value.text, str)
    assert set(draft.clinical) <= draft.texts.keys()


@pytest.mark.parametrize(("url", "respond"), CASES, ids=NAMES)
def test_any_element_may_be_missing(url: str, respond: Callable[[str, dict[str, str]], Reply | None]) -> None:
    answer = answers(respond)
    page = answer(url)
    assert page is not None
    whole = read(url, answer)
    must_hold(whole)
    number = len(BeautifulSoup(page, "html.parser").find_all(True))
    for place in range(number):
        soup = BeautifulSoup(page, "html.parser")
        soup.find_all(True)[place].decompose()
        broken = str(soup).encode()
        draft = read(url, lambda asked, broken=broken: broken if asked.startswith(url) else answer(asked))  # type: ignore[misc]
        must_hold(draft)
        for column, value in draft.values.items():
            known = whole.values.get(column)
            inferred = value.evidence.kind is not EvidenceKind.STATED
            assert known is None or inferred or column == "clinical_notes" or known.text == value.text


@pytest.mark.parametrize(("url", "respond"), CASES, ids=NAMES)
def test_any_bytes_may_be_cut_or_changed(url: str, respond: Callable[[str, dict[str, str]], Reply | None]) -> None:
    answer, generator = answers(respond), random.Random(5)  # noqa: S311
    for _ in range(40):

        def broken(asked: str) -> bytes | None:
            body = bytearray(answer(asked) or b"")
            for _ in range(generator.randrange(6)):
                place = generator.randrange(max(1, len(body)))
                body[place : place + generator.randrange(40)] = generator.randbytes(generator.randrange(20))
            return bytes(body[: generator.randrange(len(body) + 1)]) if generator.random() < 0.3 else bytes(body)

        must_hold(read(url, broken))


@pytest.mark.parametrize(("url", "respond"), CASES[:-1], ids=NAMES[:-1])
def test_a_case_page_that_is_not_there(url: str, respond: object) -> None:
    with pytest.raises(NotThereError):
        read(url, lambda _: None)


def test_without_its_page_a_coronacases_case_is_still_complete() -> None:
    draft = read(CORONACASES, lambda _: None)
    assert sum(len(study.images) for study in draft.studies) == 403
    assert draft.values["age"].text == "61"
    assert any("not to be had" in warning for warning in draft.warnings)


def mutations(document: Any) -> list[Any]:
    """Return a document with each of its values replaced by ones of other types."""
    found: list[Any] = []
    others = [None, 3, "x", [], {}, True, [None], "../../etc/passwd", "https://evil.example/images/1/x.png"]
    if isinstance(document, dict):
        for key, value in document.items():
            found += [{**document, key: other} for other in others]
            found += [{**document, key: inner} for inner in mutations(value)]
    elif isinstance(document, list) and document:
        found += [[other, *document[1:]] for other in others]
        found += [[inner, *document[1:]] for inner in mutations(document[0])]
    return found


@pytest.mark.parametrize("path", ["/studies/70001/stacks", "/studies/70003/annotated_viewer_json"])
def test_json_of_other_types_gives_fewer_images_and_no_other_hosts(path: str) -> None:
    reply = radiopaedia.respond(path, {})
    assert reply is not None
    for document in [None, 3, "x", [], {}, [3], {"study": 3}, *mutations(json.loads(reply.body))]:
        viewer = read_viewer(document)
        for series in viewer.series if viewer else ():
            for frame in series.frames:
                assert all(url.startswith("https://prod-images-static.radiopaedia.org/images/") for url in frame.urls)


@pytest.mark.parametrize("image", [
    "https://evil.example/sites/default/files/styles/figure_image/public/figure_image/x.jpg", "javascript:alert(1)",
    "//evil.example/figure_image/x.jpg", "file:///etc/passwd", "http://[::1/figure_image/x.jpg", "", "data:image/png;base64,AAAA",
])  # fmt: skip
def test_images_of_other_hosts_are_left_alone(image: str) -> None:
    page = f'<div class="figure-gallery__item"><img src="{image}"></div>'
    assert read("https://www.eurorad.org/case/7", lambda _: page.encode()).studies == ()


def test_pages_in_other_encodings() -> None:
    post = "<div class='td-post-content'><p>È stata dimessa. Età 75, così è più.</p></div>"
    for encoding in ("utf-8", "latin-1"):
        body = f'<html><head><meta charset="{encoding}"></head>{post}</html>'.encode(encoding)
        site, ref = find_case("https://www.sirm.org/2020/03/11/covid-19-caso-40/")
        reading = site.read(ref, OPTIONS)
        next(reading)
        with pytest.raises(StopIteration) as stop:
            reading.send(Page(ref.url, body))
        assert "così è più" in stop.value.value.texts["text"]
