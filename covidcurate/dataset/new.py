"""Make an empty, valid dataset."""

from __future__ import annotations

import json
import shutil
import tempfile
from importlib import resources
from pathlib import Path

from covidcurate.dataset.folder import STATE_FOLDER, Dataset
from covidcurate.errors import DatasetError
from covidcurate.spec import load_specification
from covidcurate.table import Dialect

_TEMPLATES = {
    "README.md": "README.md",
    "covidcurate.toml": "covidcurate.toml",
    "workflow.yml": ".github/workflows/validate.yml",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
    "gitattributes": ".gitattributes",
}


def create_dataset(folder: Path, name: str = "") -> Dataset:
    """Make a dataset in a folder that is missing or empty: table with header, media folders, configuration, README, CI.

    It appears as a whole or not at all.

    Raises
    ------
    DatasetError
        The folder holds something, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DatasetError(
            f"{folder}: is not empty, and nothing in it is overwritten", remedy="Name a folder that is new or empty."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.resolve().parent))
        try:
            _fill(staged, name or folder.resolve().name)
            _move_into(staged, folder)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be made: {error.strerror}") from error
    return Dataset.open(folder)


def _move_into(staged: Path, folder: Path) -> None:
    """Make the folder appear at its place; one that is there already stays, for somebody may stand in it."""
    if not folder.exists():
        staged.chmod(0o755)
        staged.rename(folder)
        return
    moved = []
    try:
        # The table comes last, since it is what makes the folder a dataset.
        for entry in sorted(staged.iterdir(), key=lambda entry: entry.suffix == ".csv"):
            moved.append(folder / entry.name)
            entry.rename(moved[-1])
    except BaseException:
        for path in moved:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _fill(folder: Path, name: str) -> None:
    specification = load_specification()
    header = [column.name for column in specification.columns if not column.legacy]
    (folder / specification.table_file).write_text(Dialect().join(header), encoding="utf-8", newline="")
    for media in dict.fromkeys(one for modality in specification.views.modalities.values() for one in modality.folders):
        (folder / media).mkdir()
        (folder / media / ".gitkeep").touch()
    (folder / ".gitignore").write_text(f"{STATE_FOLDER}/\ncandidates/\n", encoding="utf-8")
    templates = resources.files("covidcurate.dataset") / "template"
    # JSON and TOML escape the same characters in strings, but for one.
    quoted = json.dumps(name, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
    for source, target in _TEMPLATES.items():
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shown = quoted if target.endswith(".toml") else " ".join(name.split())
        path.write_text((templates / source).read_text(encoding="utf-8").replace("{name}", shown), encoding="utf-8")
