"""Processes that run damaged files through the targets, each input for itself, in bounded memory and time."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any

from fuzz_mutations import CANARY, mutate
from fuzz_targets import TARGETS

TEXTUAL = {"PN", "LO", "SH", "LT", "ST", "UT", "UI", "UC"}


@dataclass
class Settings:
    """What the worker processes have to know."""

    files: list[Path]
    seed: int
    memory: int
    resident: float
    targets: list[str]


@dataclass
class Outcome:
    """What the targets made of one input; ``findings`` are target, kind and details."""

    index: int
    size: int = 0
    seconds: float = 0.0
    megabytes: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[str, str, str]] = field(default_factory=list)
    slowest: str = ""


def make_input(settings: Settings, index: int) -> tuple[bytes, str, Path]:
    """Return the input of an index, how it came to be, and the file that it was."""
    random = Random(f"{settings.seed}:{index}")
    path, other = random.choice(settings.files), random.choice(settings.files)
    data, said = mutate(path.read_bytes(), random, other.read_bytes())
    return data, f"{path.name}: {said}", path


def secrets_of(path: Path, known: dict[Path, set[str]]) -> set[str]:
    """Return texts of the header of a DICOM file that no message may hold."""
    if path not in known:
        known[path] = {CANARY.decode()}
        if path.read_bytes()[128:132] == b"DICM":
            import pydicom

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                values = (str(one.value) for one in pydicom.dcmread(path, force=True).iterall() if one.VR in TEXTUAL)
                # UIDs of the standard are nobody's.
                known[path] |= {text for text in values if len(text) > 7 and not text.startswith("1.2.840.10008")}
    return known[path]


def work(pipe: Connection, settings: Settings, scratch: str) -> None:
    """Run inputs whose index comes through the pipe, and send what became of them."""
    resource.setrlimit(resource.RLIMIT_AS, (settings.memory << 20, settings.memory << 20))
    known: dict[Path, set[str]] = {}
    path, errors = Path(scratch, "input"), Path(scratch, "stderr")
    os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    while (index := pipe.recv()) is not None:
        data, _, original = make_input(settings, index)
        path.write_bytes(data)
        outcome = Outcome(index, len(data))
        secrets = secrets_of(original, known)
        start = time.perf_counter()
        reset_peak()
        slow = 0.0
        for name in settings.targets:
            begin = time.perf_counter()
            run_target(name, path, secrets, outcome)
            if time.perf_counter() - begin > slow:
                slow, outcome.slowest = time.perf_counter() - begin, name
        outcome.seconds, outcome.megabytes = time.perf_counter() - start, read_peak()
        if outcome.megabytes > settings.resident:
            outcome.findings.append((outcome.slowest, f"more than {settings.resident:g} MB", ""))
        if written := errors.read_text(encoding="utf-8", errors="replace"):
            outcome.counts["inputs with words on standard error"] += 1
            if any(secret in written for secret in secrets):
                outcome.findings.append(("all", "standard error holds a value of the header", written))
            os.truncate(errors, 0)
        pipe.send(outcome)


def run_target(name: str, path: Path, secrets: set[str], outcome: Outcome) -> None:
    """Run one target and count what became of it."""
    from covidcurate.errors import CovidcurateError

    said = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            TARGETS[name](path)
            outcome.counts["read"] += 1
        except CovidcurateError as error:
            outcome.counts["refused"] += 1
            said.append(f"{error.message} {error.remedy}")
            if wants_memory(error):
                outcome.findings.append((name, "memory: " + where(error), traceback.format_exc()))
        except ImportError as error:
            outcome.counts[f"left out: {name} ({error})"] += 1
        except Exception as error:
            outcome.findings.append((name, f"{type(error).__name__}: {where(error)}", traceback.format_exc()))
    for warning in caught:
        said.append(str(warning.message))
        kind = f"warning {warning.category.__name__}: {Path(warning.filename).name}:{warning.lineno}"
        outcome.findings.append((name, kind, str(warning.message)))
    if any(secret in text for text in said for secret in secrets):
        outcome.findings.append((name, "a message holds a value of the header", "\n".join(said)))


def wants_memory(error: BaseException | None) -> bool:
    """Return whether an error came of a lack of memory: a refusal, but only once the memory had been asked for."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def where(error: BaseException) -> str:
    """Return the last place in covidcurate that an error came through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "covidcurate" in frame.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "elsewhere"


def reset_peak() -> None:
    """Let the kernel count the peak of memory anew, where it can."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def read_peak() -> float:
    """Return the peak of memory since it was reset, in MB."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


class Pool:
    """Processes that each run one input at a time, and are replaced when they end or take too long."""

    def __init__(self, settings: Settings, scratch: Path, seconds: float) -> None:
        self.context = multiprocessing.get_context("spawn")
        self.settings, self.scratch, self.seconds = settings, scratch, seconds
        self.started = 0
        self.busy: dict[Any, tuple[Any, int, float]] = {}
        self.idle: list[tuple[Any, Any]] = []

    def start(self) -> None:
        """Start one more process."""
        ours, theirs = self.context.Pipe()
        folder = self.scratch / str(self.started)
        folder.mkdir()
        self.started += 1
        process = self.context.Process(target=work, args=(theirs, self.settings, str(folder)), daemon=True)
        process.start()
        theirs.close()
        self.idle.append((ours, process))

    def give(self, index: int) -> None:
        """Give an input to an idle process."""
        pipe, process = self.idle.pop()
        pipe.send(index)
        self.busy[pipe] = (process, index, time.monotonic())

    def collect(self) -> list[Outcome]:
        """Return what has been done meanwhile; wait a little for it."""
        done = []
        for pipe in wait(list(self.busy), timeout=0.5):
            process, index, _ = self.busy.pop(pipe)
            try:
                done.append(pipe.recv())  # type: ignore[union-attr]
                self.idle.append((pipe, process))
            except EOFError:
                process.join()
                done.append(Outcome(index, findings=[("all", f"the process ended with {process.exitcode}", "")]))
                self.start()
        for pipe, (process, index, begun) in list(self.busy.items()):
            if time.monotonic() - begun > self.seconds:
                del self.busy[pipe]
                process.kill()
                process.join()
                done.append(Outcome(index, findings=[("all", f"more than {self.seconds:g} s", "")]))
                self.start()
        return done

    def stop(self) -> None:
        """End the processes."""
        for pipe, process in self.idle:
            pipe.send(None)
            process.join()
