"""How often a host is asked: a pause between requests, the rest that it asks for, and an end after failures."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from covidcurate.errors import HostError

_FAILURES_IN_A_ROW = 3
"""After so many requests that failed for good, a host is left alone."""

MOST_PATIENCE = 120.0
"""Longest rest in seconds that is waited for; a longer one ends the run and is remembered for the next."""


@dataclass
class HostState:
    """What is known of one host, in seconds since 1970; it outlives the run."""

    last: float = 0.0
    not_before: float = 0.0


class Pace:
    """Keeps the pauses of all hosts, also over runs.

    Parameters
    ----------
    file
        Where the state is kept between runs.
    sleep, clock
        Those of the system, unless others are given.
    on_wait
        Called with a host and a number of seconds before a wait that a person would notice.
    """

    def __init__(
        self,
        file: Path,
        *,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] | None = None,
        on_wait: Callable[[str, float], None] = lambda *_: None,
    ) -> None:
        self._file, self._on_wait = file, on_wait
        self._sleep, self._clock = sleep or time.sleep, clock or time.time
        self._failures: dict[str, int] = {}
        self._hosts = _read(file)

    def wait(self, host: str, interval: float) -> None:
        """Wait until a host may be asked, and count the request as made.

        Raises
        ------
        HostError
            The host failed too often, or it asked for a longer rest than anybody would wait for.
        """
        if self._failures.get(host, 0) >= _FAILURES_IN_A_ROW:
            raise HostError(
                f"{host} failed {_FAILURES_IN_A_ROW} times in a row and is left alone", remedy="Try again later."
            )
        state = self._hosts.setdefault(host, HostState())
        now = self._clock()
        # A clock that was set back must not make anybody wait for hours.
        pause = min(max(state.last + interval - now, 0.0), interval)
        rest = state.not_before - now
        if rest > MOST_PATIENCE:
            until = datetime.fromtimestamp(state.not_before).astimezone()
            raise HostError(
                f"{host} asks not to be asked before {until:%Y-%m-%d %H:%M}", remedy="Run the command again after that."
            )
        seconds = max(pause, rest)
        if seconds > 0:
            self._on_wait(host, seconds)
            self._sleep(seconds)
        state.last = self._clock()
        self._save()

    def rest(self, host: str, seconds: float) -> None:
        """Remember that a host wants no request for a while."""
        state = self._hosts.setdefault(host, HostState())
        state.not_before = max(state.not_before, self._clock() + seconds)
        self._save()

    def succeeded(self, host: str) -> None:
        """Forget the failures of a host."""
        self._failures.pop(host, None)

    def failed(self, host: str) -> None:
        """Count a request that failed for good."""
        self._failures[host] = self._failures.get(host, 0) + 1

    def _save(self) -> None:
        # What cannot be saved is only missing in the next run.
        with contextlib.suppress(OSError):
            staged = self._file.with_name(f".{self._file.name}.new")
            staged.write_text(
                json.dumps({host: asdict(state) for host, state in self._hosts.items()}), encoding="utf-8"
            )
            staged.replace(self._file)


def _read(file: Path) -> dict[str, HostState]:
    """Return the saved state; nothing where there is none, or where it is not ours."""
    try:
        document = json.loads(file.read_bytes())
        return {str(host): HostState(float(one["last"]), float(one["not_before"])) for host, one in document.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
