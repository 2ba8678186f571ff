"""Volumes that hold the same scan: equal voxels by digest, turned and windowed ones by a small grid and fine detail.

Two reconstructions of one scan look alike in every respect but their finest detail, and so do a volume and its copy on
another grid: these are told from the same volume, but not from each other.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from covidcurate.duplicates.cubes import (
    FORMS,
    correlate,
    correlate_detail,
    describe_form,
    frequencies_of,
    hash_frequencies,
    is_window_of,
    local_contrast,
    turn_frequencies,
    turn_grid,
)
from covidcurate.duplicates.search import find_pairs
from covidcurate.duplicates.volume_print import VolumePrint
from covidcurate.words import counted

NEAR = 48
"""Bits by which the coarse shapes of two volumes may differ; of those of different people the nearest differ by 100."""
SAME_DETAIL = 0.99
"""Correlation of single voxels from which on two volumes are one; that of another reconstruction is below."""
SAME_SCAN = 0.85
"""Correlation of local contrast from which on they show one scan; that of different people is below 0.15."""
_LIKELY = 0.5
"""The same, from which on it is worth asking whether one is the other through a window."""
_MOST_OF_SLICE = 64
"""Volumes that share a slice beyond which it says nothing."""
_MOST_OF_SIZE = 32
"""Volumes of one size beyond which this says nothing."""
_LEAST_SHARED = 3
_OTHER_DETAIL = "one scan with other detail: resampled, filtered, compressed with loss, or reconstructed in another way"


class Likeness(Enum):
    """How two volumes are alike."""

    SAME = "same"
    """One is the other, as it is or turned, recompressed, windowed or cut."""
    SLICE = "slice"
    """The first is of one slice, which is one of the second's."""
    RELATED = "related"
    """They show the same, on other grids or with other detail."""


@dataclass(frozen=True, slots=True)
class VolumeMatch:
    """Two volumes by their places in the list given, how they are alike, how well (to 1), and the evidence in words.

    The first comes before the second in the list, but where it is a slice of the second.
    """

    first: int
    second: int
    likeness: Likeness
    score: float
    evidence: tuple[str, ...]


def match_volumes(prints: Sequence[VolumePrint], since: int = 0) -> list[VolumeMatch]:
    """Return the pairs of volumes that are alike, ordered by the pair.

    Found are volumes with equal voxels, as stored or turned; those that share most slices, as a volume and a part of
    it; and those of which one is the other through a window. What was resampled, filtered or compressed with loss
    looks like another reconstruction of the scan, and is related. Not found is a part of a volume whose voxels were
    changed as well, or that was cut within its slices.

    Parameters
    ----------
    since
        Only pairs of which the second is at this place or later: what is before was compared already.
    """
    found: dict[tuple[int, int], VolumeMatch] = {}
    for match in _equal(prints, since):
        found[match.first, match.second] = match
    for pair, count in _sharing(prints, since).items():
        if pair not in found:
            part = _by_slices(prints, pair, count)
            if part is not None:
                found[pair] = part
    for first, second in _alike(prints, since):
        if (first, second) not in found:
            alike = _decide(prints[first], prints[second])
            if alike is not None:
                found[first, second] = VolumeMatch(first, second, *alike)
    return [found[pair] for pair in sorted(found)]


def _pairs_of(keys: Iterable[Hashable], since: int, most: int = sys.maxsize) -> Iterator[tuple[int, int]]:
    """Yield pairs of places of equal keys, of which there are no more than ``most``; empty ones are equal to none."""
    groups: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        if key:
            groups.setdefault(key, []).append(place)
    for places in groups.values():
        if len(places) <= most:
            yield from (pair for pair in itertools.combinations(places, 2) if pair[1] >= since)


def _equal(prints: Sequence[VolumePrint], since: int) -> Iterator[VolumeMatch]:
    for first, second in _pairs_of((one.digest for one in prints), since):
        count = prints[first].volumes
        words = "voxel values are equal" if count == 1 else f"voxel values of the first of {count} volumes are equal"
        yield VolumeMatch(first, second, Likeness.SAME, 1.0, (words,))


