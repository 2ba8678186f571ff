"""Cells as words of eight bytes say what the texts of the cells say."""

from __future__ import annotations

from array import array
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from covidcurate.table import Dialect
from covidcurate.table.batch import PackedRows, digest_of
from covidcurate.table.block import cut_block
from covidcurate.table.cut import CutRows
from covidcurate.table.keys import MASKS, keys_of_texts
from covidcurate.table.short import LONGEST, ShortCells
from covidcurate.table.vocabulary import Vocabulary

_SIGNS = 'ab0195 "é漢😀,\t'
_CELLS = (
    st.text(alphabet=_SIGNS, max_size=20)
    | st.sampled_from(["", "a", "b", "10.", "10.5", "http", '"', '""', 'a"', "é", "12345678", "12345679", "1234567é"])
    | st.builds(
        lambda size, end: ("x" * size)[: size - len(end.encode())] + end,
        st.sampled_from([7, 8, 9, 15, 16, 17, 63, 64, 65, 119, 120, 121, 127, 128]),
        st.sampled_from(["", "1", "2", "é", "a1"]),
    )
)
_SOME = st.lists(st.tuples(_CELLS, st.integers(1, 3)), min_size=1, max_size=25).map(
    lambda runs: [cell for cell, times in runs for _ in range(times)]
)


def rows_of(cells: list[str], *, quoted: bool = True) -> CutRows:
    """Return a block of one column beside another that is never blank."""
    needed = [quoted or any(mark in cell for mark in '",') for cell in cells]
    written = [f'"{_doubled(cell)}"' if quote else cell for cell, quote in zip(cells, needed, strict=True)]
    raw = "".join(f"é,{cell},x\n" for cell in written).encode() + b"not the end"
    cut = cut_block(raw, Dialect(), 3, 1, 1 << 20)
    assert cut is not None
    assert isinstance(cut.rows, CutRows)
    return cut.rows


def _doubled(cell: str) -> str:
    return cell.replace('"', '""')


def shape_of(cell: str) -> str:
    return "".join("0" if sign in "0123456789" else sign for sign in cell)


def short_of(cells: list[str], *, quoted: bool = True) -> ShortCells | None:
    return rows_of(cells, quoted=quoted).short(1)


@settings(max_examples=300)
@given(cells=_SOME, quoted=st.booleans())
@example(cells=["x" * 128], quoted=False)
@example(cells=[""], quoted=True)
@example(cells=["", "", '"', '""'], quoted=False)
def test_short_cells_say_what_their_texts_say(cells: list[str], quoted: bool) -> None:
    short = short_of(cells, quoted=quoted)
    assert (short is None) == any(len(_doubled(cell).encode()) > LONGEST for cell in cells)
    if short is None:
        return
    assert len(short) == len(cells)
    assert short.joined().split("\0") == cells
    firsts = [at for at, cell in enumerate(cells) if at == 0 or cell != cells[at - 1]]
    assert short.firsts.tolist() == firsts
    assert short.joined(short.firsts).split("\0") == [cells[at] for at in firsts]
    assert short.empty == [at for at, cell in enumerate(cells) if not cell]
    for start in ("", "1", "10.", "http", "xxxxxxxx"):
        outside = [at for at, cell in enumerate(cells) if cell and not cell.startswith(start)]
        assert short.without_start(start.encode()) == outside
    assert short.numbers(hash) == array("q", map(hash, cells))
    assert short.repeated(short.firsts).tolist() == [max(at for at in firsts if at <= row) for row in range(len(cells))]


@settings(max_examples=300)
@given(cells=_SOME, others=_SOME)
def test_two_cells_have_one_shape_if_they_differ_in_digits_alone(cells: list[str], others: list[str]) -> None:
    """So it is in each block, whatever else stands in it: the words of a block go by its longest cell."""
    shapes: dict[int, set[str]] = {}
    for some in (cells, others, [*cells, "x" * 121], ["y"]):
        short = short_of([cell for cell in some if len(_doubled(cell).encode()) <= LONGEST] or ["z"])
        assert short is not None
        for shape, cell in zip(short.shapes.tolist(), short.joined(short.firsts).split("\0"), strict=True):
            shapes.setdefault(shape, set()).add(shape_of(cell))
    assert all(len(same) == 1 for same in shapes.values())
    assert len({shape for same in shapes.values() for shape in same}) == len(shapes)
    assert shapes.get(0, {""}) == {""}


