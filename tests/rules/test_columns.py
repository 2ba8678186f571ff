"""Columns in little memory hold what lists of texts would hold."""

from __future__ import annotations

import sys
from array import array

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covidcurate.rules import columns, hashes
from covidcurate.rules.columns import (
    Prefix,
    count_gaps,
    numbers_of_pairs,
    rows_by_pair,
    rows_that_differ,
    rows_that_repeat,
    rows_where,
    steps_back,
)
from covidcurate.rules.text_column import TextColumn
from covidcurate.table import BATCH, Dialect
from covidcurate.table.block import cut_block
from covidcurate.table.short import ShortCells

_TEXTS = st.lists(
    st.text(alphabet="ab\0 \udce4é", max_size=3) | st.sampled_from(["", "images", "volumes"]), max_size=20
)


def packed(texts: list[str], size: int = BATCH) -> TextColumn:
    column = TextColumn()
    for start in range(0, len(texts), size):
        column.extend(texts[start : start + size])
    return column


def coded(texts: list[str]) -> TextColumn:
    words = list(dict.fromkeys(["", *texts]))
    column = TextColumn()
    column.extend_codes(words, np.array([words.index(text) for text in texts], np.uint16))
    return column


@given(texts=_TEXTS, repeats=st.integers(1, 60), size=st.sampled_from([1, 7, BATCH]))
def test_a_column_gives_its_texts_back_without_outer_blanks(texts: list[str], repeats: int, size: int) -> None:
    texts = [text for text in texts for _ in range(repeats)] + texts
    column, stripped = packed(texts, size), [text.strip() for text in texts]
    assert list(column) == stripped
    assert len(column) == len(stripped)
    assert [column[row] for row in range(len(texts))] == stripped
    assert column[-3:] == stripped[-3:]


