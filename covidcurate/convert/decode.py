"""Read slices in processes that a decoder may take down, and on all cores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from covidcurate.errors import CovidcurateError
from covidcurate.imaging.dicom.slices import Slice
from covidcurate.imaging.dicom.volume import Frames, SliceReader
from covidcurate.jobs import run_isolated, run_jobs

Pair = tuple[Slice, Slice]


def compare_slices(pairs: Sequence[Pair]) -> list[bool | CovidcurateError]:
    """Return of each pair whether its slices have the same values, or what kept it from being seen."""
    plain = all(one.direct is not None and other.direct is not None for one, other in pairs)
    outcomes = run_jobs(_same, pairs, workers=1) if plain else run_isolated(_same, pairs)
    return [outcome.error or bool(outcome.value) for outcome in outcomes]


def frames_on(workers: int) -> Frames:
    """Return what decodes each slice in a process of its own, several at once; each is to be a file of its own."""

    def read(slices: Sequence[Slice]) -> Iterator[Any]:
        for outcome in run_isolated(_read, slices, workers=workers):
            if outcome.error is not None:
                raise outcome.error
            yield outcome.value

    return read


def _same(pair: Pair) -> bool:
    return SliceReader().same_pixels(*pair)


def _read(one: Slice) -> Any:
    return SliceReader().read(one)
