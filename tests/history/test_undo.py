"""Taking runs back: byte-true, beside the work of others, and refused where their work would be lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from killed_commands import content_of

from covidcurate.cli.main import run
from covidcurate.dataset.changed_rows import compare_tables, take_back
from covidcurate.dataset.runs import read_runs

Make = Callable[..., Path]
Ingest = Callable[..., None]


def undo(dataset: Path, *arguments: str) -> int:
    return run(["undo", *arguments, "-d", str(dataset), "--yes"])


def change(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))


def test_an_ingest_is_taken_back_byte_for_byte(
    dataset: Path, ingest: Ingest, inputs: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(dataset / "volumes")
    before, folders = content_of(dataset), sorted(path.name for path in dataset.iterdir())
    ingest(inputs())
    assert content_of(dataset) != before
    capsys.readouterr()
    assert run(["undo", "-d", str(dataset), "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert "2 rows to remove from metadata.csv" in out
    assert "images/new-1.png goes" in out
    assert "Nothing was changed" in err
    assert content_of(dataset) != before
    assert undo(dataset) == 0
    assert content_of(dataset) == before
    assert sorted(path.name for path in dataset.iterdir() if path.name != ".covidcurate") == folders


def test_a_folder_that_the_run_made_goes_with_its_files(dataset: Path, ingest: Ingest, inputs: Make) -> None:
    (dataset / "images" / "synthetic-1.png").unlink()
    shutil.rmtree(dataset / "images")
    ingest(inputs())
    assert undo(dataset) == 0
    assert not (dataset / "images").exists()


def test_a_fix_is_taken_back_with_its_renames(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = content_of(broken)
    run(["validate", "--fix", str(broken)])
    assert "images/film-2.png" in content_of(broken)
    assert undo(broken) == 0
    assert content_of(broken) == before
    assert "images/film-2.png is called film-2.jpg again" in capsys.readouterr().out


def test_bytes_that_were_no_text_come_back(dataset: Path) -> None:
    table = dataset / "metadata.csv"
    change(table, b"example.org/1,", b"example.org/caf\xe9,")
    before = content_of(dataset)
    run(["validate", "--fix", "--unsafe-fixes", str(dataset)])
    assert content_of(dataset) != before
    assert undo(dataset) == 0
    assert content_of(dataset) == before


def test_runs_are_taken_back_in_any_order_and_others_stay(dataset: Path, ingest: Ingest, inputs: Make) -> None:
    before = content_of(dataset)
    for name in ("one", "two", "three"):
        ingest(inputs(name))
    middle = read_runs(dataset)[0][1].id
    assert undo(dataset, middle) == 0
    names = content_of(dataset)
    assert "images/two-1.png" not in names
    assert {"images/one-1.png", "images/three-2.png"} <= set(names)
    assert run(["validate", str(dataset)]) == 0
    assert undo(dataset) == 0
    assert undo(dataset) == 0
    assert content_of(dataset) == before
    assert undo(dataset) == 2


def test_what_people_wrote_meanwhile_stays(dataset: Path, ingest: Ingest, inputs: Make) -> None:
    table = dataset / "metadata.csv"
    ingest(inputs())
    change(table, b"example.org/1,", b"example.org/edited,")
    row = table.read_bytes().splitlines(keepends=True)[1].replace(b"synthetic-1", b"theirs")
    with table.open("ab") as stream:
        stream.write(row)
    (dataset / "images" / "theirs.png").write_bytes(b"theirs")
    assert undo(dataset) == 0
    lines = table.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    assert b"edited" in lines[1]
    assert lines[2] == row
    assert (dataset / "images" / "theirs.png").read_bytes() == b"theirs"
    assert not list((dataset / "images").glob("new*"))


def test_an_editor_that_wrote_other_line_ends_is_no_obstacle(dataset: Path, ingest: Ingest, inputs: Make) -> None:
    table = dataset / "metadata.csv"
    expected = table.read_bytes().replace(b"\n", b"\r\n")
    ingest(inputs())
    table.write_bytes(table.read_bytes().replace(b"\n", b"\r\n"))
    assert undo(dataset) == 0
    assert table.read_bytes() == expected


def edit_row(dataset: Path) -> None:
    change(dataset / "metadata.csv", b"example.org/new/2,", b"example.org/better,")


def remove_row(dataset: Path) -> None:
    table = dataset / "metadata.csv"
    table.write_bytes(b"".join(table.read_bytes().splitlines(keepends=True)[:-1]))


def copy_row(dataset: Path) -> None:
    table = dataset / "metadata.csv"
    table.write_bytes(table.read_bytes() + table.read_bytes().splitlines(keepends=True)[-1])


def name_file(dataset: Path) -> None:
    table = dataset / "metadata.csv"
    row = table.read_bytes().splitlines(keepends=True)[-1]
    table.write_bytes(table.read_bytes() + row.replace(b"No Finding", b"Pneumonia"))


def edit_file(dataset: Path) -> None:
    (dataset / "images" / "new-2.png").write_bytes(b"better")


def remove_file(dataset: Path) -> None:
    (dataset / "images" / "new-2.png").unlink()


def link_file(dataset: Path) -> None:
    path = dataset / "images" / "new-2.png"
    path.rename(dataset / "elsewhere.png")
    path.symlink_to("../elsewhere.png")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (edit_row, "metadata.csv: line 4: the row of 'new-2.png' was edited"),
        (remove_row, "metadata.csv: the row of 'new-2.png' was edited or removed"),
        (copy_row, "metadata.csv: the row of 'new-2.png' stands there more than once (lines 4, 5)"),
        (name_file, "metadata.csv: line 5: another row names 'new-2.png' too"),
        (edit_file, "images/new-2.png was edited"),
        (remove_file, "images/new-2.png is gone"),
        (link_file, "images/new-2.png is a link by now"),
    ],
)
def test_what_others_touched_is_refused_and_named(
    dataset: Path,
    ingest: Ingest,
    inputs: Make,
    capsys: pytest.CaptureFixture[str],
    edit: Callable[[Path], None],
    words: str,
) -> None:
    ingest(inputs())
    edit(dataset)
    before = content_of(dataset)
    capsys.readouterr()
    assert undo(dataset) == 3
    said = capsys.readouterr().err
    assert words in said
    assert "nothing was changed" in said
    assert "what to do" in said
    assert content_of(dataset) == before


def test_a_later_run_that_touched_the_rows_is_to_be_taken_back_first(
    dataset: Path, ingest: Ingest, inputs: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content_of(dataset)
    ingest(inputs())
    table = dataset / "metadata.csv"
    # As an editor may have left it, which is then fixed with a new name for the file.
    change(table, b"new-2.png", b"new-2.jpg")
    (dataset / "images" / "new-2.png").rename(dataset / "images" / "new-2.jpg")
    run(["validate", "--fix", str(dataset)])
    assert (dataset / "images" / "new-2.png").exists()
    assert undo(dataset, read_runs(dataset)[0][1].id) == 0, "it is again what the first run wrote"
    assert content_of(dataset) == before


def test_a_fix_of_what_was_ingested_goes_first(
    dataset: Path, ingest: Ingest, inputs: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content_of(dataset)
    folder = inputs()
    (folder / "rows.csv").write_text((folder / "rows.csv").read_text().replace("CC0-1.0", "public domain dedication"))
    run(["ingest", str(folder), "-d", str(dataset), "--yes", "--no-cache"])
    run(["validate", "--fix", "--unsafe-fixes", str(dataset)])
    fix, first = (one.id for one in read_runs(dataset)[0])
    between = content_of(dataset)
    capsys.readouterr()
    assert undo(dataset, first) == 3
    said = capsys.readouterr().err
    assert "line 3: the row of 'new-1.png' was edited" in said
    assert f"Take back first what came later: covidcurate undo {fix}" in said
    assert content_of(dataset) == between
    assert undo(dataset, fix) == 0
    assert undo(dataset, first) == 0
    assert content_of(dataset) == before


def test_what_cannot_be_taken_back_is_said(
    dataset: Path, ingest: Ingest, inputs: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    assert undo(dataset) == 2
    assert "no run on record" in capsys.readouterr().err
    ingest(inputs())
    (first,) = read_runs(dataset)[0]
    assert undo(dataset, "2") == 0, "the beginning of an id is enough"
    second = read_runs(dataset)[0][0]
    capsys.readouterr()
    assert undo(dataset, first.id) == 2
    assert f"was taken back already, by {second.id}" in capsys.readouterr().err
    assert undo(dataset, second.id) == 2
    assert "is not taken back itself" in capsys.readouterr().err
    assert undo(dataset, "nothing") == 2
    assert undo(dataset, "2") == 2
    assert "names 2 of the 2 runs" in capsys.readouterr().err


def test_nothing_is_asked_without_a_terminal(dataset: Path, ingest: Ingest, inputs: Make) -> None:
    ingest(inputs())
    before = content_of(dataset)
    assert run(["undo", "-d", str(dataset)]) == 4
    assert content_of(dataset) == before


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 4), (b"y\n", 0)])
def test_on_a_terminal_it_asks(dataset: Path, ingest: Ingest, inputs: Make, answer: bytes, code: int) -> None:
    before = content_of(dataset)
    ingest(inputs())
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "covidcurate", "undo", "-d", str(dataset)]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.write(ours, answer)
        assert process.wait() == code
    os.close(theirs)
    os.close(ours)
    assert (content_of(dataset) == before) is (code == 0)


def test_undo_and_git_go_together(dataset: Path, ingest: Ingest, inputs: Make) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
        return subprocess.run(command, cwd=dataset, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    ingest(inputs())
    git("add", "-A")
    git("commit", "-qm", "second")
    assert undo(dataset) == 0
    assert git("diff", "--stat", "HEAD~1") == ""
    assert ".covidcurate" not in git("status", "--porcelain")


def test_log_lists_runs_newest_first(
    dataset: Path, ingest: Ingest, inputs: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["log", str(dataset)]) == 0
    assert "no run is on record" in capsys.readouterr().out
    ingest(inputs(), "--as", "Ada Lovelace")
    undo(dataset)
    ingest(inputs("more"))
    capsys.readouterr()
    assert run(["log", str(dataset)]) == 0
    lines = capsys.readouterr().out.splitlines()
    newest, undone, oldest = (run.id for run in read_runs(dataset)[0])
    assert [line.split()[0] for line in lines] == [newest, undone, oldest]
    assert "Ada Lovelace  ingest: 2 rows added from example.org" in lines[2]
    assert lines[2].endswith(f"taken back by {undone}")
    assert f"undo {oldest}: 2 rows removed" in lines[1]
    assert run(["log", str(dataset), "--format", "json"]) == 0
    one = json.loads(capsys.readouterr().out)["runs"][2]
    assert (one["who"], one["command"], one["sources"]) == ("Ada Lovelace", "ingest", ["example.org"])
    assert one["counts"] == {"added": 2, "changed": 0, "removed": 0, "renamed": 0}
    assert one["taken_back_by"] == undone
    assert one["files"][0]["size"] > 0


def test_a_record_holds_no_path_and_no_patient_of_the_input(dataset: Path, ingest: Ingest, inputs: Make) -> None:
    folder = inputs("doe-jane")
    (folder / "rows.csv").write_text((folder / "rows.csv").read_text().replace("\np", "\nMRN4711-"))
    ingest(folder)
    (path,) = (dataset / ".covidcurate" / "runs").iterdir()
    text = path.read_text()
    assert "MRN4711" not in text
    assert str(folder) not in text


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff", b'{"format": "other"}', b'{"format": "covidcurate-run/1"}']
)
def test_a_record_that_is_damaged_is_said_and_the_others_shown(
    dataset: Path, ingest: Ingest, inputs: Make, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    ingest(inputs())
    (dataset / ".covidcurate" / "runs" / "20200101T000000Z-0000.json").write_bytes(content)
    capsys.readouterr()
    assert run(["log", str(dataset)]) == 4
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert "20200101T000000Z-0000.json" in err
    assert undo(dataset) == 3
    assert undo(dataset, read_runs(dataset)[0][0].id) == 0, "named, it is none of the damaged ones"


@pytest.mark.usefixtures("permissions_count")
@pytest.mark.parametrize("folder", ["images", ".", ".covidcurate", ".covidcurate/runs"])
def test_a_folder_that_cannot_be_written_leaves_all_as_it_was(
    dataset: Path, ingest: Ingest, inputs: Make, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    before = content_of(dataset)
    ingest(inputs())
    after = content_of(dataset)
    more = inputs("more")
    (dataset / folder).chmod(0o555)
    capsys.readouterr()
    try:
        ended = run(["ingest", str(more), "-d", str(dataset), "--yes", "--no-cache"]), undo(dataset)
        said = capsys.readouterr().err
        read = run(["log", str(dataset)]), run(["validate", str(dataset)])
    finally:
        (dataset / folder).chmod(0o755)
    assert "bug" not in said
    assert read == (0, 0)
    assert run(["log", str(dataset)]) == 0
    # A folder that only a removal or nothing at all has to write is no obstacle to the others.
    assert ended[0] == 3
    assert "Permission denied" in said
    assert content_of(dataset) == (before if ended[1] == 0 else after)
    commands = [one.errand.command for one in read_runs(dataset)[0]]
    assert commands == (["undo", "ingest"] if ended[1] == 0 else ["ingest"])


TABLES = [
    (b"filename,a\nx.png,1\n", b"y.png,2\nz.png,3\n"),
    (b"filename,a\nx.png,1", b"\ny.png,2\nz.png,3"),
    (b"filename,a\r\nx.png,1\r\n", b"y.png,2\r\n"),
    (b"\xef\xbb\xbffilename,a\r\nx.png,1", b'\r\n"y.png","2\r\n3"'),
    (b"filename,a", b"\ny.png,2"),
    (b"filename,a\n", b"y.png,2\n"),
    (b"filename;a\rx.png;1\r", b"y.png;2\r"),
    (b"filename,a\r\nx.png,1\r", b"\ny.png,2"),
    (b"filename,a\nx.png,\xff\n", b"y.png,2\n"),
    (b"filename," + b"a" * 70000 + b"\nx.png,1\n", b"y.png,2\nz.png,3\n"),
    (b"filename,a\n" + b"x.png,1\n" * 20000, b"y.png,2\nz.png,3\n"),
]


@pytest.mark.parametrize(("before", "added"), TABLES)
def test_rows_at_the_end_go_byte_for_byte(before: bytes, added: bytes) -> None:
    found = compare_tables(before, before + added)
    assert not found.changed
    assert take_back(before + added, found, "filename") == (before, [])


def test_changed_records_go_back_byte_for_byte_also_below_new_rows() -> None:
    before = b'filename,view,a\r\nx.png,"pa",1\r\ny.png,l ,"2\r\n3"\r\n'
    after = b'filename,view,b\r\nx.png,"PA",1\r\ny.png,L,"2\r\n3"\r\n'
    found = compare_tables(before, after)
    assert take_back(after, found, "filename") == (before, [])
    theirs = b"theirs.png,PA,9\r\n"
    header, rest = after.split(b"\r\n", 1)
    moved = header + b"\r\n" + theirs + rest
    old_header, old_rest = before.split(b"\r\n", 1)
    assert take_back(moved, found, "filename") == (old_header + b"\r\n" + theirs + old_rest, [])
