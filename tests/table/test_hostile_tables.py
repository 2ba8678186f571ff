"""Tables that nobody should have end with a message and a remedy; benchmarks/hostile_tables.py has real sizes."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from pathlib import Path

import pytest

from covidcurate.cli.main import run
from covidcurate.errors import TableEncodingError, TableStructureError, UnreadableError
from covidcurate.rules import check_table, engine
from covidcurate.spec import load_specification
from covidcurate.table import TableReader, lines, reader

HEADER = b"patientid,finding,view,modality,folder,filename,license,clinical_notes\n"
ROW = b"1,Pneumonia,PA,X-ray,images,one.png,CC0,a note\n"
COMMANDS = (["validate", "--no-files"], ["validate", "--no-files", "--format", "json"], ["stats"], ["licenses"])


def refusal(content: bytes) -> TableStructureError | TableEncodingError:
    with pytest.raises((TableStructureError, TableEncodingError)) as caught, TableReader(content, "x.csv") as table:
        list(table)
    return caught.value


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits a thousandth of the real ones, or so."""
    monkeypatch.setattr(lines, "BROKEN_LIMIT", 50)
    monkeypatch.setattr(reader, "BROKEN_LIMIT", 50)
    monkeypatch.setattr(reader, "BLANK_LIMIT", 500)
    monkeypatch.setattr(lines, "LINE_LIMIT", 100_000)


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize(
    ("content", "message", "remedy"),
    [
        (HEADER + b"1," + b"x" * 200_000 + b"\n", "x.csv:2: the line is longer than", "right file"),
        (HEADER + b'1,"' + b"x" * 200_000, "x.csv:2: the line is longer than", "close it"),
        (HEADER + ROW + b'1,"' + b"a line of text\n" * 20_000, "x.csv:3: from this line on, 51 rows", "quote"),
        (HEADER + b'1,"Pneumonia,PA\n' * 200, "x.csv:2: from this line on, 51 rows", "quote"),
        (HEADER + b"1\n" * 200, "cells than the header, which has 8", "mark between cells"),
        (b"column," * 10_000 + b"last\n" + ROW, "x.csv:1: the line has 10001 cells, more than 4096", "right file"),
        (b"," * 5000 + b"\n" + ROW, "x.csv:1: the first line has 5001 cells, more than 4096", "header"),
        (HEADER + ROW + b"ab," * 30_000 + b"\n", "x.csv:3: the line has 30001 cells, more than 4096", "right file"),
        (HEADER + ROW + b"\n" * 1000, "x.csv:503: more than 500 rows up to here are blank", "Delete"),
        (HEADER + ROW + b",,,,,,,\n" * 1000, "x.csv:503: more than 500 rows up to here are blank", "Delete"),
        (b"\n" * 1000, "x.csv:502: more than 500 rows", "Delete"),
        (b"\0" * 200_000, "x.csv:1: is a binary file", "CSV"),
        (HEADER + ROW.replace(b"note", b"n\xf6te") * 60, "x.csv:2: byte 44 of the line, 0xf6, is not UTF-8", "iconv"),
        (
            HEADER + ROW + ROW.replace(b"note", b"no\0te") * 60,
            "x.csv:3: from this line on, 50 lines hold NUL",
            "damaged",
        ),
        ((HEADER + ROW).decode().encode("utf-16"), "x.csv:1: the file is UTF-16,", "iconv -f UTF-16 "),
        ((HEADER + ROW).decode().encode("utf-16-le"), "x.csv:1: the file is UTF-16LE,", "iconv -f UTF-16LE "),
        ((HEADER + ROW).decode().encode("utf-16-be"), "x.csv:1: the file is UTF-16BE,", "iconv -f UTF-16BE "),
        (gzip.compress(HEADER + ROW), "x.csv:1: is a binary file", "CSV"),
    ],
)
def test_a_hostile_table_is_refused_with_its_place_and_the_way_out(content: bytes, message: str, remedy: str) -> None:
    error = refusal(content)
    assert message in error.message
    assert remedy in error.remedy


@pytest.mark.parametrize(
    "content",
    [
        HEADER + ROW * 3,
        HEADER,
        HEADER + ROW + b"\n" * 1000,
        HEADER + ROW.replace(b"a note", b'"' + b"a, " * 20_000 + b'"'),
        HEADER + ROW.replace(b"note", b"no\0te") * 3,
        HEADER + b",,,,,,,\n" * 1000,
    ],
    ids=["sound", "header only", "blank lines", "many commas in a quoted cell", "NUL in a row", "commas"],
)
def test_what_is_only_wrong_is_read(content: bytes) -> None:
    with TableReader(content, "x.csv") as table:
        assert len(table.header) == 8
        assert all(not row.problem.value for row in table)


def test_wide_rows_are_refused_before_they_are_cut() -> None:
    content = HEADER + b"ab," * 1_000_000 + b"\n"
    tracemalloc.start()
    try:
        refusal(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Cut into cells, each would take fifty bytes.
    assert peak < 3 * len(content)


def test_neighboring_blank_rows_are_kept_as_one() -> None:
    with TableReader(HEADER + b"\n" * 5000 + ROW + b",,,,,,,\n" * 5000, "x.csv") as table:
        report, view = check_table(table, load_specification())
    assert [(odd.first_line, odd.last_line, odd.rows) for odd in view.odd_rows] == [
        (2, 5001, 5000),
        (5003, 10002, 5000),
    ]
    assert [issue.line for issue in report.issues if issue.code == "CSV-BLANK"] == [2, 5003]


def test_findings_without_end_are_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ISSUE_LIMIT", 100)
    for content in (HEADER + ROW.replace(b"PA", b"PB") * 200, HEADER + ROW * 200):
        with TableReader(content, "x.csv") as table, pytest.raises(TableStructureError, match="more than 100 findings"):
            check_table(table, load_specification())


def test_long_rows_are_checked_by_themselves() -> None:
    long = ROW.replace(b"PA", b"PB").replace(b"a note", b"x" * 100_000)
    with TableReader(HEADER + (ROW + long) * 3 + ROW, "x.csv") as table:
        report, view = check_table(table, load_specification())
    assert [issue.line for issue in report.issues if issue.code == "VIEW-VALUE"] == [3, 5, 7]
    assert len(view.column("filename")) == 7


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("kind", ["FIFO", "device", "folder", "nothing", "gzip", "UTF-16", "wide", "open quote"])
def test_every_command_that_reads_a_table_says_why_it_cannot(
    kind: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "metadata.csv"
    contents = {
        "gzip": gzip.compress(HEADER + ROW),
        "UTF-16": (HEADER + ROW).decode().encode("utf-16"),
        "wide": b"column," * 10_000 + b"last\n" + ROW,
        "open quote": HEADER + b'1,"' + b"x" * (lines.LINE_LIMIT + 1),
    }
    if kind == "FIFO":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind in contents:
        path.write_bytes(contents[kind])
    name = "/dev/zero" if kind == "device" else str(path)
    assert run([*command, name]) == 3
    out, said = capsys.readouterr()
    assert out == ""
    assert said.startswith(f"covidcurate: error: {name}")
    assert "Traceback" not in said
    assert "what to do" in said or kind == "nothing"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableError, match="a pipe or a device"):
        TableReader(tmp_path / "pipe")
