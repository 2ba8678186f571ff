"""What the repository promises about itself: the wheel, its dependencies, generated files, documents, the demo."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import click
import pytest

from covidcurate import __version__
from covidcurate.cli.main import COMMANDS, cli, run
from covidcurate.spec import document, load_specification

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
IMPORT_NAMES = {"pillow": "PIL", "beautifulsoup4": "bs4", "rapidocr-onnxruntime": "rapidocr_onnxruntime"}


def test_generated_schema_files_are_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "schema_folder", lambda: tmp_path)
    document.main()
    for name in ("SCHEMA.md", "metadata.schema.json"):
        committed = (ROOT / "schema" / name).read_text(encoding="utf-8")
        assert (tmp_path / name).read_text(encoding="utf-8") == committed, f"{name} lags behind: run make schema"


def test_the_version_is_said_once_more_only_where_it_must() -> None:
    assert PROJECT["version"] == __version__
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_dependencies_are_what_the_code_imports() -> None:
    optional = PROJECT["optional-dependencies"]
    # pydicom finds the decoders of the extra `codecs` by itself.
    imported_extras = [*optional["fast"], *optional["ocr"]]
    declared = {re.split(r"[<>=!~ ;]", text)[0] for text in [*PROJECT["dependencies"], *imported_extras]}
    imported = set()
    for path in (ROOT / "covidcurate").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.split(".")[0])
    outside = imported - set(sys.stdlib_module_names) - {"covidcurate"}
    assert outside == {IMPORT_NAMES.get(name, name) for name in declared}


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
)
def test_commands_in_the_documents_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    for line in [*blocks.splitlines(), *re.findall(r"`(covidcurate [^`]*)`", text)]:
        words = line.split()[1:] if line.startswith("covidcurate ") else ["--none"]
        if words[0].startswith("-"):
            continue
        assert words[0] in COMMANDS, line
        command = cli.get_command(None, words[0])  # type: ignore[arg-type]
        options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}  # type: ignore[union-attr]
        for word in words[1:]:
            assert not word.startswith("--") or word in options, line


def test_every_command_and_exit_code_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"covidcurate {name}" in text for name in COMMANDS)
    assert all(f"| {code} |" in text for code in (0, 1, 2, 3, 4, 5, 130))


def test_links_of_the_documents_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (path.parent / target).exists(), f"{path.name}: {target}"


def test_no_module_grows_too_long() -> None:
    for path in (ROOT / "covidcurate").rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path


def test_the_demo_runs_as_the_makefile_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, examples = str(tmp_path / "demo"), ROOT / "examples"
    assert run(["init", folder]) == 0
    assert run(["ingest", str(examples / "candidates"), str(examples / "contribution"), "-d", folder, "--yes"]) == 0
    assert run(["validate", folder, "--fail-on", "info"]) == 0
    assert run(["stats", folder]) == 0
    assert run(["ingest", str(examples / "refused"), "-d", folder, "--dry-run"]) == 4
    assert "7 added, 0 to review, 0 already there, 0 refused" in capsys.readouterr().out


def test_the_demo_candidates_say_that_they_are_synthetic() -> None:
    for path in (ROOT / "examples").rglob("*"):
        if path.is_file() and path.suffix in {".png", ".jpg", ".gz"}:
            assert path.name.startswith("synthetic"), path


def test_the_specification_is_found_in_the_checkout() -> None:
    assert load_specification().by_name["filename"]


@pytest.mark.slow
def test_the_wheel_works_alone(tmp_path: Path) -> None:
    """Built, installed without its source beside it, and run from another folder.

    The libraries it depends on come from the environment of this test by a path file, so that nothing is fetched; its
    own code and data can only come from the wheel.
    """
    source = tmp_path / "source"
    ignore = shutil.ignore_patterns(".venv", ".git", "demo", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, source, ignore=ignore)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(source)], check=True)
    shutil.rmtree(source)
    (wheel,) = tmp_path.glob("*.whl")
    home = tmp_path / "environment"
    venv.create(home, symlinks=True)
    purelib = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(purelib)]
    subprocess.run([*install, str(wheel)], check=True)
    # Paths of a .pth file are searched, but .pth files in them are not read, so the editable install stays out.
    (purelib / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")

    def python(*arguments: str) -> str:
        command = [str(home / "bin" / "python"), *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout

    where = python("-c", "import covidcurate.spec.specification as s; print(s.__file__, s.schema_folder())")
    assert all(Path(path).is_relative_to(home) for path in where.split())
    assert "Commands:" in python("-m", "covidcurate", "--help")
    python("-m", "covidcurate", "init", "dataset")
    assert "0 errors" in python("-m", "covidcurate", "validate", "dataset")
    assert "PA + AP: 0 images" in python("-m", "covidcurate", "stats", "dataset")
    page = "from covidcurate.dedupe import RENDERERS, Search; print(*RENDERERS['html'](Search()))"
    assert "<h1>Duplicates</h1>" in python("-c", page)
    entries = (purelib / f"covidcurate-{__version__}.dist-info" / "entry_points.txt").read_text(encoding="utf-8")
    assert "covidcurate = covidcurate.cli.main:main" in entries


def test_click_is_the_only_library_that_the_command_line_imports_at_once() -> None:
    """The rest is imported by the command that needs it."""
    allowed = set(sys.stdlib_module_names) | {"click", "covidcurate"}
    for path in (ROOT / "covidcurate" / "cli").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                assert {name.split(".")[0] for name in names} <= allowed, path
                inner = {name for name in names if name.startswith("covidcurate.")}
                of_commands = {f"covidcurate.cli.{name}" for name in ("contradictions", "options", "output")}
                assert inner <= {"covidcurate.errors", *of_commands}, path
    assert isinstance(cli, click.Group)
