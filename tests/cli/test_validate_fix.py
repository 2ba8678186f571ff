"""covidcurate validate --fix, --diff and --unsafe-fixes, as people and CI call them. All data is synthetic."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from covidcurate.cli.main import run

PNG = b"\x89PNG\r\n\x1a\n synthetic"
TABLE = b"filename,folder,view,finding,license\na.jpg,images,pa,COVID-19,\nb.png,images,Frontal,, \n"
FIXED = b"filename,folder,view,finding,license\na.png,images,PA,COVID-19,\nb.png,images,Frontal,,\n"
UNSAFE = FIXED.replace(b"COVID-19", b"Pneumonia/Viral/COVID-19")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "metadata.csv").write_bytes(TABLE)
    (tmp_path / "images").mkdir()
    for name in ("a.jpg", "b.png"):
        (tmp_path / "images" / name).write_bytes(PNG)
    return tmp_path


def names(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "images").iterdir())


def test_fix_changes_what_is_safe_and_reports_what_remains(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", str(root), "--fix"]) == 1
    out, err = capsys.readouterr()
    assert (root / "metadata.csv").read_bytes() == FIXED
    assert names(root) == ["a.png", "b.png"]
    assert "3 fixed (1 file renamed), 1 more with --unsafe-fixes" in err
    assert "'Frontal' is not a view" in out
    assert "'pa'" not in out
    assert "1 can be fixed with --fix --unsafe-fixes" in out
    assert run(["validate", str(root), "--fix", "--fail-on", "never"]) == 0
    assert "0 fixed (0 files renamed), 1 more with --unsafe-fixes" in capsys.readouterr().err


def test_unsafe_fixes_go_further_and_stop_at_two_answers(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", str(root), "--fix", "--unsafe-fixes"]) == 1
    assert (root / "metadata.csv").read_bytes() == UNSAFE
    out, err = capsys.readouterr()
    assert "4 fixed (1 file renamed)\n" in err
    assert "--fix" not in out


def test_without_fix_the_report_says_how_much_could_be(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["validate", str(root)])
    assert "3 can be fixed with --fix, 1 more with --unsafe-fixes\n" in capsys.readouterr().out
    assert (root / "metadata.csv").read_bytes() == TABLE


@pytest.mark.parametrize("options", [["--diff"], ["--fix", "--diff"]])
def test_diff_changes_nothing_and_git_applies_it(
    root: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["validate", str(root), *options]) == 1
    out, err = capsys.readouterr()
    assert "3 would be fixed (1 file renamed), 1 more with --unsafe-fixes" in err
    assert (root / "metadata.csv").read_bytes() == TABLE
    assert sorted(path.name for path in root.iterdir()) == ["images", "metadata.csv"], "not even a lock is left"
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "apply", "-"], cwd=root, input=out.encode(), check=True)
    assert (root / "metadata.csv").read_bytes() == FIXED
    assert names(root) == ["a.png", "b.png"]


def test_a_diff_is_written_to_a_file_and_what_fails_is_as_without(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "fixes.diff"
    assert run(["validate", str(root), "--diff", "--output", str(target), "--fail-on", "never"]) == 0
    assert target.read_text().startswith("diff --git a/metadata.csv b/metadata.csv\n")


def test_json_holds_the_fixes_and_nothing_else_goes_to_stdout(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["validate", str(root), "--format", "json"])
    issues = json.loads(capsys.readouterr().out)["issues"]
    fixes = {issue["code"]: issue["fix"] for issue in issues if issue["fix"]}
    assert fixes["VIEW-VALUE"] == {
        "new": "PA", "unsafe": "", "target": "cell", "old": "pa", "position": 3, "folder": "",
    }  # fmt: skip
    assert fixes["FILE-TYPE"]["target"] == "file"
    assert (fixes["FILE-TYPE"]["old"], fixes["FILE-TYPE"]["new"]) == ("a.jpg", "a.png")
    assert fixes["FINDING-FLAT"]["unsafe"]
    run(["validate", str(root), "--fix", "--format", "json"])
    assert not [issue for issue in json.loads(capsys.readouterr().out)["issues"] if issue["code"] == "FILE-TYPE"]


def test_a_saved_report_keeps_its_fixes(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "report.json"
    run(["validate", str(root), "--format", "json", "--output", str(saved)])
    for form in ("json", "sarif"):
        run(["validate", str(root), "--format", form])
        fresh = capsys.readouterr().out
        run(["validate", "--load", str(saved), "--format", form])
        assert capsys.readouterr().out == fresh
    assert '"fix": {' in fresh


def test_only_rules_that_are_at_work_are_fixed(root: Path) -> None:
    run(["validate", str(root), "--fix", "--select", "VIEW"])
    assert (root / "metadata.csv").read_bytes() == TABLE.replace(b",pa,", b",PA,")
    assert names(root) == ["a.jpg", "b.png"]
    run(["validate", str(root), "--fix", "--no-files", "--ignore", "TEXT-SPACE"])
    assert (root / "metadata.csv").read_bytes() == TABLE.replace(b",pa,", b",PA,")


def test_what_a_baseline_knows_is_left_alone(root: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    run(["validate", str(root), "--write-baseline", str(known)])
    run(["validate", str(root), "--fix", "--baseline", str(known)])
    assert (root / "metadata.csv").read_bytes() == TABLE
    with (root / "metadata.csv").open("ab") as stream:
        stream.write(b"c.png,images,lateral,,\n")
    run(["validate", str(root), "--fix", "--baseline", str(known)])
    assert (root / "metadata.csv").read_bytes() == TABLE + b"c.png,images,L,,\n"


def test_against_a_commit_only_what_changed_is_fixed(root: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "before")
    with (root / "metadata.csv").open("ab") as stream:
        stream.write(b"c.PNG,images,lateral,, \n")
    (root / "images" / "c.PNG").write_bytes(PNG + b"c")
    run(["validate", str(root), "--fix", "--against", "HEAD"])
    assert (root / "metadata.csv").read_bytes() == TABLE + b"c.png,images,L,,\n"
    assert names(root) == ["a.jpg", "b.png", "c.png"]


def test_a_table_alone_is_fixed_and_no_file_renamed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "other.csv"
    table.write_bytes(TABLE)
    run(["validate", str(table), "--fix"])
    assert table.read_bytes() == FIXED.replace(b"a.png", b"a.jpg")
    assert "2 fixed (0 files renamed)" in capsys.readouterr().err


@pytest.mark.parametrize("tail", [b'c.png,images,"pa\n', b"c.png,images\n", b"c.png,images,\xe4,,\n"])
def test_a_broken_table_is_refused_with_its_line(root: Path, tail: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "metadata.csv").write_bytes(TABLE + tail)
    for options in (["--fix"], ["--diff"]):
        assert run(["validate", str(root), *options]) == 3
        assert "metadata.csv:4: " in capsys.readouterr().err
    assert (root / "metadata.csv").read_bytes() == TABLE + tail
    assert names(root) == ["a.jpg", "b.png"]


@pytest.mark.parametrize(
    "options",
    [
        ["--unsafe-fixes"],
        ["--fix", "--staged"],
        ["--diff", "--staged"],
        ["--fix", "--load", "report.json"],
        ["--diff", "--format", "json"],
    ],
)
def test_options_that_contradict_each_other_are_refused(root: Path, options: list[str]) -> None:
    assert run(["validate", str(root), *options]) == 2
    assert (root / "metadata.csv").read_bytes() == TABLE


def test_quiet_says_nothing_about_what_was_fixed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["-q", "validate", str(root), "--fix"])
    assert capsys.readouterr().err == ""
    assert (root / "metadata.csv").read_bytes() == FIXED


@pytest.mark.parametrize("way", ["file", "stdout"])
def test_the_diff_of_bytes_that_are_not_utf8_is_one_that_git_applies(
    way: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Such a byte stands in the diff as it is: in any other form git would not find the line."""
    table = b"filename,location\n1.png,M\xc3\xbcnchen\n2.png,M\xfcnchen\n"
    (tmp_path / "metadata.csv").write_bytes(table)
    command = ["validate", str(tmp_path / "metadata.csv"), "--diff", "--unsafe-fixes"]
    run([*command, *(["--output", str(tmp_path / "diff")] if way == "file" else [])])
    diff = (tmp_path / "diff").read_bytes() if way == "file" else capfdbinary.readouterr().out
    environment = {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent), "PATH": "/usr/bin:/bin:/usr/local/bin"}
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff, check=True, env=environment)
    assert (tmp_path / "metadata.csv").read_bytes() == table.replace(b"M\xfc", b"M\xc3\xbc")
    assert run(["validate", str(tmp_path / "metadata.csv"), "--select", "CSV-ENCODING"]) == 0


def test_of_bytes_of_which_some_are_not_certain_those_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was mended on the way is in no file, so that no line of the message speaks of it as sound."""
    table = b"filename,location\n1.png,M\xfcnchen\n2.png,M\xfcnchen\n3.png,x\x81y\n"
    (tmp_path / "metadata.csv").write_bytes(table)
    assert run(["validate", str(tmp_path / "metadata.csv"), "--fix", "--unsafe-fixes"]) == 3
    error = capsys.readouterr().err
    assert "metadata.csv:4: " in error
    assert "No answer is certain there, so that nothing is fixed" in error
    assert "is UTF-8" not in error
    assert (tmp_path / "metadata.csv").read_bytes() == table
