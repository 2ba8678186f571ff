"""Paths as viewers of reports want them: relative to where the run is, with slashes, and as addresses."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import PurePath
from urllib.parse import quote


def relative(file: str) -> str:
    """Return a path relative to the current folder, where it lies in it."""
    try:
        return _relative(file, os.getcwd())  # noqa: PTH109 - asked once for each finding
    except OSError:  # the folder is gone
        return PurePath(file).as_posix()


@lru_cache
def _relative(file: str, folder: str) -> str:
    """Return a path relative to a folder; most findings are about one file, the table."""
    path = PurePath(file)
    try:
        return PurePath(folder, path).relative_to(folder).as_posix()
    except ValueError:
        return path.as_posix()


def as_uri(file: str) -> str:
    """Return a relative path as a relative URI reference, or an absolute one as a ``file:`` address."""
    path = relative(file)
    encoded = quote(path.encode("utf-8", "backslashreplace"), safe="/")
    return f"file://{encoded}" if path.startswith("/") else encoded
