"""From the words and the address of a source to a license."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from covidcurate.licenses import LicenseBook, family_of
from covidcurate.spec import Specification, load_specification

SPECIFICATION = load_specification()
BOOK = LicenseBook(SPECIFICATION)


@pytest.fixture
def book() -> LicenseBook:
    return LicenseBook(load_specification())


def id_of(book: LicenseBook, wording: str) -> str:
    license_ = book.resolve(wording)
    return license_.id if license_ else ""


@pytest.mark.parametrize("license_", SPECIFICATION.licenses, ids=lambda license_: license_.id)
def test_every_spelling_means_its_license(book: LicenseBook, license_: object) -> None:
    for wording in (license_.id, *license_.spellings):  # type: ignore[attr-defined]
        assert book.resolve(wording) == license_


@pytest.mark.parametrize(
    ("wording", "id_"),
    [
        ("CC BY-NC-SA 4.0", "CC-BY-NC-SA-4.0"),
        ("cc by nc sa 4.0", "CC-BY-NC-SA-4.0"),
        ("  CC-BY_NC  SA-4.0 ", "CC-BY-NC-SA-4.0"),
        ("CC BY-NC-SA", "LicenseRef-CC-BY-NC-SA"),
        ("CC NC-SA", "LicenseRef-CC-BY-NC-SA"),
        ("Apache 2.0", "Apache-2.0"),
        ("CC0", "CC0-1.0"),
        ("CC BY 5.0", ""),
        ("CC BY NC", "LicenseRef-CC-BY-NC"),
        ("", ""),
        ("   ", ""),
        ("all rights reserved", ""),
    ],
)
def test_a_wording_is_resolved_without_guessing(book: LicenseBook, wording: str, id_: str) -> None:
    assert id_of(book, wording) == id_
    assert id_of(book, wording) == id_, "the second answer is that of the first"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SPECIFICATION.licenses), st.data())
def test_case_and_separators_of_a_spelling_do_not_matter(license_: object, data: st.DataObject) -> None:
    wording = data.draw(st.sampled_from(license_.spellings))  # type: ignore[attr-defined]
    pieces = wording.replace("-", " ").split()
    gap = data.draw(st.sampled_from([" ", "-", "_", "  ", " - "]))
    changed = gap.join(data.draw(st.sampled_from([piece, piece.upper(), piece.lower()])) for piece in pieces)
    assert BOOK.resolve(f" {changed}\t") == license_


@pytest.mark.parametrize(
    ("wording", "suggestion"),
    [("CC BY NC SA 4.O", "CC BY-NC-SA 4.0"), ("Apache-2", "Apache-2.0"), ("something else", ""), ("", "")],
)
def test_the_nearest_wording_is_suggested(book: LicenseBook, wording: str, suggestion: str) -> None:
    assert book.suggest(wording) in {suggestion, suggestion.replace("-2.0", " 2.0")}


@pytest.mark.parametrize(
    ("url", "host", "ids"),
    [
        ("https://radiopaedia.org/cases/1", "radiopaedia.org", ["CC-BY-NC-SA-3.0"]),
        ("http://www.Radiopaedia.ORG/cases/1?lang=us", "radiopaedia.org", ["CC-BY-NC-SA-3.0"]),
        ("HTTPS://radiopaedia.org:443", "radiopaedia.org", ["CC-BY-NC-SA-3.0"]),
        ("https://somebody@radiopaedia.org/x", "radiopaedia.org", ["CC-BY-NC-SA-3.0"]),
        ("https://www.eurorad.org/case/16654", "eurorad.org", ["CC-BY-NC-SA-4.0"]),
        ("https://www.sirm.org/en/x", "sirm.org", []),
        ("https://coronacases.org/forum/1", "coronacases.org", ["Apache-2.0", "CC-BY-NC-3.0"]),
        (
            "https://github.com/ml-workgroup/covid-19-image-repository/tree/master/png",
            "github.com/ml-workgroup/covid-19-image-repository",
            ["CC-BY-3.0"],
        ),
        (
            "https://GitHub.com/ML-Workgroup/COVID-19-image-repository",
            "github.com/ml-workgroup/covid-19-image-repository",
            ["CC-BY-3.0"],
        ),
    ],
)
def test_an_address_belongs_to_its_source(book: LicenseBook, url: str, host: str, ids: list[str]) -> None:
    found = book.expected_for(url)
    assert found is not None
    source, licenses = found
    assert source.host == host
    assert [license_.id for license_ in licenses] == ids


@pytest.mark.parametrize(
    "url",
    [
        "",
        "radiopaedia.org/cases/1",
        "ftp://radiopaedia.org/",
        "https://notradiopaedia.org/",
        "https://radiopaedia.org.example.com/",
        "https://example.com/radiopaedia.org",
        "https://example.com/?u=https://radiopaedia.org/",
        "https://radiopaedia.org@example.com/",
        "https://github.com/",
        "https://github.com/ml-workgroup",
        "https://github.com/somebody/covid-19-image-repository",
        "https://github.com/ml-workgroup/covid-19-image-repository-2",
        "https://github.com/x/ml-workgroup/covid-19-image-repository",
        "https://org/",
        "https://",
    ],
)
def test_another_address_belongs_to_no_source(book: LicenseBook, url: str) -> None:
    assert book.expected_for(url) is None


@settings(max_examples=300, deadline=None)
@example("https://radiopaedia.org?x")
@example("https://u:p@radiopaedia.org#x")
@given(
    st.from_regex(
        r"(https?|HTTPS)://(u@|u:p@)?(www\.|x-|)(radiopaedia\.org|Eurorad\.org|github\.com|a\.b)(:80)?(/ml|\?x|#x|)?",
        fullmatch=True,
    )
    | st.text(alphabet="htps:/@.?#acdegiorx", max_size=40)
)
def test_what_is_told_by_a_host_holds_for_all_its_addresses(url: str) -> None:
    host = url.partition("://")[2].partition("/")[0]
    if BOOK.is_told_by_host(url) and "/" not in host:
        for path in ("", "/", "/ml-workgroup/covid-19-image-repository", "/cases/1?x"):
            assert BOOK.expected_for(f"{url.partition('://')[0]}://{host}{path}") == BOOK.expected_for(url)


def test_an_endless_host_takes_no_time(book: LicenseBook) -> None:
    assert book.expected_for(f"https://{'a.' * 100_000}org/") is None


@pytest.mark.parametrize(
    ("id_", "family"),
    [
        ("CC-BY-4.0", "CC-BY"),
        ("CC-BY-3.0", "CC-BY"),
        ("LicenseRef-CC-BY", "CC-BY"),
        ("CC-BY-NC-SA-4.0", "CC-BY-NC-SA"),
        ("LicenseRef-CC-BY-NC-SA", "CC-BY-NC-SA"),
        ("CC0-1.0", "CC0"),
        ("Apache-2.0", "Apache"),
    ],
)
def test_family_is_the_license_without_its_version(id_: str, family: str) -> None:
    (license_,) = [one for one in SPECIFICATION.licenses if one.id == id_]
    assert family_of(license_) == family


def test_a_dataset_adds_licenses_and_sources(tmp_path: object) -> None:
    from pathlib import Path

    config = Path(str(tmp_path)) / "covidcurate.toml"
    config.write_text(
        '[[license]]\nid = "LicenseRef-ours"\nspellings = ["our terms"]\nredistribute = "yes"\ncommercial = "no"\n'
        'derivatives = "no"\nshare_alike = false\nattribution = true\nversion_known = true\n'
        '[[source]]\nhost = "images.example.org"\nlicense = "LicenseRef-ours"\n'
    )
    book = LicenseBook(Specification(config))
    assert id_of(book, "Our Terms") == "LicenseRef-ours"
    found = book.expected_for("https://images.example.org/1")
    assert found is not None
    assert [license_.id for license_ in found[1]] == ["LicenseRef-ours"]
    assert book.expected_for("https://example.org/1") is None
