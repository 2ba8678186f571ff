"""Faults at a chosen call of the operating system, for tests of what must happen whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CALLS: dict[str, tuple[Any, str]] = {
    "link": (os, "link"),
    "fsync": (os, "fsync"),
    "replace": (os, "replace"),
    "mkdir": (os, "mkdir"),
    "chmod": (os, "chmod"),
    "open": (Path, "open"),
    "os.open": (os, "open"),
    "unlink": (os, "unlink"),
    "rmdir": (os, "rmdir"),
    "close": (os, "close"),
}
"""Name of each call with the place where Python looks it up; ``Path`` methods go through those of ``os``."""


@contextmanager
def fault_at(
    number: int, fault: Callable[[], None], names: tuple[str, ...], *, after: bool = False
) -> Iterator[list[str]]:
    """Call ``fault`` instead of the ``number``-th of the named calls, or right after it; yield the calls made."""
    made: list[str] = []
    originals = {name: getattr(*CALLS[name]) for name in names}

    def wrap(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            made.append(name)
            mine = len(made) == number
            if mine and not after:
                fault()
            try:
                return original(*arguments, **options)
            finally:
                if mine and after:
                    fault()

        return wrapped

    for name, original in originals.items():
        setattr(*CALLS[name], wrap(name, original))
    try:
        yield made
    finally:
        for name, original in originals.items():
            setattr(*CALLS[name], original)


def content_of(root: Path) -> dict[str, bytes]:
    """Return every file of a dataset with its bytes, without what covidcurate keeps for itself."""
    files = sorted(path for path in root.rglob("*") if path.is_file() and ".covidcurate" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
