"""Volumes among files: NIfTI files and the slices of DICOM series; which of them hold one stack of slices."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from covidcurate.cache import ContentCache
from covidcurate.convert.decode import compare_slices
from covidcurate.convert.inputs import Source
from covidcurate.convert.look import Looked, look
from covidcurate.convert.plan import VOLUMETRIC
from covidcurate.dedupe.contents import read_once
from covidcurate.dedupe.model import Kind, Pair, Search
from covidcurate.duplicates.volume_print import VolumePrint, print_volume
from covidcurate.duplicates.volumes import Likeness, match_volumes
from covidcurate.errors import ConfigError, CovidcurateError, UnreadableError
from covidcurate.imaging.dicom.series import plan_volumes
from covidcurate.imaging.dicom.slices import Slice
from covidcurate.imaging.volume_sample import Upright, load_nifti, load_slices
from covidcurate.jobs import run_jobs

_LEAST_SLICES = 3
"""Fewer slices of DICOM are pictures."""
_VERSION = 1
_PARALLEL = 1000
"""Fewer headers are read sooner than processes are up."""
_KINDS = {Likeness.SAME: Kind.VOLUME, Likeness.SLICE: Kind.SLICE, Likeness.RELATED: Kind.RELATED}


@dataclass(frozen=True, slots=True)
class VolumeSource:
    """A volume: a NIfTI file, or ``slices`` of DICOM in the order of their places.

    ``first`` stands for all files of it, the ``members``.
    """

    first: Source
    members: tuple[Source, ...]
    slices: tuple[Slice, ...] = ()


def gather_volumes(sources: Sequence[Source], workers: int = 0) -> tuple[list[VolumeSource], list[Source]]:
    """Return the volumes among sources, and the sources that are part of none, both in the order given.

    A NIfTI file is a volume, also of one slice. So are three or more slices of CT, MR or PET that lie in one series
    and geometry, regular or not. Scouts, films, what cannot be read and what is no image remain.
    """
    volumes = []
    found: dict[Path, Source] = {}
    slices: list[Slice] = []
    outcomes = run_jobs(look, sources, workers=workers if len(sources) > _PARALLEL else 1)
    for outcome in outcomes:
        looked, source = outcome.value, outcome.item
        if looked is not None and looked.is_nifti:
            volumes.append(VolumeSource(source, (source,)))
        elif looked is not None and _is_slice(looked):
            found[source.path] = source
            slices += looked.slices
    order = {source: place for place, source in enumerate(sources)}
    for lot in _split_copies(slices):
        for plan in plan_volumes(lot, compare_slices):
            if not plan.left_out and len(plan.slices) >= _LEAST_SLICES:
                members = {found[one.path] for one in plan.slices}
                ordered = tuple(sorted(members, key=lambda source: order[source]))
                volumes.append(VolumeSource(ordered[0], ordered, plan.slices))
    used = {member for volume in volumes for member in volume.members}
    volumes.sort(key=lambda volume: order[volume.first])
    return volumes, [source for source in sources if source not in used]


def _is_slice(looked: Looked) -> bool:
    return looked.is_dicom and looked.frames > 0 and looked.modality in VOLUMETRIC and bool(looked.slices)


def _split_copies(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Return slices by series, and by folder too where folders hold copies of one series."""
    series: dict[tuple[str, str], list[Slice]] = {}
    for one in slices:
        series.setdefault((one.study, one.series), []).append(one)
    lots = []
    for members in series.values():
        folders: dict[Path, list[Slice]] = {}
        for one in members:
            folders.setdefault(one.path.parent, []).append(one)
        instances = {(one.instance, one.frame) for one in members}
        lots += [members] if len(instances) == len(members) else list(folders.values())
    return lots


def load_volume(volume: VolumeSource) -> Upright:
    """Return the voxels of a volume.

    Raises
    ------
    UnreadableError
        They cannot be read; the message names the file by what the user calls it.
    ConfigError
        A decoder is missing.
    """
    shown = volume.first.shown
    try:
        return load_slices(volume.slices) if volume.slices else load_nifti(volume.first.path)
    except ConfigError:
        raise
    except UnreadableError as error:
        message = error.message.removeprefix(f"{volume.first.path.name}: ")
        raise UnreadableError(f"{shown}: {message}", remedy=error.remedy) from error
    except MemoryError as error:
        raise UnreadableError(f"{shown}: is larger than the memory of this machine") from error


def read_volume_print(volume: VolumeSource) -> VolumePrint:
    """Return what a volume is known by.

    Raises
    ------
    UnreadableError
        It cannot be read.
    ConfigError
        A decoder is missing.
    """
    return print_volume(load_volume(volume))


def read_volume_prints(
    volumes: Sequence[VolumeSource], digests: Mapping[Source, bytes], search: Search, cache: ContentCache, workers: int
) -> dict[VolumeSource, VolumePrint]:
    """Return what volumes are known by; what cannot be read is noted in ``search``."""
    keys = {volume: _key_of(volume, digests) for volume in volumes}
    prints = {}
    for volume, outcome in read_once(read_volume_print, keys, VolumePrint, f"volume-{_VERSION}", cache, workers):
        if isinstance(outcome, CovidcurateError):
            search.problems[volume.first] = outcome
        else:
            prints[volume] = outcome
    return prints


def _key_of(volume: VolumeSource, digests: Mapping[Source, bytes]) -> bytes:
    """Return what is the same for the same slices of the same contents, wherever they lie."""
    places = {source.path: digests[source] for source in volume.members}
    parts = [places[one.path] + one.frame.to_bytes(4, "big") for one in volume.slices]
    return hashlib.sha256(b"".join(parts or [digests[volume.first]])).digest()


def find_volume_pairs(prints: Mapping[VolumeSource, VolumePrint], since: int = 0) -> list[Pair]:
    """Return the pairs of volumes that are alike, as :attr:`Kind.VOLUME` or :attr:`Kind.RELATED`.

    Parameters
    ----------
    since
        Only pairs of which the second is at this place of ``prints`` or later.
    """
    volumes = list(prints)
    return [
        Pair(
            volumes[match.first].first,
            volumes[match.second].first,
            _KINDS[match.likeness],
            match.score,
            (*_sizes(prints[volumes[match.first]], prints[volumes[match.second]]), *match.evidence),
        )
        for match in match_volumes(list(prints.values()), since)
        # Parts of one file are no copies of each other.
        if volumes[match.first].first != volumes[match.second].first
    ]


def _sizes(one: VolumePrint, other: VolumePrint) -> tuple[str, ...]:
    if one.shape == other.shape:
        return ()
    shapes = (" x ".join(str(length) for length in both.shape) for both in (one, other))
    return (f"{' and '.join(shapes)} voxels",)
