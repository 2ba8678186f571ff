"""The files that the inputs of a command stand for: files, folders, patterns and archives."""

from __future__ import annotations

import glob
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from covidcurate.errors import UnreadableError, UsageError

_MOST_BYTES = 1 << 36
"""Bytes that an archive may unpack to: 64 GiB."""
_MOST_MEMBERS = 1_000_000
_CHUNK = 1 << 20
_WILDCARDS = "*?["


@dataclass(frozen=True, slots=True)
class Source:
    """A file of an input, what the user would call it, and whether the user named it and not its folder."""

    path: Path
    shown: str
    named: bool = False


@contextmanager
def unpacked_inputs(inputs: Sequence[str], output: Path | None = None) -> Iterator[list[Source]]:
    """Yield what :func:`find_inputs` finds; what archives were unpacked to is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="covidcurate-") as scratch:
        yield find_inputs(inputs, Path(scratch), output)


def find_inputs(inputs: Sequence[str], scratch: Path, output: Path | None = None) -> list[Source]:
    """Return the files that inputs stand for, each once, in a fixed order.

    Parameters
    ----------
    inputs
        Files, folders (with what lies under them; hidden files are left out), patterns such as ``*.dcm``, and zip or
        tar archives.
    scratch
        A folder in which archives are unpacked.
    output
        Where outputs go: what lies there is no input, so that a run can be repeated in a folder above it.

    Raises
    ------
    UsageError
        An input is not there, or holds no file.
    UnreadableError
        An archive is damaged, or unpacks to more than any collection.
    """
    found: dict[Path, Source] = {}
    for text in inputs:
        before = len(found)
        for source in _expand(text, scratch):
            path = source.path.resolve()
            if source.named or output is None or output.resolve() not in path.parents:
                found.setdefault(path, source)
        if len(found) == before and not any(one.shown == text for one in found.values()):
            raise UsageError(f"{text}: holds no file", remedy="Name files, folders, patterns or archives.")
    return list(found.values())


def _expand(text: str, scratch: Path) -> Iterator[Source]:
    path = Path(text)
    if path.is_dir():
        yield from (Source(file, str(file)) for file in walk(path))
    elif path.is_file():
        if is_archive(path):
            folder = unpack_archive(path, scratch)
            yield from (Source(file, f"{text}:{file.relative_to(folder)}") for file in walk(folder))
        else:
            yield Source(path, text, named=True)
    elif any(sign in text for sign in _WILDCARDS):
        for match in sorted(glob.glob(text, recursive=True)):  # noqa: PTH207 - the pattern may be absolute
            yield from _expand(match, scratch) if Path(match).is_dir() else [Source(Path(match), match)]
    else:
        wrong = "is neither a file nor a folder" if path.exists() else "is not there"
        raise UsageError(f"{text}: {wrong}")


def walk(folder: Path) -> Iterator[Path]:
    """Yield the files under a folder, sorted; hidden ones, and what lies in hidden folders, are left out."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            if not name.startswith(".") and path.is_file():
                yield path


def unpack_archive(path: Path, scratch: Path) -> Path:
    """Unpack an archive in a new folder under ``scratch``, and return that.

    Raises
    ------
    UnreadableError
        It is damaged, has a member that leads out of the folder, or unpacks to more than any collection.
    """
    folder = scratch / f"{len(list(scratch.iterdir())):04d}"
    folder.mkdir()
    _unpack(path, folder)
    return folder


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or tar archive, by its name."""
    if not path.is_file():
        return False
    # By name, since an office document is a zip too, and .nii.gz no tar.
    name = path.name.casefold()
    return name.endswith((".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"))


def _unpack(path: Path, folder: Path) -> None:
    """Unpack the plain files of an archive under a folder; links and names that lead out of it are refused."""
    try:
        total = 0
        for number, (name, size, stream) in enumerate(_members(path)):
            total += size
            if total > _MOST_BYTES or number >= _MOST_MEMBERS:
                raise UnreadableError(f"{path}: unpacks to more than {_MOST_BYTES >> 30} GiB or a million files")
            parts = PurePosixPath(name.replace("\\", "/")).parts
            if not parts or ".." in parts or parts[0] == "/" or ":" in parts[0]:
                raise UnreadableError(f"{path}: has a member whose name leads out of the folder: {name!r}")
            target = folder.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as output:
                _copy(stream, output, size, path)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise UnreadableError(
            f"{path}: the archive is damaged, or needs a password ({type(error).__name__})"
        ) from error


def _members(path: Path) -> Iterator[tuple[str, int, BinaryIO]]:
    """Yield name, size and content of each plain file."""
    if path.suffix.casefold() == ".zip":
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    with archive.open(info) as stream:
                        yield info.filename, info.file_size, stream  # type: ignore[misc]
        return
    with tarfile.open(path) as tar:
        for member in tar:
            if member.isfile() and (content := tar.extractfile(member)) is not None:
                yield member.name, member.size, content  # type: ignore[misc]


def _copy(stream: BinaryIO, output: BinaryIO, size: int, path: Path) -> None:
    """Copy as many bytes as the archive said, and no more."""
    copied = 0
    while chunk := stream.read(_CHUNK):
        copied += len(chunk)
        if copied > size:
            raise UnreadableError(f"{path}: a member unpacks to more than the archive says")
        output.write(chunk)
