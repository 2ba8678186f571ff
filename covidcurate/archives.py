"""Unpack zip and tar archives from strangers: into a private folder, nothing beside it, and no more than there is room.

A member's name may be a patient's, so that no message has one: members are told by their number.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

from covidcurate.errors import UnreadableError

MOST_BYTES = 1 << 36
"""Bytes that an archive may unpack to: 64 GiB, about the largest collection that anybody sends in one piece."""
MOST_MEMBERS = 1_000_000
"""Members of an archive: a hundred times the slices of a large study, and few enough to be named in memory."""
MOST_RATIO = 100
"""How many times its size an archive may unpack to. Images shrink to a tenth, label maps to a fiftieth at the best."""
ALWAYS_ALLOWED = 1 << 30
"""Bytes that the ratio is not asked about: 1 GiB fits everywhere, and tests are often made of black images."""
_MOST_AT_ONCE = 1 << 24
"""Bytes that the headers of a tar may ask for in one piece: 16 MiB, where real ones are of a kilobyte."""
_CHUNK = 1 << 20
_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_OPENERS: dict[str, Callable[[Path, str], Any]] = {
    ".gz": gzip.open,
    ".tgz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}
_DAMAGES = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, ValueError, NotImplementedError)


def is_archive(path: Path) -> bool:
    """Whether a file is an archive, by its name: an office document is a zip too, and .nii.gz no tar."""
    return path.name.casefold().endswith(_ENDINGS) and path.is_file()


def unpack(path: Path, folder: Path) -> int:
    """Unpack the plain files of an archive under a folder; return how many links and devices were left out.

    Archives in it stay what they are.

    Raises
    ------
    UnreadableError
        It is damaged, needs a password, holds a name that leads out of the folder or two of one name, or unpacks to
        more than the limits of this module.
    """
    budget = _Budget(path)
    left_out = 0
    try:
        for number, (name, stream) in enumerate(_members(path), start=1):
            if number > MOST_MEMBERS:
                raise UnreadableError(f"{path}: has more than {MOST_MEMBERS:,} members")
            if stream is None:
                left_out += 1
                continue
            target = _place(path, number, name, folder)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                output = target.open("xb")
            except (OSError, ValueError) as error:
                raise UnreadableError(
                    f"{path}: member {number} has a name that is taken by another, or that this system cannot give"
                ) from error
            with output:
                while chunk := stream.read(_CHUNK):
                    budget.spend(len(chunk))
                    output.write(chunk)
    except UnreadableError:
        raise
    except _DAMAGES as error:
        raise UnreadableError(f"{path}: the archive is damaged ({type(error).__name__})") from error
    except OSError as error:
        raise UnreadableError(
            f"{path}: cannot be unpacked: {error.strerror or 'it is damaged'}",
            remedy="Where the disk is full, name a folder with more room in the variable TMPDIR.",
        ) from error
    return left_out


class _Budget:
    """How much an archive may still unpack to."""

    def __init__(self, path: Path) -> None:
        self._path, self._total = path, 0
        self._most = min(MOST_BYTES, max(ALWAYS_ALLOWED, MOST_RATIO * path.stat().st_size))

    def spend(self, count: int) -> None:
        """Count bytes that came out, whatever the archive said of them beforehand."""
        self._total += count
        if self._total > self._most:
            raise UnreadableError(
                f"{self._path}: unpacks to more than {self._most:,} bytes, which nothing real does",
                remedy="Where it is real after all, unpack it yourself and name the folder.",
            )


def _place(path: Path, number: int, name: str, folder: Path) -> Path:
    """Return where a member goes.

    Raises
    ------
    UnreadableError
        Its name leads out of the folder.
    """
    plain = name.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    if not parts or plain.startswith("/") or any(part == ".." or ":" in part or "\0" in part for part in parts):
        raise UnreadableError(f"{path}: member {number} has a name that leads out of the folder; nothing is taken")
    return folder.joinpath(*parts)


def _members(path: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    """Yield name and content of each member but folders; no content for what is no plain file."""
    if path.suffix.casefold() == ".zip":
        yield from _members_of_zip(path)
        return
    open_: Callable[[Path, str], Any] = _OPENERS.get(path.suffix.casefold(), open)
    with open_(path, "rb") as stream, tarfile.open(fileobj=cast("BinaryIO", _Bounded(stream)), mode="r:") as tar:
        while (member := tar.next()) is not None:
            cast("Any", tar).members.clear()  # it would keep each of a million
            if not member.isdir():
                yield member.name, tar.extractfile(member) if member.isfile() else None


def _members_of_zip(path: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    with zipfile.ZipFile(path) as archive:
        for number, info in enumerate(archive.infolist(), start=1):
            if info.flag_bits & 1:
                raise UnreadableError(
                    f"{path}: member {number} is encrypted", remedy="Unpack it yourself and name the folder."
                )
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                yield info.filename, None
            elif not info.is_dir():
                with archive.open(info) as stream:
                    yield info.filename, stream


class _Bounded:
    """A stream of which nobody can ask for more at once than fits: a header may claim any length."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int = -1) -> bytes:
        """Read as the stream does."""
        if not 0 <= size <= _MOST_AT_ONCE:
            raise tarfile.ReadError("a header asks for too much")
        return self._stream.read(size)
