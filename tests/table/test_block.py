"""Blocks that are cut at once hold what their rows, read one by one, hold."""

from __future__ import annotations

import csv
import io
import string
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from covidcurate.errors import CovidcurateError
from covidcurate.table import Dialect, Row, RowBatch, Table, TableReader, block, reader
from covidcurate.table.block import cut_block
from covidcurate.table.cut import CutRows
from covidcurate.table.joined import JoinedTexts
from covidcurate.table.keys import keys_of, keys_of_texts
from covidcurate.table.vocabulary import Codes, Vocabulary, groups_of, rows_with

PIECES = [
    "a",
    "7",
    "é",
    "漢",
    " ",
    ",",
    ",",
    ",",
    "\n",
    "\n",
    '"',
    '"a,b"',
    '"x\ny"',
    '""',
    '"q""r"',
    "\r\n",
    "\t",
    "\x0b",
]
BYTES = [piece.encode() for piece in PIECES] + [b"\xff", b"\0", b"\r", b"\x7f"]
"""Of these almost any table is made up that can be wrong."""


def summary(content: bytes) -> tuple[object, ...]:
    """Return all that a reader says of a table when its rows are asked for in batches."""
    sound: list[tuple[object, ...]] = []
    odd: list[Row] = []
    other_ends: list[int] = []
    with TableReader(content) as table:
        try:
            for batch in table.batches():
                if isinstance(batch, Row):
                    odd.append(batch._replace(plain=True))
                else:
                    sound.extend(rows_of(batch, len(table.header)))
                    other_ends.extend(batch.other_ends)
        except CovidcurateError as error:
            return sound, odd, str(error)
        return sound, odd, other_ends, table.bad_bytes, table.utf8_line


def rows_of(batch: RowBatch, width: int) -> Iterator[tuple[object, ...]]:
    columns = [batch.texts(place) for place in range(width)]
    for at, lines in enumerate(zip(batch.first_lines, batch.last_lines, strict=True)):
        row = tuple(column[at] for column in columns)
        assert row == tuple(batch.text(place, at) for place in range(width))
        assert all(cell.isascii() or at in batch.foreign(place) for place, cell in enumerate(row))
        yield *row, *lines


def compare(content: bytes, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "LARGE", 1 << 60)
        expected = summary(content)
        patch.setattr(reader, "LARGE", 0)
        patch.setattr(reader, "BLOCK", block)
        assert summary(content) == expected


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(
    header=st.sampled_from([b"a,b,c", b"a,b,c,d,e,f,g", b"a"]),
    body=st.lists(st.sampled_from(BYTES)).map(b"".join),
    block=st.sampled_from([1, 7, 40, 1 << 20]),
)
@example(b"a,b,c", b'1,2,3\n"""x",,\n4,"""",""\n,,\n\n5,6\n', 1 << 20)
@example(b"a,b,c,d,e,f,g", b'1,2,3,4,5,6,"x\n1,2,3,4,5,6,7\n8,9"\n1,2,3,4,5,6,7\n', 1 << 20)
@example(b"a", b'""\nx\n\n', 1 << 20)
def test_anything_is_read_alike_in_blocks_and_row_by_row(header: bytes, body: bytes, block: int) -> None:
    compare(header + b"\n" + body, block)
    compare((header + b"\n" + body).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), block)


_TEXTS = st.text(alphabet='abé漢,"\n \t', max_size=80)


@given(
    rows=st.lists(st.tuples(*[_TEXTS] * 6), min_size=1, max_size=20),
    newline=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from(",;\t|"),
)
def test_what_the_csv_module_writes_is_cut(rows: list[tuple[str, ...]], newline: str, delimiter: str) -> None:
    rows = [tuple(text.replace("\n", newline) for text in row) for row in rows]
    # Where two cells of a row hold line ends, what stands between them can be a row by itself.
    rows = [row for row in rows if sum(newline in text for text in row) <= (delimiter not in "".join(row))]
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=newline).writerows(rows)
    raw = stream.getvalue().encode()
    cut = cut_block(raw + b"not,the,end", Dialect(delimiter, newline), 6, 10, 1 << 20) if rows else None
    if rows:
        assert cut is not None
        assert cut.size == len(raw)
        assert cut.lines == raw.count(b"\n")
        sound = [row for row in rows if any(row)]
        assert len(cut.odd) == len(rows) - len(sound)
        assert [row[:6] for row in (rows_of(cut.rows, 6) if cut.rows else ())] == sound


def test_a_block_is_refused_that_could_be_read_in_two_ways() -> None:
    dialect = Dialect()
    fine = b"1,2,3\n"
    assert cut_block(fine, dialect, 3, 1, 100) is not None
    for odd in (
        b'1,"a"b,3\n', b"1,\x00,3\n", b"1,\x7f,3\n", b"1,\xff,3\n", b"1,2,3\r\n", b"1,2\r,3\n", b'1,"x\ny"\n',
        b"1,2," + b"x" * 100 + b"\n",
    ):  # fmt: skip
        assert cut_block(fine + odd + fine, dialect, 3, 1, 100) is None, odd
    # A quote that is not closed swallows what follows, so that nothing is cut but what stands before it.
    before = cut_block(fine + b'1,a"b,3\n' + fine, dialect, 3, 1, 100)
    assert before is not None
    assert before.size == len(fine)
    assert cut_block(b"1,2,3", dialect, 3, 1, 100) is None
    assert cut_block(b'1,2,"3\n4,5,6\n', dialect, 3, 1, 100) is None


