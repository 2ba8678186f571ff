"""Files that are written ahead of a change: by whoever has their bytes in hand, while others are still looked at.

They wait in a folder of their own in the state folder, which goes when the run ends; a change has only to move them.
It takes no lock, for nothing of the dataset is changed, and nothing depends on it: what could not be written ahead is
written by the change.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from covidcurate.dataset.folder import AHEAD_NAME, STATE_FOLDER, Dataset
from covidcurate.durable import wait_for_disk
from covidcurate.errors import DatasetError
from covidcurate.scratch import remove_left, scratch_folder

_WAITING = 4
"""Files that the disk is waited for at a time."""
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Ahead:
    """A file that was written ahead, of bytes that were judged: where it waits, and how many they are."""

    path: Path
    size: int

    def drop(self) -> None:
        """Remove it, since it is not to enter."""
        _remove(self.path)


@contextmanager
def folder_ahead(dataset: Dataset) -> Iterator[Path | None]:
    """Yield a folder for files that are written ahead; None where the disk refuses. It is gone afterwards."""
    with ExitStack() as stack:
        folder = None
        with suppress(OSError, DatasetError):
            home = dataset.state_folder() / AHEAD_NAME
            home.mkdir(exist_ok=True)
            stack.callback(remove_ahead, dataset.root)
            folder = stack.enter_context(scratch_folder(home))
        yield folder


def remove_ahead(root: Path) -> None:
    """Remove what runs that were killed had written ahead in a dataset; that of living ones stays."""
    home = root / STATE_FOLDER / AHEAD_NAME
    with suppress(OSError):  # those of a run that is alive
        remove_left(home)
        home.rmdir()


def write_ahead(folder: Path, content: bytes) -> Ahead | None:
    """Write a file under a name that no other process gives; None if the disk refuses, and then nothing stays there.

    It is to be waited for (:class:`Disk`) as soon as can be: after a while a system may forget that a write failed.
    """
    path = folder / f"{os.getpid()}-{next(_numbers)}"
    try:
        with path.open("xb") as stream:
            stream.write(content)
    except OSError:
        _remove(path)
        return None
    return Ahead(path, len(content))


class Disk:
    """Waits for the disk in threads, while further files are written ahead; use it as a context manager."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_WAITING)
        self._waiting: list[tuple[Ahead, Future[None]]] = []

    def __enter__(self) -> Disk:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def wait_for(self, file: Ahead) -> None:
        """Begin to wait for a file."""
        self._waiting.append((file, self._pool.submit(wait_for_disk, file.path)))

    def refused(self) -> set[Ahead]:
        """Return the files that the disk has refused, which are gone, once each was waited for."""
        refused = set()
        for file, future in self._waiting:
            try:
                future.result()
            except OSError:
                file.drop()
                refused.add(file)
        return refused


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
