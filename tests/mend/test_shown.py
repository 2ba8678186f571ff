"""The diff is what the fix does: git applies it and comes to the same bytes and names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from makers import KINDS, column, make_dataset, mend

from covidcurate.mend import diff_lines

ROWS = "".join(f"{number}.png,PA,note {number}\n" for number in range(1, 30))


def apply(folder: Path, diff: str) -> None:
    """Apply a diff with git to a folder that is no repository."""
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    # Without a ceiling, git would look for a repository above and leave out what is not in it.
    environment = {"GIT_CEILING_DIRECTORIES": str(folder.parent), "PATH": "/usr/bin:/bin:/usr/local/bin"}
    subprocess.run(command, cwd=folder, input=diff.encode(), check=True, env=environment)


TABLES = {
    "one line": b"filename,view\n1.png,pa\n",
    "no last line end": b"filename,view\n1.png,PA\n2.png,pa",
    "no last line end, and before it": b"filename,view\n1.png,pa\n2.png,PA",
    "crlf": b"filename,view,x\r\n1.png,pa,\r\n2.png,PA,\r\n",
    "byte order mark": b"\xef\xbb\xbf filename,view\n1.png,pa\n",
    "carriage returns": b"filename,view\r1.png,pa\r2.png,PA\r",
    "lines that go": b'filename,clinical_notes\n1.png,"a\nb\n\n"\n2.png,"\n"\n3.png,c\n4.png," d"',
    "header": b"filename,clinical notes,view\n1.png,,PA\n",
    "far apart": ("filename,view,clinical_notes\n" + ROWS.replace("\n", " \n", 1) + "30.png,pa,\n" + ROWS).encode(),
    "close": (
        "filename,view,clinical_notes\n" + ROWS.replace("PA,note 3\n", "pa,note 3\n").replace("9\n", "9 \n")
    ).encode(),
    "other letters": "filename,location\n1.png,Zürich 肺 \n".encode(),
}


@pytest.mark.parametrize("name", TABLES)
def test_git_applies_the_diff_of_a_table(tmp_path: Path, name: str) -> None:
    mending = mend(make_dataset(tmp_path / "dataset", TABLES[name]))
    assert mending
    apply(tmp_path / "dataset", "\n".join(diff_lines(mending, Path("metadata.csv"))) + "\n")
    assert (tmp_path / "dataset" / "metadata.csv").read_bytes() == mending.after


@pytest.mark.parametrize("stem", ["a", "with blank", 'quote"', "back\\slash", "Zürich", "tab\there"])
def test_git_applies_the_diff_of_names(tmp_path: Path, stem: str) -> None:
    row = f'"{stem.replace(chr(34), chr(34) * 2)}.jpg"'
    dataset = make_dataset(tmp_path, f"filename\n{row}\n".encode(), {f"images/{stem}.jpg": KINDS["png"]})
    mending = mend(dataset)
    apply(tmp_path, "\n".join(diff_lines(mending, dataset.table)) + "\n")
    assert [path.name for path in (tmp_path / "images").iterdir()] == [f"{stem}.png"]
    assert dataset.table.read_bytes() == mending.after


def test_a_diff_reads_as_people_know_it(tmp_path: Path) -> None:
    table = b"filename,view\n1.png,PA\n2.png,PA\n3.png,PA\n4.png,PA\na.PNG,pa\n"
    dataset = make_dataset(tmp_path, table, {"images/a.PNG": KINDS["png"]})
    assert list(diff_lines(mend(dataset), dataset.table)) == [
        "diff --git a/metadata.csv b/metadata.csv",
        "--- a/metadata.csv",
        "+++ b/metadata.csv",
        "@@ -3,4 +3,4 @@",
        " 2.png,PA",
        " 3.png,PA",
        " 4.png,PA",
        "-a.PNG,pa",
        "+a.png,PA",
        "diff --git a/images/a.PNG b/images/a.png",
        "similarity index 100%",
        "rename from images/a.PNG",
        "rename to images/a.png",
    ]


def test_changes_far_apart_are_hunks_of_their_own(tmp_path: Path) -> None:
    lines = list(diff_lines(mend(make_dataset(tmp_path, TABLES["far apart"])), Path("metadata.csv")))
    assert sum(line.startswith("@@") for line in lines) == 2


def test_nothing_to_fix_is_no_line(tmp_path: Path) -> None:
    assert list(diff_lines(mend(column(tmp_path, "view", "PA")), Path("metadata.csv"))) == []


def test_a_terminal_gets_nothing_that_it_would_obey(tmp_path: Path) -> None:
    mending = mend(column(tmp_path, "location", "\x1b[2Jgone\u202e "))
    said = "\n".join(diff_lines(mending, Path("metadata.csv"), escaped=True))
    assert "\x1b" not in said
    assert "\\x1b[2Jgone\\u202e" in said
    assert "\x1b[2Jgone\u202e" in "\n".join(diff_lines(mending, Path("metadata.csv")))
