"""What is made of long texts while a table streams by: one number for each page, and for each license that is named."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from covidcurate.rules.cells import LACKING, Cells, CellsByColumn
from covidcurate.rules.derived import DERIVED
from covidcurate.rules.pages import Pages
from covidcurate.sources.registry import find_site
from covidcurate.spec import Specification, load_specification
from covidcurate.table import Dialect
from covidcurate.table.batch import PackedRows
from covidcurate.table.block import cut_block
from covidcurate.table.vocabulary import Vocabulary

SPECIFICATION = load_specification()
SITES = [site for source in SPECIFICATION.sources if source.case and (site := find_site(source.id))]
page_of = Pages({source.host: re.compile(source.case) for source in SPECIFICATION.sources if source.case})


def cells_of(texts: list[str]) -> Cells:
    """Return a column of a small table."""
    return Cells(PackedRows([texts], range(len(texts)), range(len(texts)), (), range(len(texts))), 0, None, [])


@pytest.mark.parametrize("url", [url for site in SITES for url in site.examples])
def test_all_spellings_of_an_address_are_one_page(url: str) -> None:
    bare = url.partition("://")[2].removeprefix("www.").partition("?")[0].rstrip("/")
    spellings = [bare, f"www.{bare}", f"{bare}/", f"{bare}?lang=us", f"{bare}#findings"]
    pages = {page_of(f"{scheme}://{one}") for scheme in ("http", "https") for one in spellings}
    assert len(pages) == 1
    assert page_of(f"https://{bare}9") not in pages


def test_a_number_of_a_case_is_the_same_with_zeros_before_it() -> None:
    address = "https://www.eurorad.org/case/"
    assert len({page_of(f"{address}{number}") for number in ("16654", "016654", "00016654")}) == 1
    assert page_of(f"{address}1") != page_of(f"{address}10")


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("Image by A. Nobody, CC BY-NC 4.0.", "CC-BY-NC-4.0"),
        ("CC-BY-NC-SA", "LicenseRef-CC-BY-NC-SA"),
        ("(https://creativecommons.org/licenses/by-nc-nd/4.0/)", "CC-BY-NC-ND-4.0"),
        ("see creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"),
        ("CC BY 4.0 and again CC BY", "CC-BY-4.0"),
        ("CC BY 4.0, the table CC BY-NC 4.0", ""),
        ("admitted to the CCU, 300 cc by mouth", ""),
        ("CC BYE", ""),
        ("CC BY-XX", ""),
        ("", ""),
    ],
)
def test_a_license_that_notes_name(text: str, id_: str) -> None:
    (number,) = DERIVED["license of other_notes"][1](SPECIFICATION)(cells_of([text]))
    assert (SPECIFICATION.licenses[number - 1].id if number else "") == id_


def test_a_row_without_origin_is_told_by_all_columns_that_could_name_one() -> None:
    derive = DERIVED["lack of doi and url"][1](SPECIFICATION)
    urls, dois = cells_of(["10.5555/1", "", " ", "\t"]), cells_of(["", "https://example.org", "", " "])
    assert list(derive(urls, dois)) == [0, 0, 1, 1]
    assert list(derive(cells_of(["", " "]), cells_of(["https://example.org", "https://example.org/2"]))) == [0, 0]


def test_a_row_without_origin_is_told_where_a_column_is_not_there() -> None:
    rows = PackedRows([["", "https://example.org/1"], ["last", "last"]], range(2), range(2), (), ())
    columns = CellsByColumn(2)
    columns.begin(rows)
    lacking = columns[LACKING]
    derive = DERIVED["lack of doi and url"][1](SPECIFICATION)
    assert [lacking.text(at) for at in range(2)] == ["", ""]
    assert list(derive(Cells(rows, 0, None, []), lacking)) == [1, 0]
    assert list(derive(lacking, Cells(rows, 0, None, []))) == [1, 0]


def test_a_case_with_number_0_does_not_hide_others_of_its_shape() -> None:
    credits_ = [f"Radiopaedia.org, rID: {number}" for number in range(10)] * 10
    raw = "".join(f'1,"{text}"\n' for text in credits_).encode()
    cut = cut_block(raw, Dialect(), 2, 1, 1 << 20)
    assert cut is not None
    assert cut.rows is not None
    cells = Cells(cut.rows, 1, None, [], Vocabulary())
    assert cells.shapes is not None
    assert list(DERIVED["case of other_notes"][1](SPECIFICATION)(cells)) == [*range(10)] * 10


def test_patterns_of_a_dataset_may_find_no_number_and_no_name() -> None:
    source = replace(SPECIFICATION.sources[0], host="a.org", credit=r"case (\w+)?", case=r"/x(?:/(\d+))?")
    specification = cast(Specification, SimpleNamespace(sources=(source,)))
    derive = DERIVED["case of other_notes"][1](specification)
    assert list(derive(cells_of(["case abc", "case 12", "case ", "", "case 1a"]))) == [0, 12, 0, 0, 0]
    pages = Pages({"a.org": re.compile(source.case)})
    assert [pages(f"https://a.org/{path}") for path in ("x", "x/", "x/7")] == ["a.org/x?", "a.org/x?", "a.org#7"]
    assert [pages.naming(f"https://a.org/{path}") is not None for path in ("x", "x/7")] == [False, True]
