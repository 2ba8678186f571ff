"""Pictures of a slice of a volume: fingerprints of the body name candidates, the pixels of both decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from covidcurate.cache import ContentCache
from covidcurate.convert.inputs import Source
from covidcurate.dedupe.contents import read_once
from covidcurate.dedupe.model import Kind, Pair
from covidcurate.dedupe.volumes import VolumeSource, load_volume
from covidcurate.duplicates import Candidate, Match, Picture, compare
from covidcurate.duplicates.slices import (
    PicturePrint,
    SliceCandidate,
    find_slice_candidates,
    picture_of_body,
    print_picture,
)
from covidcurate.duplicates.volume_print import VolumePrint
from covidcurate.errors import UnreadableError
from covidcurate.imaging.pixel_digest import digest_pixels
from covidcurate.imaging.thumbnail import read_thumbnail
from covidcurate.imaging.volume_sample import Upright
from covidcurate.jobs import run_isolated

SAME_SLICE = 0.4
"""Correlation of fine contrast from which on a picture shows a slice; of 432 pictures and five volumes, those of others
stayed below 0.15."""
_VERSION = 1
_AT_ONCE = 100
"""Pictures that are compared with a volume before it is read again, so that none takes a process for long."""


@dataclass(frozen=True, slots=True)
class _Task:
    """Pictures that may show slices of a volume, and the digests of its slices."""

    volume: VolumeSource
    digests: tuple[bytes, ...]
    pictures: tuple[tuple[Source, SliceCandidate], ...]
    threshold: float


def find_slices_of_volumes(
    pictures: Mapping[Source, bytes],
    volumes: Mapping[VolumeSource, VolumePrint],
    new: set[Source],
    cache: ContentCache,
    workers: int,
) -> list[Pair]:
    """Return which pictures, given with the digests of their contents, show a slice of which volume."""
    if not volumes or not pictures:
        return []
    prints = {
        source: outcome
        for source, outcome in read_once(
            read_picture_print, pictures, PicturePrint, f"slice-{_VERSION}", cache, workers
        )
        # What cannot be read was told when it was looked at as a picture.
        if isinstance(outcome, PicturePrint)
    }
    return find_slices(prints, volumes, new, workers=workers)


def read_picture_print(source: Source) -> PicturePrint:
    """Return what the slice that a picture shows is found by.

    Raises
    ------
    UnreadableError
        It cannot be decoded.
    NotAnImageError
        It is no picture.
    ConfigError
        A decoder is missing.
    """
    return print_picture(read_thumbnail(source.path).pixels)


def find_slices(
    pictures: Mapping[Source, PicturePrint],
    volumes: Mapping[VolumeSource, VolumePrint],
    new: set[Source],
    threshold: float = SAME_SLICE,
    workers: int = 0,
) -> list[Pair]:
    """Return which pictures show an axial slice of which volume, the picture first; one pair for any two files.

    Parameters
    ----------
    pictures, volumes
        What :func:`read_picture_print` and :func:`covidcurate.dedupe.volumes.read_volume_print` return.
    new
        Pairs of a picture and a volume (its first file) neither of which is among these are left out.
    """
    sources, known = list(pictures), list(volumes)
    candidates: dict[int, list[tuple[Source, SliceCandidate]]] = {}
    for one in find_slice_candidates(list(pictures.values()), [volumes[volume].hashes for volume in known]):
        picture, volume = sources[one.picture], known[one.volume]
        if (picture in new or volume.first in new) and picture not in volume.members:
            candidates.setdefault(one.volume, []).append((picture, one))
    tasks = [
        _Task(known[place], volumes[known[place]].slices, tuple(found[begin : begin + _AT_ONCE]), threshold)
        for place, found in sorted(candidates.items())
        for begin in range(0, len(found), _AT_ONCE)
    ]
    # What cannot be read was reported when its print was made.
    pairs = [pair for done in run_isolated(_decide, tasks, workers=workers) for pair in done.value or ()]
    best: dict[tuple[Source, Source], Pair] = {}
    for pair in pairs:
        other = best.get((pair.first, pair.second))
        if other is None or other.score < pair.score:
            best[pair.first, pair.second] = pair
    return list(best.values())


def _decide(task: _Task) -> list[Pair]:
    """Read a volume once, and lay each picture over its likely slices."""
    volume = load_volume(task.volume)
    count = volume.voxels.shape[2]
    slices: dict[tuple[int, int], Picture] = {}
    pairs = []
    for source, candidate in task.pictures:
        try:
            thumbnail = read_thumbnail(source.path)
        except UnreadableError:
            continue
        picture = picture_of_body(thumbnail.pixels, thumbnail.rows, thumbnail.columns)
        number, match = _climb(volume, picture, candidate, slices)
        if match.score < task.threshold:
            continue
        pair = Pair(source, task.volume.first, Kind.SLICE, round(match.score, 3))
        same = _find_equal(source, task.digests)
        if same is not None:
            words = (f"slice {same + 1} of {count}", "equal but for the numbers of its grey levels: none is lost")
            pairs.append(replace(pair, score=1.0, evidence=words))
        else:
            # Grey levels are those of the window that it was looked for in, which nobody sees.
            pairs.append(replace(pair, evidence=(f"slice {number + 1} of {count}", *match.shape)))
    return pairs


def _climb(
    volume: Upright, picture: Picture, candidate: SliceCandidate, slices: dict[tuple[int, int], Picture]
) -> tuple[int, Match]:
    """Return the slice that a picture fits best, from the likely ones on to their neighbors, and how well it does.

    ``slices`` keeps what was made of the volume.
    """
    count, window = volume.voxels.shape[2], candidate.window
    how = Candidate(0, 1, candidate.distance, candidate.form, swapped=True)
    tried: dict[int, Match] = {}

    def fit(number: int) -> float:
        if number not in tried:
            if (number, window) not in slices:
                slices[number, window] = picture_of_body(volume.show(number, window))
            tried[number] = compare(picture, slices[number, window], how)
        return tried[number].score

    best = max(candidate.slices, key=fit)
    while True:
        near = [number for number in (best - 1, best + 1) if 0 <= number < count]
        other = max(near, key=fit, default=best)
        if fit(other) <= fit(best):
            return best, tried[best]
        best = other


def _find_equal(source: Source, digests: tuple[bytes, ...]) -> int | None:
    """Return the slice of which no grey level is lost in a picture."""
    try:
        digest = digest_pixels(source.path)
    except UnreadableError:
        return None
    order = bytes.fromhex(digest.order) if digest is not None else b""
    return digests.index(order) if order and order in digests else None
