"""Damaged words and the same words where they are intact."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from covidcurate.rules.twins import damaged_words, find_twins


def twins_of(word: str, *lines: str) -> tuple[str, ...]:
    return find_twins([word], lambda: iter(lines)).get(word, ())


@pytest.mark.parametrize(
    ("word", "line", "found"),
    [
        ("In\ufffds", "Credit to Inês, and to others.", ("Inês",)),
        ("In\ufffds", "Inês and Inés", ("Inés", "Inês")),
        ("37\ufffdC", "38.5°C", ("37°C",)),
        ("\ufffd\ufffdrzte", "Äürzte", ("Äürzte",)),
        ("Mü\ufffder", "Müßer", ("Müßer",)),
        ("Mü\ufffder", "Mößer", ()),  # what is there must be the same
        ("M\udcfcnchen", "München", ("München",)),
        ("In\ufffds", "Inêss ines", ()),
        ("In\ufffds", "In\ufffds", ()),
        ("in\ufffds", "Inês", ()),
        ("In\ufffds", "In\xads", ()),  # nobody could see what is offered
    ],
)
def test_a_word_is_known_by_what_is_left_of_it(word: str, line: str, found: tuple[str, ...]) -> None:
    assert twins_of(word, line) == found


def test_a_sign_alone_fits_everywhere_and_is_not_looked_for() -> None:
    assert damaged_words("a \ufffd b, 3\ufffd10, \ufffdL (38\ufffdC) In\ufffds") == ["38\ufffdC", "In\ufffds"]


def test_the_table_is_read_again_only_for_a_word_to_look_for() -> None:
    def never() -> Iterator[str]:
        raise AssertionError
        yield ""

    assert find_twins([], never) == {}


def test_long_words_are_searched_in_a_moment() -> None:
    """One pass over the text, however long a run of letters is."""
    assert twins_of("x" * 200_000 + "\ufffd", "y" * 400_000 + "ä", "x" * 200_000 + "ä") == ("x" * 200_000 + "ä",)
