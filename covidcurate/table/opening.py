"""Open what may be a table: a file with an end, and text in it."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from covidcurate.errors import TableStructureError, UnreadableError

HEAD = 64 * 1024
"""Bytes of the start that are looked at before a table is read."""
_BINARY = (b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"GIF8", b"PK\x03\x04", b"%PDF-")
"""How images, archives (spreadsheets among them) and PDF files begin."""


def open_table(path: Path) -> BinaryIO:
    """Open a file that has an end and can be read from its start again: no pipe, no device.

    Raises
    ------
    UnreadableError
        It is none, or cannot be opened.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableError(
                f"{path}: is no file on a disk, but a folder, a pipe or a device",
                remedy="Save the table to a file first.",
            )
        return io.BufferedReader(_NamedFile(path), HEAD)
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be opened: {error.strerror}") from error


class _NamedFile(io.FileIO):
    """A file whose errors name it, also those in the middle of it: a disk that fails, a network that is gone."""

    def readinto(self, buffer: Any, /) -> int | None:
        with self._named():
            return super().readinto(buffer)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        with self._named():
            return super().seek(offset, whence)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnreadableError(f"{self.name}: cannot be read to its end: {error.strerror}") from error


def require_text(head: bytes, name: str) -> None:
    """Raise if the start shows that this is no table: nobody needs a report on the bytes of an image.

    Raises
    ------
    TableStructureError
        It is a binary file.
    """
    if b"\0" in head.partition(b"\n")[0] or head.startswith(_BINARY):
        raise TableStructureError(
            f"{name}:1: is a binary file, not CSV", remedy="Name the CSV file, or save the table as CSV."
        )


def is_utf8(raw: bytes) -> bool:
    """Whether all bytes are UTF-8."""
    try:
        return raw.isascii() or bool(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return False
