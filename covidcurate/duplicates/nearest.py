"""Tables of candidates: which way of laying one picture over another is the best, and which pictures are the nearest.

A table has a row for each candidate: first, second, distance, form, window, swapped and inverted, as numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_COLUMNS = 7


def table_of(*columns: Any) -> Array:
    """Return a table of columns, of which some may be one number for all."""
    import numpy

    return numpy.stack(numpy.broadcast_arrays(*columns), axis=1).astype(numpy.int32)


def nearest_of_each(tables: Sequence[Array], most: int) -> Array:
    """Return the best candidate of each pair, ordered by the pair; of each picture at least the ``most`` nearest.

    A pair is left out only if both of its pictures have so many pairs that are nearer, so that of a thousand frames of
    one film there are some thousand pairs, and not half a million.
    """
    import numpy

    if not tables:
        return numpy.empty((0, _COLUMNS), numpy.int32)
    table: Array = numpy.concatenate(tables)
    # By pair, and of each pair the nearest; equally near ones by form, window, role and polarity.
    table = table[numpy.lexsort(table.T[[6, 5, 4, 3, 2, 1, 0]])]
    changes = (table[1:, :2] != table[:-1, :2]).any(axis=1)
    table = table[numpy.concatenate([numpy.ones(min(1, len(table)), dtype=bool), changes])]
    if len(table) <= most:
        return table
    order = numpy.lexsort(table.T[[1, 0, 2]])
    kept = numpy.zeros(len(table), dtype=bool)
    kept[order] = _places_in_line(table[order, :2].ravel()).reshape(-1, 2).min(axis=1) < most
    nearest: Array = table[kept]
    return nearest


def _places_in_line(values: Array) -> Array:
    """Return for each value how many equal ones come before it."""
    import numpy

    order = numpy.argsort(values, kind="stable")
    ordered = values[order]
    begins = numpy.concatenate([[True], ordered[1:] != ordered[:-1]])
    starts = numpy.maximum.accumulate(numpy.where(begins, numpy.arange(len(values)), 0))
    places = numpy.empty(len(values), dtype=numpy.int64)
    places[order] = numpy.arange(len(values)) - starts
    return places
