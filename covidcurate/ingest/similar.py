"""Hold candidates against the files of a dataset, and against each other: what has been seen before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from covidcurate.cache import ContentCache
from covidcurate.convert.inputs import Source
from covidcurate.dataset import Dataset
from covidcurate.dedupe import Kind, Pair, Wish, find_duplicates
from covidcurate.dedupe.rows import facts_of
from covidcurate.ingest.planned import OPEN_VERDICTS, PlannedImage, Verdict
from covidcurate.jobs import Progress, no_progress
from covidcurate.licenses import LicenseBook
from covidcurate.model import Resemblance

_CHANGED = {
    Kind.IMAGE: "shows the same image as",
    Kind.INSTANCE: "is the same DICOM instance or series as",
    Kind.VOLUME: "holds the same volume as",
}
_TOLD = {
    Kind.SLICE: "is a slice of",
    Kind.CASE: "seems to be of the same case as",
    Kind.RELATED: "looks like",
}


@dataclass(frozen=True)
class Seen:
    """How candidates are compared with what is there.

    Parameters
    ----------
    allowed
        Changed images and other series of one instance may enter; they are remarked upon.
    cache, key
        As :func:`covidcurate.dedupe.find_duplicates` has them.
    progress
        Shows how far this and all that takes long is.
    """

    allowed: bool = False
    cache: ContentCache = field(default_factory=ContentCache)
    key: bytes = b""
    workers: int = 0
    progress: Progress = no_progress


def compare_with_dataset(images: Sequence[PlannedImage], dataset: Dataset, seen: Seen) -> list[PlannedImage]:
    """Mark images whose pixels are there already, and those that resemble one; a changed copy needs a review."""
    sources = {source: place for place, image in enumerate(images) for source in _sources_of(image)}
    if not sources:
        return list(images)
    known = [Source(file.path, f"{file.folder}/{file.name} of the dataset") for file in dataset.list_files()]
    book = LicenseBook(dataset.specification)
    rows = {
        source: facts_of(images[place].cells, (dataset.root / "(input)", images[place].candidate.patient), book)
        for source, place in sources.items()
    }
    wish = Wish(workers=seen.workers)
    with seen.progress("Comparing", len(sources) + len(known)) as advance:
        search = find_duplicates(list(sources), wish, known, seen.cache, seen.key, rows, advance)
    result = list(images)
    for pair in search.pairs:
        # Of two candidates the later one is the copy.
        first, second = sorted((pair.first, pair.second), key=lambda one: sources.get(one, -1))
        place, other = sources[second], sources.get(first, -1)
        stays = other < 0 or result[other].verdict in OPEN_VERDICTS
        if place != other and stays and result[place].verdict in OPEN_VERDICTS:
            called = result[other].name if other >= 0 else ""
            result[place] = _judge(result[place], pair, first, called, allowed=seen.allowed)
    return result


def _sources_of(image: PlannedImage) -> Iterator[Source]:
    if image.verdict is Verdict.ADD:
        candidate = image.candidate
        paths = [part.path for part in candidate.parts] or [candidate.path]
        for number, path in enumerate(paths, start=1):
            yield Source(path, f"{candidate.origin} ({number})" if len(paths) > 1 else candidate.origin)


def _judge(image: PlannedImage, pair: Pair, there: Source, called: str, *, allowed: bool) -> PlannedImage:
    details = f" ({', '.join(pair.evidence)})" if pair.evidence else ""
    exact = pair.kind.is_exact or (pair.kind is Kind.VOLUME and pair.score == 1)
    what = "bytes" if pair.kind is Kind.BYTES else "pixels"
    words = f"has the same {what} as" if exact else _CHANGED.get(pair.kind) or _TOLD[pair.kind]
    said = f"{words} {there.shown}{details}"
    alike = Resemblance(there.path, image.candidate.path, exact, said, called=called)
    image = replace(image, resembles=(*image.resembles, alike))
    if exact:
        return replace(image, verdict=Verdict.DUPLICATE, reasons=(said,))
    if pair.kind in _CHANGED and not allowed:
        reason = f"{said}. Leave it out, or accept it in a review or with --allow-similar."
        return replace(image, verdict=Verdict.REVIEW, reasons=(*image.reasons, reason))
    return image
