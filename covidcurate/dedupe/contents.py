"""Files by their bytes: digests, of which those of unchanged files are remembered, and copies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, Self, TypeVar

from covidcurate.cache import ContentCache
from covidcurate.convert.inputs import Source
from covidcurate.dataset.folder import sha256_of
from covidcurate.dedupe.model import Kind, Pair
from covidcurate.errors import CovidcurateError, UnreadableError
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.jobs import run_isolated, run_jobs

_TYPES = "type-1"


def digest_contents(
    sources: Sequence[Source], cache: ContentCache, workers: int
) -> tuple[dict[Source, bytes], dict[Source, CovidcurateError]]:
    """Return the digest of each file that can be read (SHA-256), and what is wrong with the others."""
    begun = time.time()
    known = cache.digests([source.path for source in sources])
    digests = {source: known[source.path] for source in sources if source.path in known}
    new, problems = {}, {}
    for done in run_jobs(_digest, [source for source in sources if source not in digests], workers=workers):
        if done.error is not None:
            problems[done.item] = done.error
        elif done.value is not None:
            digests[done.item] = new[done.item.path] = done.value
    cache.remember(new, begun)
    return digests, problems


def _digest(source: Source) -> bytes:
    try:
        return bytes.fromhex(sha256_of(source.path))
    except OSError as error:
        raise UnreadableError(f"{source.shown}: cannot be read: {error.strerror}") from error


def read_types(sources: Sequence[Source], digests: dict[Source, bytes], cache: ContentCache) -> dict[Source, FileType]:
    """Return what each file is by its content; of what was seen before, it is remembered."""
    known = cache.load(_TYPES, [digests[source] for source in sources])
    fresh = {}
    found = {}
    for source in sources:
        digest = digests[source]
        if digest in known:
            found[source] = FileType(known[digest].decode())
        else:
            try:
                found[source] = sniff_file(source.path)
            except UnreadableError:
                # It went after its bytes were read: whoever opens it next will say so.
                found[source] = FileType.UNKNOWN
                continue
            fresh[digest] = found[source].value.encode()
    cache.store(_TYPES, fresh)
    return found


class Storable(Protocol):
    """What a cache can keep."""

    def to_bytes(self) -> bytes:
        """Return it as bytes."""
        ...

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return what :meth:`to_bytes` wrote."""
        ...


Item = TypeVar("Item")
Print = TypeVar("Print", bound=Storable)


def read_once(
    read: Callable[[Item], Print],
    keys: Mapping[Item, bytes],
    of: type[Print],
    kind: str,
    cache: ContentCache,
    workers: int,
) -> Iterator[tuple[Item, Print | CovidcurateError]]:
    """Yield each item with what is read of it, or the error; what a cache knows by its key is not read again.

    Parameters
    ----------
    kind
        What it is called in the cache, with the version of ``read``.
    """
    known = cache.load(kind, keys.values())
    unknown = [item for item, key in keys.items() if key not in known]
    outcomes = run_isolated(read, unknown, workers=workers)
    fresh: dict[bytes, bytes] = {}
    for item, key in keys.items():
        if key in known:
            yield item, of.from_bytes(known[key])
            continue
        done = next(outcomes)
        if done.value is None:
            yield item, done.error or UnreadableError("could not be read")
        else:
            # As it will come from the cache, so that a second run finds the same.
            fresh[key] = done.value.to_bytes()
            yield item, of.from_bytes(fresh[key])
    cache.store(kind, fresh)


def find_copies(
    sources: Sequence[Source], digests: dict[Source, bytes], since: int
) -> tuple[list[Pair], list[Source], int]:
    """Return pairs with the same bytes, the files that are the first of their bytes, and how many of those are old.

    Parameters
    ----------
    since
        Files from this place on are new; pairs of two old ones are left out.
    """
    firsts: dict[bytes, Source] = {}
    pairs, old = [], 0
    for place, source in enumerate(sources):
        if source not in digests:
            continue
        first = firsts.setdefault(digests[source], source)
        if first is source:
            old += place < since
        elif place >= since:
            pairs.append(Pair(first, source, Kind.BYTES))
    return pairs, list(firsts.values()), old
