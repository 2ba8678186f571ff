"""Pairs of pictures that may be the same, by their fingerprints alone; what they are is for the pixels to say."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covidcurate.duplicates.fingerprint import BITS, FORMS, WINDOWS, Fingerprint, hash_of, turn
from covidcurate.duplicates.forms import find_turned
from covidcurate.duplicates.nearest import nearest_of_each, table_of

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

NEAR = 76
"""Bits by which pictures, or one and a window of another, may differ to be looked at: of films of different people
one pair in a thousand. Pixels decide, so that a few too many cost time alone."""
NEAR_OF_MANY = 40
"""The same where pictures are too many to compare each with each, and pairs that share no band are not found."""
FEW = 10000
"""Pictures that are compared each with each in seconds; or as many pairs of a new one and any."""
MOST = 64
"""Candidates of a picture beyond which the farther ones are left out."""
_SIGNS = 8
"""Bits by which two pictures may differ more in the signs of their frequencies than in what is above the median."""
_BLOCK = 1 << 21
"""Products that are held at a time."""
_PAIRS = 2048
"""Pairs whose frequencies are held at a time."""


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

    @property
    def is_upright(self) -> bool:
        """Whether the two seem to show the same as they are, neither turned nor inverted nor cropped."""
        return not (self.form or self.inverted or self.window)


def find_candidates(prints: Sequence[Fingerprint], since: int = 0, *, thorough: bool = False) -> list[Candidate]:
    """Return the best candidate of each pair, ordered by the pair.

    Parameters
    ----------
    since
        Only pairs of which the second is at this place or later: what is before was compared already.
    thorough
        Look for crops too, by comparing each picture with windows of each other: time grows with the square, as it
        does without where there are but :data:`FEW`.

    Notes
    -----
    Of pictures that look like more than :data:`MOST` others, as the frames of a film do, the nearest are returned: a
    pair is left out only if both have as many that are nearer.
    """
    known = [place for place, one in enumerate(prints) if not one.is_featureless]
    new = len(known) - bisect_left(known, since)
    if thorough or new * len(known) <= FEW**2:
        blocks = _each_with_each(prints, known, since, len(WINDOWS) if thorough else 1)
    else:
        blocks = _whole(prints, known, since)
    found = nearest_of_each([nearest_of_each([block], MOST) for block in blocks], MOST)
    return [
        Candidate(first, second, distance, form, bool(inverted), window, bool(swapped))
        for first, second, distance, form, window, swapped, inverted in found.tolist()
    ]


def nearest_candidate(first: Fingerprint, second: Fingerprint) -> Candidate | None:
    """Return how the second of two pictures is best laid over the first, however far they are; None for a blank one.

    Windows are tried as far as the fingerprints have them.
    """
    import numpy

    if first.is_featureless or second.is_featureless:
        return None
    found = []
    for one, other, swapped in ((first, second, False), (second, first, True)):
        windows = hash_of(one.spectra)
        for form in range(FORMS):
            whole = hash_of(turn(other.spectra[:1], form))
            bits = numpy.bitwise_count(windows ^ whole).sum(axis=1, dtype=int)
            for inverted, distances in ((False, bits), (True, BITS - bits)):
                window = int(distances.argmin())
                found.append((int(distances[window]), window, swapped, form, inverted))
    distance, window, swapped, form, inverted = min(found)
    return Candidate(0, 1, distance, form, inverted, window, swapped)


def _whole(prints: Sequence[Fingerprint], known: list[int], since: int) -> Iterator[Array]:
    """Yield tables of whole pictures that differ in few bits in some form and polarity, in that which fits best."""
    import numpy

    if len(known) < 2:
        return
    blocks = (known[begin : begin + _PAIRS] for begin in range(0, len(known), _PAIRS))
    signs = numpy.concatenate([numpy.packbits(_spectra(prints, block) > 0, axis=-1) for block in blocks])
    found = find_turned(signs.reshape(len(known), -1), NEAR_OF_MANY + _SIGNS, since=bisect_left(known, since))
    for begin in range(0, len(found), _PAIRS):
        quarter = found[begin : begin + _PAIRS, 2]
        pairs = numpy.array(known)[found[begin : begin + _PAIRS, :2]]
        fixed, moved = (_spectra(prints, places) for places in pairs.T.tolist())
        plain = hash_of(fixed)
        bits = numpy.full((2 * FORMS, len(pairs)), BITS)
        for form in range(FORMS):
            of_form = numpy.flatnonzero(quarter == form // 4)
            turned = hash_of(turn(moved[of_form], form))
            bits[2 * form, of_form] = numpy.bitwise_count(plain[of_form] ^ turned).sum(axis=-1)
            bits[2 * form + 1, of_form] = BITS - bits[2 * form, of_form]
        best = bits.argmin(axis=0)
        near = numpy.flatnonzero(bits.min(axis=0) <= NEAR_OF_MANY)
        yield table_of(*pairs[near].T, bits[best[near], near], best[near] // 2, 0, 0, best[near] % 2)


def _spectra(prints: Sequence[Fingerprint], places: list[int]) -> Array:
    """Return the spectra of whole pictures, n x 16 x 16."""
    import numpy

    return numpy.stack([prints[place].spectra[0] for place in places])


def _each_with_each(prints: Sequence[Fingerprint], known: list[int], since: int, windows: int) -> Iterator[Array]:
    """Yield tables of pictures of which one may be the other, or a window of it: signs multiplied as matrices."""
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
                # What is old is compared with what is new alone; a window of what is new may be anything.
                start = 0 if window and begin + block > new else new
                product = parts[begin : begin + block] @ turned[start:].T
                rows, columns = numpy.nonzero(numpy.abs(product) >= BITS - 2 * NEAR)
                agreed = product[rows, columns]
                one, other = rows + begin, columns + start
                kept = one != other if window else one < other
                table = table_of(one, other, (BITS - numpy.abs(agreed)) / 2, form, window, 0, agreed < 0)[kept]
                table[:, :2] = numpy.array(known)[table[:, :2]]
                table[:, 5] = table[:, 0] > table[:, 1]
                table[:, :2].sort(axis=1)
                yield table[table[:, 1] >= since]


def _signs(hashes: Array) -> Array:
    """Return bits as 1 and -1, so that a product counts those that agree."""
    import numpy

    return numpy.unpackbits(hashes, axis=-1).astype(numpy.float32) * 2 - 1
