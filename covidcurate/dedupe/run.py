"""Compare files with each other, or new ones with old ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from covidcurate.convert.inputs import Source
from covidcurate.dataset.folder import sha256_of
from covidcurate.dedupe.model import Kind, Pair, Search, Wish
from covidcurate.duplicates import Candidate, Fingerprint, compare, find_candidates, fingerprint, read_picture
from covidcurate.errors import NotAnImageError
from covidcurate.imaging.thumbnail import read_thumbnail
from covidcurate.jobs import run_isolated, run_jobs


def find_duplicates(sources: Sequence[Source], wish: Wish, known: Sequence[Source] = ()) -> Search:
    """Return the duplicates among sources; with ``known``, those between each source and the known ones or another.

    The pairs are ordered by the names of their files, whatever the order of the sources and the number of workers.
    """
    old = sorted(known, key=lambda source: source.shown)
    new = sorted(sources, key=lambda source: source.shown)
    everything, since = [*old, *new], len(old)
    search = Search(len(everything))
    same, unique = _copies(everything, since)
    search.pairs += same
    if wish.near:
        search.pairs += _changed(unique, sum(source in set(old) for source in unique), wish, search)
    search.pairs.sort(key=lambda pair: (pair.first.shown, pair.second.shown))
    return search


def _copies(sources: list[Source], since: int) -> tuple[list[Pair], list[Source]]:
    """Return pairs with the same bytes, and the files that are the first of their bytes."""
    first: dict[tuple[int, str], Source] = {}
    sizes: dict[int, list[tuple[int, Source]]] = {}
    for place, source in enumerate(sources):
        sizes.setdefault(source.path.stat().st_size, []).append((place, source))
    pairs, copies = [], set()
    for size, members in sizes.items():
        # A size that occurs once has no copy; its bytes are not read.
        for place, source in members if len(members) > 1 else ():
            earlier = first.setdefault((size, sha256_of(source.path)), source)
            if earlier is not source:
                copies.add(source)
                if place >= since:
                    pairs.append(Pair(earlier, source, Kind.BYTES))
    return pairs, [source for source in sources if source not in copies]


def _changed(sources: list[Source], since: int, wish: Wish, search: Search) -> list[Pair]:
    """Return pairs of one image; what cannot be read, or is uniform, is noted and left out."""
    prints: list[Fingerprint] = []
    kept: list[Source] = []
    new = 0
    read = partial(_fingerprint, windows=wish.thorough)
    for place, outcome in enumerate(run_isolated(read, sources, workers=wish.workers)):
        if isinstance(outcome.error, NotAnImageError):
            search.others.append(outcome.item)
        elif outcome.error is not None:
            search.problems.append(outcome.error)
        if outcome.value is None:
            continue
        if outcome.value.is_featureless:
            search.featureless.append(outcome.item)
        if place >= since and not new:
            new = len(kept) + 1
        prints.append(outcome.value)
        kept.append(outcome.item)
    first_new = new - 1 if new else (len(kept) if since else 0)
    candidates = find_candidates(prints, first_new, thorough=wish.thorough)
    tasks = [(kept[one.first], kept[one.second], one) for one in candidates]
    return [done.value for done in run_jobs(_compare, tasks, workers=wish.workers) if done.value is not None]


def _fingerprint(source: Source, *, windows: bool) -> Fingerprint:
    thumbnail = read_thumbnail(source.path)
    return fingerprint(thumbnail.pixels, thumbnail.rows, thumbnail.columns, windows=windows)


def _compare(task: tuple[Source, Source, Candidate]) -> Pair | None:
    """Return a pair if its pixels say that it is one."""
    first, second, candidate = task
    match = compare(read_picture(first.path), read_picture(second.path), candidate)
    return Pair(first, second, Kind.IMAGE, round(match.score, 3), match.changes) if match.is_same else None
