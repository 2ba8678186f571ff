"""Compare files with each other, or new ones with old ones: by bytes, pixels, headers and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from covidcurate.cache import ContentCache
from covidcurate.convert.inputs import Source
from covidcurate.dedupe.best import Appraiser
from covidcurate.dedupe.cases import find_same_cases
from covidcurate.dedupe.contents import digest_contents, find_copies, read_types
from covidcurate.dedupe.groups import group_pairs
from covidcurate.dedupe.instances import find_same_instances, read_instances
from covidcurate.dedupe.model import Kind, Pair, Search, Wish
from covidcurate.dedupe.pictures import find_same_pictures, read_fingerprints
from covidcurate.dedupe.rows import RowFacts, read_row_facts
from covidcurate.dedupe.slices import find_slices_of_volumes
from covidcurate.dedupe.volumes import VolumeSource, find_volume_pairs, gather_volumes, read_volume_prints
from covidcurate.duplicates import Fingerprint
from covidcurate.duplicates.volume_print import VolumePrint
from covidcurate.imaging.filetype import FileType

_VOLUMES = (FileType.DICOM, FileType.NIFTI, FileType.NIFTI_GZIP, FileType.NIFTI_PAIR)
_CERTAIN = 0.95
"""Score from which on two images are one, also where their rows state two days."""


def find_duplicates(
    sources: Sequence[Source],
    wish: Wish,
    known: Sequence[Source] = (),
    cache: ContentCache | None = None,
    key: bytes = b"",
    rows: Mapping[Source, RowFacts] | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Search:
    """Return the duplicates among sources; with ``known``, those between each source and the known ones or another.

    The result is the same whatever the order of the sources, the number of workers, and what a cache knew.

    Parameters
    ----------
    cache
        Where fingerprints are remembered, so that files that have not changed are not read again.
    key
        The secret of the dataset, by which de-identified files are recognized as what they were made from.
    rows
        What is known of files beside what tables say of them.
    advance
        Called once for each file that was looked at.
    """
    cache = cache or ContentCache()
    old = sorted(known, key=lambda source: source.shown)
    everything = [*old, *sorted(sources, key=lambda source: source.shown)]
    search = Search(len(everything))
    digests, search.problems = digest_contents(everything, cache, wish.workers)
    copies, unique, first_new = find_copies(everything, digests, len(old))
    rows = {**read_row_facts(everything), **(rows or {})}
    run = _Run(wish, cache, digests, set(unique[first_new:]), search)
    types = read_types(unique, digests, cache)
    instances = run.instances([source for source in unique if types[source] is FileType.DICOM], key)
    stacks = run.volumes([source for source in unique if types[source] in _VOLUMES])
    # A slice is compared as a part of its volume: slices of one person look alike.
    in_volumes = {source for volume in stacks for source in volume.members}
    prints = run.pictures([source for source in unique if source not in in_volumes], advance)
    pairs = [*copies, *instances, *run.same_volumes(stacks), *_of_rows(run.same_pictures(prints), rows)]
    if wish.near:
        pairs += run.slices(prints, stacks)
    if wish.near and wish.cases:
        pairs += find_same_cases(rows, set(everything[len(old) :]))
    search.pairs = _merge(pairs)
    search.groups = group_pairs(search.pairs, Appraiser(prints, rows))
    return search


@dataclass
class _Run:
    """What all steps of a run share; ``new`` are the files of which a pair has to have one."""

    wish: Wish
    cache: ContentCache
    digests: dict[Source, bytes]
    new: set[Source]
    search: Search

    def instances(self, sources: Sequence[Source], key: bytes) -> list[Pair]:
        return find_same_instances(read_instances(sources, self.wish.workers), self.new, key)

    def volumes(self, sources: Sequence[Source]) -> dict[VolumeSource, VolumePrint]:
        """Return the volumes among sources, old ones first."""
        volumes, _ = gather_volumes(sources, self.wish.workers)
        volumes.sort(key=lambda volume: not self.new.isdisjoint(volume.members))
        return read_volume_prints(volumes, self.digests, self.search, self.cache, self.wish.workers)

    def same_volumes(self, stacks: Mapping[VolumeSource, VolumePrint]) -> list[Pair]:
        since = sum(self.new.isdisjoint(volume.members) for volume in stacks)
        return [pair for pair in find_volume_pairs(stacks, since) if self.wish.near or pair.score == 1]

    def pictures(self, sources: Sequence[Source], advance: Callable[[], None]) -> dict[Source, Fingerprint]:
        return read_fingerprints(sources, self.digests, self.wish, self.cache, self.search, advance)

    def same_pictures(self, prints: dict[Source, Fingerprint]) -> list[Pair]:
        return find_same_pictures(prints, self.new, self.digests, self.wish, self.cache, self.search)

    def slices(self, prints: Iterable[Source], stacks: Mapping[VolumeSource, VolumePrint]) -> list[Pair]:
        shown = {source: self.digests[source] for source in prints}
        return find_slices_of_volumes(shown, stacks, self.new, self.cache, self.wish.workers)


def _of_rows(pairs: Iterable[Pair], rows: Mapping[Source, RowFacts]) -> list[Pair]:
    """Return pairs of pictures in the light of their rows: films of one patient on other days are related.

    What only looks alike is left out, unless the rows say why.
    """
    found = []
    for pair in pairs:
        one, other = rows.get(pair.first), rows.get(pair.second)
        one_patient = one is not None and other is not None and one.patient[1] != "" and one.patient == other.patient
        if one is not None and other is not None and one.is_other_day(other):
            if pair.score < _CERTAIN:
                pair = replace(pair, kind=Kind.RELATED, evidence=(*pair.evidence, "one patient, on other days"))
            else:
                pair = replace(pair, evidence=(*pair.evidence, "their rows state two days for one image"))
        if pair.kind is not Kind.RELATED or one_patient:
            found.append(pair)
    return found


def _merge(pairs: Iterable[Pair]) -> list[Pair]:
    """Return one pair for any two files, with the surest kind and all evidence, ordered by their names."""
    order = list(Kind)
    found: dict[frozenset[Source], Pair] = {}
    for pair in pairs:
        both = frozenset((pair.first, pair.second))
        other = found.get(both)
        if other is not None:
            surer, less = sorted((other, pair), key=lambda one: order.index(one.kind))
            evidence = dict.fromkeys((*surer.evidence, *less.evidence))
            pair = replace(surer, evidence=tuple(evidence), marked=surer.marked or less.marked)
        found[both] = pair
    return sorted(found.values(), key=lambda pair: (pair.first.shown, pair.second.shown, order.index(pair.kind)))
