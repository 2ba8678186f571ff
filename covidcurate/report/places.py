"""Paths as viewers of reports want them: relative to where the run is, with slashes, and as addresses."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote


def relative(file: str) -> str:
    """Return a path relative to the current folder, where it lies in it."""
    path = Path(file)
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return path.as_posix()


def as_uri(file: str) -> str:
    """Return a relative path as a relative URI reference, or an absolute one as a ``file:`` address."""
    path = relative(file)
    encoded = quote(path.encode("utf-8", "backslashreplace"), safe="/")
    return f"file://{encoded}" if path.startswith("/") else encoded
