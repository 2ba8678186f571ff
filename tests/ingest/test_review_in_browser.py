"""The page of a plan in a real browser: look, correct, reject, save, and carry out. All images are synthetic."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageOps

from covidcurate.cli.main import run
from tests.browser import addresses_asked, all_pictures_are_shown, open_browser
from tests.dedupe.synthetic_films import film
from tests.ingest.test_ingest import rows_of

Make = Callable[..., Path]
HOSTILE = '"><img src=x onerror="document.title=1"><script>document.title=2</script></textarea>'
WORDS = "A woman,\nshe was admitted. " + HOSTILE


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def review(dataset: Path, contribution: Make, case_folder: Make, tmp_path: Path) -> Path:
    """A page with a case that waits, a changed copy of a film, a row that a rule refuses, and two that may enter."""

    def change(document: dict[str, Any]) -> None:
        start = WORDS.index("she")
        evidence = {"kind": "inferred", "text": "she", "where": f"texts/notes[{start}:{start + 3}]"}
        document["values"]["sex"] = {"value": "F", "evidence": evidence}
        document["values"]["clinical_notes"] = {"value": HOSTILE, "evidence": {"kind": "stated"}}
        document["texts"] = {"notes": WORDS}

    film(1).save(dataset / "images" / "film-1.png")
    folder = contribution({}, {"view": "Frontal"}, {}, {})
    ImageOps.mirror(film(1)).save(folder / "input-3.png")
    page = tmp_path / "review.html"
    inputs = [str(case_folder(change)), str(folder)]
    assert run(["ingest", *inputs, "-d", str(dataset), "--review", str(page), "--as", 'Ada "A" <a@b>']) == 4
    return page


def card(browser: Any, name: str) -> Any:
    cards = browser.find_elements("css selector", "article")
    return next(one for one in cards if one.find_element("tag name", "h3").text == name)


def keys(browser: Any, *pressed: str) -> None:
    from selenium.webdriver import ActionChains

    for key in pressed:
        ActionChains(browser).send_keys(key).perform()


def type_into(card_: Any, column: str, text: str) -> None:
    field = card_.find_element("css selector", f'[data-column="{column}"]')
    field.clear()
    field.send_keys(text)


def save(browser: Any, folder: Path) -> Path:
    browser.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    browser.find_element("id", "save").click()
    path = folder / "decisions.json"
    for _ in range(100):
        if path.is_file() and path.read_text():
            return path
        time.sleep(0.1)
    raise AssertionError("the page saved nothing")


def test_a_person_corrects_one_rejects_another_and_the_dataset_is_right(
    browser: Any, dataset: Path, review: Path, tmp_path: Path
) -> None:
    browser.get(review.as_uri())
    case = card(browser, "film.png")
    case.find_element("css selector", ".use").click()
    case.find_element("css selector", "input[value=accept]").click()
    card(browser, "input-1.png").find_element("css selector", "input[value=reject]").click()
    refused = card(browser, "input-2.png")
    type_into(refused, "view", "AP")
    refused.find_element("css selector", "input[value=accept]").click()
    assert browser.find_element("id", "status").text == "3 accepted, 1 rejected, 1 undecided, not saved yet"
    decisions = save(browser, tmp_path)
    assert browser.find_element("id", "status").text.startswith("Saved as decisions.json.")
    assert run(["ingest", "--decisions", str(decisions), "-d", str(dataset)]) == 4
    rows = {row["filename"]: row for row in rows_of(dataset)[1:]}
    assert set(rows) == {"film.png", "input-2.png", "input-4.png"}
    assert (rows["film.png"]["sex"], rows["film.png"]["clinical_notes"]) == ("F", HOSTILE)
    assert rows["input-2.png"]["view"] == "AP"
    said = json.loads(decisions.read_text())["images"]
    assert {entry["by"] for entry in said.values()} == {'Ada "A" <a@b>'}


def test_the_page_can_be_used_with_the_keyboard_alone(browser: Any, review: Path) -> None:
    browser.get(review.as_uri())
    browser.execute_script("localStorage.clear()")
    browser.get("about:blank")
    browser.get(review.as_uri())
    names = [one.text for one in browser.find_elements("tag name", "h3")]
    keys(browser, "j", "j")
    assert browser.switch_to.active_element.find_element("tag name", "h3").text == names[1]
    keys(browser, "k", "r")
    assert browser.switch_to.active_element.get_attribute("data-decision") == "reject"
    keys(browser, "u", "a", "e", "x")
    field = browser.switch_to.active_element
    assert field.get_attribute("value").endswith("x")
    keys(browser, "j")
    assert field.get_attribute("value").endswith("xj")
    keys(browser, "\ue00c")  # Escape
    assert browser.switch_to.active_element.get_attribute("data-decision") == "accept"


def test_what_was_decided_survives_a_closed_page(browser: Any, review: Path) -> None:
    browser.get(review.as_uri())
    browser.execute_script("localStorage.clear()")
    browser.get("about:blank")
    browser.get(review.as_uri())
    type_into(card(browser, "input-4.png"), "age", "44")
    keys(browser, "\ue00c", "r")
    browser.execute_script("unsaved = false")
    browser.get("about:blank")
    browser.get(review.as_uri())
    again = card(browser, "input-4.png")
    assert again.get_attribute("data-decision") == "reject"
    assert again.find_element("css selector", '[data-column="age"]').get_attribute("value") == "44"


def test_words_are_marked_alike_images_stand_side_by_side_and_nothing_hostile_runs(browser: Any, review: Path) -> None:
    browser.get("about:blank")
    addresses_asked(browser), browser.get_log("browser")
    browser.get(review.as_uri())
    assert browser.title == "Review for dataset"
    case = card(browser, "film.png")
    marks = {mark.text: mark.get_attribute("title") for mark in case.find_elements("tag name", "mark")}
    assert marks == {"she": "sex"}
    assert "A woman,\nshe was admitted." in case.find_element("css selector", ".words").text
    assert case.find_element("css selector", '[data-column="clinical_notes"]').get_attribute("value") == HOSTILE
    copy = card(browser, "input-3.png")
    films = copy.find_elements("css selector", ".films img")
    assert [one.get_attribute("alt") for one in films] == ["input-3.png", "film-1.png"]
    assert films[0].location["y"] == films[1].location["y"]
    assert "shows the same image as images/film-1.png" in copy.text
    assert all_pictures_are_shown(browser)
    assert {address.partition(":")[0] for address in addresses_asked(browser)} <= {"file", "data"}
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [1280, 420])
def test_nothing_is_cut_off(browser: Any, review: Path, width: int) -> None:
    browser.set_window_size(width, 900)
    browser.get(review.as_uri())
    wide = browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    browser.set_window_size(1280, 1000)
