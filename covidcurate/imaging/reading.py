"""A file that is read where it is asked: who looks at the parts of an image needs little of its content."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Protocol

_AHEAD = 64
"""Bytes that are read at least, as the next question mostly is about what follows."""


class Content(Protocol):
    """Bytes that can be asked for in slices, as of ``bytes`` or of a file; beyond the end there are none."""

    def __len__(self) -> int: ...

    def __getitem__(self, where: slice, /) -> bytes: ...


class FileContent:
    """The content of a file; use it as a context manager.

    Parameters
    ----------
    path
        The file.
    head
        Bytes to read at once from its start.

    Raises
    ------
    OSError
        The file cannot be opened or read; also from slicing it.
    """

    def __init__(self, path: Path, head: int = 4096) -> None:
        # Not Path.open: over thousands of files its layers cost as much as the reading.
        self._stream = open(path, "rb", buffering=0)  # noqa: PTH123, SIM115
        try:
            self.head = self._piece = self._stream.read(head) or b""
            self._size = self._stream.seek(0, 2) if len(self.head) == head else len(self.head)
        except BaseException:
            self._stream.close()
            raise
        self._start = 0
        self.bytes_read = len(self.head)
        """How much was read of the file so far."""

    def __enter__(self) -> FileContent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, where: slice, /) -> bytes:
        start, stop, _ = where.indices(self._size)
        if stop <= len(self.head):
            return self.head[start:stop]
        if not self._start <= start <= stop <= self._start + len(self._piece):
            self._start, self._piece = start, self._read(start, max(stop - start, _AHEAD))
        return self._piece[start - self._start : stop - self._start]

    def _read(self, start: int, length: int) -> bytes:
        self._stream.seek(start)
        pieces = []
        # A system may give less than it is asked for.
        while length > 0 and (piece := self._stream.read(length)):
            pieces.append(piece)
            length -= len(piece)
        self.bytes_read += sum(map(len, pieces))
        return b"".join(pieces)
