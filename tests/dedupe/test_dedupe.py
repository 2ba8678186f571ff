"""Copies and changed images are found, each with what was changed; different images are not; on synthetic films."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from covidcurate.cli.main import run
from covidcurate.duplicates.fingerprint import FORMS, fingerprint, hash_of, trim, turn, turn_pixels
from covidcurate.duplicates.search import find_pairs
from tests.convert.synthetic_series import header, save
from tests.dedupe.synthetic_films import crop, film, jpeg, written_on

EDITS: dict[str, tuple[Callable[[Image.Image], Image.Image], str]] = {
    "smaller": (lambda image: image.resize((210, 180)), "210 x 180"),
    "recompressed": (lambda image: jpeg(image, 20), ""),
    "another window": (lambda image: image.point(lambda value: max(0, min(255, (value - 60) * 2))), ""),
    "gamma": (lambda image: image.point(lambda value: int(255 * (value / 255) ** 1.7)), ""),
    "equalized": (ImageOps.equalize, ""),
    "inverted": (ImageOps.invert, "black and white exchanged"),
    "mirrored": (ImageOps.mirror, "mirrored"),
    "turned": (lambda image: image.transpose(Image.Transpose.ROTATE_90), "turned by"),
    "upside down": (lambda image: image.transpose(Image.Transpose.ROTATE_180), "180 degrees"),
    "framed": (lambda image: ImageOps.expand(image, 30, 0), "a border of"),
    "padded": (lambda image: ImageOps.pad(image, (420, 420)), "a border of"),
    "tilted": (lambda image: image.rotate(1, Image.Resampling.BILINEAR), ""),
    "written on": (written_on, ""),
}
CROPS = (0.03, 0.06, 0.1, 0.12)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for seed in range(12):
        film(seed).save(f"film-{seed:02d}.png")


@pytest.fixture
def pairs(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that looks for duplicates and gives the exit code and the pairs."""

    def do(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
        code = run(["dedupe", *arguments, "--format", "json"])
        return code, json.loads(capsys.readouterr().out)["pairs"]

    return do


def test_different_films_are_no_pair(pairs: Any) -> None:
    assert pairs(".") == (0, [])
    assert pairs(".", "--thorough") == (0, [])


@pytest.mark.parametrize("name", EDITS)
def test_a_changed_image_is_found_with_what_was_changed(name: str, pairs: Any) -> None:
    edit, words = EDITS[name]
    edit(film(4)).save("film-99.png")
    code, (pair,) = pairs(".", "--fail-on", "near")
    assert code == 1
    assert (pair["first"], pair["second"]) == ("film-04.png", "film-99.png")
    assert pair["kind"] == "same image, changed"
    assert pair["score"] >= 0.8
    assert any(words in change for change in pair["evidence"]) or not words, pair["evidence"]


@pytest.mark.parametrize("order", ["a", "z"])
@pytest.mark.parametrize("degrees", [90, 270])
def test_crops_that_are_turned_too(degrees: int, order: str, pairs: Any) -> None:
    """Whichever of the two comes first."""
    crop(film(4), 0.06).rotate(degrees, expand=True).save(f"{order}.png")
    _, found = pairs(".", "--thorough")
    assert [sorted((pair["first"], pair["second"])) for pair in found] == [sorted(("film-04.png", f"{order}.png"))]


@pytest.mark.parametrize("share", CROPS)
def test_crops_are_found_when_one_looks_thoroughly(share: float, pairs: Any) -> None:
    crop(film(4), share).save("film-99.png")
    _, found = pairs(".", "--thorough")
    assert [(pair["first"], pair["second"]) for pair in found] == [("film-04.png", "film-99.png")]
    if share > 0.03:
        assert any("of the other's height and width" in change for change in found[0]["evidence"])


def test_copies_are_found_byte_by_byte(pairs: Any) -> None:
    Path("copy.png").write_bytes(Path("film-03.png").read_bytes())
    code, (pair,) = pairs(".", "--exact")
    assert (code, pair["kind"], pair["first"], pair["second"]) == (1, "same bytes", "copy.png", "film-03.png")
    assert pairs(".", "--fail-on", "never")[0] == 0


def test_another_format_and_dicom(pairs: Any) -> None:
    image = header("2.25.5", 1, np.asarray(film(6)).astype(np.uint16) * 12 + 30)
    image.Modality = "DX"
    save(image, Path("film.dcm"))
    film(7).save("other.tif")
    code, found = pairs(".")
    assert code == 1
    assert [(pair["kind"], pair["first"], pair["second"]) for pair in found] == [
        ("same pixels", "film-06.png", "film.dcm"),
        ("same pixels", "film-07.png", "other.tif"),
    ]


def test_new_files_against_old_ones(pairs: Any) -> None:
    Path("new").mkdir()
    jpeg(film(2), 40).save("new/a.png")
    ImageOps.invert(film(20)).save("new/b.png")
    film(20).save("new/c.png")
    Path("old").mkdir()
    for path in Path().glob("film-*.png"):
        path.rename(Path("old") / path.name)
    film(3).resize((200, 170)).save("old/twin.png")
    _, found = pairs("new", "--against", "old")
    # That two of the old ones are the same is no news.
    assert [(pair["first"], pair["second"]) for pair in found] == [
        ("new/b.png", "new/c.png"),
        ("old/film-02.png", "new/a.png"),
    ]


def test_the_answer_does_not_depend_on_order_or_workers(capsys: pytest.CaptureFixture[str]) -> None:
    ImageOps.mirror(film(1)).save("z.png")
    crop(film(2), 0.05).save("y.png")
    shown = []
    for names, jobs in ((["."], "1"), (sorted((str(p) for p in Path().glob("*.png")), reverse=True), "2")):
        run(["dedupe", *names, "--thorough", "--jobs", jobs])
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]


