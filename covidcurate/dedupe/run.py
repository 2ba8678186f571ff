"""Compare files with each other, or new ones with old ones: by bytes, pixels, headers and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

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
from covidcurate.imaging.filetype import FileType

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
    new = set(unique[first_new:])
    rows = {**read_row_facts(everything), **(rows or {})}
    types = read_types(unique, digests, cache)
    dicom = [source for source in unique if types[source] is FileType.DICOM]
    instances = find_same_instances(read_instances(dicom, wish.workers), new, key)
    prints = read_fingerprints(unique, digests, wish, cache, search, advance)
    pictures = _of_rows(find_same_pictures(prints, new, digests, wish, cache, search), rows)
    cases = find_same_cases(rows, set(everything[len(old) :])) if wish.near else []
    search.pairs = _merge([*copies, *instances, *pictures, *cases])
    search.groups = group_pairs(search.pairs, Appraiser(prints, rows))
    return search


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
