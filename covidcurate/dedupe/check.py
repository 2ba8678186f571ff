"""What the pixels of a dataset's files say, for the rules."""

from __future__ import annotations

from covidcurate.cache import ContentCache
from covidcurate.convert.inputs import Source
from covidcurate.dataset import Dataset
from covidcurate.dedupe.model import Kind, Pair, Wish
from covidcurate.dedupe.run import find_duplicates
from covidcurate.errors import UnreadableError
from covidcurate.model import PixelCheck, Resemblance

_WORDS = {
    Kind.PIXELS: "has the same pixels as",
    Kind.VOLUME: "holds the same volume as",
    Kind.INSTANCE: "is the same DICOM instance as",
    Kind.IMAGE: "shows the same image as",
    Kind.SLICE: "holds the slice that is",
}
"""What stands between the second file of a pair and the first; copies and cases are seen without pixels."""


def check_pixels(
    dataset: Dataset, *, cache: ContentCache | None = None, key: bytes = b"", workers: int = 0
) -> PixelCheck:
    """Decode every file of a dataset, and return which show the same and which cannot be read."""
    sources = [Source(file.path, f"{file.folder}/{file.name}") for file in dataset.list_files()]
    # Cases are told by rows, and rows have rules of their own.
    search = find_duplicates(sources, Wish(cases=False, workers=workers), cache=cache, key=key)
    pairs = (_resemblance(pair) for pair in search.pairs if pair.kind in _WORDS)
    broken = {
        source.path: error.message.removeprefix(f"{source.path.name}: ")
        for source, error in search.problems.items()
        if isinstance(error, UnreadableError)
    }
    return PixelCheck(tuple(pairs), broken)


def _resemblance(pair: Pair) -> Resemblance:
    said = [f"{pair.score:.2f}"] if pair.kind is Kind.IMAGE else []
    details = f" ({', '.join([*said, *pair.evidence])})" if said or pair.evidence else ""
    return Resemblance(pair.first.path, pair.second.path, pair.kind.is_exact, _WORDS[pair.kind], details)
