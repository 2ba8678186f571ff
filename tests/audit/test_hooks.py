"""The hook of pre-commit and the GitHub Action do what they say: what they run is run, in synthetic repositories."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.audit.test_against import add_rows, git, repository  # noqa: F401 - a fixture

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
ENVIRONMENT.pop("GITHUB_STEP_SUMMARY", None)


def bash(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub does: bash that stops at the first error."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={**ENVIRONMENT, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture
def hook() -> Any:
    (entry,) = read(".pre-commit-hooks.yaml")
    return entry


def test_the_hook_stops_a_commit_that_adds_a_mistake(hook: Any, repository: Path) -> None:  # noqa: F811
    assert bash(hook["entry"], repository).returncode == 0
    add_rows(repository, {"patientid": "3", "filename": "new.png", "view": "Upwards"})
    git(repository, "add", ".")
    done = bash(hook["entry"], repository)
    assert done.returncode == 1
    assert "VIEW-VALUE 'Upwards' is not a view" in done.stdout
    assert "Sideways" not in done.stdout


def test_the_hook_runs_where_a_commit_deletes_an_image_and_nothing_else(hook: Any, repository: Path) -> None:  # noqa: F811
    git(repository, "rm", "-q", "images/old.png")
    assert "FILE-MISSING images/old.png is not there" in bash(hook["entry"], repository).stdout
    template = ROOT / "covidcurate" / "dataset" / "template" / "pre-commit-config.yaml"
    (local,) = yaml.safe_load(template.read_text(encoding="utf-8"))["repos"][0]["hooks"]
    for one in (hook, local):
        # Of what is deleted pre-commit (4.0) tells no hook, so that one which asks for files is skipped.
        assert one["always_run"] is True
        assert one["pass_filenames"] is False
        assert "files" not in one


def run_action(folder: Path, **inputs: str) -> list[subprocess.CompletedProcess[str]]:
    """Run the steps of the action but the installation, with inputs given by name, until one fails."""
    action = read("action.yml")
    values = {name: str(one["default"]) for name, one in action["inputs"].items()} | inputs

    def fill(text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: values[match[1]], text)

    home = folder.parent / "a runner"
    (home / "covidcurate" / "bin").mkdir(parents=True, exist_ok=True)
    if not (program := home / "covidcurate" / "bin" / "covidcurate").exists():
        program.symlink_to(Path(sys.executable).parent / "covidcurate")
    done = []
    for step in action["runs"]["steps"][1:]:
        if step.get("if") == "inputs.against != ''" and not values["against"]:
            continue
        variables = {name: fill(text) for name, text in step.get("env", {}).items()} | {"RUNNER_TEMP": str(home)}
        assert "${{" not in step["run"], "what an expression holds would be run as a script"
        done.append(bash(step["run"], folder, **variables))
        if done[-1].returncode:
            break
    return done


def test_the_action_shows_what_a_pull_request_adds(repository: Path, tmp_path: Path) -> None:  # noqa: F811
    add_rows(repository, {"patientid": "3", "filename": "new.png", "view": "Upwards"})
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "second")
    clone = tmp_path / "clone"
    command = ["git", "clone", "-q", "--depth=1", "--branch=change", repository.as_uri(), str(clone)]
    subprocess.run(command, check=True, capture_output=True)
    fetched, validated = run_action(clone, against="main")
    assert fetched.returncode == 0, fetched.stderr
    assert validated.returncode == 1
    assert "::error file=metadata.csv,title=VIEW-VALUE view,line=4,endLine=4::'Upwards'" in validated.stdout
    assert "Sideways" not in validated.stdout
    (whole,) = run_action(clone, against="")
    assert "Sideways" in whole.stdout
    assert run_action(clone, against="main", **{"fail-on": "never"})[-1].returncode == 0
    assert run_action(clone, against="main", arguments="--ignore\nVIEW-VALUE\n")[-1].returncode == 0


def test_the_action_says_what_fails_when_there_is_no_such_branch(repository: Path) -> None:  # noqa: F811
    git(repository, "remote", "add", "origin", str(repository))
    (fetched,) = run_action(repository, against="nowhere; touch injected")
    assert fetched.returncode != 0
    assert not (repository / "injected").exists()


@pytest.mark.parametrize("folder", ["bin", "Scripts"])
def test_the_action_installs_itself_into_an_environment_of_its_own(folder: str, tmp_path: Path) -> None:
    """A runner's own Python refuses packages (PEP 668), and that of a workflow is not ours."""
    (install, *_) = read("action.yml")["runs"]["steps"]
    stub = tmp_path / "stub" / "python"
    stub.parent.mkdir()
    log, home = tmp_path / "log", tmp_path / "a runner"
    stub.write_text(
        f'#!/bin/sh\necho "$0 $*" >> {log}\n'
        f'if [ "$2" = venv ]; then mkdir -p "$3/{folder}"; cp "$0" "$3/{folder}/python"; fi\n'
        'if [ "$1" = -c ]; then exit "${TOO_OLD:-0}"; fi\n'
    )
    stub.chmod(0o755)
    given = {"PATH": f"{stub.parent}:/usr/bin:/bin", "RUNNER_TEMP": str(home), "GITHUB_ACTION_PATH": "/the action"}
    done = bash(install["run"], tmp_path, **given)
    assert done.returncode == 0, done.stderr
    assert log.read_text().splitlines()[1:] == [
        f"{stub} -m venv {home}/covidcurate",
        f"{home}/covidcurate/{folder}/python -m pip install --quiet --disable-pip-version-check /the action",
    ]
    old = bash(install["run"], tmp_path, **given, TOO_OLD="1")
    assert old.returncode == 3
    assert "Python 3.11 or newer is needed" in old.stdout
    assert all(step["shell"] == "bash" for step in read("action.yml")["runs"]["steps"])


def test_the_workflow_of_a_new_dataset_runs(repository: Path) -> None:  # noqa: F811
    workflow = yaml.safe_load(
        (ROOT / "covidcurate" / "dataset" / "template" / "workflow.yml").read_text(encoding="utf-8")
    )
    script = workflow["jobs"]["validate"]["steps"][-1]["run"]
    git(repository, "remote", "add", "origin", str(repository))
    git(repository, "fetch", "-q", "origin")
    assert bash(script, repository, BASE="").returncode == 1
    assert bash(script, repository, BASE="main").returncode == 0
