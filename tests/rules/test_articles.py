"""An address of an article is told from that of another by the DOI that it names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covidcurate.rules.articles import doi_of_address, may_name_doi, names_other_article


@pytest.mark.parametrize(
    ("url", "doi"),
    [
        ("https://example.org/doi/10.5555/abc", "10.5555/abc"),
        ("https://example.org/doi/full/10.5555/abc/full#f1", "10.5555/abc/full"),
        ("https://example.org/a?doi=10.5555%2Fa%28b%29&x=1", "10.5555/a(b)"),
        ("doi:10.5555/abc", "10.5555/abc"),
        ("https://example.org/110.5555/abc", ""),
        ("https://10.5555.example.org/abc", ""),
        ("http://10.12.0.1/abc", ""),
        ("https://example.org/v10.5555/abc", ""),
        ("https://example.org/10.5555/", ""),
        ("", ""),
    ],
)
def test_an_address_may_name_a_doi(url: str, doi: str) -> None:
    assert doi_of_address(url) == doi
    assert may_name_doi(url) or not doi


@pytest.mark.parametrize(
    ("named", "doi", "is_other"),
    [
        ("10.5555/abc", "10.5555/ABC", False),
        ("10.5555/abc.pdf", "10.5555/abc", False),
        ("10.5555/abcv12", "10.5555/abc", False),
        ("10.5555/abc", "10.5555/abc.s001", False),
        ("10.5555/abc", "see https://doi.org/10.5555/abc for more", False),
        ("10.5555/abc", "", False),
        ("10.5555/abc", "12345678", False),
        ("10.5555/abc", "10.5555/abcd", True),
        ("10.5555/abc1", "10.5555/abc", True),
        ("10.5555/abcvi", "10.5555/abc", True),
        ("10.5555/20-0204", "10.5555/20-0203", True),
        ("10.5556/abc", "10.5555/abc", True),
    ],
)
def test_an_address_is_of_another_article_if_it_names_another_doi(named: str, doi: str, is_other: bool) -> None:
    assert names_other_article(f"https://example.org/{named}", doi) is is_other


@given(st.text(alphabet="10.5/%2Fa:=", max_size=30))
def test_what_may_name_a_doi_does_not_depend_on_digits(url: str) -> None:
    other = "".join("7" if sign.isdigit() else sign for sign in url)
    assert may_name_doi(url) == may_name_doi(other)
    assert may_name_doi(url) or not doi_of_address(url)
