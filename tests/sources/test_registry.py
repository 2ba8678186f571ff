"""What every site must declare, and how cases are found by what people type."""

from __future__ import annotations

import json

import pytest

from covidcurate.cli.main import run
from covidcurate.errors import UsageError
from covidcurate.sources import find_case, find_site, site_names
from covidcurate.sources.facts import source_of
from covidcurate.sources.source import Site, Slices
from covidcurate.spec import load_specification

SITES = [site for name in site_names() if (site := find_site(name)) is not None]


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_every_site_declares_what_it_is(site: Site) -> None:
    assert site.examples and site.name and site.case_help
    source = source_of(site, load_specification())
    assert source.interval >= 1
    assert source.note and source.ask
    assert source.license or "No license" in source.note


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_each_example_is_a_case_of_one_site(site: Site) -> None:
    for example in site.examples:
        assert [one.id for one in SITES if one.pattern.fullmatch(example)] == [site.id]
        found, ref = find_case(example)
        assert found.id == site.id == ref.source
        assert site.find_case(ref.url) == ref
        assert ref.id and "?" not in ref.url


def test_names_of_sites_are_those_of_the_specification() -> None:
    assert {source.id for source in load_specification().sources if source.id} == set(site_names())


@pytest.mark.parametrize(("site", "text", "id_", "url"), [
    ("radiopaedia", "75037", "75037", "https://radiopaedia.org/cases/75037"),
    ("radiopaedia", "rID: 75037", "75037", "https://radiopaedia.org/cases/75037"),
    ("radiopaedia", "http://www.radiopaedia.org/cases/A-Case-1/studies/7?lang=us#x", "a-case-1", "https://radiopaedia.org/cases/a-case-1"),
    ("eurorad", "#16660", "16660", "https://www.eurorad.org/case/16660"),
    ("eurorad", "http://eurorad.org/case/00189/teaching-case?print=1", "189", "https://www.eurorad.org/case/189"),
    ("sirm", "https://sirm.org/2020/03/03/covid19-caso-2", "2", "https://www.sirm.org/2020/03/03/covid19-caso-2/"),
    ("sirm", "https://archivio.sirm.org/2020/03/03/covid19-caso-2/", "2", "https://archivio.sirm.org/2020/03/03/covid19-caso-2/"),
    ("sirm", "007", "7", ""), ("sirm", "5-EN", "5-en", ""),
    ("coronacases", "case 010", "010", None), ("coronacases", "1", "001", None),
])  # fmt: skip
def test_what_people_type(site: str, text: str, id_: str, url: str | None) -> None:
    _, ref = find_case(text, find_site(site))
    assert ref.id == id_
    assert url is None or ref.url == url


@pytest.mark.parametrize(("site", "text"), [
    ("coronacases", "11"), ("coronacases", "0"), ("eurorad", "x"), ("eurorad", "0"), ("eurorad", ""), ("radiopaedia", "a b"),
    ("eurorad", "https://www.eurorad.org/case/1/../../x"), ("eurorad", "https://www.eurorad.org.evil/case/1"),
    ("radiopaedia", "https://radiopaedia.org/articles/x"), ("sirm", "https://www.sirm.org/2020/03/03/corso/"),
    ("eurorad", "https://user@www.eurorad.org/case/1"), (None, "16660"), (None, "file:///etc/passwd"),
])  # fmt: skip
def test_what_is_no_case(site: str | None, text: str) -> None:
    with pytest.raises(UsageError):
        find_case(text, find_site(site) if site else None)


@pytest.mark.parametrize(("slices", "number", "key", "chosen"), [
    (Slices(), 5, [], [2]), (Slices(), 5, [1, 3, 9], [1, 3]), (Slices(), 0, [], []), (Slices("all"), 3, [1], [0, 1, 2]),
    (Slices("count", 2), 8, [], [2, 6]), (Slices("count", 9), 3, [], [0, 1, 2]), (Slices("count", 3), 301, [], [50, 150, 250]),
])  # fmt: skip
def test_slices(slices: Slices, number: int, key: list[int], chosen: list[int]) -> None:
    assert slices.choose(number, key) == chosen


def test_sources_says_what_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sources"]) == 0
    text = capsys.readouterr().out
    for part in (
        "Apache-2.0 or CC-BY-NC-3.0",
        "none stated",
        "forbidden without a permission",
        "2025-02-17",
        "general@",
    ):
        assert part in text
    assert run(["sources", "radiopaedia", "--format", "json"]) == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert facts["license"] == "CC-BY-NC-SA-3.0"
    assert run(["sources", "nobody"]) == 2
