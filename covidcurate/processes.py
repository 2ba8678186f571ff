"""A process for decoders in other languages, which may crash or hang: it has one item at a time, and is killed at will.

A pool of ``concurrent.futures`` does not say which item a process had when it died, and hands items on by two threads,
which cost a film of four megapixels a fiftieth of what it takes to open it.
"""

from __future__ import annotations

import atexit
import math
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Collection
from multiprocessing import Pipe, Process, connection, parent_process
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Value = TypeVar("Value")


class CrashError(Exception):
    """A process died while it was at work on its item."""


class Worker(Generic[Item, Value]):
    """A process that calls one function with the items that it is given, one after the other.

    ``number`` is that of the item that it has, ``end`` when it counts as hanging (of ``time.monotonic``).

    Parameters
    ----------
    function
        A module-level function. It is sent when the process begins, and not with each item, since it may carry much.
    """

    def __init__(self, function: Callable[[Item], Value]) -> None:
        self._connection, there = Pipe()
        self._process = Process(target=_serve, args=(there, function))
        self.number, self.end = -1, math.inf
        # Python waits at its end for processes that nobody has stopped.
        atexit.register(self.stop)
        self._process.start()
        there.close()

    def give(self, number: int, item: Item, limit: float) -> None:
        """Hand out an item, for ``limit`` seconds; it has none. Where it has died meanwhile, :meth:`take` says so."""
        self.number, self.end = number, time.monotonic() + limit
        try:
            self._connection.send(item)
        except OSError:
            return

    def take(self) -> Value:
        """Return what became of the item, for which this waits.

        Raises
        ------
        CrashError
            The process has died.
        Exception
            What the function raised.
        """
        try:
            value, error = self._connection.recv()
        except (EOFError, OSError) as broken:
            raise CrashError from broken
        self.end = math.inf
        if error is not None:
            raise error
        result: Value = value
        return result

    def stop(self) -> None:
        """End the process, whatever it does."""
        atexit.unregister(self.stop)
        if self._process.pid is not None:
            self._process.kill()
            self._process.join()
        self._process.close()
        self._connection.close()

    @property
    def signs(self) -> tuple[Connection, int]:
        """What can be waited for: that it has sent something, or has died."""
        return self._connection, self._process.sentinel


AnyWorker = TypeVar("AnyWorker", bound=Worker[Any, Any])


def wait_for_any(workers: Collection[AnyWorker]) -> list[AnyWorker]:
    """Wait until some are done or dead, and return them; none if the first of them counts as hanging before that."""
    seconds = min(worker.end for worker in workers) - time.monotonic()
    signs = [sign for worker in workers for sign in worker.signs]
    ready = set(connection.wait(signs, None if seconds == math.inf else max(0.0, seconds)))
    return [worker for worker in workers if not ready.isdisjoint(worker.signs)]


def _serve(here: Connection, function: Callable[[Any], Any]) -> None:
    """Do what is asked for, until the process is ended."""
    # What decoders write to standard error may quote a file, and says nothing to anybody.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # Ctrl-C reaches all processes of a terminal; that which began this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    while True:
        try:
            item = here.recv()
        except EOFError:
            return
        try:
            here.send((function(item), None))
        except Exception as error:
            error.add_note(traceback.format_exc())
            _send_error(here, error)


def _send_error(here: Connection, error: Exception) -> None:
    try:
        here.send((None, error))
    except Exception:
        # It cannot be sent, as neither can what it says of an item.
        here.send((None, RuntimeError(f"{type(error).__name__} in a process")))


def end_with_parent() -> None:
    """End this process when the one that began it is killed.

    It would wait for the next item for ever, and hold what it has of that run: a pipe, and the lock of a dataset.
    """
    # The run itself cleans up at this signal; here it has to end whatever a decoder is at.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if (parent := parent_process()) is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
