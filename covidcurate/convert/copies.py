"""Compare slices that lie in one place, in processes that a decoder may take down."""

from __future__ import annotations

from collections.abc import Sequence

from covidcurate.errors import CovidcurateError
from covidcurate.imaging.dicom.slices import Slice
from covidcurate.imaging.dicom.volume import SliceReader
from covidcurate.jobs import run_isolated, run_jobs

Pair = tuple[Slice, Slice]


def compare_slices(pairs: Sequence[Pair]) -> list[bool | CovidcurateError]:
    """Return of each pair whether its slices have the same values, or what kept it from being seen."""
    plain = all(one.direct is not None and other.direct is not None for one, other in pairs)
    outcomes = run_jobs(_same, pairs, workers=1) if plain else run_isolated(_same, pairs)
    return [outcome.error or bool(outcome.value) for outcome in outcomes]


def _same(pair: Pair) -> bool:
    return SliceReader().same_pixels(*pair)
