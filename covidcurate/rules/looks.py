"""Look at many files: those that have not changed are remembered, the others are shared out among processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from covidcurate.dataset.folder import MediaFile, sha256_of
from covidcurate.errors import UnreadableError
from covidcurate.imaging import Look, look_at
from covidcurate.imaging.look import VERSION

if TYPE_CHECKING:
    from covidcurate.cache import ContentCache

_WORTH_REMEMBERING = 200
"""Fewer files are looked at sooner than a cache is opened."""
_CHUNK = 128
"""Files that a process looks at in one go."""

Seen = Look | UnreadableError
"""What a file says of itself, or why it cannot be read."""


def _no_cache() -> ContentCache:
    from covidcurate.cache import ContentCache  # loads SQLite, which a check of the table alone does without

    return ContentCache()


@dataclass(frozen=True, slots=True)
class Means:
    """With what files are looked at: what is remembered of those that have not changed, and how many processes."""

    open_cache: Callable[[], ContentCache] = _no_cache
    workers: int = 0


def is_worth_remembering(count: int, *, whole: bool) -> bool:
    """Whether so many files of a dataset take longer to look at than a cache takes to open."""
    return whole or count >= _WORTH_REMEMBERING


def look_at_files(files: Sequence[MediaFile], means: Means, *, whole: bool) -> list[Seen]:
    """Return a look at each file; ``whole`` as in :func:`covidcurate.imaging.look_at`."""
    if not is_worth_remembering(len(files), whole=whole):
        return [_read(data) for data in _look_at_some([file.at for file in files])]
    kind, begun = f"look-{'whole' if whole else 'plain'}-{VERSION}", time.time()
    present = [(place, file.status) for place, file in enumerate(files) if file.status is not None]
    with closing(means.open_cache()) as cache:
        known = cache.glances(kind, [status for _, status in present])
        places = {place for (place, _), data in zip(present, known, strict=True) if data is not None}
        new = [file.at for place, file in enumerate(files) if place not in places]
        looks, remembered = _look_anew(new, means.workers, whole), filter(None, known)
        seen = [next(remembered) if place in places else next(looks) for place in range(len(files))]
        fresh = ((status, seen[place]) for place, status in present if new and place not in places)
        cache.keep_glances(kind, ((status, data) for status, data in fresh if isinstance(data, bytes)), begun)
    return [_read(data) for data in seen]


def digest_files(paths: Sequence[Path], means: Means) -> dict[Path, bytes]:
    """Return the digests of files (SHA-256), of those that can be read."""
    if not paths:
        return {}
    new, begun = {}, time.time()
    with closing(means.open_cache()) as cache:
        digests = cache.digests(paths)
        for path in paths:
            if path not in digests:
                try:
                    new[path] = bytes.fromhex(sha256_of(path))
                except OSError:
                    # It went since it was looked at.
                    continue
        cache.remember(new, begun)
    return digests | new


def _look_anew(paths: Sequence[str], workers: int, whole: bool) -> Iterator[bytes | str]:
    """Yield what is seen of each file as bytes, or the words of what is wrong with it."""
    from covidcurate.jobs import run_isolated, run_jobs  # load what starts processes

    if whole:
        # Decoders are at work.
        for one in run_isolated(_look_at_whole, paths, workers=workers):
            yield one.value or (one.error.message if one.error else "")
        return
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    for some in run_jobs(_look_at_some, chunks, workers=workers):
        yield from some.value or ()


def _look_at_whole(path: str) -> bytes:
    return look_at(Path(path), whole=True).to_bytes()


def _look_at_some(paths: Sequence[str]) -> list[bytes | str]:
    return [_try_to_look(path) for path in paths]


def _try_to_look(path: str) -> bytes | str:
    try:
        return look_at(Path(path)).to_bytes()
    except UnreadableError as error:
        return error.message


def _read(data: bytes | str) -> Seen:
    return UnreadableError(data) if isinstance(data, str) else Look.from_bytes(data)
