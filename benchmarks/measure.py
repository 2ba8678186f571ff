"""Run commands in turn as whole processes, and compare their times and peak memory.

The machine's speed drifts, so the commands take turns (A B C, A B C, ...), and what counts are ratios of medians from
one run. Times are wall-clock seconds, memory is the largest resident set of the process in MB (10^6 bytes).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Measured:
    """What the runs of one command took."""

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Median of the times."""
        return statistics.median(self.seconds)

    @property
    def cpu(self) -> float:
        """Median of the processor time, which other processes disturb less."""
        return statistics.median(self.processor)

    @property
    def peak(self) -> float:
        """Largest peak of memory."""
        return max(self.megabytes)


def run_in_turn(commands: dict[str, list[str]], rounds: int) -> dict[str, Measured]:
    """Run each command once without counting, then all of them in turn; return what each took."""
    measured = {name: Measured() for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, _, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            process.returncode = 0  # wait4 has reaped it
            if number:
                measured[name].seconds.append(seconds)
                measured[name].processor.append(usage.ru_utime + usage.ru_stime)
                measured[name].megabytes.append(usage.ru_maxrss * 1024 / 1e6)
    return measured


@dataclass(frozen=True)
class Ended:
    """How one run of a command ended; ``code`` is that of a shell, 124 where it had to be stopped."""

    code: int
    seconds: float
    cpu: float
    megabytes: float
    output: str
    errors: str


def run_once(command: list[str], limit: float) -> Ended:
    """Run a command to its end, or for ``limit`` seconds, and return what it took and the start of what it said."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        stop = threading.Timer(limit, process.kill)
        stop.start()
        _, status, usage = os.wait4(process.pid, 0)
        stop.cancel()
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (output, errors):
            stream.seek(0)
            texts.append(stream.read(100_000).decode("utf-8", "replace"))
    code = 124 if seconds >= limit else process.returncode
    return Ended(code, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, *texts)
