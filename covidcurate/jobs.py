"""Work on many files: one function, many items, an outcome for each.

The shape is that of ``concurrent.futures``: today a pool of processes, tomorrow any executor with ``submit``.
"""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection, parent_process
from typing import Any, Generic, TypeVar

from covidcurate.errors import CovidcurateError, UnreadableError

Item = TypeVar("Item")
Value = TypeVar("Value")

Progress = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
"""What shows how long work goes on: given what is done and with how many items, a context with what counts one."""

_Result = tuple[Value | None, CovidcurateError | None]

_WORTH_A_POOL = 16
"""Fewer items are done sooner than a pool of processes is up."""
_AHEAD = 1
"""Items that wait for a process, so that none waits for an item."""


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
        else ProcessPoolExecutor(min(workers, len(items)), initializer=_end_with_parent)
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
    """A run in which few more items are handed out than there are processes, so that a crash names its suspects."""

    def __init__(self, function: Callable[[Item], Value], items: Sequence[Item], workers: int, limit: float) -> None:
        self._function, self._items, self._workers, self._limit = function, items, workers, limit
        self._waiting = deque(range(len(items)))
        self._suspects: deque[int] = deque()
        self._running: dict[Future[_Result[Value]], tuple[int, float]] = {}
        self._done: dict[int, Outcome[Item, Value]] = {}
        self._pool: ProcessPoolExecutor | None = None

    def outcomes(self) -> Iterator[Outcome[Item, Value]]:
        """Yield outcomes in the order of the items."""
        for number in range(len(self._items)):
            while number not in self._done:
                self._hand_out()
                self._collect()
            yield self._done.pop(number)

    def stop(self) -> None:
        """End all processes, whatever they do."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.kill()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _hand_out(self) -> None:
        """Fill the processes; an item that was there when one died runs alone, to be judged."""
        while (self._suspects and not self._running) or (
            self._waiting and not self._suspects and len(self._running) < self._workers + _AHEAD
        ):
            number = (self._suspects or self._waiting).popleft()
            if self._pool is None:
                self._pool = ProcessPoolExecutor(self._workers, initializer=_begin_isolated, initargs=(self._function,))
            future = self._pool.submit(_attempt_mine, self._items[number])
            self._running[future] = (number, math.inf)
        # Processes take items in their order, so that the last are those that wait for one.
        for future, (number, end) in islice(self._running.items(), self._workers):
            if end == math.inf:
                self._running[future] = (number, time.monotonic() + self._limit)

    def _collect(self) -> None:
        """Take what is finished; find out about crashes and hangs."""
        latest = min(end for _, end in self._running.values())
        finished, _ = wait(self._running, timeout=max(0.0, latest - time.monotonic()), return_when=FIRST_COMPLETED)
        alone, broken = len(self._running) == 1, False
        for future in finished:
            number, _ = self._running.pop(future)
            try:
                self._done[number] = Outcome(self._items[number], *future.result())
            except BrokenProcessPool:
                broken = True
                self._blame(number, "its decoder crashed", certain=alone)
        now = time.monotonic()
        for future, (number, end) in list(self._running.items()):
            if now >= end:
                del self._running[future]
                broken = True
                self._blame(number, f"it was not done after {self._limit:g} s", certain=True)
        if broken:
            self._suspects.extend(number for number, _ in self._running.values())
            self._running.clear()
            self.stop()

    def _blame(self, number: int, reason: str, *, certain: bool) -> None:
        if certain:
            error = UnreadableError(f"{reason}, so the file is taken for broken")
            self._done[number] = Outcome(self._items[number], error=error)
        else:
            self._suspects.append(number)


_mine: list[Callable[[Any], Any]] = []
"""In a process for decoders, the function that it was begun for: it may carry much, and is not sent with each item."""


def _begin_isolated(function: Callable[[Any], Any]) -> None:
    """Begin a process for decoders, and let it end with the run."""
    _mine[:] = [function]
    # What they write to standard error may quote a file, and says nothing to anybody.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    _end_with_parent()


def _end_with_parent() -> None:
    """End this process when the run that began it is killed.

    It would wait for the next item for ever, and hold what it has of that run: a pipe, and the lock of a dataset.
    """
    # The run itself cleans up at this signal; here it has to end whatever a decoder is at.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if (parent := parent_process()) is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _attempt(function: Callable[[Item], Value], item: Item) -> Outcome[Item, Value]:
    return Outcome(item, *_attempt_alone(function, item))


def _attempt_mine(item: Any) -> _Result[Any]:
    return _attempt_alone(_mine[0], item)


def _attempt_alone(function: Callable[[Item], Value], item: Item) -> _Result[Value]:
    """Return what an outcome has beside the item, which whoever handed it out need not get back."""
    try:
        return function(item), None
    except CovidcurateError as error:
        return None, error
