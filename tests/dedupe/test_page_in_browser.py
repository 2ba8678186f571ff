"""The page of duplicates in a real browser, from a file, as a person uses it. Needs Chromium and its driver."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import ImageOps

from covidcurate.convert.inputs import Source
from covidcurate.dedupe import Kind, Search, Wish, find_duplicates
from covidcurate.dedupe.page import as_html
from tests.browser import addresses_asked, all_pictures_are_shown, open_browser
from tests.dedupe.synthetic_films import film, jpeg, written_on

pytestmark = pytest.mark.slow
_ALERT = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page with pairs of several kinds, one of them with a hostile name."""
    folder = tmp_path_factory.mktemp("films")
    film(1).save(folder / "a.png")
    film(1).save(folder / "b.tif")
    jpeg(ImageOps.mirror(written_on(film(1))), 70).save(folder / "c.png")
    film(2).save(folder / "d.png")
    shutil.copy(folder / "d.png", folder / f"{_ALERT}.png")
    (folder / "broken.png").write_bytes((folder / "d.png").read_bytes()[:2000])
    search: Search = find_duplicates([Source(path, path.name) for path in folder.iterdir()], Wish())
    assert {pair.kind for pair in search.pairs} == {Kind.BYTES, Kind.PIXELS, Kind.IMAGE}
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text("\n".join(as_html(search)), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def browser(driver: Any, page: str) -> Any:
    """The page, opened anew, without automatic motion, which would change what a test looks at."""
    for kind in ("browser", "performance"):
        driver.get_log(kind)
    motion(driver, "reduce")
    driver.get(page)
    return driver


def motion(driver: Any, value: str) -> None:
    features = [{"name": "prefers-reduced-motion", "value": value}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def find(browser: Any, selector: str) -> list[Any]:
    return browser.find_elements("css selector", selector)


def visible(browser: Any, selector: str) -> list[Any]:
    return [element for element in find(browser, selector) if element.is_displayed()]


def press(browser: Any, keys: str) -> None:
    for key in keys:
        browser.switch_to.active_element.send_keys(key)


def wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def changed(browser: Any) -> Any:
    """Return the first card that has something to blink."""
    return find(browser, "article:has(button)")[0]


def go_to(browser: Any, card: Any) -> None:
    for _ in find(browser, "article"):
        press(browser, "j")
        if browser.switch_to.active_element == card:
            return
    pytest.fail("the keys do not lead there")


def test_the_page_opens_without_a_complaint_and_asks_nobody(browser: Any, page: str) -> None:
    # Those of a view that is not open are decoded too once they are asked for.
    assert all_pictures_are_shown(browser)
    assert _ALERT in "".join(title.text for title in find(browser, "h3"))
    assert browser.get_log("browser") == []
    asked = addresses_asked(browser)
    assert page in asked
    assert [url[:200] for url in asked if url != page and not url.startswith("data:image/jpeg;base64,")] == []


def test_the_policy_stops_what_would_slip_through(browser: Any) -> None:
    """Without this, a log without complaints would prove nothing."""
    browser.execute_script(
        "const image = new Image(); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image);"
        "const script = document.createElement('script');"
        "try { script.textContent = 'window.slipped = 1'; document.body.append(script); } catch (error) {}"
        "try { document.body.innerHTML += '<b id=slipped></b>'; } catch (error) {}"
    )
    said: list[str] = []

    def complains() -> bool:
        said.extend(entry["message"] for entry in browser.get_log("browser"))
        return any("img-src" in message for message in said) and any("Trusted" in message for message in said)

    wait(complains)
    assert browser.execute_script("return window.slipped === undefined && !document.querySelector('#slipped')")


def test_keys_lead_from_pair_to_pair(browser: Any) -> None:
    cards = find(browser, "article")
    press(browser, "j")
    assert browser.switch_to.active_element == cards[0]
    press(browser, "jj")
    assert browser.switch_to.active_element == cards[2]
    head, title = find(browser, ".top")[0], cards[2].find_element("tag name", "h3")
    assert title.rect["y"] - browser.execute_script("return scrollY") >= head.size["height"], "the title is not hidden"
    press(browser, "k")
    assert browser.switch_to.active_element == cards[1]
    press(browser, "k" * len(cards))
    assert browser.switch_to.active_element == cards[0]
    assert cards[0].value_of_css_property("outline-style") == "solid"


def test_the_views_show_one_thing_each(browser: Any) -> None:
    card = changed(browser)
    go_to(browser, card)
    images = {name: card.find_elements("css selector", f"{name} img") for name in (".side", ".of-blink", ".over")}

    def shown() -> list[str]:
        return [image.get_attribute("alt") for image in card.find_elements("tag name", "img") if image.is_displayed()]

    first, second = (image.get_attribute("alt") for image in images[".side"])
    assert shown() == [first, second]
    press(browser, "b")
    assert shown() == [f"{first}, on one grid"]
    press(browser, "b")
    assert shown() == [f"{second}, on the same grid"]
    place, other = (image.rect for image in images[".of-blink"])
    assert place == other, "one lies over the other"
    press(browser, "d")
    assert shown() == [f"difference of {first} and {second}"]
    pressed = card.find_elements("css selector", "button[aria-pressed=true]")
    assert [button.text for button in pressed] == ["Difference"]
    press(browser, "s")
    assert shown() == [first, second]
    card.find_element("css selector", "button[data-view=blink]").click()
    assert shown() == [f"{first}, on one grid"]


def test_a_pair_without_difference_has_one_view(browser: Any) -> None:
    card = next(card for card in find(browser, "article") if "all pixels are equal" in card.text)
    go_to(browser, card)
    before = card.text
    press(browser, "bd")
    assert card.text == before
    assert len([image for image in card.find_elements("tag name", "img") if image.is_displayed()]) == 2
    assert browser.get_log("browser") == []


def test_blinking_goes_on_until_it_is_held_and_not_where_motion_is_unwanted(browser: Any) -> None:
    card = changed(browser)
    go_to(browser, card)
    press(browser, "b")
    time.sleep(1.8)
    assert card.get_attribute("data-seen") == "1"
    motion(browser, "no-preference")
    wait(lambda: card.get_attribute("data-seen") == "2")
    wait(lambda: card.get_attribute("data-seen") == "1")
    press(browser, "b")
    held = card.get_attribute("data-seen")
    time.sleep(1.8)
    assert card.get_attribute("data-seen") == held


def test_differences_can_be_made_stronger(browser: Any) -> None:
    card = changed(browser)
    go_to(browser, card)
    press(browser, "d")
    (picture,) = card.find_elements("css selector", ".of-difference img")
    assert picture.value_of_css_property("filter") == "brightness(1)"
    find(browser, "#gain")[0].send_keys("\ue014\ue014")
    assert picture.value_of_css_property("filter") == "brightness(3)"
    assert "9 times as strong" in card.text


def test_filters_hide_cards_and_keys_pass_over_them(browser: Any) -> None:
    count = len(find(browser, "article"))
    find(browser, "input[value=IMAGE]")[0].click()
    exact = visible(browser, "article")
    assert {card.get_attribute("data-kind") for card in exact} == {"BYTES", "PIXELS"}
    assert find(browser, "#count")[0].text == f"{len(exact)} of {count} pairs shown"
    press(browser, "j" * count)
    assert browser.switch_to.active_element == exact[-1]
    find(browser, "input[value=IMAGE]")[0].click()
    assert len(visible(browser, "article")) == count
    find(browser, "#text")[0].send_keys("MIRRORED")
    assert {card.get_attribute("data-kind") for card in visible(browser, "article")} == {"IMAGE"}
    find(browser, "#text")[0].send_keys(" jbd")
    assert visible(browser, "article") == []
    assert find(browser, "#text")[0].get_property("value") == "MIRRORED jbd"


_LEAST_CONTRASTS = """
const parts = (color) => { const all = color.match(/[\\d.]+/g).map(Number); return [...all, 1].slice(0, 4); };
const light = (color) => {
  const [red, green, blue] = parts(color).map((part) => {
    const share = part / 255;
    return share < 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (...colors) => {
  const [less, more] = colors.map(light).sort((one, other) => one - other);
  return (more + 0.05) / (less + 0.05);
};
const behind = (element) => {
  const color = getComputedStyle(element).backgroundColor;
  return parts(color)[3] || !element.parentElement ? color : behind(element.parentElement);
};
const text = [...document.querySelectorAll("body *")].filter((element) =>
  element.getClientRects().length && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
const search = document.querySelector("#text");
const words = text.map((element) => contrast(getComputedStyle(element).color, behind(element)));
words.push(contrast(getComputedStyle(search, "::placeholder").color, behind(search)));
const edges = [search, ...document.querySelectorAll("button[aria-pressed=false]")].map((element) =>
  contrast(getComputedStyle(element).borderTopColor, behind(element.parentElement)));
return [Math.min(...words), Math.min(...edges)];
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_controls_stand_out(browser: Any, scheme: str) -> None:
    """As much as level AA of WCAG 2.2 asks: 4.5 for text, 3 for the edges of what can be used."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    words, edges = browser.execute_script(_LEAST_CONTRASTS)
    assert words >= 4.5
    assert edges >= 3


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_is_wider_than_the_window(browser: Any, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        press(browser, "jbjd")
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
