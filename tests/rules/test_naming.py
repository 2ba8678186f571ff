"""What names the page of one address names those of all others that differ in digits alone."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from covidcurate.rules.pages import Naming, Pages
from covidcurate.sources.registry import find_site
from covidcurate.spec import load_specification

SPECIFICATION = load_specification()
SITES = [site for source in SPECIFICATION.sources if source.case and (site := find_site(source.id))]
_CASES = {source.host: re.compile(source.case) for source in SPECIFICATION.sources if source.case}
_ODD_CASES = {
    "one.org": re.compile(r"/c/([A-Za-z]+-\d+)"),
    "two.org": re.compile(r"/(?:view|show)/\d+/(\w+)\b"),
    "three.org": re.compile(r"\b/?x?([^/]*)"),
    "four.org": re.compile(r"/[1-5]/(\d+)"),
    "five.org": re.compile(r"^/(\d+)"),
}
_ALL = [Pages(), Pages(_CASES), Pages(_ODD_CASES)]

_SCHEMES = st.sampled_from(
    ["https://", "http://", "HTTPS://", "http:/", "http", "https2://", "ftp://", "://", " http://"]
)
_HOSTS = st.sampled_from(
    ["radiopaedia.org", "www.radiopaedia.org", "images.radiopaedia.org", "RADIOPAEDIA.ORG", "eurorad.org", "sirm.org",
     "www.eurorad.org", "example.org", "www.Example.org", "h1.example.org", "www2.example.org", "example.org:80", "",
     "one.org", "www.one.org", "a.two.org", "three.org", "four.org", "five.org", "bücher.org", "h٣.org", "www."]
)  # fmt: skip
_PARTS = st.sampled_from(
    ["/", "//", "/cases/covid-19-pneumonia-40", "/cases/COVID-7", "/cases/1%41", "/case/16660", "/case.php?id=0189",
     "/2020/03/21/covid-19-caso-7", "/c/Ab-12", "/c/ab-12", "/view/3/x4", "/3/12", "/12", "/x7", "/a1", "/é", "/A",
     "?", "#", "&", "?x=1", "?lang=us", "?lang", "?utm_1=2", "&utm_1=2", "&utm_1", "utm_1=1-2", "&fbclid=3", "&lan",
     "&x=2", "x=2&", "?lang=1&lan", "%20", "%3", " ", ":", "=", "1", "12345", "#f3", "#a/1", "?a/1", "://", ".", "-2"]
)  # fmt: skip
_URLS = st.builds(
    lambda scheme, host, parts: scheme + host + "".join(parts), _SCHEMES, _HOSTS, st.lists(_PARTS, max_size=5)
)


def others(url: str) -> Iterator[str]:
    """Yield addresses that are the same but for their digits."""
    chance = random.Random(url)  # noqa: S311 - nothing is secret
    for digits in ("0123456789", "0123456789", *"0159"):
        yield re.sub("[0-9]", lambda _, digits=digits: chance.choice(digits), url)  # type: ignore[misc]


def named(naming: Naming, url: str) -> str:
    return f"{naming.before}{url[naming.start : naming.end].lstrip(naming.zeros)}{naming.after}"


def hold(pages: Pages, url: str) -> bool:
    """Hold the naming of an address against the names of all others; return whether there is one."""
    naming = pages.naming(url)
    if naming is not None:
        assert named(naming, url) == pages(url)
        for other in others(url):
            assert named(naming, other) == pages(other), other
    return naming is not None


@settings(max_examples=1500)
@given(url=_URLS)
@example(url="https://example.org/a1?lang=1&lan")
@example(url="https://example.org/a1?utm_1=2")
@example(url="https://example.org/a?utm_1=2&utm_1?")
@example(url="https://example.org?1")
@example(url="https://one.org/c/Ab-12")
@example(url="")
def test_what_names_one_page_names_all_of_its_shape(url: str) -> None:
    for pages in _ALL:
        hold(pages, url)


@pytest.mark.parametrize("url", [url for site in SITES for url in site.examples])
def test_pages_of_known_sites_are_named_in_all_spellings(url: str) -> None:
    bare = url.partition("://")[2].removeprefix("www.")
    for spelling in (bare, f"www.{bare}", bare.upper(), f"{bare}/", f"{bare}?utm_1=2&x=3", f"{bare}#f4", f"{bare}%41"):
        for scheme in ("http", "https", "HTTP"):
            for pages in _ALL:
                hold(pages, f"{scheme}://{spelling}")


@pytest.mark.parametrize(
    ("url", "is_named"),
    [
        ("https://radiopaedia.org/cases/covid-19-pneumonia-40", True),
        ("https://www.radiopaedia.org/cases/covid-19-pneumonia-40?lang=us", True),
        ("https://radiopaedia.org/cases/Covid-40", False),
        ("https://radiopaedia.org/articles/1", False),
        ("https://eurorad.org/case/012", True),
        ("https://example.org/a1?x=2#f3", True),
        ("https://www.example.org/a1/", True),
        ("https://example.org/a1?utm_1=2&x=3", False),
        ("https://example.org/%41/1", False),
        ("https://h1.example.org/1", False),
        (" https://example.org/1", False),
        ("example.org/1", False),
        ("", False),
    ],
)
def test_most_addresses_name_their_page_by_a_part_of_them(url: str, is_named: bool) -> None:
    assert hold(Pages(_CASES), url) is is_named
