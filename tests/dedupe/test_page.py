"""The page of duplicates as a parser reads it: what is in it, that nothing leaves its place or comes from outside."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image, ImageOps

from covidcurate.cli.main import run
from covidcurate.convert.inputs import Source
from covidcurate.dedupe import Group, Kind, Pair, Search, Wish, find_duplicates
from covidcurate.dedupe.page import as_html, build
from covidcurate.errors import UnreadableError
from tests.convert.synthetic_series import stack, write
from tests.dedupe.synthetic_films import film, jpeg, written_on
from tests.duplicates.synthetic_volumes import chest, picture, write_nifti

HOSTILE = [
    '"><script>alert(1)<',
    "' onerror='alert(1)",
    "</style></script><!--",
    "a\nb\x1b[31m\x7f",
    "\u202egnp.exe",
    os.fsdecode(b"not \xff UTF-8"),
    "&lt;b&gt; &#60;",
    "{{7*7}}${alert(1)}",
]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def source(name: str) -> Source:
    return Source(Path(name), name)


def page_of(search: Search) -> tuple[str, BeautifulSoup]:
    text = "\n".join(as_html(search))
    return text, BeautifulSoup(text, "html.parser")


def changed_pair(first: str = "one.png", second: str = "two.png") -> Pair:
    film(1).save(first)
    ImageOps.mirror(written_on(film(1))).save(second)
    return Pair(source(first), source(second), Kind.IMAGE, 0.987, ("mirrored", "text in the second"))


def test_the_command_writes_a_page_with_a_card_for_each_pair() -> None:
    film(1).save("a.png")
    film(1).save("b.tif")
    jpeg(ImageOps.invert(film(1)), 80).save("c.png")
    Path("copy of a.png").write_bytes(Path("a.png").read_bytes())
    Path("broken.png").write_bytes(Path("a.png").read_bytes()[:3000])
    assert run(["dedupe", ".", "--format", "html", "--output", "../page.html", "--no-cache"]) == 1
    page = BeautifulSoup(Path("../page.html").read_bytes(), "html.parser")
    assert page.h1.get_text() == "Duplicates"
    assert "5 files: 1 same bytes, 1 same pixels, 2 same image, changed; 1 not read." in page.header.get_text()
    boxes = {box["value"]: box.parent.get_text() for box in page.select(".filters input[type=checkbox]")}
    assert boxes == {
        "BYTES": "same bytes (1)",
        "PIXELS": "same pixels (1)",
        "IMAGE": "same image, changed (2)",
    }
    cards = {card.h3.get_text(): card for card in page.select("article")}
    assert list(cards) == [
        "1. a.png and b.tif",
        "2. a.png and c.png",
        "3. a.png and copy of a.png",
        "4. b.tif and c.png",
    ]
    for card in cards.values():
        assert page.find(id=card["aria-labelledby"]) is card.h3
        assert [image["alt"] for image in card.select(".side img")] == re.split(r"\d\. | and ", card.h3.get_text())[1:]
        assert f"{float(card.meter['value']):.2f}" in card.select_one(".score").get_text()
    assert "all pixels are equal" in cards["1. a.png and b.tif"].get_text()
    assert "the files have the same bytes" in cards["3. a.png and copy of a.png"].get_text()
    assert not cards["1. a.png and b.tif"].select("button")
    changed = cards["2. a.png and c.png"]
    assert [button["data-view"] for button in changed.select("button")] == ["side", "blink", "difference"]
    assert len(changed.select(".of-blink img")) == 2 and len(changed.select(".of-difference img")) == 1
    assert "black and white exchanged" in [line.get_text() for line in changed.select(".evidence li")]
    assert "broken.png: does not decode" in page.get_text()
    assert "a.png" in page.select_one("td[data-title='Best copy']").get_text()


def test_the_pictures_of_a_pair_lie_over_each_other() -> None:
    _, page = page_of(Search(2, [changed_pair()]))
    first, second = (_decode(image["src"]) for image in page.select(".of-blink img"))
    (difference,) = (_decode(image["src"]) for image in page.select(".of-difference img"))
    assert first.shape == second.shape == difference.shape[:2]
    inner = np.s_[210:-40, 40:-40]
    assert np.corrcoef(first[inner].ravel(), second[inner].ravel())[0, 1] > 0.98
    assert difference[24:40, 24:120].max() > 200, "the text that one of them has"
    assert difference[inner].mean() < 25


def _decode(address: str) -> np.ndarray:
    image = Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/jpeg;base64,"), validate=True)))
    return np.asarray(image).astype(float)


def test_pictures_carry_nothing_but_pixels() -> None:
    exif = Image.Exif()
    exif[0x010E] = "DOE^JANE"
    film(1).save("a.jpg", exif=exif, comment=b"DOE^JANE")
    film(1).convert("RGB").save("b.jpg", quality=40)
    text, page = page_of(Search(2, [Pair(source("a.jpg"), source("b.jpg"), Kind.IMAGE, 0.9)]))
    images = page.find_all("img")
    assert len(images) == 5
    for image in images:
        data = base64.b64decode(image["src"].removeprefix("data:image/jpeg;base64,"))
        assert set(Image.open(io.BytesIO(data)).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert b"DOE^JANE" not in data
    assert "DOE^JANE" not in text


def test_nothing_comes_from_outside_and_the_policy_allows_nothing_else() -> None:
    text, page = page_of(Search(2, [changed_pair()]))
    assert not re.search(r"(?i)\bhttps?:|\burl\(|@import|\bimport\b|fetch|XMLHttp|WebSocket|sendBeacon|innerHTML", text)
    assert {tag.name for tag in page.find_all(True)}.isdisjoint({"link", "base", "iframe", "object", "embed", "form"})
    for tag in page.find_all(True):
        assert not {name for name in tag.attrs if name.startswith("on") or name in {"style", "href", "srcset"}}
        assert tag.get("src", "data:image/jpeg;base64,").startswith("data:image/jpeg;base64,")
    (script,), (style,) = page.find_all("script"), page.find_all("style")
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'" and rules["img-src"] == "data:"
    for tag, rule in ((script, "script-src"), (style, "style-src")):
        digest = base64.b64encode(hashlib.sha256(tag.string.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_the_page_is_the_same_in_any_encoding() -> None:
    """It may come through a terminal or a pipe that knows less than UTF-8."""
    search = Search(2, [Pair(source("Thorax ä.png"), source("胸部.png"), Kind.BYTES, 1.0, ("30° gedreht",))])
    search.notes = ["µ"]
    text, page = page_of(search)
    assert text.isascii()
    assert page.h3.get_text() == "1. Thorax ä.png and 胸部.png"
    assert page.select_one(".evidence li").get_text() == "30° gedreht"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_leaves_its_place(name: str) -> None:
    plain = Search(2, [Pair(source("a"), source("b"), Kind.IMAGE, 0.9, ("x",))])
    plain.groups = [Group(source("a"), (source("a"), source("b")), source("a"), ("x",))]
    plain.problems[source("c")] = UnreadableError("x")
    plain.notes = ["x"]
    evil = Search(2, [Pair(source(name), source("b" + name), Kind.IMAGE, 0.9, (name,))])
    evil.groups = [Group(source(name), (source(name), source("b" + name)), source(name), (name,))]
    evil.problems[source(name)] = UnreadableError(name)
    evil.notes = [name]
    text, page = page_of(evil)
    _, expected = page_of(plain)
    assert [tag.name for tag in page.find_all(True)] == [tag.name for tag in expected.find_all(True)]
    assert [sorted(tag.attrs) for tag in page.find_all(True)] == [sorted(tag.attrs) for tag in expected.find_all(True)]
    text.encode("utf-8")
    assert all(part.get_text().isprintable() for part in page.select("h3, li, figcaption, td"))
    if name.isprintable():
        assert page.select_one(".evidence li").get_text() == name
        assert page.h3.get_text() == f"1. {name} and b{name}"


def test_files_with_hostile_names_are_shown() -> None:
    for number, name in enumerate(HOSTILE):
        folder = Path(str(number), *name.split("/"))
        folder.parent.mkdir(parents=True)
        film(3).save(f"{folder}.png")
    assert run(["dedupe", ".", "--format", "html", "--output", "../page.html", "--no-cache"]) == 1
    page = BeautifulSoup(Path("../page.html").read_text(encoding="utf-8"), "html.parser")
    assert len(page.find_all("script")) == 1
    assert len(page.select("article .side img")) == 2 * len(page.select("article")) >= 2 * (len(HOSTILE) - 1)


def test_a_picture_that_cannot_be_read_is_said_and_stops_nothing() -> None:
    pair = changed_pair()
    Path("broken.png").write_bytes(Path("one.png").read_bytes()[:2000])
    Path("volume.nii.gz").write_bytes(b"no volume")
    film(2).save("other.png")
    Image.new("L", (300, 300), 7).save("blank.png")
    others = [Pair(pair.first, source(name), Kind.IMAGE, 0.8) for name in ("broken.png", "gone.png", "volume.nii.gz")]
    unlike = [Pair(pair.first, source(name), Kind.INSTANCE) for name in ("other.png", "blank.png")]
    _, page = page_of(Search(6, [*others, *unlike, pair]))
    cards = page.select("article")
    for card, name in zip(cards[:3], ("broken.png", "gone.png", "volume.nii.gz"), strict=True):
        assert len(card.find_all("img")) == 1
        assert card.select_one(".film p").get_text().startswith(f"No picture: {name}: ")
    for card in cards[3:5]:
        assert len(card.find_all("img")) == 2
        assert "cannot be laid over the other" in card.get_text()
    assert len(cards[5].find_all("img")) == 5


def test_of_volumes_a_slice_is_shown_that_which_a_picture_shows() -> None:
    voxels = chest(1)
    write_nifti(Path("volume.nii.gz"), voxels)
    write_nifti(Path("copy.nii"), voxels[::-1])
    picture(voxels, 10).save("slice.png")
    run(["dedupe", ".", "--format", "html", "--output", "../page.html", "--no-cache"])
    page = BeautifulSoup(Path("../page.html").read_text(encoding="utf-8"), "html.parser")
    cards = {(card["data-kind"], card.h3.get_text()): card for card in page.select("article")}
    volumes = cards["VOLUME", "1. copy.nii and volume.nii.gz"]
    middle = (voxels.shape[2] + 1) // 2
    assert all(f"voxels of NIfTI, slice {middle} " in part.get_text() for part in volumes.select("figcaption"))
    shown = cards["SLICE", "3. slice.png and volume.nii.gz"]
    assert "slice 10 of" in shown.select_one(".evidence").get_text()
    assert "slice 10 from the feet" in shown.select("figcaption")[1].get_text()
    one, other = (Image.fromarray(_decode(image["src"]).astype(np.uint8)) for image in shown.select("img"))
    assert np.corrcoef(np.ravel(one), np.ravel(other.resize(one.size)))[0, 1] > 0.9


def test_a_series_is_stood_for_by_one_of_its_files() -> None:
    write(Path("series"), stack())
    assert run(["convert", "series", "made.nii.gz"]) == 0
    run(["dedupe", "series", "made.nii.gz", "--format", "html", "--output", "page.html"])
    (card,) = BeautifulSoup(Path("page.html").read_text(encoding="utf-8"), "html.parser").select("article")
    assert card["data-kind"] == "VOLUME"
    assert len(card.find_all("img")) == 2
    assert "one of its series" in card.get_text()
    assert "not laid over" in card.get_text()


def _die(pair: Pair) -> None:
    os._exit(9)


def test_a_decoder_that_crashes_costs_one_pair_its_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "read_pictures", _die)
    _, page = page_of(Search(2, [changed_pair()]))
    assert [place.get_text() for place in page.select(".film p")] == [
        "No picture: its decoder crashed, so the file is taken for broken"
    ] * 2


def test_where_pairs_are_too_many_copies_have_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "MOST_PICTURES", 1)
    pair = changed_pair()
    text, page = page_of(Search(3, [Pair(pair.first, source("copy.png"), Kind.BYTES), pair]))
    assert [len(card.find_all("img")) for card in page.select("article")] == [0, 5]
    assert "Only 1 of the 2 pairs have pictures" in text


def test_groups_name_the_best_copy_the_middle_and_why() -> None:
    first, second, third = source("a"), source("b"), source("c")
    search = Search(3, groups=[Group(second, (first, second, third), third, ("most pixels", "no marks"))])
    _, page = page_of(search)
    assert [cell.get_text("|") for cell in page.select("tbody td")] == ["c", "most pixels, no marks", "b", "a|b"]
    assert not page.select("article")


def test_a_search_that_found_nothing_is_a_page_too() -> None:
    _, page = page_of(Search(7))
    assert "7 files: no duplicates; 0 not read." in page.get_text()


def test_the_page_is_the_same_with_any_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        film(number).save(f"{number}.png")
        jpeg(film(number).resize((300, 257)), 70).save(f"{number}-small.png")
    search = find_duplicates([source(path.name) for path in sorted(Path().glob("*.png"))], Wish())
    assert len(search.pairs) == 6
    once = list(as_html(search))
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert list(as_html(search)) == once
