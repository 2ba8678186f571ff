"""Pictures that show the same: fingerprints name candidates, the pixels decide."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache, partial
from pathlib import Path

from covidcurate.cache import ContentCache
from covidcurate.convert.inputs import Source
from covidcurate.dedupe.contents import read_once
from covidcurate.dedupe.model import Kind, Pair, Search, Wish
from covidcurate.duplicates import ALIKE, Candidate, Fingerprint, compare, find_candidates, fingerprint, read_picture
from covidcurate.duplicates.candidates import MOST
from covidcurate.errors import CovidcurateError, NotAnImageError, UnreadableError
from covidcurate.imaging import pixel_digest
from covidcurate.imaging.pixel_digest import PixelDigest, digest_pixels
from covidcurate.imaging.thumbnail import Thumbnail, read_thumbnail
from covidcurate.jobs import run_isolated

_VERSION = 2
"""Of fingerprints and of how pairs are decided; what older versions left in a cache is not asked for."""
_FINGERPRINT_BITS = 12
"""Bits by which the fingerprints of equal pixels may differ, where one of them was decoded at a reduced size."""
_IN_HAND = 256
"""Pictures that a process keeps, since candidates of one picture come one after the other."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What pixels say of a pair: the kind if all are equal, the score, the evidence, and which has marks (1 or 2)."""

    kind: Kind | None
    score: float
    evidence: tuple[str, ...] = ()
    marked: int = 0

    def to_bytes(self) -> bytes:
        """Return it for a cache."""
        return json.dumps([self.kind.name if self.kind else "", self.score, self.evidence, self.marked]).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Verdict:
        """Return what :meth:`to_bytes` wrote."""
        name, score, evidence, marked = json.loads(data)
        return cls(Kind[name] if name else None, score, tuple(evidence), marked)


def read_fingerprints(
    sources: Sequence[Source],
    digests: dict[Source, bytes],
    wish: Wish,
    cache: ContentCache,
    search: Search,
    advance: Callable[[], None],
) -> dict[Source, Fingerprint]:
    """Return the fingerprint of each picture; what cannot be read, or shows nothing, is noted in ``search``."""
    kind = _kind_of_prints(thorough=wish.thorough)
    keys = {source: digests[source] for source in sources}
    read = partial(_fingerprint, windows=wish.thorough)
    prints = {}
    for source, outcome in read_once(read, keys, Fingerprint, kind, cache, wish.workers):
        advance()
        if isinstance(outcome, NotAnImageError):
            search.others.append(source)
        elif isinstance(outcome, CovidcurateError):
            search.problems[source] = outcome
        else:
            prints[source] = outcome
    search.featureless += [source for source, one in prints.items() if one.is_featureless]
    return prints


def find_same_pictures(
    prints: dict[Source, Fingerprint],
    new: set[Source],
    digests: dict[Source, bytes],
    wish: Wish,
    cache: ContentCache,
    search: Search,
) -> list[Pair]:
    """Return pairs of pictures that show the same, and those that only look alike, as :attr:`Kind.RELATED`.

    Parameters
    ----------
    new
        Pairs of which neither is among these are left out; ``prints`` have them last.
    """
    sources = list(prints)
    since = sum(source not in new for source in sources)
    candidates = _candidates(prints, since, b"".join(digests[source] for source in sources), wish, cache)
    counts = Counter(place for one in candidates for place in (one.first, one.second))
    if many := sum(count >= MOST for count in counts.values()):
        search.notes.append(f"{many} pictures look like {MOST} others or more; each was compared with the nearest")
    tasks = [(sources[one.first], sources[one.second], one) for one in candidates]
    keys = [digests[first] + digests[second] for first, second, _ in tasks]
    kind = f"verdict-{'windows' if wish.thorough else 'picture'}-{_VERSION}-{pixel_digest.VERSION}"
    known = {key: Verdict.from_bytes(data) for key, data in cache.load(kind, keys).items()}
    unknown = [place for place, key in enumerate(keys) if key not in known]
    fresh = {}
    for place, done in zip(
        unknown, run_isolated(_decide, [tasks[place] for place in unknown], workers=wish.workers), strict=True
    ):
        if done.value is not None:
            known[keys[place]] = done.value
            fresh[keys[place]] = done.value.to_bytes()
    cache.store(kind, fresh)
    pairs = []
    for (first, second, _), key in zip(tasks, keys, strict=True):
        if (verdict := known.get(key)) is not None:
            found = _kind_of(verdict, wish)
            if found is not None:
                marked = (first, second)[verdict.marked - 1 : verdict.marked] if verdict.marked else ()
                pairs.append(Pair(first, second, found, verdict.score, verdict.evidence, marked))
    return pairs


