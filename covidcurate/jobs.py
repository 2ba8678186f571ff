"""Work on many files: one function, many items, an outcome for each.

The shape is that of ``concurrent.futures``: today a pool of processes, tomorrow any executor with ``submit``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Generic, TypeVar

from covidcurate.errors import CovidcurateError

Item = TypeVar("Item")
Value = TypeVar("Value")

_WORTH_A_POOL = 16
"""Fewer items are done sooner than a pool of processes is up."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, Value]):
    """What became of one item: a value, or the expected error that stopped it."""

    item: Item
    value: Value | None = None
    error: CovidcurateError | None = None


def run_jobs(
    function: Callable[[Item], Value], items: Sequence[Item], *, workers: int = 0, executor: Executor | None = None
) -> Iterator[Outcome[Item, Value]]:
    """Yield the outcome of each item, in the order of the items.

    Parameters
    ----------
    function
        A module-level function; raises CovidcurateError where an item is at fault. Other exceptions are bugs and end
        the run.
    workers
        Number of processes; 0 for one a core.
    executor
        An executor to use in place of a pool of our own; it stays open.
    """
    workers = workers or os.cpu_count() or 1
    if executor is None and (workers == 1 or len(items) < _WORTH_A_POOL):
        for item in items:
            yield _attempt(function, item)
        return
    pool: AbstractContextManager[Executor] = (
        nullcontext(executor) if executor is not None else ProcessPoolExecutor(min(workers, len(items)))
    )
    with pool as running:
        futures: list[Future[Outcome[Item, Value]]] = [running.submit(_attempt, function, item) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def _attempt(function: Callable[[Item], Value], item: Item) -> Outcome[Item, Value]:
    try:
        return Outcome(item, function(item))
    except CovidcurateError as error:
        return Outcome(item, error=error)
