"""Folders of one run, which are gone afterwards; also after a kill, with the next command."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock

from covidcurate.durable import SCRATCH_PREFIX


@contextmanager
def scratch_folder(home: Path | None = None) -> Iterator[Path]:
    """Yield a new folder that only its owner can read, under ``home``, or under the system's for temporary files.

    It is gone afterwards. What runs that were killed have left there goes when the next begins.

    Raises
    ------
    OSError
        It cannot be made.
    """
    home = home or Path(tempfile.gettempdir())
    remove_left(home)
    folder, lock = _lock_new(home)
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _forget_lock(folder)
        with suppress(OSError):  # the system frees it in the end
            lock.release()


def _lock_new(home: Path) -> tuple[Path, filelock.BaseFileLock]:
    """Return the name of a new folder and its lock, held before the folder is there, so that nobody takes it for left.

    Somebody may take the lock alone for left, in the moment before it is held; another is made then.
    """
    while True:
        folder = home / f"{SCRATCH_PREFIX}{secrets.token_hex(8)}"
        lock = filelock.FileLock(_lock_of(folder))
        lock.acquire()
        if _lock_of(folder).exists():
            return folder, lock
        lock.release()


def remove_left(home: Path) -> None:
    """Remove what is left under ``home`` of runs that were killed, which their locks tell."""
    for path in home.glob(f"{SCRATCH_PREFIX}*"):
        folder = path.with_suffix("")
        with suppress(OSError, filelock.Timeout):
            mine = path.lstat().st_uid == getattr(os, "getuid", int)()
            if mine and not path.is_symlink():
                with filelock.FileLock(_lock_of(folder), timeout=0):
                    shutil.rmtree(folder, ignore_errors=True)
                    _forget_lock(folder)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _forget_lock(folder: Path) -> None:
    with suppress(OSError):  # not every system takes an open file away
        _lock_of(folder).unlink(missing_ok=True)
