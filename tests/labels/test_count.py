"""Counting labels exactly and as torchxrayvision's loader does, compared with a count in plain Python."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from label_oracle import Row, count_by_containment, count_exactly, counts_of

from covidcurate.labels import LabelTable, ViewBlock, count_labels, read_label_table
from covidcurate.spec import Findings, load_specification

FINDINGS = load_specification().findings
BARE = Findings((), {}, {}, {"todo": "", "Unknown": ""})
VIEWS = ["PA", "AP", "L", ""]


def table_of(rows: list[Row]) -> LabelTable:
    return LabelTable([row.finding for row in rows], [row.view for row in rows], [row.patient for row in rows])


def count(rows: list[Row], *views: str, compat: bool = False, resolve: bool = False) -> ViewBlock:
    findings = FINDINGS if resolve else BARE
    (block,) = count_labels(table_of(rows), [views or ("PA",)], findings, compat=compat, resolve=resolve)
    return block


def label(block: ViewBlock, name: str) -> tuple[int, int, int]:
    return counts_of(block)[name]


names = st.text(alphabet="abcXYZ", min_size=1, max_size=5)


@st.composite
def rows_of_a_taxonomy(draw: st.DrawFn, alphabet: st.SearchStrategy[str] = names) -> list[Row]:
    """Return rows whose findings are paths of a generated tree, blanks and unfinished ones among them."""
    pieces = draw(st.lists(alphabet, min_size=1, max_size=6, unique=True))
    paths = draw(st.lists(st.lists(st.sampled_from(pieces), min_size=1, max_size=3), min_size=1, max_size=6))
    cells = ["/".join(path) for path in paths] + ["", "todo", "Unknown"]
    row = st.builds(Row, st.sampled_from(cells), st.sampled_from(VIEWS), st.sampled_from(["1", "2", "3a", ""]))
    return draw(st.lists(row, min_size=1, max_size=12))


@settings(max_examples=60, deadline=None)
@given(rows_of_a_taxonomy(), st.lists(st.sampled_from(["PA", "AP", "L"]), min_size=1, unique=True))
def test_exact_counts_are_those_of_plain_python(rows: list[Row], views: list[str]) -> None:
    assert counts_of(count(rows, *views)) == count_exactly(rows, views)


@settings(max_examples=60, deadline=None)
@given(rows_of_a_taxonomy(), st.lists(st.sampled_from(["PA", "AP", "L"]), min_size=1, unique=True))
def test_counts_by_containment_are_those_of_plain_python(rows: list[Row], views: list[str]) -> None:
    assert counts_of(count(rows, *views, compat=True)) == count_by_containment(rows, views)


@settings(max_examples=60, deadline=None)
@given(rows_of_a_taxonomy())
def test_both_ways_agree_where_no_label_is_part_of_another(rows: list[Row]) -> None:
    rows = [row for row in rows if row.finding]
    labels = {piece for row in rows for piece in row.finding.split("/")} - {"todo", "Unknown"}
    assume(not any(one != other and one in other for one in labels for other in labels))
    exact, compat = count(rows), count(rows, compat=True)
    assert counts_of(exact) == counts_of(compat)
    assert exact.samples == compat.samples
    assert compat.notes == ()


@settings(max_examples=40, deadline=None)
@given(rows_of_a_taxonomy())
def test_every_image_has_one_state_for_each_label(rows: list[Row]) -> None:
    block = count(rows, "PA", "AP")
    for one in block.labels:
        assert one.present + one.absent + one.unknown == block.images
        assert max(one.patients_present, one.patients_absent, one.patients_unknown) <= block.patients


@settings(max_examples=40, deadline=None)
@given(rows_of_a_taxonomy())
def test_ancestors_hold_wherever_their_descendants_do(rows: list[Row]) -> None:
    block = counts_of(count(rows, *VIEWS[:3]))
    for row in rows:
        pieces = row.finding.split("/")
        if row.finding not in {"", "todo", "Unknown"}:
            alone = counts_of(count([row], row.view.strip()))
            assert {name for name, (present, _, _) in alone.items() if present} == set(pieces)
            assert set(pieces) <= set(block)


def test_all_blocks_have_the_labels_of_the_whole_file_in_order() -> None:
    rows = [Row("B/A", "PA"), Row("C", "AP Supine"), Row("a", "L")]
    blocks = count_labels(table_of(rows), [["PA"], ["AP Supine"], ["PA", "L"]], BARE)
    assert [[one.label for one in block.labels] for block in blocks] == [["A", "B", "C", "a"]] * 3
    assert [block.images for block in blocks] == [1, 1, 2]


def test_a_label_that_is_part_of_another_is_counted_for_both_by_containment() -> None:
    rows = [Row("SARS"), Row("SARS-CoV-2"), Row("Else")]
    assert label(count(rows), "SARS") == (1, 2, 0)
    block = count(rows, compat=True)
    assert label(block, "SARS") == (2, 1, 0)
    assert block.notes == ("'SARS': 2 by containment, 1 by exact count",)


@pytest.mark.parametrize(
    ("cells", "piece", "exact", "contained"),
    [
        (["E.Coli", "E Coli", "EXColi"], "E.Coli", 1, 3),
        (["Herpes (HSV)", "Herpes"], "Herpes (HSV)", 1, 0),
        (["C++", "C", "CC"], "C++", 1, 3),
        (["A|B", "A", "B", "C"], "A|B", 1, 3),
        (["^A", "A", "Ab"], "^A", 1, 2),
        (["A$", "A", "bA"], "A$", 1, 2),
        (["[ab]", "a", "b"], "[ab]", 1, 3),
    ],
)
def test_marks_of_regular_expressions_count_by_containment_only(
    cells: list[str], piece: str, exact: int, contained: int
) -> None:
    rows = [Row(cell) for cell in cells]
    assert label(count(rows), piece)[0] == exact
    assert label(count(rows, compat=True), piece)[0] == contained


@pytest.mark.parametrize("cell", ["A (B", "[a", "*x", "a{2,1}", "(?P<x", "\\"])
def test_a_label_that_is_no_regular_expression_is_looked_for_as_text(cell: str) -> None:
    assert label(count([Row(cell), Row("b")], compat=True), cell) == (1, 1, 0)


@pytest.mark.parametrize("cell", ["x{99999999999}", "[[x]"])
def test_a_label_that_python_refuses_otherwise_is_looked_for_as_text(cell: str) -> None:
    assert label(count([Row(cell)], compat=True), cell) == (1, 0, 0)


def test_unfinished_findings_are_no_labels_and_unknown_to_each() -> None:
    rows = [Row("A"), Row("todo"), Row("Unknown"), Row(" todo ")]
    block = count(rows)
    assert counts_of(block) == {"A": (1, 0, 3)}
    assert (block.images, block.samples) == (4, 1)


def test_by_containment_unfinished_findings_are_left_out_letter_by_letter() -> None:
    block = count([Row("A"), Row("todo"), Row("Unknown"), Row(" todo ")], compat=True)
    assert counts_of(block) == {"A": (1, 1, 2), " todo ": (1, 1, 2)}
    assert (block.images, block.samples) == (2, 2)


def test_a_blank_finding_is_unknown_exactly_and_absent_by_containment() -> None:
    rows = [Row("A"), Row(""), Row("   ")]
    assert counts_of(count(rows)) == {"A": (1, 0, 2)}
    assert label(count([Row("A"), Row("")], compat=True), "A") == (1, 1, 0)


def test_a_blank_at_the_end_of_a_label_makes_no_other_label() -> None:
    rows = [Row("Pneumonia/Viral/Herpes "), Row("Pneumonia/Viral/Herpes")]
    assert label(count(rows), "Herpes") == (2, 0, 0)
    compat = counts_of(count(rows, compat=True))
    assert compat["Herpes "] == (1, 1, 0)
    assert compat["Herpes"] == (2, 0, 0)


def test_a_list_is_its_findings_exactly_and_a_label_by_containment() -> None:
    rows = [Row("COVID-19, ARDS"), Row("COVID-19"), Row("ARDS")]
    assert counts_of(count(rows)) == {"ARDS": (2, 1, 0), "COVID-19": (2, 1, 0)}
    block = count(rows, compat=True)
    assert counts_of(block) == {"ARDS": (2, 1, 0), "COVID-19": (2, 1, 0), "COVID-19, ARDS": (1, 2, 0)}
    assert block.notes == ("'COVID-19, ARDS': 1 by containment; it is no label by exact count",)


def test_a_comma_in_a_known_name_parts_nothing() -> None:
    findings = Findings(("Wet, dry",), {}, {}, {})
    (block,) = count_labels(table_of([Row("Wet, dry")]), [["PA"]], findings)
    assert list(counts_of(block)) == ["Wet, dry"]


def test_resolve_gives_flat_values_their_ancestors() -> None:
    rows = [Row("COVID-19"), Row("Pneumonia/Viral/COVID-19"), Row("No Finding"), Row("todo")]
    assert label(count(rows), "COVID-19") == (2, 1, 1)
    assert label(count(rows), "Viral") == (1, 2, 1)
    resolved = count(rows, resolve=True)
    assert [label(resolved, name) for name in ("COVID-19", "Viral", "Pneumonia")] == [(2, 1, 1)] * 3


def test_outer_blanks_of_a_view_do_not_matter() -> None:
    assert count([Row("A", " PA "), Row("A", "PA")]).images == 2


def test_patients_are_counted_once_for_each_state() -> None:
    rows = [Row("A", patient="1"), Row("A", patient="1"), Row("B", patient="1"), Row("", patient="2"), Row("A")]
    (a, _) = count(rows).labels
    assert (a.label, a.patients_present, a.patients_absent, a.patients_unknown) == ("A", 1, 1, 1)
    assert count(rows).patients == 2


def test_an_empty_file_has_blocks_without_labels() -> None:
    for compat in (False, True):
        block = count([], "PA", "AP", compat=compat)
        assert (block.views, block.images, block.samples, block.labels) == (("PA", "AP"), 0, 0, ())


def test_a_file_without_known_findings_has_no_labels() -> None:
    for compat in (False, True):
        assert count([Row("todo"), Row("")], compat=compat).labels == ()


def real_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Row(row["finding"], row["view"], row["patientid"]) for row in csv.DictReader(stream) if any(row.values())
        ]


@pytest.mark.parametrize("views", [["PA", "AP"], ["AP Supine"], ["Axial", "Coronal"]])
def test_a_real_file_is_counted_as_by_plain_python(shared_data: Path, views: list[str]) -> None:
    path = shared_data / "metadata" / "metadata-20200604.csv"
    rows, specification = real_rows(path), load_specification()
    table = read_label_table(path, specification)
    assert table.findings == [row.finding for row in rows]
    (exact,) = count_labels(table, [views], specification.findings)
    (compat,) = count_labels(table, [views], specification.findings, compat=True)
    assert counts_of(exact) == count_exactly(rows, views, specification.findings.paths)
    assert counts_of(compat) == count_by_containment(rows, views)
    assert exact.images > 20


def test_the_two_ways_differ_on_a_real_file_as_it_is_known(shared_data: Path) -> None:
    specification = load_specification()
    table = read_label_table(shared_data / "metadata" / "metadata-20200604.csv", specification)
    views = sorted({view.strip() for view in table.views})
    (exact,) = count_labels(table, [views], BARE)
    (compat,) = count_labels(table, [views], BARE, compat=True)
    assert (label(exact, "ARDS")[0], label(compat, "ARDS")[0]) == (16, 16)
    assert (label(exact, "COVID-19")[0], label(compat, "COVID-19")[0]) == (538, 538)
    assert (label(exact, "SARS")[0], label(compat, "SARS")[0]) != (0, 0)
