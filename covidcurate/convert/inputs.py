"""The files that the inputs of a command stand for: files, folders, patterns and archives."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from covidcurate.archives import is_archive, unpack
from covidcurate.errors import UsageError
from covidcurate.scratch import scratch_folder

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
    with scratch_folder() as scratch:
        yield find_inputs(inputs, scratch, output)


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
        As :func:`covidcurate.archives.unpack`.
    """
    folder = scratch / f"{len(list(scratch.iterdir())):04d}"
    folder.mkdir()
    unpack(path, folder)
    return folder
