"""Find pairs of pictures that are near in any of 16 forms at the price of four, by the signs of frequencies alone.

A mirror image changes the sign of every second row or column, and an inverted picture that of all: the frequencies of
which row and column are both even, even and odd, odd and even, or both odd, 64 bits each, keep or change theirs
together. So these four are the words that are compared, in either polarity, and a band and its complement are one key.
A quarter turn exchanges rows and columns: of a band that this leaves in its place, a picture is looked up as that of
the two whose key is less; of others, as both.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from covidcurate.duplicates.bands import WORDS, Measure, near_rows
from covidcurate.duplicates.equals import expand, group_equals
from covidcurate.duplicates.search import BANDS, distinct

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_LOW = 16
_BLOCK = 1 << 14


def find_turned(signs: Array, distance: int, *, since: int = 0) -> Array:
    """Return first and second row (ascending) of pairs near in some form, and whether that is a quarter turn.

    Parameters
    ----------
    signs
        Signs of frequencies, n x 32 bytes (16 x 16 bits).
    distance
        Bits in which the second, mirrored, turned and inverted as fits best, may differ from the first. Of each of the
        four parts that keep or change their sign together, the polarity is free: that of half the combinations is none
        of a picture, and such a pair differs by more.
    since
        Only pairs of which the second is at this row or later.

    Notes
    -----
    What is found is as with :func:`covidcurate.duplicates.search.find_pairs`, of equal rows too.
    """
    import numpy

    if not len(signs):
        return numpy.empty((0, 3), dtype=numpy.int64)
    equals = group_equals(numpy.ascontiguousarray(signs).view(numpy.uint64))
    new = equals.lasts >= since
    equals, active = equals.take(numpy.argsort(~new, kind="stable")), int(new.sum())
    first, second, quarter = _decode(distinct(_codes(signs[equals.firsts], distance, active)))
    repeated = numpy.flatnonzero(equals.sizes[:active] > 1)
    one, other, origin = expand(equals, equals, numpy.append(first, repeated), numpy.append(second, repeated))
    quarter = numpy.append(quarter, numpy.zeros_like(repeated))[origin]
    first, second = numpy.minimum(one, other), numpy.maximum(one, other)
    wanted = (first < second) & (second >= since)
    codes = distinct([_encode(first[wanted], second[wanted], quarter[wanted])])
    found: Array = numpy.column_stack(_decode(codes))
    return found


def _codes(signs: Array, distance: int, active: int) -> Iterator[Array]:
    """Yield pairs of which one is among the first ``active``, as numbers."""
    import numpy

    count = len(signs)
    layouts = [numpy.concatenate(parts) for parts in zip(_packed(signs), _packed(signs, turned=True), strict=True)]
    words = numpy.ascontiguousarray(layouts[0].view(numpy.uint64).T)
    # Those that are looked up come first, whether as they are or turned.
    places = numpy.arange(count)
    entries = numpy.concatenate([places[:active], places[:active] + count, places[active:], places[active:] + count])
    for layout in layouts:
        for band in range(BANDS):
            parity = band * WORDS // BANDS
            if parity == 2:
                # Odd rows and even columns: those of the turned picture, which are with the even rows and odd columns.
                continue
            keys = numpy.ascontiguousarray(layout.view(numpy.uint16)[:, band])
            keys = numpy.minimum(keys, ~keys)
            chosen = entries
            if parity != 1:
                least = numpy.minimum(keys[:count], keys[count:])
                chosen = entries[(keys == numpy.tile(least, 2))[entries]]
            taking = int((chosen % count < active).sum())
            measure = Measure(distance, folded=True)
            for left, right in near_rows(words.take(chosen, 1), keys[chosen], parity, measure, taking):
                one, other = chosen[left], chosen[right]
                quarter = (one >= count) != (other >= count)
                one, other = one % count, other % count
                apart = one != other
                yield _encode(numpy.minimum(one, other), numpy.maximum(one, other), quarter)[apart]


def _packed(signs: Array, *, turned: bool = False) -> Iterator[Array]:
    """Yield the bits (n x 32 bytes) in the order of each layout, of the picture or of it with rows for columns."""
    import numpy

    for order in _layouts():
        source = order.reshape(-1)
        if turned:
            source = source % _LOW * _LOW + source // _LOW
        packed = numpy.empty_like(signs)
        for begin in range(0, len(signs), _BLOCK):
            bits = numpy.unpackbits(signs[begin : begin + _BLOCK], axis=1)
            packed[begin : begin + _BLOCK] = numpy.packbits(bits.take(source, 1), axis=1)
        yield packed


@cache
def _layouts() -> tuple[Array, Array]:
    """Return two orders of bits, in each of which bands of 16 hold high and low frequencies of one parity.

    Two that cut differently find most of what one misses. Exchanging rows and columns leaves the bands of even rows and
    columns in their places, and those of odd ones.
    """
    import numpy

    rows, columns = numpy.divmod(numpy.arange(_LOW * _LOW), _LOW)
    parity = rows % 2 * 2 + columns % 2
    down, along = rows // 2, columns // 2
    single, double = (down + along) % 4, (down // 2 + along // 2) % 4
    return numpy.argsort(parity * 4 + single, kind="stable"), numpy.argsort(parity * 4 + double, kind="stable")


def _encode(first: Array, second: Array, quarter: Array) -> Array:
    """Return pairs as numbers that are in the order of the pairs."""
    codes: Array = first << 32 | second << 1 | quarter
    return codes


def _decode(codes: Array) -> tuple[Array, Array, Array]:
    return codes >> 32, (codes & 0xFFFFFFFF) >> 1, codes & 1
