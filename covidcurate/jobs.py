"""Work on many files: one function, many items, an outcome for each.

The shape is that of ``concurrent.futures``: today a pool of processes, tomorrow any executor with ``submit``.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from covidcurate.errors import CovidcurateError, UnreadableError
from covidcurate.processes import CrashError, Worker, end_with_parent, wait_for_any

Item = TypeVar("Item")
Value = TypeVar("Value")

Progress = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
"""What shows how long work goes on: given what is done and with how many items, a context with what counts one."""

_Result = tuple[Value | None, CovidcurateError | None]

_WORTH_A_POOL = 16
"""Fewer items are done sooner than a pool of processes is up."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, Value]):
    """What became of one item: a value, or the expected error that stopped it."""

    item: Item
    value: Value | None = None
    error: CovidcurateError | None = None


@contextmanager
def no_progress(_text: str, _total: int) -> Iterator[Callable[[], None]]:
    """Show nothing; a :data:`Progress`."""
    yield lambda: None


def run_jobs(
    function: Callable[[Item], Value], items: Sequence[Item], *, workers: int = 0, executor: Executor | None = None
) -> Generator[Outcome[Item, Value], None, None]:
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
        nullcontext(executor)
        if executor is not None
        else ProcessPoolExecutor(min(workers, len(items)), initializer=end_with_parent)
    )
    with pool as running:
        futures: list[Future[Outcome[Item, Value]]] = [running.submit(_attempt, function, item) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def run_isolated(
    function: Callable[[Item], Value], items: Sequence[Item], *, workers: int = 0, limit: float = 600.0
) -> Generator[Outcome[Item, Value], None, None]:
    """Do the same as :func:`run_jobs` where decoders in other languages are at work, which may crash or hang.

    Each item runs in a process whose death is the failure of that item alone. Its outcome is then an UnreadableError.

    Parameters
    ----------
    limit
        Seconds after which an item counts as hanging, and its process is killed.
    """
    run: _Isolated[Item, Value] = _Isolated(
        function, items, min(workers or os.cpu_count() or 1, len(items) or 1), limit
    )
    try:
        yield from run.outcomes()
    finally:
        run.stop()


class _Isolated(Generic[Item, Value]):
    """A run in which each process has one item, which is to blame where the process dies or hangs."""

    def __init__(self, function: Callable[[Item], Value], items: Sequence[Item], workers: int, limit: float) -> None:
        self._work, self._items, self._most, self._limit = partial(_attempt_alone, function), items, workers, limit
        self._next = 0
        self._idle: list[Worker[Item, _Result[Value]]] = []
        self._busy: list[Worker[Item, _Result[Value]]] = []
        self._done: dict[int, Outcome[Item, Value]] = {}

    def outcomes(self) -> Iterator[Outcome[Item, Value]]:
        """Yield outcomes in the order of the items."""
        for number in range(len(self._items)):
            # Whoever takes an outcome may be long about it; meanwhile processes have something to do.
            self._hand_out()
            while number not in self._done:
                self._collect()
                self._hand_out()
            yield self._done.pop(number)

    def stop(self) -> None:
        """End all processes, whatever they do."""
        for worker in (*self._idle, *self._busy):
            worker.stop()
        self._idle, self._busy = [], []

    def _hand_out(self) -> None:
        """Give each process an item that has none."""
        while self._next < len(self._items) and len(self._busy) < self._most:
            worker: Worker[Item, _Result[Value]] = self._idle.pop() if self._idle else Worker(self._work)
            self._busy.append(worker)
            worker.give(self._next, self._items[self._next], self._limit)
            self._next += 1

    def _collect(self) -> None:
        """Take what is finished; find out about crashes and hangs."""
        for worker in wait_for_any(self._busy):
            self._busy.remove(worker)
            self._idle.append(worker)
            try:
                self._done[worker.number] = Outcome(self._items[worker.number], *worker.take())
            except CrashError:
                self._idle.remove(worker)
                self._blame(worker, "its decoder crashed")
        now = time.monotonic()
        for worker in [worker for worker in self._busy if now >= worker.end]:
            self._busy.remove(worker)
            self._blame(worker, f"it was not done after {self._limit:g} s")

    def _blame(self, worker: Worker[Item, _Result[Value]], reason: str) -> None:
        worker.stop()
        error = UnreadableError(f"{reason}, so the file is taken for broken")
        self._done[worker.number] = Outcome(self._items[worker.number], error=error)


def begin_aside(work: Callable[[], Value]) -> Future[Value]:
    """Do something in a thread that nobody waits for at the end of the program; return what will have its result.

    Where processes are at work, this one has time to spare. They should have been begun, as they inherit no thread.
    """
    future: Future[Value] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            # For whoever asks for the result.
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def _attempt(function: Callable[[Item], Value], item: Item) -> Outcome[Item, Value]:
    return Outcome(item, *_attempt_alone(function, item))


def _attempt_alone(function: Callable[[Item], Value], item: Item) -> _Result[Value]:
    """Return what an outcome has beside the item, which whoever handed it out need not get back."""
    try:
        return function(item), None
    except CovidcurateError as error:
        return None, error