def test_blank_and_broken_files_are_told_and_carry_no_vote(capsys: pytest.CaptureFixture[str]) -> None:
    for name, level in (("a", 0), ("b", 0), ("c", 9)):
        Image.new("L", (300, 200 + level), level).save(f"blank-{name}.png")
    Path("broken.png").write_bytes(Path("film-01.png").read_bytes()[:900])
    assert run(["dedupe", ".", "--format", "json", "--fail-on", "near"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [pair["kind"] for pair in document["pairs"]] == ["same bytes"]
    assert document["featureless"] == ["blank-a.png", "blank-c.png"]
    assert len(document["not_read"]) == 1
    assert "broken.png" in document["not_read"][0]


def test_a_dataset_is_looked_through_by_default(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film(5).save(dataset / "images" / "one.png")
    film(5).resize((300, 250)).save(dataset / "images" / "two.png")
    assert run(["dedupe", "-d", str(dataset)]) == 0
    assert "1 same image, changed" in capsys.readouterr().out


def test_a_fingerprint_knows_its_mirrored_and_turned_forms() -> None:
    pixels = np.asarray(film(1))
    plain = fingerprint(pixels, windows=False).spectra
    for form in range(FORMS):
        turned = fingerprint(np.ascontiguousarray(turn_pixels(pixels, form)), windows=False).spectra
        assert int(np.bitwise_count(hash_of(turned) ^ hash_of(turn(plain, form))).sum()) <= 4
    inverted = fingerprint(255 - pixels, windows=False).spectra
    assert int(np.bitwise_count(hash_of(inverted) ^ ~hash_of(plain)).sum()) <= 2


def test_flat_borders_are_trimmed() -> None:
    pixels = np.asarray(ImageOps.expand(film(1), (30, 20, 10, 40), 0))
    assert trim(pixels) == (20, 20 + 360, 30, 30 + 420)


def test_neighbors_are_found_without_comparing_all() -> None:
    random = np.random.default_rng(1)
    hashes = random.integers(0, 256, (20000, 32), dtype=np.uint8)
    near = hashes[:500].copy()
    for row in near:
        for bit in random.choice(256, random.integers(0, 25), replace=False):
            row[bit // 8] ^= 1 << (bit % 8)
    found = {tuple(pair) for pair in find_pairs(np.concatenate([hashes, near])).tolist()}
    planted = {(place, 20000 + place) for place in range(500)}
    assert found <= planted
    assert len(found) >= 499
    assert {tuple(pair) for pair in find_pairs(hashes, near).tolist()} == {(a, b - 20000) for a, b in found}
