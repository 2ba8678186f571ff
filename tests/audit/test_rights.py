"""What may be done with how many images is counted by hand here, and by the program."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from covidcurate.cli.main import run

TABLE = """filename,license
a.png,CC BY 4.0
b.png,cc-by 4.0
c.png,CC BY-NC-SA 4.0
d.png,CC BY-SA 4.0
e.png,CC BY-NC-ND 4.0
f.png,
g.png,ask | me
h.png,CC0
i.png
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "metadata.csv"
    path.write_text(TABLE)
    return path


def test_uses_are_counted(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["licenses", str(table), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["images"] == 8
    assert document["uses"] == {
        "redistribute": {"yes": 6, "no": 0, "unknown": 2},
        "commercial": {"yes": 4, "no": 2, "unknown": 2},
        "derivatives": {"yes": 5, "no": 1, "unknown": 2},
    }
    assert (document["attribution"], document["share_alike"], document["broken_rows"]) == (5, 2, 1)
    assert document["blank"] == [{"line": 7, "image": "f.png"}]
    assert document["unknown"] == {"ask | me": [{"line": 8, "image": "g.png"}]}
    assert ["CC-BY-NC-SA-4.0", "CC-BY-SA-4.0"] in document["conflicts"]
    assert document["conflict_images"] == {"CC-BY-SA-4.0": [{"line": 5, "image": "d.png"}]}
    assert document["unchangeable"] == ["CC-BY-NC-ND-4.0"]
    assert not any("CC0-1.0" in pair or "CC-BY-4.0" in pair for pair in document["conflicts"])


def test_text_names_rows_without_a_license(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text(TABLE + "".join(f"more-{number}.png,\n" for number in range(20)))
    assert run(["licenses", str(table)]) == 0
    out = capsys.readouterr().out
    assert "6 of 28 images may be redistributed, 0 may not, of 22 it is not known" in out
    assert "no license stated: f.png (line 7), more-0.png (line 11)" in out
    assert "and 11 more (-v)" in out
    assert "license 'ask | me' is not known: g.png (line 8)" in out
    run(["licenses", str(table), "-v"])
    assert "more-19.png (line 30)" in capsys.readouterr().out


def test_tables_are_read_back(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["licenses", str(table), "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert (rows[0]["license"], rows[0]["images"], rows[0]["commercial"]) == ("CC-BY-4.0", "2", "yes")
    assert rows[-1]["license"] == "(blank)"
    run(["licenses", str(table), "--format", "markdown"])
    lines = capsys.readouterr().out.splitlines()
    assert all(line.replace("\\|", "").count("|") == 8 for line in lines[: len(rows) + 2])


@pytest.mark.parametrize("format_", ["text", "json", "csv", "markdown"])
def test_words_of_strangers_speak_to_nobody(format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = b"\x1b[31m \xc2\x9b \xff <img src=x> @octocat \\"
    (tmp_path / "m.csv").write_bytes(b"filename,license\na\xff\x07.png," + odd + b"\n")
    assert run(["licenses", str(tmp_path / "m.csv"), "--format", format_]) == 0
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.split("\n"))
    if format_ == "json":
        assert json.loads(out)["unknown"] == {
            odd.decode("utf-8", "surrogateescape"): [{"line": 2, "image": "a\udcff\x07.png"}]
        }
    elif format_ == "markdown":
        assert "<img" not in out.replace("\\<", "")
        assert "@octocat" not in out
    else:
        assert r"'\x1b[31m \x9b \udcff" in out


def test_a_table_without_the_column_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.csv").write_text("filename,view\na.png,PA\n")
    assert run(["licenses", str(tmp_path / "m.csv")]) == 3
    assert "there is no column 'license'" in capsys.readouterr().err


@pytest.mark.parametrize("header", ["license,license", "license,License "])
def test_of_two_columns_none_is_chosen_in_silence(
    header: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.csv").write_text(f"{header}\nCC BY 4.0,CC BY-NC-ND 4.0\n")
    assert run(["licenses", str(tmp_path / "m.csv")]) == 3
    assert "m.csv:1: two columns mean 'license'" in capsys.readouterr().err


def test_every_row_of_real_tables_is_counted_once(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["licenses", str(shared_data / "collection"), "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert document["images"] == 133
    assert all(sum(counts.values()) == 133 for counts in document["uses"].values())


def test_the_fewer_of_what_does_not_mix_are_named(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text(
        "filename,license\na.png,CC BY-SA 4.0\nb.png,CC BY-NC 4.0\nc.png,CC BY-NC 4.0\nd.png,CC BY-ND 4.0\n"
    )
    run(["licenses", str(table)])
    out = capsys.readouterr().out
    assert "in no work made of several: CC-BY-ND-4.0 (1)" in out
    assert "not in one work made of both: CC-BY-NC-4.0 (2) and CC-BY-SA-4.0 (1)" in out
    assert "CC-BY-SA-4.0 does not go with CC-BY-NC-4.0: a.png (line 2)" in out
