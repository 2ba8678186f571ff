"""Drive a reading or a search of a site with pages that a test makes; the pages are synthetic."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from covidcurate.sources import Ask, CaseRef, DraftCase, Options, Page, find_site
from covidcurate.sources.source import Site
from covidcurate.spec import load_specification

OPTIONS = Options(load_specification())
Answer = Callable[[str], str | bytes | None]


def drive(
    steps: Generator[Any, Page | None, Any], answer: Answer, *, most: int = 200
) -> tuple[Any, list[Any], list[str]]:
    """Return what a generator returns, the cases it yields, and the addresses it asks for: not more than ``most``."""
    found: list[Any] = []
    asked: list[str] = []
    page = None
    while True:
        try:
            step = steps.send(page)
        except StopIteration as stop:
            return stop.value, found, asked
        page = None
        if isinstance(step, Ask):
            asked.append(step.url)
            assert len(asked) <= most, "it runs in circles"
            body = answer(step.url)
            if body is not None:
                page = Page(step.url, body) if isinstance(body, bytes) else Page(step.url, body.encode(), "utf-8")
        else:
            assert isinstance(step, CaseRef)
            found.append(step)


def site(name: str) -> Site:
    """Return a site that is known to be there."""
    found = find_site(name)
    assert found is not None
    return found


def read(name: str, case: str, page: str | bytes | None) -> DraftCase:
    """Return a case that is read from one page."""
    ref = site(name).find_case(case)
    assert ref is not None
    draft: DraftCase = drive(site(name).read(ref, OPTIONS), lambda _: page)[0]
    return draft