def _sharing(prints: Sequence[VolumePrint], since: int) -> Counter[tuple[int, int]]:
    """Return how many slices two volumes share, of those that share any."""
    holders: dict[bytes, list[int]] = {}
    for place, one in enumerate(prints):
        for digest in set(one.slices) - {b""}:
            holders.setdefault(digest, []).append(place)
    return Counter(
        pair
        for places in holders.values()
        if len(places) <= _MOST_OF_SLICE
        for pair in itertools.combinations(places, 2)
        if pair[1] >= since
    )


def _by_slices(prints: Sequence[VolumePrint], pair: tuple[int, int], count: int) -> VolumeMatch | None:
    """Return what it means that two volumes share slices; None if that is too few to say anything."""
    few, many = sorted(pair, key=lambda place: len(prints[place].slices))
    if len(prints[few].slices) == 1 < len(prints[many].slices):
        number = prints[many].slices.index(prints[few].slices[0]) + 1
        words = f"slice {number} of {len(prints[many].slices)}"
        return VolumeMatch(few, many, Likeness.SLICE, 1.0, (words, "equal but for the numbers of its grey levels"))
    least = min(len(set(prints[place].slices) - {b""}) for place in pair)
    if count < min(_LEAST_SHARED, least):
        return None
    lengths = " and ".join(str(len(prints[place].slices)) for place in pair)
    likeness = Likeness.SAME if 2 * count >= least else Likeness.RELATED
    words = f"{counted(count, 'slice')} of {lengths} {'are' if count > 1 else 'is'} equal"
    return VolumeMatch(*pair, likeness, round(count / least, 3), (words,))


def _alike(prints: Sequence[VolumePrint], since: int) -> list[tuple[int, int]]:
    """Return pairs that are of one coarse shape in some form, of one size, or whose levels occur equally often."""
    import numpy

    pairs = set(_pairs_of((one.counts for one in prints), since))
    known = [place for place, one in enumerate(prints) if min(one.shape) > 1 and one.grid.max() > one.grid.min()]
    sizes = (tuple(sorted(one.shape)) if place in set(known) else () for place, one in enumerate(prints))
    pairs.update(_pairs_of(sizes, since, _MOST_OF_SIZE))
    if len(known) > 1:
        frequencies = numpy.stack([frequencies_of(prints[place].grid) for place in known])
        plain = hash_frequencies(frequencies)
        for form in FORMS:
            for one, other in find_pairs(plain, hash_frequencies(turn_frequencies(frequencies, form)), NEAR):
                if one != other and known[max(one, other)] >= since:
                    pairs.add((known[min(one, other)], known[max(one, other)]))
    return sorted(pairs)


def _decide(one: VolumePrint, other: VolumePrint) -> tuple[Likeness, float, tuple[str, ...]] | None:
    """Lay the second volume over the first in every way, and say how they are alike; None for not at all."""
    still, moving = local_contrast(one.grid), local_contrast(other.grid)
    score, form = max(((correlate(still, turn_grid(moving, form)), form) for form in FORMS), key=lambda pair: pair[0])
    if score < _LIKELY:
        return None
    how = tuple(filter(None, (describe_form(form),)))
    if one.shape == tuple(other.shape[axis] for axis in form[0]):
        detail = correlate_detail(one.detail, turn_grid(other.detail, form))
        if is_window_of(one.ranks, turn_grid(other.ranks, form)):
            if one.counts and one.counts == other.counts:
                return Likeness.SAME, 1.0, (*how, "each voxel value occurs equally often")
            return Likeness.SAME, round(score, 3), (*how, f"one is the other through a window: correlation {score:.2f}")
        if detail >= SAME_DETAIL:
            words = f"hardly changed, as by compression: single voxels correlate by {detail:.3f}"
            return Likeness.SAME, round(detail, 3), (*how, words)
    return (Likeness.RELATED, round(score, 3), (*how, _OTHER_DETAIL)) if score >= SAME_SCAN else None