def test_single_rows_are_found_in_any_order() -> None:
    texts = [str(number // 3) for number in range(3 * BATCH + 5)]
    column = packed(texts)
    assert [column[row] for row in (700, 0, 772, -1, 255, 256)] == [texts[row] for row in (700, 0, 772, -1, 255, 256)]
    assert column.index("200") == 600
    with pytest.raises(IndexError):
        column[len(texts)]


def test_runs_without_a_mark_are_left_out() -> None:
    texts = [f"film-{number}.png" for number in range(3 * BATCH)]
    texts[BATCH] = "film-L.png"
    runs = dict(packed(texts).runs_with(["l."]))
    assert list(runs) == [BATCH]
    assert runs[BATCH] == texts[BATCH : 2 * BATCH]
    assert dict(coded(texts).runs_with(["l."])) == {0: texts}


def test_columns_of_repeated_texts_take_few_bytes_a_row() -> None:
    column = packed(["images", "volumes"] * (100 * BATCH))
    chunks = column._chunks
    assert sum(sys.getsizeof(text) + sys.getsizeof(which) for text, which in set(chunks)) < 1000


@given(texts=_TEXTS, more=_TEXTS, repeats=st.integers(1, 200))
def test_words_of_a_vocabulary_are_given_back_as_texts_are(texts: list[str], more: list[str], repeats: int) -> None:
    words = list(dict.fromkeys(["", *texts]))
    column = TextColumn()
    codes = np.array([words.index(text) for text in texts] * repeats, np.uint16)
    column.extend_codes(words, codes)
    column.extend(more)
    # The vocabulary grows, and what was added before stays what it is.
    words.extend(f"{number:03}" for number in range(300))
    column.extend_codes(words, np.array([len(words) - 1, 0], np.uint16))
    expected = [text.strip() for text in [*texts * repeats, *more, "299", ""]]
    assert list(column) == expected
    assert [column[row] for row in range(len(expected))] == expected
    assert [one for run in column.hash_runs() for one in run.tolist()] == hashes.hashes_of_texts(expected).tolist()


@pytest.fixture(params=["short", "long"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look through tables of any length as through short ones, then as through long ones."""
    monkeypatch.setattr(columns, "MANY", 1 << 60 if request.param == "short" else 0)
    monkeypatch.setattr(hashes, "_RUN", 3)


_SAME_FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@_SAME_FIXTURE
@given(rows=st.lists(st.tuples(st.sampled_from(["", *"abcdefgh"]), st.integers(0, 2), st.sampled_from(["", "x", "y"]))))
def test_rows_whose_key_has_more_than_one_value_are_told(many: None, rows: list[tuple[str, int, str]]) -> None:
    values: dict[str, set[tuple[int, str]]] = {}
    for key, *told in rows:
        values.setdefault(key, set()).add(tuple(told))
    expected = [row for row, (key, *_) in enumerate(rows) if key and len(values[key]) > 1]
    keys, numbers, texts = (list(part) for part in zip(*rows, strict=True)) if rows else ([], [], [])
    assert rows_that_differ(keys, array("i", numbers), packed(texts)) == expected
    assert rows_that_differ(packed(keys), numbers, texts) == expected
    assert rows_that_differ(array("q", map(hash, keys)), numbers, texts) == expected
    # All rows with a 0 hold the same, so only the others can differ.
    among = [row for row in expected if len({told for told in values[keys[row]] if told[0]}) > 1 and numbers[row]]
    assert rows_that_differ(packed(keys), numbers, texts, among=array("i", numbers)) == among


@_SAME_FIXTURE
@given(numbers=st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 9)))
def test_gaps_and_steps_of_numbers_are_counted(many: None, numbers: list[int]) -> None:
    known = set(numbers) - {0}
    assert count_gaps(array("q", numbers)) == (max(known) - min(known) + 1 - len(known) if known else 0)
    steps = [at for at in range(1, len(numbers)) if 0 < numbers[at] < numbers[at - 1]]
    assert steps_back(array("q", numbers)) == steps


@_SAME_FIXTURE
@given(texts=st.lists(st.text(alphabet="aAbéE\0", max_size=2)))
def test_texts_that_occur_twice_are_told(many: None, texts: list[str]) -> None:
    stripped = [text.strip() for text in texts]
    folded = [text.casefold() for text in stripped]
    expected = [row for row, text in enumerate(folded) if text and folded.count(text) > 1]
    assert rows_that_repeat(stripped, str.casefold) == expected
    assert rows_that_repeat(packed(texts), str.casefold) == expected
    assert rows_that_repeat(coded(texts), str.casefold) == expected


@_SAME_FIXTURE
@given(pairs=st.lists(st.tuples(st.sampled_from(["", *"abc"]), st.sampled_from(["", *"123"]))))
def test_pairs_of_texts_are_numbered(many: None, pairs: list[tuple[str, str]]) -> None:
    asked = []

    def number(one: str, other: str) -> int:
        asked.append((one, other))
        return sum(map(ord, one + other))

    expected = [sum(map(ord, one + other)) for one, other in pairs]
    ones, others = ([pair[place] for pair in pairs] for place in (0, 1))
    for kinds in ((packed, coded), (coded, coded), (list, packed)):
        asked.clear()
        assert list(numbers_of_pairs(number, kinds[0](ones), kinds[1](others))) == expected
        assert sorted(asked) == sorted(set(pairs))


_PREFIXED = st.lists(
    st.tuples(st.sampled_from(["", "a/1", "a/2", "b/1", "/", "//", "é/1", "é/2", "ab", "a/b/1", "b/1/"]),
              st.sampled_from(["", *"123"])),
    min_size=1,
)  # fmt: skip


@_SAME_FIXTURE
@given(
    pairs=_PREFIXED,
    sizes=st.tuples(st.sampled_from([1, 3, BATCH]), st.sampled_from([2, BATCH])),
    after=st.sampled_from([0, 1, 2, 9, 99]),
)
def test_rows_of_one_pair_come_together_however_long_the_runs_of_its_columns_are(
    many: None, pairs: list[tuple[str, str]], sizes: tuple[int, int], after: int
) -> None:
    def head(text: str) -> str:
        before, mark, _ = text[after:].partition("/")
        return text[:after] + before if mark else text

    prefix = Prefix("/", after=after)
    ones, others = ([pair[place] for pair in pairs] for place in (0, 1))
    for kind, other_kind in ((packed, coded), (coded, packed), (coded, coded), (packed, packed), (short, packed)):
        column = packed(ones, sizes[0]) if kind is packed else kind(ones)
        other_column = packed(others, sizes[1]) if other_kind is packed else other_kind(others)
        told: dict[int, tuple[str, str]] = {}
        groups: list[tuple[str, str]] = []
        for rows, one, other in rows_by_pair(column, other_column, prefix):
            assert rows == sorted(rows)
            assert one in [ones[row] for row in rows]
            groups.append((prefix(one), other))
            told.update((row, (prefix(one), other)) for row in rows)
        assert told == {row: (head(one), other) for row, (one, other) in enumerate(pairs)}
        if kind is not packed and other_kind is coded:
            assert len(groups) == len(set(groups))


def cut_cells(texts: list[str]) -> ShortCells:
    """Return the cells of a block of one column beside another."""
    cells = [text.replace('"', '""') for text in texts]
    cut = cut_block("".join(f'x,"{cell}"\n' for cell in cells).encode(), Dialect(), 2, 1, 1 << 20)
    assert cut is not None
    assert cut.rows is not None
    short = cut.rows.short(1)
    assert short is not None
    return short


def short(texts: list[str]) -> TextColumn:
    column = TextColumn()
    column.extend_short(cut_cells(texts))
    return column


_RUN_TEXTS = st.sampled_from(["", "a", "a ", " a", "é", "\u3000é", '"', "b\t", "long and b"])
_RUNS = st.lists(st.tuples(_RUN_TEXTS, st.integers(1, 3)), min_size=1, max_size=12)
_KINDS = st.sampled_from(["texts", "codes", "cells"])


@_SAME_FIXTURE
@given(chunks=st.lists(st.tuples(_KINDS, _RUNS), max_size=6), odd=st.lists(st.sampled_from(["a\0", "\0", "a\0é", "a"])))
def test_a_column_of_chunks_of_all_kinds_is_as_a_list(
    many: None, chunks: list[tuple[str, list[tuple[str, int]]]], odd: list[str]
) -> None:
    column, words, texts = TextColumn(), [""], list[str]()
    for kind, runs in [*chunks, ("texts", [(text, 1) for text in odd]), *chunks[:1]]:
        some = [text for text, times in runs for _ in range(times)]
        if kind == "texts":
            column.extend(some)
        elif kind == "cells":
            column.extend_short(cut_cells(some))
        else:
            words.extend(word for word in dict.fromkeys(some) if word not in words)
            column.extend_codes(words, np.array([words.index(text) for text in some], np.uint16))
        texts += [text.strip() for text in some]
    assert list(column) == texts
    assert len(column) == len(texts)
    assert [column[row] for row in range(len(texts))] == texts
    assert column[1:-1] == texts[1:-1]
    assert [column[row] for row in range(-len(texts), 0)] == texts
    told: list[str] = []
    for parts, which in column.chunks():
        told += parts if which is None else [parts[at] for at in which.tolist()]
    assert told == texts
    for test in (str.isascii, bool, "a".__eq__):
        assert list(rows_where(column, test)) == [row for row, text in enumerate(texts) if test(text)]
    numbers = [number for run in column.hash_runs() for number in run.tolist()]
    assert numbers == hashes.hashes_of_texts(texts).tolist()
    assert len(set(numbers)) == len(set(texts)) == len(set(zip(numbers, texts, strict=True)))
    folded = [number for run in column.hash_runs(str.upper) for number in run.tolist()]
    assert folded == hashes.hashes_of_texts([text.upper() for text in texts]).tolist()


def test_more_cells_than_two_bytes_can_number_are_kept() -> None:
    texts = [str(number // 2 * 2) for number in range(1 << 17 | 2)]
    column = TextColumn()
    column.extend_short(cut_cells(texts))
    assert list(column) == texts
    assert [column[row] for row in (0, 1, 1 << 16, len(texts) - 1)] == [texts[row] for row in (0, 1, 1 << 16, -1)]
