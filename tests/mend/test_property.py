"""On tables that nobody thought of: the second run finds nothing, and what was not fixed has its bytes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import KINDS, check, make_dataset, mend

from covidcurate.dataset import Dataset
from covidcurate.errors import TableStructureError
from covidcurate.mend import write_mending
from covidcurate.table import Table

HEADERS = (
    *("filename", "filename", "folder", "date", "year", "view", "View ", "modality", "sex", "license", "finding"),
    *("clinical notes", "clinical_notes", "doi", "url", "temperature", "leukocyte count", "pO2_saturation", "mine", ""),
)
CELLS = (
    *("", " ", "\t", "PA", "pa", " lateral ", "Frontal", "?", "Unclear", "male", "f", "CT", "Radiograph", "hrct"),
    *("2020", "2020-01-05", "03/09/20", "03/16/20", "20-03-15", "3/3/2020", "Mar 4, 2020", "January 12", "20200230"),
    *("CC-NC-SA", "cc by", "CC BY 4.0 ", "apache-2.0", "COVID-19", "COVID-19, ARDS", "normal,", "SARS", "todo"),
    *("doi:10.1056/x", "https://doi.org/10.1056/x", "10.1056/x", "http://example.org/a", "37,5", "98.6", "5200", "1e9"),
    *(
        "KrankenhÃ¤user",
        "twice Ã\x83Â¤",
        "Ã¤ \ufeffx",
        "a\u200bb ",
        "a\u200db",
        "\x0b",
        '"',
        'say "hi" ',
        "a,b",
        "a\nb\n",
    ),
    *("a.png", "a.jpg", " a.PNG", "\u3000", "\r", "x\r\n"),
)
NEVER = ("03/09/20", "20-03-15", "Frontal", "January 12", "Unclear")


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Draw a table of odd and sound cells, written in one of the ways that programs write tables."""
    delimiter, newline = draw(st.sampled_from([",", ";", "\t"])), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    header = draw(st.lists(st.sampled_from(HEADERS), min_size=2, max_size=6))
    cell = st.one_of(st.sampled_from(CELLS), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6))
    rows = draw(st.lists(st.lists(cell, min_size=len(header), max_size=len(header)), max_size=6))
    quoted = st.booleans()

    def write(text: str) -> str:
        needed = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if needed or draw(quoted) else text

    lines = [delimiter.join(map(write, record)) for record in [header, *rows]]
    text = newline.join(lines) + (newline if draw(quoted) else "")
    return (b"\xef\xbb\xbf" if draw(quoted) else b"") + text.encode()


@pytest.mark.parametrize("unsafe", [False, True])
@settings(max_examples=300, deadline=None)
@given(content=tables())
def test_a_second_run_finds_nothing_and_other_cells_keep_their_bytes(unsafe: bool, content: bytes) -> None:
    before = Table.load(content)
    try:
        before.require_sound()
    except TableStructureError:
        # What reads as broken is refused, which other tests try; here it says nothing.
        return
    with tempfile.TemporaryDirectory() as folder:
        dataset = make_dataset(Path(folder), content)
        mending = mend(dataset, unsafe=unsafe)
        dataset.table.write_bytes(mending.after)
        again = mend(dataset, unsafe=unsafe)
    assert (again.after, again.fixed) == (mending.after, ())
    after = Table.load(mending.after)
    assert after.dialect == before.dialect
    assert len(after.records) == len(before.records)
    fixed = {(issue.line, issue.fix.position) for issue in mending.fixed if issue.fix is not None}
    changed = 0
    for old, new in zip(before.records, after.records, strict=True):
        old_cells, new_cells = before.dialect.split(old), after.dialect.split(new)
        assert len(old_cells) == len(new_cells) or not any(old_cells)
        changed += sum(first != second for first, second in zip(old_cells, new_cells, strict=False))
        for first, second in zip(old_cells, new_cells, strict=False):
            assert first.strip(' "') not in NEVER or second.strip(' "') == first.strip(' "')
    assert changed <= len(fixed)
    assert bool(changed) is bool(mending.fixed)


NAMES = st.sampled_from(["a", "b", "B", "c.d", "e.2020"])
ENDINGS = st.sampled_from(["", ".png", ".PNG", ".jpg", ".jpeg", ".gif", ".dcm"])
PLACES = st.builds("{}/{}{}".format, st.sampled_from(["images", "volumes"]), NAMES, ENDINGS)


@settings(max_examples=200, deadline=None)
@given(
    files=st.dictionaries(PLACES, st.sampled_from(sorted(KINDS)), max_size=7),
    rows=st.lists(PLACES, max_size=5),
    blank_folders=st.booleans(),
)
def test_no_file_is_lost_no_row_loses_its_file_and_a_second_run_renames_none(
    files: dict[str, str], rows: list[str], blank_folders: bool
) -> None:
    # Each file has a content of its own, so that it is known under any name.
    contents = {path: KINDS[kind] + path.encode() for path, kind in files.items()}
    rows = [*rows, *list(files)[::2]]
    cells = [row.rpartition("/")[::2] for row in rows]
    table = "filename,folder,n\n" + "".join(f"{n},{'' if blank_folders else f},{i}\n" for i, (f, n) in enumerate(cells))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        dataset = make_dataset(root, table.encode(), contents)
        before = files_of_rows(root)
        mending, _ = write_mending(dataset, check, unsafe=False)
        left = sorted(path.read_bytes() for path in root.glob("*/*") if path.parent.name in ("images", "volumes"))
        assert left == sorted(contents.values())
        assert files_of_rows(root) == before
        again, _ = write_mending(Dataset.open(root), check, unsafe=False)
        assert not again, (mending.moves, again.moves)


def files_of_rows(root: Path) -> list[bytes | None]:
    """Return the content of the file that each row names, as a plain loader would look for it."""
    found: list[bytes | None] = []
    for line in (root / "metadata.csv").read_text().splitlines()[1:]:
        name, folder, _ = line.split(",")
        paths = [root / place / name for place in ([folder] if folder else ["images", "volumes"])]
        found.append(next((path.read_bytes() for path in paths if name and path.is_file()), None))
    return found