def cut(cells: list[str]) -> RowBatch:
    """Return a batch of one column beside another that is never blank."""
    raw = "".join(f'x,"{cell}"\n' for cell in cells).encode()
    result = cut_block(raw, Dialect(), 2, 1, 1 << 20)
    assert result is not None
    assert result.rows is not None
    return result.rows


def codes_of(cells: list[str], vocabulary: Vocabulary) -> Codes | None:
    rows = cut(cells)
    keys = rows.keys(1)
    assert keys is not None
    return vocabulary.codes(keys, partial(rows.text, 1))


def keys_of_cells(cells: list[str]) -> list[int]:
    rows = cut(cells)
    assert isinstance(rows, CutRows)
    return keys_of(rows.padded, rows.starts[1], rows.ends[1] - rows.starts[1]).tolist()


@given(
    cells=st.lists(
        st.text(alphabet="abé ", max_size=30) | st.sampled_from(["", "PA", "12345678", "123456789"]),
        min_size=1,
        max_size=50,
    )
)
def test_the_codes_of_a_vocabulary_are_those_of_its_words(cells: list[str]) -> None:
    vocabulary = Vocabulary()
    for part in (cells, cells[::-1], ["new", *cells]):
        codes = codes_of(part, vocabulary)
        assert codes is not None
        assert [vocabulary.words[code] for code in codes.tolist()] == part
    assert vocabulary.words[0] == ""
    assert len(set(vocabulary.words)) == len(vocabulary.words)
    chosen = bytearray(word.startswith("a") for word in vocabulary.words)
    assert rows_with(codes, chosen) == [at for at, cell in enumerate(["new", *cells]) if cell.startswith("a")]


def test_texts_that_differ_from_row_to_row_or_are_long_are_no_vocabulary() -> None:
    assert cut(["x" * 65]).keys(1) is None
    vocabulary = Vocabulary()
    assert codes_of([str(number) for number in range(1000)], vocabulary) is None
    assert codes_of(["a", "a"], vocabulary) is None
    assert vocabulary.ends
    crowded = Vocabulary()
    few = [[f"{part}-{number}" for number in range(200) for _ in range(5)] for part in range(40)]
    coded = [codes_of(cells, crowded) is not None for cells in few]
    assert coded[:20] == [True] * 20
    assert not coded[-1]


def test_texts_that_differ_in_the_last_bytes_of_two_words_have_other_numbers() -> None:
    signs = string.ascii_letters + string.digits
    cells = [f"seven--{one}abc{other}def{last}" for one in "01" for other in signs for last in signs]
    keys = cut(cells).keys(1)
    assert keys is not None
    assert len(set(keys.tolist())) == len(cells)


@given(texts=st.lists(st.text(alphabet="aé漢", max_size=30)))
def test_texts_have_the_numbers_of_the_cells_that_hold_them(texts: list[str]) -> None:
    keys = keys_of_texts(texts).tolist()
    numbers = dict(zip(keys, texts, strict=True))
    assert [numbers[key] for key in keys] == texts
    assert texts == [] or keys == keys_of_cells(texts) == JoinedTexts("\0".join(texts)).keys().tolist()


@given(rows=st.lists(st.tuples(*[st.sampled_from(["", "Y", "N"])] * 3), min_size=1))
def test_rows_that_agree_in_all_columns_are_one_group(rows: list[tuple[str, ...]]) -> None:
    codes = [codes_of(list(column), Vocabulary()) for column in zip(*rows, strict=True)]
    groups = dict(groups_of([one for one in codes if one is not None], set()))
    assert sorted(row for group in groups.values() for row in group) == list(range(len(rows)))
    assert all(len({rows[row] for row in group}) == 1 for group in groups.values())
    assert len(groups) == len(set(rows))
    assert list(groups_of([one for one in codes if one is not None], set(groups))) == []


_ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), st.text(alphabet='x,"\n é', max_size=4)), max_size=3)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(body=st.lists(st.sampled_from(BYTES)).map(b"".join), first=_ROWS, second=_ROWS, newline=st.booleans())
def test_a_large_table_grows_as_a_small_one_does(
    body: bytes, first: list[dict[str, str]], second: list[dict[str, str]], newline: bool
) -> None:
    content = b"a,b,c\n" + body + b"\n" * newline

    def grown(large: int) -> list[object]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reader, "LARGE", large)
            try:
                table = Table.load(content, "t.csv", keep_bad_bytes=True)
                copy = table.copy()
                added = [row._replace(plain=True) for row in (*table.append(first), *table.append(second))]
                said = [table.to_bytes(), sorted(table.texts("b")), copy.to_bytes(), table.bad_bytes, table.utf8_line]
                said += [added, [row._replace(plain=True) for row in table.rows], table.to_bytes()]
                table.rename_column("a", "é")
                return [*said, table.to_bytes(), copy.rows == Table.load(content, "t.csv", keep_bad_bytes=True).rows]
            except CovidcurateError as error:
                return [str(error)]

    assert grown(0) == grown(1 << 60)


@pytest.mark.parametrize(("most", "is_cut"), [(3, False), (4, True)])
def test_a_block_of_many_odd_records_is_left_to_whoever_reads_row_by_row(
    monkeypatch: pytest.MonkeyPatch, most: int, is_cut: bool
) -> None:
    monkeypatch.setattr(block, "_MOST_ODD", most)
    cut = cut_block(b"a,b\n\n\nx\n,\nc,d\n", Dialect(), 2, 1, 1 << 20)
    assert (cut is not None) is is_cut
