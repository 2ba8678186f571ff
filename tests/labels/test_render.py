"""Counts as text, and the block that torchxrayvision publishes to the letter."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest

from covidcurate.labels import RENDERERS, LabelCount, LabelTable, ViewBlock, count_labels
from covidcurate.spec import load_specification

SHARED = Path(os.environ.get("COVIDCURATE_SHARED", Path(__file__).resolve().parents[3] / "shared"))

# How many images of each kind make the counts of the published blocks: a path, and how often it stands in PA or AP and
# in AP Supine. A blank finding is in the number of samples and has no label; some label stands in other views only.
KINDS = {
    "ARDS": (16, 3),
    "No Finding": (14, 3),
    "Pneumonia": (36, 9),
    "Pneumonia/Bacterial": (2, 0),
    "Pneumonia/Bacterial/Chlamydophila": (1, 0),
    "Pneumonia/Bacterial/E.Coli": (0, 4),
    "Pneumonia/Bacterial/Klebsiella": (7, 0),
    "Pneumonia/Bacterial/Legionella": (7, 0),
    "Pneumonia/Bacterial/Mycoplasma": (5, 0),
    "Pneumonia/Bacterial/Streptococcus": (14, 0),
    "Pneumonia/Fungal/Pneumocystis": (22, 2),
    "Pneumonia/Lipoid": (8, 0),
    "Pneumonia/Viral/COVID-19": (319, 132),
    "Pneumonia/Viral/Influenza": (3, 0),
    "Pneumonia/Viral/MERS": (0, 0),
    "Pneumonia/Viral/SARS": (16, 0),
    "Pneumonia/Viral/Varicella": (5, 0),
    "": (6, 20),
}
PUBLISHED = {
    "ARDS": (16, 3),
    "Bacterial": (36, 4),
    "COVID-19": (319, 132),
    "Chlamydophila": (1, 0),
    "E.Coli": (0, 4),
    "Fungal": (22, 2),
    "Influenza": (3, 0),
    "Klebsiella": (7, 0),
    "Legionella": (7, 0),
    "Lipoid": (8, 0),
    "MERS": (0, 0),
    "Mycoplasma": (5, 0),
    "No Finding": (14, 3),
    "Pneumocystis": (22, 2),
    "Pneumonia": (445, 147),
    "SARS": (16, 0),
    "Streptococcus": (14, 0),
    "Varicella": (5, 0),
    "Viral": (343, 132),
}
"""The published positives of each label in PA and AP, and in AP Supine."""


def published_file() -> LabelTable:
    """Return a file whose counts are those that were published."""
    findings: list[str] = []
    views: list[str] = []
    for finding, (upright, supine) in KINDS.items():
        # PA and AP in turn: it is their sum that was published.
        findings += [finding] * (upright + supine + 1)
        views += [("PA", "AP")[number % 2] for number in range(upright)] + ["AP Supine"] * supine + ["L"]
    findings += ["todo", "Unknown"]
    views += ["PA", "AP Supine"]
    return LabelTable(findings, views, [""] * len(findings))


def published_block(samples: int, views: str, place: int) -> str:
    """Return a block as the loader prints it, written out by hand."""
    lines = []
    for label, counts in PUBLISHED.items():
        states = {"0.0": samples - counts[place], "1.0": counts[place]}
        shown = ", ".join(f"{state}: {count}" for state, count in states.items() if count)
        lines.append(f"'{label}': {{{shown}}}")
    return f"COVID19_Dataset num_samples={samples} views=[{views}]\n{{" + ",\n ".join(lines) + "}\n"


def published_counts() -> list[ViewBlock]:
    findings = load_specification().findings
    return count_labels(published_file(), [["PA", "AP"], ["AP Supine"]], findings, compat=True)


def test_the_published_blocks_come_out_to_the_letter() -> None:
    expected = published_block(481, "'PA', 'AP'", 0) + "\n" + published_block(173, "'AP Supine'", 1)
    assert RENDERERS["xrv"](published_counts()) == expected


def test_the_first_published_block_is_the_one_on_record() -> None:
    record = SHARED / "facts" / "collection.md"
    if not record.is_file():
        pytest.skip("the published block (../shared/facts) is not here")
    found = re.search(r"```\n(COVID19_Dataset.*?)```", record.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert RENDERERS["xrv"](published_counts()[:1]) == found[1]


def test_a_short_block_stands_on_one_line_as_pprint_has_it() -> None:
    table = LabelTable(["A", "B"], ["PA", "PA"], ["", ""])
    blocks = count_labels(table, [["PA"]], load_specification().findings, compat=True)
    assert RENDERERS["xrv"](blocks) == (
        "COVID19_Dataset num_samples=2 views=['PA']\n{'A': {0.0: 1, 1.0: 1}, 'B': {0.0: 1, 1.0: 1}}\n"
    )


ODD = 'a|b, "c"\\'
BLOCKS = [
    ViewBlock(
        ("PA", "AP"), 5, 4, 3, (LabelCount(ODD, 1, 2, 2, 1, 2, 1), LabelCount("Viral", 0, 4, 1, 0, 3, 1)), ("n",)
    ),
    ViewBlock(("L",), 0, 0, 0, ()),
]


def test_json_is_the_blocks() -> None:
    first, second = json.loads(RENDERERS["json"](BLOCKS))
    assert (first["views"], first["images"], first["samples"], first["patients"]) == (["PA", "AP"], 5, 4, 3)
    assert first["notes"] == ["n"]
    assert first["labels"][0] == {
        "label": ODD,
        "present": 1,
        "absent": 2,
        "unknown": 2,
        "patients_present": 1,
        "patients_absent": 2,
        "patients_unknown": 1,
    }
    assert second["labels"] == []


def test_csv_is_one_table() -> None:
    rows = list(csv.DictReader(io.StringIO(RENDERERS["csv"](BLOCKS))))
    assert [(row["views"], row["label"], row["present"], row["patients_unknown"]) for row in rows] == [
        ("PA,AP", ODD, "1", "1"),
        ("PA,AP", "Viral", "0", "1"),
    ]


def test_markdown_tables_have_as_many_cells_in_each_line() -> None:
    text = RENDERERS["markdown"](BLOCKS)
    assert "**PA + AP: 5 images, 3 patients**" in text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [len(re.split(r"(?<!\\)\|", line.replace("\\\\", ""))) for line in lines]
    assert set(cells) == {9}
    assert r"| a\|b, " in text


def test_a_line_break_in_a_label_does_not_break_a_markdown_table() -> None:
    block = ViewBlock(("PA",), 1, 1, 1, (LabelCount("two\nlines", 1, 0, 0, 1, 0, 0),))
    lines = RENDERERS["markdown"]([block]).strip().splitlines()
    assert all(line.startswith("|") for line in lines[2:])


def test_the_table_for_people_is_aligned() -> None:
    first, empty = RENDERERS["table"](BLOCKS).split("\n\n")
    title, head, *lines = first.splitlines()
    assert title == "PA + AP: 5 images, 3 patients"
    assert head.split()[:4] == ["label", "present", "absent", "unknown"]
    assert {len(line) for line in (head, *lines)} == {len(head)}
    assert empty.splitlines()[0] == "L: 0 images, 0 patients"


@pytest.mark.parametrize("name", RENDERERS)
def test_every_format_ends_with_one_line_end(name: str) -> None:
    text = RENDERERS[name](BLOCKS)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
