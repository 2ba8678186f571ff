"""What was done to the grey levels of a synthetic film is said, and nothing that was not done."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from covidcurate.cli.dedupe import command
from covidcurate.duplicates import SAME
from covidcurate.duplicates.changes import describe_greys
from tests.dedupe.synthetic_films import film

WHOLE = np.ones((128, 128))


def greys(image: Image.Image) -> np.ndarray:
    return np.asarray(image.resize((128, 128), Image.Resampling.BOX)).astype(np.float64)


@pytest.mark.parametrize("seed", range(6))
def test_of_equal_pictures_nothing_is_said(seed: int) -> None:
    found = describe_greys(greys(film(seed)), greys(film(seed)), WHOLE)
    assert (found.words, found.marked, round(found.explained, 3)) == ((), 0, 1.0)


@pytest.mark.parametrize("seed", range(4))
def test_brightness_and_contrast_are_measured(seed: int) -> None:
    base = greys(film(seed)) * 0.5 + 60
    found = describe_greys(base, base * 1.4 - 50, WHOLE)
    assert found.words == ("another brightness and contrast: times 1.40, -50 of 255",)


@pytest.mark.parametrize("seed", range(4))
def test_a_curve_is_no_mark(seed: int) -> None:
    for power in (0.5, 2.0):
        curved = film(seed).point([round(255 * (value / 255) ** power) for value in range(256)])
        found = describe_greys(greys(film(seed)), greys(curved), WHOLE)
        assert found.marked == 0
        assert found.explained > 0.98
    assert describe_greys(greys(film(seed)), greys(ImageOps.equalize(film(seed))), WHOLE).marked == 0


@pytest.mark.parametrize("ink", [0, 255])
def test_marks_are_found_in_the_picture_that_has_them(ink: int) -> None:
    marked = film(3)
    draw = ImageDraw.Draw(marked)
    draw.text((60, 250), "DAY 3", fill=ink, font=ImageFont.load_default(40))
    draw.line((200, 200, 260, 120), fill=ink, width=6)
    pair = greys(film(3)), greys(marked)
    assert describe_greys(*pair, WHOLE).marked == 2
    assert describe_greys(*reversed(pair), WHOLE).marked == 1
    (words,) = describe_greys(*pair, WHOLE).words
    assert "marks in the second" in words


def test_what_came_in_at_the_corners_of_a_turned_picture_is_no_mark() -> None:
    turned = film(2).rotate(3, Image.Resampling.BILINEAR, fillcolor=255)
    back = turned.rotate(-3, Image.Resampling.BILINEAR, fillcolor=255)
    pair = greys(film(2)), greys(back)
    # Forth and back, twice as much came in.
    assert describe_greys(*pair, WHOLE, 6.0).marked == 0


def test_a_uniform_picture_is_no_trouble() -> None:
    for first, second in ((np.full((128, 128), 7.0), greys(film(1))), (greys(film(1)), np.full((128, 128), 7.0))):
        assert 0 <= describe_greys(first, second, WHOLE).explained <= 1


def test_the_threshold_of_the_command_is_the_one_that_was_measured() -> None:
    (threshold,) = (option.default for option in command.params if option.name == "threshold")
    assert threshold == SAME
