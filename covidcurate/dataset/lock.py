"""One run at a time on a dataset."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import filelock

from covidcurate.errors import DatasetError, LockedError


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds to wait for another run, and where to say that it is waited for."""

    seconds: float = 0
    say: Callable[[str], None] = lambda _: None


class Lock:
    """A lock that the system frees when its holder dies, with a note beside it that names the holder.

    Use it as a context manager. The note, ``lock-holder.json``, is for people; and it warns of a run on another host
    where a network drive keeps the locks of its hosts apart.

    Raises
    ------
    LockedError
        A living process holds it; or a process of another host left its note, of which nothing can be known.
    DatasetError
        The lock cannot be written.
    """

    def __init__(self, path: Path, patience: Patience | None = None) -> None:
        self._path = path
        self._note = path.with_name("lock-holder.json")
        self._patience = patience or Patience()
        self._lock = filelock.FileLock(path, timeout=0)

    def __enter__(self) -> Lock:
        try:
            self._acquire()
        except filelock.Timeout:
            raise LockedError(
                f"{self._path}: held by {self._describe_holder() or 'another run'}",
                remedy="Run the command again when that run is done, or let it wait: --wait SECONDS.",
            ) from None
        except OSError as error:
            raise DatasetError(f"{self._path}: cannot be written: {error.strerror}") from error
        try:
            self._leave_note()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            # A note of this host that stays bars nobody; only the lock does, and the next run writes its own.
            with contextlib.suppress(OSError):
                self._note.unlink(missing_ok=True)
        finally:
            self._lock.release()

    def _acquire(self) -> None:
        try:
            self._lock.acquire()
        except filelock.Timeout:
            if not self._patience.seconds:
                raise
            self._patience.say(f"Waiting for {self._describe_holder() or 'another run'} to be done with the dataset.")
            self._lock.acquire(timeout=self._patience.seconds)

    def _leave_note(self) -> None:
        host = self._read_note().get("host", "")
        if host and host != socket.gethostname():
            raise LockedError(
                f"{self._note}: {self._describe_holder()} holds the dataset, or was stopped while it did",
                remedy="If nothing runs there any more, delete the file.",
            )
        try:
            self._note.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}), encoding="utf-8")
        except OSError as error:
            raise DatasetError(f"{self._note}: cannot be written: {error.strerror}; nothing was changed") from error

    def _read_note(self) -> dict[str, str]:
        """Return the note as text by key; nothing where it is missing or was cut short."""
        try:
            note = json.loads(self._note.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return {str(key): str(value) for key, value in note.items()} if isinstance(note, dict) else {}

    def _describe_holder(self) -> str:
        note = self._read_note()
        return f"process {note['pid']} on {note['host']}" if {"pid", "host"} <= note.keys() else ""
