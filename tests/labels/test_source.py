"""What statistics read of a table, and the names of views that people type."""

from __future__ import annotations

from pathlib import Path

import pytest

from covidcurate.errors import TableEncodingError, UnreadableError, UsageError
from covidcurate.labels import LabelTable, read_label_table
from covidcurate.spec import load_specification

SPECIFICATION = load_specification()


def read(path: Path, content: bytes) -> LabelTable:
    path.write_bytes(content)
    return read_label_table(path, SPECIFICATION)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "m.csv"


def test_cells_are_taken_as_they_are_written(path: Path) -> None:
    table = read(path, b"patientid,view,finding\n 1 , PA , ARDS \n2,AP,\n")
    assert table == LabelTable([" ARDS ", ""], [" PA ", "AP"], ["1", "2"])


def test_historical_headers_are_understood(path: Path) -> None:
    table = read(path, b"Patientid,View,Finding\n1,PA,ARDS\n")
    assert (table.findings, table.patients) == (["ARDS"], ["1"])


def test_a_file_without_patients_has_blank_ones(path: Path) -> None:
    assert read(path, b"view,finding\nPA,ARDS\n").patients == [""]


@pytest.mark.parametrize("missing", ["view", "finding"])
def test_a_file_without_a_needed_column_is_refused(path: Path, missing: str) -> None:
    other = {"view": "finding", "finding": "view"}[missing]
    with pytest.raises(UnreadableError, match=f"m.csv:1: there is no column '{missing}'"):
        read(path, f"patientid,{other}\n1,x\n".encode())


def test_broken_rows_are_skipped_and_counted_and_blank_ones_not(path: Path) -> None:
    table = read(path, b'view,finding\nPA,ARDS\n\n,\nPA\nPA,ARDS,more\nPA,"open\nAP,ARDS\n')
    assert (table.findings, table.views, table.skipped) == (["ARDS", "ARDS"], ["PA", "AP"], 3)


def test_a_file_that_is_not_utf8_is_refused_with_its_line(path: Path) -> None:
    with pytest.raises(TableEncodingError) as caught:
        read(path, b"view,finding\nPA,ARDS\nPA,\xe9\n")
    assert caught.value.line == 3


TABLE = LabelTable(["ARDS"] * 3, ["PA", " Odd View ", ""], [""] * 3)


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("PA", "PA"),
        ("pa", "PA"),
        ("posteroanterior", "PA"),
        ("Odd View", "Odd View"),
        ("APS", "AP Supine"),
        ("supino", "AP Supine"),
        ("AP Supine", "AP Supine"),
        ("Axial", "Axial"),
    ],
)
def test_a_view_is_known_from_the_file_or_the_specification(name: str, view: str) -> None:
    assert TABLE.known_view(name, SPECIFICATION) == view


def test_a_view_of_the_file_goes_before_a_wording() -> None:
    table = LabelTable(["x"], ["supine"], [""])
    assert table.known_view("supine", SPECIFICATION) == "supine"


@pytest.mark.parametrize(
    ("name", "nearest"), [("AP Supin", "'AP Supine'"), ("Axal", "'Axial'"), ("Odd Vie", "'Odd View'")]
)
def test_an_unknown_view_is_a_usage_error_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UsageError, match=f"no view '{name}'") as caught:
        TABLE.known_view(name, SPECIFICATION)
    assert f"Did you mean {nearest}?" in caught.value.remedy


@pytest.mark.parametrize("name", ["frontal", "", "zzz"])
def test_a_word_that_is_no_view_lists_all(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        TABLE.known_view(name, SPECIFICATION)
    assert "Odd View, PA" in caught.value.remedy


def test_notes_speak_of_skipped_rows_and_flat_values() -> None:
    table = LabelTable(["COVID-19", "ARDS", "Pneumonia/Viral/COVID-19"], ["PA"] * 3, [""] * 3, skipped=2)
    first, second = table.notes(SPECIFICATION.findings, resolve=False)
    assert first.startswith("2 broken rows")
    assert second.startswith("1 images")
    assert len(table.notes(SPECIFICATION.findings, resolve=True)) == 1
    assert LabelTable(["ARDS"], ["PA"], [""]).notes(SPECIFICATION.findings, resolve=False) == []
