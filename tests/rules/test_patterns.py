"""Where a pattern is said to treat all digits alike, it does."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covidcurate.rules import all_rules
from covidcurate.rules.patterns import accept_all, is_digit_blind
from covidcurate.spec import load_specification

SPECIFICATION = load_specification()
_PIECES = (
    "a", "-", "^", "]", "[", "(", ")", "{", "}", "0", "5", "9", "0-9", "5-9", "0-", "-9", r"\d", r"\D", r"\w", r"\b",
    r"\1", r"\-", r"\]", r"\[", r"\^", r"\{", r"\\", r"\x31", r"\061", r"\u0031", r"\N{DIGIT ONE}", "[^", "[0-9]",
    "[^0-9]", "[0-8]", "[+-0-9]", "[!-~]", "[/-:]", "[]0-9]", "[^]", "[-0-9]", "{5}", "{1,2}", "{,2}", "{1,}", ",",
    "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?i:", "(?s:", "(?x:", "(?P<n>", "(?P=n)", "(?(1)", "(?>", "(?#", "(?i)",
    "(?", "?", "*", "+", "|", ".", "$", "#", "\n", " ", ":",
)  # fmt: skip
_TEXTS = st.text(alphabet="0123456789-a]{}[^+,:", max_size=5)


def compiled(pattern: str, flags: int = 0) -> re.Pattern[str] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return re.compile(pattern, flags)
        except (re.error, OverflowError):
            return None


def swapped(text: str) -> Iterator[str]:
    """Yield texts that are the same but for their digits."""
    chance = random.Random(text)  # noqa: S311 - nothing is secret
    for digits in ("0123456789", *(str(digit) for digit in range(10))):
        yield "".join(chance.choice(digits) if sign.isdecimal() else sign for sign in text)


def places(pattern: re.Pattern[str], text: str) -> list[list[tuple[int, int]]]:
    """Return where a pattern and its groups are found in a text and in all of it."""
    return [list(match.regs) if match else [] for match in (pattern.fullmatch(text), pattern.search(text))]


@settings(max_examples=1000)
@given(
    pieces=st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6),
    flags=st.sampled_from([0, 0, re.IGNORECASE, re.VERBOSE, re.ASCII]),
    texts=st.lists(_TEXTS, min_size=3, max_size=6),
)
def test_what_is_blind_to_digits_finds_the_same_in_texts_that_differ_in_them(
    pieces: list[str], flags: int, texts: list[str]
) -> None:
    pattern = compiled("".join(pieces), flags)
    if pattern is None or not is_digit_blind(pattern):
        return
    for text in [*texts, "5", "a5", "a0-9]", "55"]:
        # Also where it is found is the same, since names of pages are taken from there.
        assert all(places(pattern, other) == places(pattern, text) for other in swapped(text)), text


@pytest.mark.parametrize(
    "pattern",
    [
        "1", "a1?", "[0-8]", "[1-9]", "[05]", "[5]", "[a5]", "[^5]", "[+-0-9]", "[--0-9]", r"[\--0-9]", "[!-5]",
        "[5-~]", "[0-9-5]", "[{5}]", "[]5]", "[^]5]", "[^]{5}[x]", "[^]{5}]", "[]{5}[x]", r"[\]5]", r"[\x31]", r"\x31",
        r"\061", r"\u0031", r"\{5}", r"(\d)\1", r"(?P<n>\d)(?P=n)", r"(\d)?(?(1)a|b)", "(?<=1)a", "(?<!1)a", "(?i)1",
        "(?x:1)",
        r"(?x)a#[" + "\n0-9]", "10\\.\\d+", r"0*(\d+)",
    ],
)  # fmt: skip
def test_what_names_a_digit_is_not_blind_to_digits(pattern: str) -> None:
    known = compiled(pattern)
    assert known is not None
    assert not is_digit_blind(known)


def test_a_comment_can_make_another_pattern_of_what_follows() -> None:
    pattern = re.compile("a#[\n0-9]", re.VERBOSE)
    assert [bool(pattern.fullmatch(text)) for text in ("a0-9]", "a1-9]")] == [True, False]
    assert not is_digit_blind(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"[0-9]+[a-z]?",
        r"\d{4}-\d\d",
        "(?i:a|b){1,2}c{,3}",
        r"(?!con\.)[A-Za-z0-9_.-]{0,9}",
        r"[^\s/]+\.[^0-9]",
        r"\b(\w)$",
    ],
)
def test_what_names_none_is(pattern: str) -> None:
    assert is_digit_blind(re.compile(pattern))


def test_all_rules_for_texts_that_mostly_differ_can_be_asked_by_shape() -> None:
    """So that they are: of a pattern that is not blind nothing else would tell but the time it takes."""
    fine = {
        pattern.pattern
        for rule in all_rules().values()
        for column in SPECIFICATION.columns
        if (pattern := rule.fine(column)) is not None
    }
    assert len(fine) >= 4
    assert [pattern for pattern in fine if not is_digit_blind(re.compile(pattern))] == []


@given(
    patterns=st.lists(
        st.sampled_from(["a|ab", "[ab]*", r"(a)\1?b*", "(?i:A)b?", "(?i)AB?", "a$", "^a", "(?:)"]), max_size=3
    ),
    text=st.text(alphabet="abAB\n", max_size=3),
)
def test_several_patterns_accept_what_each_of_them_accepts(patterns: list[str], text: str) -> None:
    known = [re.compile(pattern) for pattern in patterns]
    accepts = accept_all(known)
    assert (accepts is None) == (not known)
    if accepts is not None:
        assert bool(accepts(text)) == all(pattern.fullmatch(text) for pattern in known)
