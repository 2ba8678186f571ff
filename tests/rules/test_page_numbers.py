"""Addresses of a large table have one number if they lead to one page, however their batches came to be."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from covidcurate.rules.cells import Cells
from covidcurate.rules.derived import DERIVED
from covidcurate.rules.page_numbers import PageNumbers
from covidcurate.rules.pages import Pages
from covidcurate.spec import load_specification
from covidcurate.table import Dialect
from covidcurate.table.batch import PackedRows
from covidcurate.table.block import cut_block
from covidcurate.table.vocabulary import Vocabulary

SPECIFICATION = load_specification()
_CASES = {source.host: re.compile(source.case) for source in SPECIFICATION.sources if source.case}
_ODD_CASES = {"a.org": re.compile(r"/c/([A-Za-z]+-\d+)"), "b.org": re.compile(r"/([1-5]?\d+)")}
# In each of these a hash sign is a digit, another one each time.
_SHAPES = st.lists(
    st.sampled_from(
        ["", " ", "https://eurorad.org/case/####", "http://www.eurorad.org/case/0###/", "eurorad.org/case/###",
         "https://eurorad.org/case.php?id=00##", "https://radiopaedia.org/cases/covid-19-pneumonia-##",
         "http://radiopaedia.org/cases/covid-19-pneumonia-##?lang=us", "https://radiopaedia.org/cases/COVID-##",
         "https://a.org/c/Ab-#", "https://a.org/c/ab-#", "https://a.org/c/ab-#/", "https://b.org/##", "https://b.org/0#",
         "https://a.org/##", "https://www.a.org/##/", "http://a.org/##?", "https://a.org/##?x=#", "https://a.org/##?x=#?",
         "https://a.org/##??", "https://a.org/é/#", "https://a.org/é##", 'https://a.org/"#"', "https://a.org/%4#",
         "https://a.org/#?utm_#=#", "https://a#.org/#", "https://a.org?#", "https://a.org#/#", "a.org/#", "#/#?", "#",
         "https://a.org/" + "x" * 120 + "#"]
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


def batches_of(urls: list[str], size: int) -> Iterator[Cells]:
    """Yield the cells of a large table, cut or read row by row in turn."""
    shapes = Vocabulary()
    for start in range(0, len(urls), size):
        some = urls[start : start + size]
        doubled = [url.replace('"', '""') for url in some]
        cut = cut_block("".join(f'x,"{url}"\n' for url in doubled).encode(), Dialect(), 2, 1, 1 << 20)
        assert cut is not None
        assert cut.rows is not None
        yield Cells(cut.rows, 1, None, [], shapes)
        yield Cells(PackedRows([some], range(len(some)), range(len(some)), (), (), of_large=True), 0, None, [])


@settings(max_examples=300, deadline=None)
@given(shapes=_SHAPES, seed=st.integers(0, 99), size=st.sampled_from([3, 80]))
@example(shapes=["https://a.org/#?", "http://a.org/#", "https://a.org/##??"], seed=1, size=80)
@example(shapes=["https://eurorad.org/case/0###", "http://eurorad.org/case/###"], seed=1, size=80)
def test_two_addresses_have_one_number_if_they_lead_to_one_page(shapes: list[str], seed: int, size: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing is secret
    urls = [re.sub("#", lambda _: chance.choice("0012"), chance.choice(shapes)) for _ in range(60)]
    urls = [url for url in urls for _ in range(chance.choice([1, 1, 3]))]
    for pages in (Pages(_CASES), Pages(_ODD_CASES)):
        numbers_of, found = PageNumbers(pages), dict[str, set[int]]()
        for cells in batches_of(urls, size):
            for url, number in zip(cells.texts, numbers_of.numbers(cells), strict=True):
                found.setdefault(pages(url), set()).add(number)
        assert all(len(numbers) == 1 for numbers in found.values()), found
        assert len(set.union(*found.values())) == len(found)
        assert found.get("", {0}) == {0}


@pytest.mark.parametrize("of_large", [False, True])
def test_a_column_of_pages_is_numbered_whether_the_table_is_large_or_not(of_large: bool) -> None:
    urls = ["https://a.org/1", "", "http://www.a.org/1/", "https://a.org/2"]
    rows = PackedRows([urls], range(4), range(4), (), (), of_large=of_large)
    first, blank, again, other = DERIVED["page of url"][1](SPECIFICATION)(Cells(rows, 0, None, []))
    assert first == again != other
    assert blank == 0