def _candidates(
    prints: dict[Source, Fingerprint], since: int, contents: bytes, wish: Wish, cache: ContentCache
) -> list[Candidate]:
    """Return the candidates among pictures; of the very same ones as before, from the cache."""
    kind = f"candidates-{'windows' if wish.thorough else 'picture'}-{_VERSION}"
    key = hashlib.sha256(contents + since.to_bytes(8, "big")).digest()
    known = cache.load(kind, [key]).get(key)
    if known is not None:
        return [Candidate(*fields) for fields in json.loads(known)]
    candidates = find_candidates(list(prints.values()), since, thorough=wish.thorough)
    cache.store(kind, {key: json.dumps([astuple(one) for one in candidates]).encode()})
    return candidates


def _kind_of(verdict: Verdict, wish: Wish) -> Kind | None:
    """Return what a verdict means at the threshold that is asked for."""
    if verdict.kind is not None or not wish.near:
        return verdict.kind
    if verdict.score >= wish.threshold:
        return Kind.IMAGE
    return Kind.RELATED if verdict.score >= min(ALIKE, wish.threshold) else None


def _kind_of_prints(*, thorough: bool) -> str:
    return f"{'windows' if thorough else 'picture'}-{_VERSION}"


def _fingerprint(source: Source, *, windows: bool) -> Fingerprint:
    if not windows:
        return fingerprint_of(read_thumbnail(source.path, coarse=True))
    thumbnail = read_thumbnail(source.path)
    return fingerprint(thumbnail.pixels, thumbnail.rows, thumbnail.columns)


def fingerprint_of(thumbnail: Thumbnail) -> Fingerprint:
    """Return what a picture is known by, of its coarse thumbnail."""
    return fingerprint(thumbnail.pixels, thumbnail.rows, thumbnail.columns, windows=False)


def keep_fingerprints(prints: Mapping[bytes, Fingerprint], cache: ContentCache) -> None:
    """Keep the fingerprints (:func:`fingerprint_of`) of files that somebody had in hand, by the digests of these."""
    cache.store(_kind_of_prints(thorough=False), {digest: one.to_bytes() for digest, one in prints.items()})


def _decide(task: tuple[Source, Source, Candidate]) -> Verdict:
    """Let the pixels of a pair speak: all of them if they may be equal, small pictures else."""
    first, second, candidate = task
    one, other = read_picture(first.path), read_picture(second.path)
    same_size = (one.rows, one.columns) == (other.rows, other.columns)
    if same_size and candidate.is_upright and candidate.distance <= _FINGERPRINT_BITS:
        digests = _digest_once(first.path), _digest_once(second.path)
        if digests[0] is not None and digests[1] is not None and digests[0].order == digests[1].order:
            equal = digests[0].levels == digests[1].levels
            words = "all pixels are equal" if equal else "equal but for the numbers of their grey levels: none is lost"
            return Verdict(Kind.PIXELS, 1.0, (words,))
    match = compare(one, other, candidate)
    return Verdict(None, round(match.score, 3), match.changes, match.marked)


@lru_cache(_IN_HAND)
def _digest_once(path: Path) -> PixelDigest | None:
    try:
        return digest_pixels(path)
    except UnreadableError:
        # The small picture of a file that breaks off may be whole.
        return None
