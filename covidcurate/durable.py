"""Write files so that they outlast a power cut, and so that no reader meets half of one."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SCRATCH_PREFIX = "covidcurate-scratch-"
"""How the names of folders of one run begin."""


def write_durably(path: Path, content: bytes | Iterable[bytes | memoryview], *, keep: bool = True) -> None:
    """Write a file, at once or piece by piece, and wait until the disk has it.

    Parameters
    ----------
    keep
        Whether the system keeps it in memory, too. Thousands of images that nobody reads soon would push out
        everything else, and fresh memory for each takes longer than to write it.
    """
    with path.open("wb") as stream:
        for piece in [content] if isinstance(content, bytes) else content:
            stream.write(piece)
        stream.flush()
        _wait(stream.fileno(), keep=keep)


def wait_for_disk(path: Path) -> None:
    """Wait until the disk has a file that was just written, which nobody reads soon."""
    # Not every system waits for what can only be read.
    descriptor = os.open(path, os.O_RDWR)
    try:
        _wait(descriptor, keep=False)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, *, keep: bool) -> None:
    os.fsync(descriptor)
    if not keep and hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def replace_durably(path: Path, content: bytes) -> None:
    """Give a file new content in one step: a reader, and a run after a crash, meet the old one or the new one."""
    staged = path.with_name(f".{path.name}.new")
    write_durably(staged, content)
    staged.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; not every system can, and then the files still are."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def staged(path: Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; its file takes the place of ``path`` once all went well.

    A run that is killed leaves ``path`` as it was. That the disk has it is not waited for.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        yield new
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def remove_leftovers(folder: Path, *, deep: bool = False) -> None:
    """Remove what :func:`staged` had begun in a folder, or under it, in processes that were killed since."""
    if not folder.is_dir():
        return
    for path in folder.glob("**/.*.new" if deep else ".*.new"):
        match = _STAGED.fullmatch(path.name)
        if match is not None and not _is_running(int(match[1])):
            path.unlink(missing_ok=True)


_STAGED = re.compile(r"\..*\.(\d+)\.new")


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # of somebody else
    return True
