"""One picture laid over the other so that people see in what they differ; on synthetic films."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from covidcurate.duplicates.overlay import overlay
from covidcurate.errors import UnreadableError
from tests.dedupe.synthetic_films import crop, film, jpeg, written_on

EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "mirrored": ImageOps.mirror,
    "turned": lambda image: image.rotate(90, expand=True),
    "turned a little": lambda image: image.rotate(2, fillcolor=0),
    "inverted": ImageOps.invert,
    "smaller": lambda image: image.resize((250, 214)),
    "cropped": lambda image: crop(image, 0.1),
    "darker, compressed": lambda image: jpeg(image.point(lambda level: level // 2), 60),
    "turned, inverted, cropped": lambda image: crop(ImageOps.invert(image).rotate(270, expand=True), 0.06),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("swapped", [False, True])
def test_what_was_changed_lies_where_it_was(tmp_path: Path, edit: str, swapped: bool) -> None:
    paths = [tmp_path / "first.png", tmp_path / "second.png"]
    film(4).save(paths[0])
    EDITS[edit](film(4)).save(paths[1])
    laid = overlay(*reversed(paths) if swapped else paths)
    assert laid is not None
    assert {part.shape for part in (laid.first, laid.second, laid.difference)} == {laid.inside.shape}
    assert {part.dtype.name for part in (laid.first, laid.second, laid.difference)} == {"uint8"}
    assert np.corrcoef(laid.first[laid.inside], laid.second[laid.inside])[0, 1] > 0.97
    assert laid.difference[laid.inside].mean() < 25
    assert not laid.difference[~laid.inside].any()
    expected = 0.6 < laid.inside.mean() < 0.85 if "cropped" in edit else laid.inside.mean() > 0.9
    assert expected, laid.inside.mean()


@pytest.mark.parametrize("form", range(8))
def test_the_first_stays_as_it_is(tmp_path: Path, form: int) -> None:
    turned = [None, *Image.Transpose][form]
    for seed in range(3):
        image = film(seed)
        image.save(tmp_path / "first.png")
        (image if turned is None else image.transpose(turned)).save(tmp_path / "second.png")
        laid = overlay(tmp_path / "first.png", tmp_path / "second.png")
        assert laid is not None
        assert np.array_equal(laid.first, np.asarray(image))
        assert laid.difference.mean() < 5


def test_marks_are_what_differs(tmp_path: Path) -> None:
    film(5).save(tmp_path / "plain.png")
    written_on(film(5)).save(tmp_path / "marked.png")
    laid = overlay(tmp_path / "plain.png", tmp_path / "marked.png")
    assert laid is not None
    marked = np.asarray(written_on(film(5))).astype(int) - np.asarray(film(5)) > 60
    assert laid.difference[marked].mean() > 100 > 25 > laid.difference[~marked].mean()


def test_what_is_not_alike_is_not_laid_over(tmp_path: Path) -> None:
    film(6).save(tmp_path / "one.png")
    film(7).save(tmp_path / "other.png")
    Image.new("L", (300, 300), 9).save(tmp_path / "blank.png")
    assert overlay(tmp_path / "one.png", tmp_path / "other.png") is None
    assert overlay(tmp_path / "one.png", tmp_path / "blank.png") is None


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    film(6).save(tmp_path / "one.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "one.png").read_bytes()[:1000])
    with pytest.raises(UnreadableError, match=r"broken\.png"):
        overlay(tmp_path / "one.png", tmp_path / "broken.png")
