"""The page of duplicates: whole, safe, the same every time, and working in a real browser; all films are synthetic."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image, ImageOps

from covidcurate.cli.main import run
from covidcurate.duplicates.overlay import overlay
from tests.browser import addresses_asked, open_browser
from tests.convert.synthetic_series import stack, write
from tests.dedupe.synthetic_films import crop, film, jpeg, written_on

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)<!--.png'


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of a folder with copies, changed films, a broken one, and names that would break it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    film(1).save("a.png")
    written_on(film(1)).save("b.png")
    ImageOps.invert(ImageOps.mirror(film(2))).save("c.png")
    film(2).save("d.png")
    jpeg(film(3), 90).save(HOSTILE)
    Path("e.png").write_bytes(Path(HOSTILE).read_bytes())
    Path("broken.png").write_bytes(Path("a.png").read_bytes()[:2000])
    Image.new("L", (300, 300), 9).save("blank.png")
    return make()


def make(*arguments: str) -> str:
    assert run(["dedupe", ".", "--format", "html", "--output", "../page.html", "--fail-on", "never", *arguments]) == 4
    return Path("../page.html").read_text(encoding="utf-8")


def test_each_pair_has_its_pictures_evidence_and_views(page: str) -> None:
    soup = BeautifulSoup(page, "html.parser")
    cards = soup.select("article")
    assert [card["data-kind"] for card in cards] == ["BYTES", "IMAGE", "IMAGE"]
    assert [len(card.select(".side img")) for card in cards] == [2, 2, 2]
    assert [len(card.select(".over img")) for card in cards] == [0, 3, 3]
    assert [len(card.select("button:disabled")) for card in cards] == [2, 0, 0]
    assert "marks in the second" in cards[1].select_one(".evidence").text
    assert "black and white exchanged" in cards[2].select_one(".evidence").text
    assert all(image["alt"] for image in soup.select("img"))
    assert "broken.png" in soup.text
    assert "blank.png" in soup.text
    assert len(soup.select("tbody tr")) == 3


def test_nothing_in_it_can_run_or_ask_for_anything_but_its_own_script(page: str) -> None:
    soup = BeautifulSoup(page, "html.parser")
    assert len(soup.select("script")) == 1
    assert not soup.select("[onerror], [onclick], [style], iframe, link, object")
    assert all(image["src"].startswith("data:image/jpeg;base64,") for image in soup.select("img"))
    assert HOSTILE in soup.text
    policy = soup.select_one("meta[http-equiv]")["content"]
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(soup.select_one(name).text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"https?://", page)


def test_pictures_carry_nothing_but_pixels(page: str) -> None:
    for address in re.findall(r"data:image/jpeg;base64,([^\"]+)", page):
        with Image.open(io.BytesIO(base64.b64decode(address))) as image:
            assert image.mode == "L"
            assert max(image.size) <= 480
            assert not image.getexif()
            assert "comment" not in image.info


def test_the_page_is_the_same_whatever_the_order_and_the_workers(page: str) -> None:
    assert make("--jobs", "1", "--no-cache") == page


def test_volumes_have_no_picture_and_no_harm_comes_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("series"), stack())
    assert run(["convert", "series", "made.nii.gz"]) == 0
    run(["dedupe", "series", "made.nii.gz", "--format", "html", "--output", "page.html"])
    (card,) = BeautifulSoup(Path("page.html").read_text(encoding="utf-8"), "html.parser").select("article")
    assert card["data-kind"] == "VOLUME"
    assert "No picture" in card.text


@pytest.mark.parametrize("change", ["mirrored", "turned", "inverted", "cropped", "darker"])
def test_the_second_is_laid_over_the_first(tmp_path: Path, change: str) -> None:
    base = film(4)
    changed = {
        "mirrored": ImageOps.mirror(base),
        "turned": base.transpose(Image.Transpose.ROTATE_90),
        "inverted": ImageOps.invert(base),
        "cropped": crop(base, 0.08),
        "darker": base.point(lambda value: value // 2),
    }[change]
    base.save(tmp_path / "a.png")
    changed.save(tmp_path / "b.png")
    for first, second in (("a.png", "b.png"), ("b.png", "a.png")):
        laid = overlay(tmp_path / first, tmp_path / second)
        assert laid is not None
        assert laid.first.shape == laid.second.shape == laid.difference.shape
        assert float(np.median(laid.difference)) <= 12
    Image.new("L", (300, 300), 9).save(tmp_path / "blank.png")
    assert overlay(tmp_path / "a.png", tmp_path / "blank.png") is None


@pytest.mark.slow
def test_it_works_in_a_browser(page: str, tmp_path: Path) -> None:
    del page
    from selenium.webdriver import ActionChains

    with open_browser(tmp_path / "profile") as browser:
        address = (tmp_path / "page.html").as_uri()
        browser.get(address)
        first, second, third = browser.find_elements("css selector", "article")

        def visible(pair: Any, selector: str) -> list[bool]:
            return [one.is_displayed() for one in pair.find_elements("css selector", selector)]

        def press(key: str) -> None:
            ActionChains(browser).send_keys(key).perform()

        assert browser.find_element("id", "shown").text == "3 of 3 pairs shown"
        assert visible(second, ".side img") == [True, True]
        assert visible(second, ".over") == [False, False]

        # By mouse: blinking shows one at a time, in turns.
        second.find_element("css selector", "button[data-view=blink]").click()
        assert visible(second, ".side img") == [False, False]
        seen = set()
        for _ in range(20):
            seen.add(tuple(visible(second, ".of-blink img")))
            time.sleep(0.1)
        assert {(True, False), (False, True)} <= seen

        # By keys: to the next pair, its difference, and back.
        press("j")
        assert browser.switch_to.active_element == third
        press("d")
        assert visible(third, ".of-difference img") == [True]
        press("s")
        assert visible(third, ".side img") == [True, True]
        press("k")
        assert browser.switch_to.active_element == second

        # Filters hide cards.
        browser.find_element("css selector", "input[value=IMAGE]").click()
        assert [one.is_displayed() for one in (first, second, third)] == [True, False, False]
        browser.find_element("css selector", "input[value=IMAGE]").click()
        browser.find_element("id", "text").send_keys("black and WHITE")
        assert [one.is_displayed() for one in (first, second, third)] == [False, False, True]

        assert [entry for entry in browser.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}] == []
        # The browser's own first page asks for parts of itself.
        asked = {one for one in addresses_asked(browser) if not one.startswith(("data:", "chrome"))}
        assert asked == {address}