def test_shapes_are_told_apart_where_two_words_differ_in_their_last_bytes() -> None:
    signs = [chr(code) for code in range(ord(" "), ord("~")) if chr(code) not in '"0123456789']
    cells = [f"seven--{one}abcdefg{other}" for one in signs for other in signs]
    short = short_of(cells)
    assert short is not None
    assert len(set(short.shapes.tolist())) == len(cells)


_EDGES = st.builds(
    lambda signs, size: (signs * size)[:size],
    st.text(alphabet='aé漢😀" ', min_size=1, max_size=4),
    st.integers(76, 84) | st.integers(0, 5),
)


@settings(max_examples=200)
@given(texts=st.lists(_EDGES, min_size=1, max_size=8), quoted=st.booleans(), fewest=st.sampled_from([0, 1, 2, 80]))
@example(texts=["é" * 80, "é" * 79, '"' * 80, '"' * 79, "a" * 79 + "漢", "a" * 78 + '"'], quoted=False, fewest=80)
def test_a_text_has_one_digest_however_it_was_read(texts: list[str], quoted: bool, fewest: int) -> None:
    size = len(texts)
    packed = PackedRows([texts], range(size), range(size), (), range(size))
    digests = rows_of(texts, quoted=quoted).digests(1, fewest)
    assert digests == packed.digests(0, fewest)
    assert digests == [digest_of(text) if len(text) >= fewest else 0 for text in texts]


def test_a_block_with_odd_rows_counts_the_characters_of_its_own_cells_alone() -> None:
    raw = '"é""é"\n,"ab",\né,"""é"\n"a""é",漢,b\nc,"","é"\n'.encode()
    cut = cut_block(raw, Dialect(), 3, 1, 1 << 20)
    assert cut is not None
    assert cut.rows is not None
    assert [cut.rows.texts(place) for place in range(3)] == [["", 'a"é', "c"], ["ab", "漢", ""], ["", "b", "é"]]
    for place in range(3):
        for fewest in range(5):
            expected = [digest_of(text) if len(text) >= fewest else 0 for text in cut.rows.texts(place)]
            assert cut.rows.digests(place, fewest) == expected


@settings(max_examples=100)
@given(parts=st.lists(st.lists(st.sampled_from(["", *"YNaé", "no", "漢", "longer than 8"]), min_size=1), max_size=6))
def test_a_vocabulary_has_one_code_for_a_word_whether_its_column_has_single_bytes_or_more(
    parts: list[list[str]],
) -> None:
    vocabulary = Vocabulary()
    for cells in [*parts, ["Y"], ["Y", "longer than 8"], ["", "N"], [""], ["Q"], ["Q", "é"]]:
        rows = rows_of(cells)
        keys = rows.keys(1)
        assert keys is not None
        assert (keys.itemsize == 1) == all(len(cell.encode()) <= 1 for cell in cells)
        codes = vocabulary.codes(keys, partial(rows.text, 1))
        assert codes is not None
        assert [vocabulary.words[code] for code in codes.tolist()] == cells
    assert len(set(vocabulary.words)) == len(vocabulary.words)


@pytest.mark.parametrize("size", range(9))
def test_a_mask_leaves_the_first_bytes_of_a_word(size: int) -> None:
    assert int(MASKS[size]).to_bytes(8, "little") == b"\xff" * size + b"\0" * (8 - size)


@given(texts=st.lists(st.text(alphabet="a\0é\udce4", max_size=20), max_size=20))
def test_texts_with_nul_have_numbers_of_their_own(texts: list[str]) -> None:
    numbers = keys_of_texts(texts).tolist()
    assert len(set(zip(numbers, texts, strict=True))) == len(set(numbers)) == len(set(texts))
    assert all((number == 0) == (text == "") for number, text in zip(numbers, texts, strict=True))
