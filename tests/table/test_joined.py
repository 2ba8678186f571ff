"""Texts that are kept as one are what a list of them would be."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from covidcurate.table.joined import JoinedTexts

_TEXTS = st.lists(st.text(alphabet="ab/é漢\udce4", max_size=12), min_size=1, max_size=12)


@given(texts=_TEXTS)
@example(texts=[""])
@example(texts=["", "", "a"])
def test_joined_texts_are_a_sequence(texts: list[str]) -> None:
    joined = JoinedTexts("\0".join(texts))
    assert list(joined) == texts
    assert len(joined) == len(texts)
    for place in range(-len(texts), len(texts)):
        assert joined[place] == texts[place]
    assert joined[1:-1] == texts[1:-1]
    assert joined[::-2] == texts[::-2]
    for place in (len(texts), -len(texts) - 1):
        with pytest.raises(IndexError):
            joined[place]
    numbers = joined.keys().tolist()
    assert len(set(zip(numbers, texts, strict=True))) == len(set(numbers)) == len(set(texts))


@given(texts=_TEXTS, after=st.integers(0, 14))
def test_what_stands_before_a_mark_has_the_number_of_a_text(texts: list[str], after: int) -> None:
    keys = JoinedTexts("\0".join(texts)).keys_until("/", after)
    assert (keys is None) == any(not text.isascii() for text in texts)
    if keys is not None:
        heads = [text if (end := text.find("/", after)) < 0 else text[:end] for text in texts]
        assert keys.tolist() == JoinedTexts("\0".join(heads)).keys().tolist()


_NUMBERS = st.text(alphabet="0123456789", max_size=10) | st.text(alphabet="019/:a\x01\x7fé٣ ", max_size=9)


@given(texts=st.lists(_NUMBERS, min_size=1, max_size=12))
@example(texts=["99999999", "00000000", "12345678", "1", "123456789", "", "7654321"])
def test_texts_of_digits_are_the_numbers_that_they_are(texts: list[str]) -> None:
    numbers, is_plain = JoinedTexts("\0".join(texts)).decimals()
    assert is_plain.tolist() == [text.isascii() and text.isdecimal() and len(text) <= 8 for text in texts]
    plain = [text for text in texts if text.isascii() and text.isdecimal() and len(text) <= 8]
    assert numbers[is_plain].tolist() == list(map(int, plain))


@pytest.mark.parametrize("byte", [byte for byte in range(1, 128) if not chr(byte).isdigit()])
def test_no_other_byte_is_taken_for_a_digit(byte: int) -> None:
    texts = [f"{'9' * before}{chr(byte)}{'9' * after}" for before in range(8) for after in range(8 - before)]
    assert not JoinedTexts("\0".join(texts)).decimals()[1].any()
