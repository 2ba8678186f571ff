"""Say of two files how far they agree, and in what, whatever comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from covidcurate.convert.inputs import Source
from covidcurate.dataset.folder import sha256_of
from covidcurate.duplicates import compare, fingerprint, nearest_candidate, read_picture
from covidcurate.duplicates.fingerprint import BITS
from covidcurate.errors import UsageError
from covidcurate.imaging.pixel_digest import digest_pixels
from covidcurate.imaging.thumbnail import read_thumbnail


def explain_pair(sources: Sequence[Source], threshold: float) -> Iterator[str]:
    """Yield what each of two pictures is, then each comparison with what it says.

    Raises
    ------
    UsageError
        There are not two files.
    UnreadableError
        One of them cannot be read, or is no picture.
    """
    if len(sources) != 2:
        raise UsageError(f"there are {len(sources)} files to be explained", remedy="Name two files.")
    thumbnails = [read_thumbnail(source.path) for source in sources]
    for source, thumbnail in zip(sources, thumbnails, strict=True):
        yield f"{source.shown}: {thumbnail.kind.value}, {thumbnail.columns} x {thumbnail.rows} pixels"
    first, second = (source.path for source in sources)
    yield f"same bytes: {_say(sha256_of(first) == sha256_of(second))}"
    digests = digest_pixels(first), digest_pixels(second)
    if digests[0] is None or digests[1] is None:
        yield "same pixels: cannot be proved of several pictures in one file, or of more than 16 bits"
    else:
        renamed = digests[0].levels != digests[1].levels and digests[0].order == digests[1].order
        same = "yes, but for the numbers of their grey levels" if renamed else _say(digests[0] == digests[1])
        yield f"same pixels: {same}"
    candidate = nearest_candidate(*(fingerprint(one.pixels, one.rows, one.columns) for one in thumbnails))
    if candidate is None:
        yield "same image: one of them shows nothing that it could be known by"
        return
    match = compare(read_picture(first), read_picture(second), candidate)
    yield f"fingerprints: {candidate.distance} of {BITS} bits differ; about {BITS // 2} do by chance"
    yield f"same image, changed: {_say(match.score >= threshold)}, the fine contrast agrees by {match.score:.3f}"
    for change in match.changes:
        yield f"    {change}"


def _say(answer: bool) -> str:
    return "yes" if answer else "no"
