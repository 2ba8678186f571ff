"""Pairs of pictures that may be the same, by their fingerprints alone; what they are is for the pixels to say."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covidcurate.duplicates.fingerprint import BITS, FORMS, WINDOWS, Fingerprint, hash_of, turn
from covidcurate.duplicates.forms import find_turned

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

NEAR = 40
"""Bits by which whole pictures may differ; of films of different people the nearest differ by more."""
NEAR_WINDOWS = 72
"""The same for windows, which fit less well; pixels decide, so that a few too many cost time alone."""
_SIGNS = 8
"""Bits by which two pictures may differ more in the signs of their frequencies than in what is above the median."""
_BLOCK = 2048


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
        Look for crops too, by comparing each picture with windows of each other: time grows with the square.
    """
    known = [place for place, one in enumerate(prints) if not one.is_featureless]
    best: dict[tuple[int, int], Candidate] = {}
    found = [_whole(prints, known, since), *([_windows(prints, known)] if thorough else [])]
    for candidate in (one for part in found for one in part):
        pair = candidate.first, candidate.second
        if max(pair) >= since and (pair not in best or candidate.distance < best[pair].distance):
            best[pair] = candidate
    return [best[pair] for pair in sorted(best)]


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


def _whole(prints: Sequence[Fingerprint], known: list[int], since: int) -> Iterator[Candidate]:
    """Yield pairs of whole pictures that differ in few bits in some form and polarity, in that which fits best."""
    import numpy

    if len(known) < 2:
        return
    blocks = (known[begin : begin + _BLOCK] for begin in range(0, len(known), _BLOCK))
    signs = numpy.concatenate([numpy.packbits(_spectra(prints, block) > 0, axis=-1) for block in blocks])
    found = find_turned(signs.reshape(len(known), -1), NEAR + _SIGNS, since=bisect_left(known, since))
    for begin in range(0, len(found), _BLOCK):
        quarter = found[begin : begin + _BLOCK, 2]
        pairs = numpy.array(known)[found[begin : begin + _BLOCK, :2]]
        fixed, moved = (_spectra(prints, places) for places in pairs.T.tolist())
        plain = hash_of(fixed)
        bits = numpy.full((2 * FORMS, len(pairs)), BITS)
        for form in range(FORMS):
            of_form = numpy.flatnonzero(quarter == form // 4)
            turned = hash_of(turn(moved[of_form], form))
            bits[2 * form, of_form] = numpy.bitwise_count(plain[of_form] ^ turned).sum(axis=-1)
            bits[2 * form + 1, of_form] = BITS - bits[2 * form, of_form]
        best = bits.argmin(axis=0)
        for place in numpy.flatnonzero(bits.min(axis=0) <= NEAR).tolist():
            form, inverted = divmod(int(best[place]), 2)
            one, other = pairs[place].tolist()
            yield Candidate(one, other, int(bits[best[place], place]), form, bool(inverted))


def _spectra(prints: Sequence[Fingerprint], places: list[int]) -> Array:
    """Return the spectra of whole pictures, n x 16 x 16."""
    import numpy

    return numpy.stack([prints[place].spectra[0] for place in places])


def _windows(prints: Sequence[Fingerprint], known: list[int]) -> Iterator[Candidate]:
    """Yield pairs of which one may be a window of the other: signs multiplied as matrices, block by block."""
    import numpy

    if len(known) < 2:
        return
    spectra = numpy.stack([prints[place].spectra for place in known])
    whole = _signs(hash_of(spectra[:, 0]))
    for form in range(FORMS):
        # A window of one picture is compared with the other turned, which is as good as turning the window back.
        turned = whole if form == 0 else _signs(hash_of(turn(spectra[:, 0], form)))
        for window in range(len(WINDOWS)):
            parts = _signs(hash_of(spectra[:, window]))
            for begin in range(0, len(known), _BLOCK):
                product = parts[begin : begin + _BLOCK] @ turned.T
                near = numpy.abs(product) >= BITS - 2 * NEAR_WINDOWS
                for row, column in zip(*numpy.nonzero(near), strict=True):
                    one, other = known[begin + row], known[column]
                    if one != other:
                        bits = int(BITS - abs(product[row, column])) // 2
                        pair = min(one, other), max(one, other)
                        inverted = bool(product[row, column] < 0)
                        yield Candidate(*pair, bits, form, inverted, window, one > other)


def _signs(hashes: Array) -> Array:
    """Return bits as 1 and -1, so that a product counts those that agree."""
    import numpy

    return numpy.unpackbits(hashes, axis=-1).astype(numpy.float32) * 2 - 1
