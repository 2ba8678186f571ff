"""One case after the other of each synthetic site: what is read, what stays blank, what waits, what is asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from scrape.conftest import Scrape
from sites import SiteServer
from sites.images import SECRET

from covidcurate.casefile import case_to_json, read_case

CORONACASES_1 = (
    "https://coronacases.org/forum/coronacases-org-helping-radiologists-to-help-people-in-more-than-100-countries-1"
    "/question/case-001-61-year-old-female-24"
)


def values(node: dict[str, Any], *kinds: str) -> dict[str, str]:
    return {
        name: one["value"] for name, one in node["values"].items() if one["evidence"]["kind"] in (kinds or {"stated"})
    }


def test_a_radiopaedia_case_of_the_old_viewer(scrape: Scrape) -> None:
    assert scrape("radiopaedia", "900101") == 0
    case = scrape.case("radiopaedia-900101")
    assert values(case) == {
        "age": "61", "sex": "M", "url": "https://radiopaedia.org/cases/synthetic-pneumonia-1", "license": "CC BY-NC-SA 3.0",
    }  # fmt: skip
    film, ct = case["studies"]
    assert values(film)["modality"] == "X-ray"
    assert [values(image) for image in film["images"]] == [{}, {"view": "L"}]  # frontal is not PA
    assert values(ct)["modality"] == "CT"
    assert [image["file"] for image in ct["images"]] == [
        "radiopaedia-900101-70002-1-100.png", "radiopaedia-900101-70002-2-013.png",
    ]  # fmt: skip
    assert "Drawn ground glass" in values(ct)["clinical_notes"]
    assert "Drawn ground glass" not in values(film)["clinical_notes"]
    assert case["texts"]["study 2 heading"] == "Three days later"
    assert case["provenance"]["certainty"] == "Diagnosis certain"
    assert case["provenance"]["permission"] == "synthetic pages, written by us, 2026"
    assert case["provenance"]["attribution"] == "Case courtesy of Synthetic Author, Radiopaedia.org, rID: 900101"


def test_a_radiopaedia_case_of_the_new_viewer(scrape: Scrape) -> None:
    assert scrape("https://radiopaedia.org/cases/synthetic-chest-2?lang=us", "--slices", "all") == 0
    case = scrape.case("radiopaedia-900102")
    assert values(case)["doi"] == "10.53347/rID-900102"
    assert case["provenance"]["published"] == "2021-03-26"
    files = [image["file"] for image in case["studies"][0]["images"]]
    assert files == [
        f"radiopaedia-900102-70003-1-00{n}.{e}" for n, e in ((1, "png"), (2, "png"), (3, "jpg"), (4, "png"))
    ]
    assert any("1 entries of its viewer name no image" in warning for warning in case["warnings"])


def test_sizes_fall_back_where_the_largest_is_gone(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("radiopaedia", "900103") == 0
    images = scrape.case("radiopaedia-900103")["studies"][0]["images"]
    assert all("big_gallery" in image["url"] for image in images)
    assert values(scrape.case("radiopaedia-900103"))["age"] == "0.25"


@pytest.mark.parametrize(("case", "code", "said"), [
    ("900104", 0, "patient data: not found"), ("900105", 4, "its pages name no images"),
    ("900106", 0, "'70-75 years' is no age"), ("900107", 4, "not for everybody"), ("999", 4, "is not there"),
])  # fmt: skip
def test_what_is_missing_is_said(scrape: Scrape, case: str, code: int, said: str) -> None:
    assert scrape("radiopaedia", case) == code
    assert said in scrape.out


def test_the_author_is_not_taken_for_the_title(scrape: Scrape) -> None:
    scrape("radiopaedia", "900106")
    assert scrape.case("radiopaedia-900106")["provenance"]["title"] == "COVID-19 pneumonia"


@pytest.mark.parametrize(("slices", "number"), [("key", 2), ("5", 10), ("all", 341)])
def test_slices(scrape: Scrape, slices: str, number: int) -> None:
    assert scrape("radiopaedia", "900101", "--slices", slices, "--no-images") == 0
    assert len(scrape.case("radiopaedia-900101")["studies"][1]["images"]) == number


def test_a_eurorad_case(scrape: Scrape) -> None:
    assert scrape("eurorad", "90001") == 0
    case = scrape.case("eurorad-90001")
    stated = values(case)
    assert (stated["age"], stated["sex"]) == ("61", "M")
    assert (stated["doi"], stated["license"]) == ("10.35100/eurorad/case.90001", "CC BY-NC-SA 4.0")
    assert stated["clinical_notes"].startswith("An invented patient with fever for 5 days.\nSpO2 was 92% on room air.")
    assert values(case, "inferred")["finding"] == "Pneumonia/Viral/COVID-19"
    one, two = case["studies"]
    assert [values(image) for image in one["images"]] == [{"modality": "X-ray"}, {}]
    assert values(two["images"][0]) == {"modality": "CT", "view": "Axial"}
    assert case["provenance"]["authors"] == "A. Synthetic, B. Nobody"
    assert case["provenance"]["published"] == "2020-03-26"
    assert "teaser" not in one["images"][0]["url"]


def test_old_eurorad_names_that_repeat_stay_apart(scrape: Scrape) -> None:
    assert scrape("eurorad", "90002", "90003") == 0
    assert scrape.files("eurorad-90002") == ["case.json", "eurorad-90002-1.jpg"]
    assert scrape.files("eurorad-90003") == ["case.json", "eurorad-90003-1.jpg"]
    assert values(scrape.case("eurorad-90002")["studies"][0]["images"][0]) == {"modality": "X-ray", "view": "PA"}


def test_lazy_images_tokens_and_teasers(scrape: Scrape) -> None:
    assert scrape("eurorad", "90004") == 0
    urls = [image["url"] for study in scrape.case("eurorad-90004")["studies"] for image in study["images"]]
    assert len(urls) == 2
    assert "figure_image/public" in urls[0] and urls[0].endswith("?itok=abc123")
    assert "teaser_large" in urls[1]


def test_an_italian_post(scrape: Scrape) -> None:
    assert scrape("sirm", "40") == 0
    case = scrape.case("sirm-40")
    assert "license" not in case["values"]
    assert case["questions"][0]["column"] == "license"
    waiting = values(case, "inferred", "hint")
    assert {
        "sex": "F",
        "age": "75",
        "intubated": "N",
        "survival": "Y",
        "RT_PCR_positive": "Y",
    }.items() <= waiting.items()
    assert "view" not in waiting
    assert case["studies"][0]["images"][0]["url"].endswith("39EE8E69-0000-48DE-B6E3-BE7D1BCF3092.jpeg")
    assert case["provenance"]["authors"] == "Anna INVENTATA, Bruno Nessuno."
    assert case["provenance"]["hospital"].startswith("U.O. Radiologia")
    assert case["provenance"]["published"] == "2020-03-11"


def test_pictures_elsewhere_on_a_post_are_left_alone(scrape: Scrape, sites: SiteServer) -> None:
    assert scrape("sirm", "https://www.sirm.org/2020/05/31/covid-19-caso-111/") == 0
    assert any("ads.example.org" in warning for warning in scrape.case("sirm-111")["warnings"])
    assert not any("logo" in path or "other" in path for path in sites.asked())


def test_an_english_post_is_a_case_of_its_own(scrape: Scrape) -> None:
    assert scrape("sirm", "5-en") == 0
    assert values(scrape.case("sirm-5-en"), "inferred", "hint")["sex"] == "M"


def test_a_post_without_pictures_and_one_without_words(scrape: Scrape) -> None:
    assert scrape("sirm", "42") == 4
    assert "name no images" in scrape.out
    assert scrape("sirm", "41") == 0
    assert "has no text about the patient" in scrape.out


@pytest.mark.slow
def test_a_coronacases_case_is_complete_and_asks_about_its_license(scrape: Scrape) -> None:
    assert scrape(CORONACASES_1) == 0
    case = scrape.case("coronacases-001")
    assert [len(study["images"]) for study in case["studies"]] == [301, 45, 57]
    assert [option["value"] for option in case["questions"][0]["options"]] == ["Apache-2.0", "CC-BY-NC-3.0"]
    assert (values(case)["age"], values(case)["sex"]) == ("61", "F")


def test_a_title_that_contradicts_its_address_becomes_a_question(scrape: Scrape) -> None:
    assert scrape("coronacases", "8", "--no-images") == 0
    case = scrape.case("coronacases-008")
    assert "age" not in case["values"]
    question = next(one for one in case["questions"] if one["column"] == "age")
    assert {option["value"] for option in question["options"]} == {"38", "34"}


@pytest.mark.parametrize(("words", "folder"), [
    (("radiopaedia", "900101"), "radiopaedia-900101"), (("eurorad", "90001"), "eurorad-90001"),
    (("sirm", "40"), "sirm-40"), (("coronacases", "1", "--no-images"), "coronacases-001"),
])  # fmt: skip
def test_all_evidence_leads_back_to_the_words(scrape: Scrape, words: tuple[str, ...], folder: str) -> None:
    assert scrape(*words) == 0
    path = scrape.home / "candidates" / folder / "case.json"
    case = read_case(path)
    assert case_to_json(case) == path.read_text(encoding="utf-8")
    checked = 0
    for study, image, found in case.images():
        if image.sha256:
            assert hashlib.sha256((path.parent / image.file).read_bytes()).hexdigest() == image.sha256
        for value in found.values():
            assert value.evidence.text and value.evidence.rule, (study.id, value)
            place, bracket, span = value.evidence.where.partition("[")
            if bracket and place.startswith("texts/"):
                start, end = span.rstrip("]").split(":")
                assert case.texts[place.removeprefix("texts/")][int(start) : int(end)] == value.evidence.text
                checked += 1
    assert checked or folder.startswith("coronacases")


def test_no_identity_reaches_what_is_written(scrape: Scrape) -> None:
    assert scrape("eurorad", "90001", "--format", "json") == 0
    for path in (scrape.home / ".covidcurate").rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()
    assert SECRET not in scrape.out + Path(scrape.home / "candidates/eurorad-90001/case.json").read_text("utf-8")
