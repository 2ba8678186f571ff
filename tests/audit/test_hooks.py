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


def test_the_hook_looks_at_the_files_of_a_dataset(hook: Any) -> None:
    for name in ("metadata.csv", "images/a.png", "data/volumes/a.nii.gz", "covidcurate.toml"):
        assert re.search(hook["files"], name), name
    assert not re.search(hook["files"], "README.md")
    assert hook["pass_filenames"] is False


def run_action(folder: Path, **inputs: str) -> list[subprocess.CompletedProcess[str]]:
    """Run the steps of the action but the installation, with inputs given by name, until one fails."""
    action = read("action.yml")
    values = {name: str(one["default"]) for name, one in action["inputs"].items()} | inputs

    def fill(text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: values[match[1]], text)

    done = []
    for step in action["runs"]["steps"][1:]:
        if step.get("if") == "inputs.against != ''" and not values["against"]:
            continue
        variables = {name: fill(text) for name, text in step.get("env", {}).items()}
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
    assert run_action(clone, against="main", arguments="--ignore VIEW-VALUE")[-1].returncode == 0


def test_the_action_says_what_fails_when_there_is_no_such_branch(repository: Path) -> None:  # noqa: F811
    git(repository, "remote", "add", "origin", str(repository))
    (fetched,) = run_action(repository, against="nowhere; touch injected")
    assert fetched.returncode != 0
    assert not (repository / "injected").exists()


def test_the_action_installs_itself() -> None:
    (install, *_) = read("action.yml")["runs"]["steps"]
    assert install["run"].startswith("python -m pip install")
    assert install["run"].endswith('"$GITHUB_ACTION_PATH"')
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
