"""Pairs of pictures that may be the same, by their fingerprints alone; what they are is for the pixels to say."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covidcurate.duplicates.fingerprint import BITS, FORMS, WINDOWS, Fingerprint, hash_of, turn
from covidcurate.duplicates.search import find_pairs

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

NEAR = 76
"""Bits by which pictures, or one and a window of another, may differ to be looked at: of films of different people
one pair in a thousand. Pixels decide, so that a few too many cost time alone."""
NEAR_OF_MANY = 40
"""The same where pictures are too many to compare each with each, and pairs that share no band are not found."""
FEW = 10000
"""Pictures that are compared each with each in seconds."""
_BLOCK = 1 << 24
"""Products that are held at a time."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair of places in the list of fingerprints, and how the second is to be laid over the first.

    ``window`` is the part of the first that the second may be, ``form`` turns the second, and ``inverted`` exchanges
    its black and white; where ``swapped``, the two change roles. ``distance`` is in bits.
    """

    first: int
    second: int
    distance: int
    form: int = 0
    inverted: bool = False
    window: int = 0
    swapped: bool = False


def find_candidates(prints: Sequence[Fingerprint], since: int = 0, *, thorough: bool = False) -> list[Candidate]:
    """Return the best candidate of each pair, ordered by the pair.

    Parameters
    ----------
    since
        Only pairs of which the second is at this place or later: what is before was compared already.
    thorough
        Look for crops too, by comparing each picture with windows of each other: time grows with the square, as it
        does without where there are but :data:`FEW`.
    """
    known = [place for place, one in enumerate(prints) if not one.is_featureless]
    best: dict[tuple[int, int], Candidate] = {}
    if thorough or len(known) <= FEW:
        found = _each_with_each(prints, known, since, len(WINDOWS) if thorough else 1)
    else:
        found = _whole(prints, known)
    for candidate in found:
        pair = candidate.first, candidate.second
        if max(pair) >= since and (pair not in best or candidate.distance < best[pair].distance):
            best[pair] = candidate
    return [best[pair] for pair in sorted(best)]


def _whole(prints: Sequence[Fingerprint], known: list[int]) -> Iterator[Candidate]:
    """Yield pairs of whole pictures in any form and polarity that differ in few bits."""
    import numpy

    if len(known) < 2:
        return
    spectra = numpy.stack([prints[place].spectra[0] for place in known])
    plain = hash_of(spectra)
    for form in range(FORMS):
        turned = plain if form == 0 else hash_of(turn(spectra, form))
        for inverted in (False, True):
            others = ~turned if inverted else turned
            pairs = find_pairs(plain, None if form == 0 and not inverted else others, NEAR_OF_MANY)
            for first, second in pairs:
                if first < second:
                    bits = int(numpy.bitwise_count(plain[first] ^ others[second]).sum())
                    yield Candidate(known[first], known[second], bits, form, inverted)


def _each_with_each(prints: Sequence[Fingerprint], known: list[int], since: int, windows: int) -> Iterator[Candidate]:
    """Yield pairs of which one may be the other, or a window of it: signs multiplied as matrices, block by block."""
    import numpy

    new = bisect_left(known, since)
    if len(known) < 2 or new == len(known):
        return
    spectra = numpy.stack([prints[place].spectra[:windows] for place in known])
    block = max(1, _BLOCK // len(known))
    for form in range(FORMS):
        # A window of one picture is compared with the other turned, which is as good as turning the window back.
        turned = _signs(hash_of(turn(spectra[:, 0], form)))
        for window in range(windows):
            parts = _signs(hash_of(spectra[:, window]))
            for begin in range(0, len(known), block):
                # What is old is compared with what is new alone.
                start = new if begin + block <= new else 0
                product = parts[begin : begin + block] @ turned[start:].T
                for row, column in numpy.argwhere(numpy.abs(product) >= BITS - 2 * NEAR).tolist():
                    one, other = known[begin + row], known[start + column]
                    if one != other:
                        agreed = product[row, column]
                        bits = int(BITS - abs(agreed)) // 2
                        pair = min(one, other), max(one, other)
                        yield Candidate(*pair, bits, form, bool(agreed < 0), window, one > other)


def _signs(hashes: Array) -> Array:
    """Return bits as 1 and -1, so that a product counts those that agree."""
    import numpy

    return numpy.unpackbits(hashes, axis=-1).astype(numpy.float32) * 2 - 1
