"""Write new files to a place of their own, several at a time, each held against the digest that it should have."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from covidcurate.dataset.ahead import Ahead
from covidcurate.dataset.runs import RunFile
from covidcurate.durable import write_durably
from covidcurate.errors import UnreadableError

_WRITERS = 4
"""Files that are written at a time: one waits for the disk while another is on its way there."""
_MOST_HELD = 1 << 27
"""Bytes of files that are held while they are written, where there is more than one."""
_PIECE = 1 << 18
"""Bytes of a file that are copied at a time."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to add: its folder and name in the dataset, and its content, or a file to copy or to move.

    ``sha256`` is the digest that the content has to have, empty if any will do; ``source`` is what people know as the
    file that it was made of.
    """

    folder: str
    name: str
    content: bytes | Path | Ahead
    sha256: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that is written under the state folder, and what it will be in the dataset."""

    path: Path
    file: RunFile


def stage_all(files: Iterable[NewFile], staging: Path, advance: Callable[[], None]) -> list[StagedFile]:
    """Write files in threads, which wait for the disk and compute digests while the next are read."""
    staged: list[StagedFile] = []
    under_way: deque[tuple[int, Future[StagedFile]]] = deque()

    def finish_first() -> None:
        staged.append(under_way.popleft()[1].result())
        advance()

    with ThreadPoolExecutor(_WRITERS) as pool:
        try:
            for number, file in enumerate(files):
                if number == 0:
                    staging.mkdir(exist_ok=True)
                size = len(file.content) if isinstance(file.content, bytes) else 0
                while under_way and (
                    len(under_way) > _WRITERS or sum(held for held, _ in under_way) + size > _MOST_HELD
                ):
                    finish_first()
                under_way.append((size, pool.submit(_stage, staging / f"{number:06d}", file)))
            while under_way:
                finish_first()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return staged


def _stage(path: Path, file: NewFile) -> StagedFile:
    """Write a file and its digest; what is no longer what it was judged to be never gets further than here."""
    if isinstance(file.content, Ahead):
        return _move(path, file, file.content)
    content, digest, size = file.content, hashlib.sha256(), 0

    def passed() -> Iterator[bytes | memoryview]:
        nonlocal size
        for piece in [content] if isinstance(content, bytes) else _pieces_of(content, file.source):
            digest.update(piece)
            size += len(piece)
            yield piece

    write_durably(path, passed(), keep=False)
    if file.sha256 not in ("", digest.hexdigest()):
        raise _changed(file)
    return StagedFile(path, RunFile(file.folder, file.name, size, digest.hexdigest()))


def _move(path: Path, file: NewFile, ahead: Ahead) -> StagedFile:
    """Move a file that was written ahead, of the very bytes whose digest is known; only its length is asked again."""
    ahead.path.replace(path)
    if path.stat().st_size != ahead.size:
        raise _changed(file)
    return StagedFile(path, RunFile(file.folder, file.name, ahead.size, file.sha256))


def _changed(file: NewFile) -> UnreadableError:
    return UnreadableError(f"{file.source}: was changed while the run was at work", remedy="Run it again.")


def _pieces_of(path: Path, shown: str) -> Iterator[memoryview]:
    """Yield what a file holds, piece by piece, each in the place of the last."""
    piece = memoryview(bytearray(_PIECE))
    try:
        with path.open("rb", buffering=0) as stream:
            while length := stream.readinto(piece):
                yield piece[:length]
    except OSError as error:
        # Of the disk that is written to, errors are raised elsewhere.
        raise UnreadableError(
            f"{shown}: {error.strerror}; nothing was changed", remedy="Run it again with the inputs that are there."
        ) from error
