"""The contract of the command line: help, exit codes, messages, no traceback."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from covidcurate.cli.main import COMMANDS, cli, run

HEAVY = {
    "pandas", "numpy", "PIL", "nibabel", "pydicom", "requests", "bs4", "rich", "hashlib", "socket", "multiprocessing",
    "covidcurate.rules", "covidcurate.spec", "covidcurate.table", "covidcurate.imaging", "covidcurate.labels",
}  # fmt: skip


def modules_after(*arguments: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after a command."""
    program = (
        "import sys; from covidcurate.cli.main import run; run(sys.argv[1:]); sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["validate", "--help"], ["ingest", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert not modules_after(*arguments) & HEAVY


def test_validate_of_a_table_loads_nothing_heavy(dataset: Path) -> None:
    loaded = modules_after("validate", str(dataset), "--no-files", "-q")
    assert not loaded & {"pandas", "numpy", "PIL", "nibabel", "pydicom", "requests", "rich", "hashlib", "socket"}


def test_the_list_of_commands_agrees_with_the_commands() -> None:
    for name, (_, text) in COMMANDS.items():
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.name == name
        assert command.short_help == text
        assert command.help


@pytest.mark.parametrize("name", COMMANDS)
def test_shared_options_stand_before_and_after_the_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-q", "-d", "nowhere", name, "--help"]) == 0
    text = capsys.readouterr().out
    assert all(option in text for option in ("--dataset", "--quiet", "--verbose", "--no-color"))


def test_python_m_runs_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "covidcurate", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("covidcurate, version ")


def test_a_misspelled_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validat"]) == 2
    assert "Did you mean 'validate'?" in capsys.readouterr().err


def test_an_unknown_option_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "--formatt", "json"]) == 2
    assert "--formatt" in capsys.readouterr().err


def test_outside_a_dataset_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["validate"]) == 3
    assert "covidcurate init DIR" in capsys.readouterr().err


