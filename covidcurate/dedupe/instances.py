"""DICOM files of one instance: their headers have one UID, or one has the pseudonym of the other's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from covidcurate.convert.inputs import Source
from covidcurate.convert.look import look
from covidcurate.dedupe.model import Kind, Pair
from covidcurate.imaging.deidentify.substitutes import Substitutes
from covidcurate.jobs import run_jobs


@dataclass(frozen=True, slots=True)
class Instance:
    """The UIDs of a DICOM file; they are a patient's, and not to be shown."""

    instance: str
    series: str


def read_instances(sources: Sequence[Source], workers: int) -> dict[Source, Instance]:
    """Return the UIDs of DICOM files; of what cannot be read, those who decode it will tell."""
    found = {}
    for done in run_jobs(look, sources, workers=workers):
        if done.value is not None and done.value.instance:
            found[done.item] = Instance(done.value.instance, done.value.series)
    return found


def find_same_instances(instances: dict[Source, Instance], new: set[Source], key: bytes) -> list[Pair]:
    """Return pairs of files of one instance; of many of one series in two folders, one pair that counts them.

    Parameters
    ----------
    new
        Pairs of which neither is among these are left out.
    key
        The secret of the dataset: a file that was de-identified with it has UIDs that follow from those it had.
    """
    substitutes = Substitutes(key, "")
    firsts: dict[str, Source] = {}
    pairs: dict[tuple[object, ...], list[Pair]] = {}
    for source in sorted(instances, key=lambda one: one.shown):
        uid = instances[source].instance
        for name in (uid, substitutes.uid(uid)):
            first = firsts.setdefault(name, source)
            if first is not source and (first in new or source in new):
                same = instances[first].instance == uid
                words = "one SOP Instance UID" if same else "the UID of one is the pseudonym of the other's"
                place = (instances[first].series, instances[source].series, first.path.parent, source.path.parent)
                pairs.setdefault(place, []).append(Pair(first, source, Kind.INSTANCE, 1.0, (words,)))
                break
    return [_as_one(found) for found in pairs.values()]


def _as_one(pairs: list[Pair]) -> Pair:
    first = pairs[0]
    if len(pairs) == 1:
        return first
    return replace(first, evidence=(*first.evidence, f"so have {len(pairs)} files of the series"))
