"""Columns in little memory hold what lists of texts would hold."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covidcurate.rules.columns import CHUNK, TextColumn, count_different, keys_that_differ, numbers_that_repeat

_TEXTS = st.lists(
    st.text(alphabet="ab\0 \udce4é", max_size=3) | st.sampled_from(["", "images", "volumes"]), max_size=20
)


def packed(texts: list[str], size: int = CHUNK) -> TextColumn:
    column = TextColumn()
    for start in range(0, len(texts), size):
        column.extend(texts[start : start + size])
    return column


@given(texts=_TEXTS, repeats=st.integers(1, 60), size=st.sampled_from([1, 7, CHUNK]))
def test_a_column_gives_its_texts_back_without_outer_blanks(texts: list[str], repeats: int, size: int) -> None:
    texts = [text for text in texts for _ in range(repeats)] + texts
    column, stripped = packed(texts, size), [text.strip() for text in texts]
    assert list(column) == stripped
    assert len(column) == len(stripped)
    assert [column[row] for row in range(len(texts))] == stripped
    assert column[-3:] == stripped[-3:]


def test_single_rows_are_found_in_any_order() -> None:
    texts = [str(number // 3) for number in range(3 * CHUNK + 5)]
    column = packed(texts)
    assert [column[row] for row in (700, 0, 772, -1, 255, 256)] == [texts[row] for row in (700, 0, 772, -1, 255, 256)]
    assert column.index("200") == 600
    with pytest.raises(IndexError):
        column[len(texts)]


def test_columns_of_repeated_texts_take_few_bytes_a_row() -> None:
    column = packed(["images", "volumes"] * (100 * CHUNK))
    chunks = column._chunks
    assert sum(sys.getsizeof(text) + sys.getsizeof(which) for text, which in set(chunks)) < 1000


@given(pairs=st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 2))))
def test_keys_with_more_than_one_value_are_told(pairs: list[tuple[str, int]]) -> None:
    expected = {hash(key) for key, _ in pairs if len({value for other, value in pairs if other == key}) > 1}
    assert keys_that_differ([key for key, _ in pairs], [value for _, value in pairs]) == expected


@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 9)))
def test_different_numbers_are_counted(numbers: list[int]) -> None:
    assert count_different(numbers) == len(set(numbers))


@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 9)))
def test_numbers_that_repeat_are_found(numbers: list[int]) -> None:
    assert numbers_that_repeat(numbers) == {number for number in numbers if numbers.count(number) > 1}