def test_the_dataset_is_found_upwards(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(dataset / "images")
    assert run(["validate"]) == 0


@pytest.mark.parametrize("path", ["missing", "missing.csv"])
def test_a_path_that_is_not_there(path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", str(tmp_path / path)]) == 3
    assert "no such file or folder" in capsys.readouterr().err


def test_findings_end_with_1_and_fail_on_moves_the_line(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = dataset / "metadata.csv"
    table.write_text(table.read_text().replace(",PA,", ",frontal,").replace("CC0-1.0", ""))
    assert run(["validate", str(dataset)]) == 1
    table.write_text(table.read_text().replace(",frontal,", ",PA,"))
    assert run(["validate", str(dataset)]) == 0
    assert run(["validate", str(dataset), "--fail-on", "warning"]) == 1
    assert run(["validate", str(dataset), "--fail-on", "never"]) == 0
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith("1 row, 1 file: 0 errors, 1 warning, 0 notes")


def test_json_goes_to_stdout_alone(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["validate", str(dataset), "--format", "json"])
    captured = capsys.readouterr()
    assert json.loads(captured.out)["rows"] == 1
    assert captured.err == ""


def test_output_goes_to_a_file(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    assert run(["validate", str(dataset), "--format", "json", "--output", str(report)]) == 0
    assert json.loads(report.read_text())["counts"] == {"error": 0, "warning": 0, "info": 0}
    assert capsys.readouterr().out == ""


def test_a_mistake_in_the_configuration_is_said(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (dataset / "covidcurate.toml").write_text("[rules.severity]\nVIEW-VALU = 'info'\n")
    assert run(["validate", str(dataset)]) == 3
    assert "Did you mean VIEW-VALUE?" in capsys.readouterr().err


def test_a_bug_is_reported_as_one_without_a_traceback_or_its_text(
    dataset: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("Jane Doe")

    monkeypatch.setattr("covidcurate.audit.validation.check_dataset", broken)
    assert run(["validate", str(dataset)]) == 3
    text = capsys.readouterr().err
    assert "bug: KeyError at" in text
    assert "please report" in text
    assert "Traceback" not in text
    assert "Jane Doe" not in text


def test_ctrl_c_ends_with_130(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("covidcurate.audit.validation.check_dataset", interrupted)
    assert run(["validate", str(dataset)]) == 130


def test_a_closed_pipe_is_no_error(shared_table: Path) -> None:
    command = f"{sys.executable} -m covidcurate validate {shared_table} -v --fail-on never | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


@pytest.fixture
def shared_table(dataset: Path) -> Path:
    """A table with more findings than a pipe holds."""
    table = dataset / "metadata.csv"
    header, row, *_ = table.read_text().splitlines(keepends=True)
    table.write_text(header + row.replace("CC0-1.0", "nobody knows") * 5000)
    return table


def test_values_that_no_terminal_can_show_are_escaped(dataset: Path) -> None:
    table = dataset / "metadata.csv"
    table.write_bytes(table.read_bytes().replace(b"CC0-1.0", b"CC\xff0"))
    done = subprocess.run(
        [sys.executable, "-m", "covidcurate", "validate", str(dataset)], capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"CSV-ENCODING" in done.stdout


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) > 40
    assert run(["explain", "file-type"]) == 0
    assert capsys.readouterr().out.startswith("FILE-TYPE (error): ")
    assert run(["explain", "FILE-TYPO"]) == 3
    assert "Did you mean FILE-TYPE?" in capsys.readouterr().err


def test_init_makes_a_dataset_that_is_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new"
    assert run(["init", str(folder)]) == 0
    assert run(["validate", str(folder), "--fail-on", "info"]) == 0
    assert run(["stats", str(folder)]) == 0
    assert run(["init", str(folder)]) == 3
    assert "is not empty" in capsys.readouterr().err


def test_stats_writes_into_the_readme_of_a_new_dataset(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    run(["init", str(folder)])
    assert run(["stats", str(folder), "--update", str(folder / "README.md")]) == 0
    assert "**PA + AP: 0 images, 0 patients**" in (folder / "README.md").read_text()


def test_stats_of_a_view_that_nobody_knows(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stats", str(dataset), "--views", "PAA"]) == 2
    assert "Did you mean 'PA'?" in capsys.readouterr().err


@pytest.mark.parametrize("format_", ["table", "json", "csv", "markdown", "xrv"])
def test_stats_has_each_format(format_: str, dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stats", str(dataset), "--format", format_, "--compat", "xrv"]) == 0
    assert "COVID-19" in capsys.readouterr().out


def test_commands_that_are_offered_can_be_copied_to_a_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my data"
    assert run(["init", str(folder)]) == 0
    assert shlex.split(capsys.readouterr().err)[-1] == str(folder)


@pytest.mark.parametrize(("fail_on", "code"), [("error", 1), ("never", 0)])
def test_a_reader_that_has_seen_enough_does_not_change_the_exit_code(
    fail_on: str, code: int, shared_table: Path
) -> None:
    """Under ``pipefail``, as in GitHub Actions, a check must not pass or fail by what ``head`` does."""
    program = f"{sys.executable} -m covidcurate validate {shared_table} --fail-on {fail_on}"
    command = f"{program} | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, "")


def test_a_list_is_cut_off_in_peace() -> None:
    command = f"{sys.executable} -m covidcurate explain | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("closed", "code"), [(">&-", 1), (">&- 2>&-", 1), ("> /dev/full", 3)])
def test_standard_output_that_takes_nothing(closed: str, code: int, shared_table: Path) -> None:
    if closed.endswith("full") and not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    command = f"{sys.executable} -m covidcurate validate {shared_table} {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == code
    said = "covidcurate: error: standard output: cannot be written: No space left on device\n"
    assert done.stderr == (said if code == 3 else "")


def test_a_pipe_gets_utf8_whatever_the_system_writes(dataset: Path) -> None:
    """As on Windows, where a report that was saved from a pipe could not be loaded again."""
    table = dataset / "metadata.csv"
    table.write_bytes(table.read_bytes().replace(b"CC0-1.0", "Lizenz für alle".encode()))
    command = [sys.executable, "-m", "covidcurate", "validate", str(dataset), "--format", "json"]
    done = subprocess.run(
        command, capture_output=True, check=False, env={"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    )
    assert "für alle" in json.loads(done.stdout.decode("utf-8"))["issues"][0]["message"]


def test_what_a_message_names_speaks_to_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", str(tmp_path / "a\x1b[31mb\n::error::c")]) == 3
    error = capsys.readouterr().err
    assert "\x1b" not in error
    assert "a\\x1b[31mb\\n::error::c" in error


@pytest.mark.parametrize("kind", ["folder", "link to nothing"])
def test_a_configuration_that_cannot_be_read_is_not_passed_over(
    kind: str, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = dataset / "covidcurate.toml"
    config.unlink(missing_ok=True)
    if kind == "folder":
        config.mkdir()
    else:
        config.symlink_to("nothing")
    assert run(["validate", str(dataset)]) == 3
    assert "covidcurate.toml: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "options", "colored"),
    [
        ({}, [], True),
        ({"NO_COLOR": ""}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"TERM": "dumb"}, [], False),
        ({}, ["--no-color"], False),
    ],
)
def test_colors_are_for_who_wants_them(
    environment: dict[str, str], options: list[str], colored: bool, shared_table: Path
) -> None:
    pty = pytest.importorskip("pty")
    terminal, end = pty.openpty()
    given = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "TERM")} | environment
    command = [sys.executable, "-m", "covidcurate", "validate", str(shared_table), "--max-per-code", "2", *options]
    done = subprocess.run(command, stdout=end, stderr=subprocess.PIPE, env=given, check=False)
    os.close(end)
    assert (b"\x1b[31m" in os.read(terminal, 100_000), done.stderr) == (colored, b"")
    os.close(terminal)
