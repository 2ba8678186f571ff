"""Faults at a chosen call of the operating system, for tests of what must happen whole or not at all."""

from __future__ import annotations

import os
import sys
import threading
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
ALL = (*CALLS, "write")
"""The calls, and each write of a stream that ``Path.open`` has opened; of one that fails half the bytes are written."""


class _Writing:
    """A stream of which each write is a call."""

    def __init__(self, stream: Any, call: Callable[..., Any]) -> None:
        self._stream, self._call = stream, call

    def write(self, data: Any) -> Any:
        return self._call(self._stream, data)

    def __enter__(self) -> _Writing:
        self._stream.__enter__()
        return self

    def __exit__(self, *raised: Any) -> Any:
        return self._stream.__exit__(*raised)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _write(stream: Any, data: Any) -> Any:
    written = stream.write(data)
    stream.flush()
    return written


_running: list[str] = []
"""The counted calls that are at work."""


@contextmanager
def fault_at(
    number: int, fault: Callable[[], None], names: tuple[str, ...], *, after: bool = False
) -> Iterator[list[str]]:
    """Call ``fault`` instead of the ``number``-th of the named calls, or right after it; yield the calls made."""
    made: list[str] = []
    # Files are staged by several threads, in any order.
    counting = threading.Lock()

    def wrap(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            with counting:
                made.append(name)
                mine = len(made) == number
            if mine and not after:
                if name == "write":
                    stream, data = arguments
                    _write(stream, data[: len(data) // 2])
                fault()
            _running.append(name)
            try:
                return original(*arguments, **options)
            finally:
                _running.pop()
                if mine and after:
                    fault()

        return wrapped

    originals = {name: getattr(*CALLS[name]) for name in CALLS}
    for name, original in originals.items():
        if name in names:
            setattr(*CALLS[name], wrap(name, original))
    if "write" in names:
        opened, write = Path.open, wrap("write", _write)

        def open_counting(self: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            stream = opened(self, mode, *arguments, **options)
            return _Writing(stream, write) if set(mode) & set("wax+") else stream

        Path.open = open_counting  # type: ignore[method-assign,assignment]
    try:
        yield made
    finally:
        for name, original in originals.items():
            setattr(*CALLS[name], original)


_CHANGES = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "os.symlink"}


def watch_the_rest() -> list[str]:
    """Return a list that grows by each change of the disk that comes out of no counted call.

    It asks Python's audit, which knows of all of them but writes and fsync; a hook stays until the process ends.
    """
    left_out: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (event in _CHANGES or writes) and not _running:
            left_out.append(f"{event} {arguments[0]}")

    sys.addaudithook(hook)
    return left_out


def content_of(root: Path) -> dict[str, bytes]:
    """Return every file of a dataset with its bytes, without what covidcurate keeps for itself."""
    files = sorted(path for path in root.rglob("*") if path.is_file() and ".covidcurate" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
