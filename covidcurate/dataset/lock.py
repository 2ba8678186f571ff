"""One run at a time on a dataset."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from types import TracebackType

from covidcurate.errors import DatasetError, LockedError


class Lock:
    """A lock file that names its holder by process and host; one whose holder is dead is taken over.

    Use it as a context manager.

    Raises
    ------
    LockedError
        A living process holds it, or a process of another host, of which nothing can be known.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Lock:
        content = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        for _ in range(2):
            try:
                descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
            except FileExistsError:
                self._remove_if_stale()
            except OSError as error:
                raise DatasetError(f"{self._path}: cannot be written: {error.strerror}") from error
            else:
                with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                    stream.write(content)
                return self
        raise LockedError(f"{self._path}: another run took the lock", remedy="Run the command again when it is done.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path.unlink(missing_ok=True)

    def _remove_if_stale(self) -> None:
        try:
            holder = json.loads(self._path.read_text(encoding="utf-8"))
            pid, host = int(holder["pid"]), str(holder["host"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError):
            # A lock cut short by a crash names nobody; nobody can be waiting on it.
            pid, host = 0, socket.gethostname()
        if host != socket.gethostname() or (pid and _is_alive(pid)):
            raise LockedError(
                f"{self._path}: held by process {pid} on {host}",
                remedy="Wait until that run is done; if it is not running any more, delete the file.",
            )
        self._path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
