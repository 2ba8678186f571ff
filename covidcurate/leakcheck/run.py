"""Search outputs for what identified somebody in inputs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from covidcurate.convert.inputs import walk
from covidcurate.errors import CovidcurateError, ExitCode, UnreadableError, UsageError
from covidcurate.imaging.leaks.files import Leak, find_leaks, hide_names, identifiers_of_file
from covidcurate.imaging.leaks.identifiers import Identifier, only_personal
from covidcurate.imaging.leaks.search import Finder
from covidcurate.jobs import run_isolated
from covidcurate.words import to_json

_TEXTS = {".csv", ".tsv", ".json", ".jsonl", ".txt", ".md", ".html", ".xml", ".toml"}
"""Endings of files that people write, in which words of a header may stand in good faith."""
_BATCH = 64
"""Files of the largest batch."""
_LIMIT = 3600.0
"""Seconds after which a batch counts as hanging."""


@dataclass
class Check:
    """What was searched for, where, and what was found."""

    inputs: int = 0
    identifiers: int = 0
    outputs: int = 0
    bytes: int = 0
    leaks: list[Leak] = field(default_factory=list)
    problems: list[CovidcurateError] = field(default_factory=list)

    def exit_code(self) -> ExitCode:
        """Return how the check ends: clean, findings, or something could not be read."""
        if self.leaks:
            return ExitCode.FINDINGS
        return ExitCode.NEEDS_ATTENTION if self.problems else ExitCode.CLEAN


@dataclass(frozen=True)
class _Batch:
    """Files that are searched by one process; what is looked for may be larger than they are, and goes along once."""

    files: Sequence[tuple[Path, str]]
    all: Finder = field(repr=False)
    personal: Finder = field(repr=False)


@dataclass
class _Found:
    """What was found in a batch."""

    bytes: int = 0
    leaks: list[Leak] = field(default_factory=list)
    problems: list[CovidcurateError] = field(default_factory=list)


def verify(outputs: Sequence[Path], inputs: Sequence[Path], workers: int = 0) -> Check:
    """Search outputs (files and folders) for identifiers of inputs (files and folders).

    Raises
    ------
    UsageError
        Something is not there.
    """
    check = Check()
    found: dict[tuple[str, str], Identifier] = {}
    files = list(_expand(inputs))
    for outcome in run_isolated(_collect, files, workers=workers):
        check.inputs += 1
        if outcome.error is not None:
            check.problems.append(outcome.error)
        for one in outcome.value or ():
            known = found.get((one.kind.name, one.value))
            if known is None or one.personal:
                found[one.kind.name, one.value] = one
    check.identifiers = len(found)
    finders = Finder(found.values()), Finder(only_personal(found.values()))
    outputs_found = list(_expand(outputs))
    check.outputs = len(outputs_found)
    size = max(1, min(_BATCH, -(-len(outputs_found) // (4 * (workers or os.cpu_count() or 1)))))
    batches = [_Batch(files, *finders) for files in _slices(outputs_found, size)]
    for result in run_isolated(_search, batches, workers=workers, limit=_LIMIT):
        if result.error is not None:
            check.problems.append(result.error)
        elif result.value is not None:
            check.bytes += result.value.bytes
            check.leaks.extend(result.value.leaks)
            check.problems.extend(result.value.problems)
    return check


def _slices(files: Sequence[tuple[Path, str]], size: int) -> Iterator[Sequence[tuple[Path, str]]]:
    return (files[start : start + size] for start in range(0, len(files), size))


def _expand(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each file with its name relative to the path that was given."""
    for path in paths:
        if path.is_dir():
            yield from ((file, str(file.relative_to(path))) for file in walk(path))
        elif path.is_file():
            yield path, path.name
        else:
            raise UsageError(f"{path}: is not there")


def _collect(item: tuple[Path, str]) -> list[Identifier]:
    path, shown = item
    root = path
    for _ in Path(shown).parts:
        root = root.parent
    return identifiers_of_file(path, root)


def _search(batch: _Batch) -> _Found:
    found = _Found()
    for path, shown in batch.files:
        finder = batch.personal if path.suffix.casefold() in _TEXTS else batch.all
        try:
            found.bytes += path.stat().st_size
            for leak in find_leaks(path, finder, shown):
                found.leaks.append(leak)
        except UnreadableError as error:
            found.problems.append(error)
        except OSError as error:
            found.problems.append(UnreadableError(f"{hide_names(shown, finder)}: cannot be read: {error.strerror}"))
    return found


def as_text(check: Check) -> Iterator[str]:
    """Yield a line for each leak and each file that could not be read, then what was searched."""
    for leak in check.leaks:
        yield f"leak     {leak.file}: {leak.what} of the input's {leak.source} stands in {leak.place}"
    for problem in check.problems:
        yield f"failed   {problem.message}"
    yield (
        f"{len(check.leaks)} leaks: {check.identifiers} identifiers of {check.inputs} inputs were searched in "
        f"{check.outputs} outputs ({check.bytes} bytes); text burned into pixels was not looked for"
    )


def as_json(check: Check) -> Iterator[str]:
    """Yield one JSON document; it holds no value of an input."""
    document = {
        "format": 1,
        "inputs": check.inputs,
        "identifiers": check.identifiers,
        "outputs": check.outputs,
        "bytes": check.bytes,
        "pixels": "not looked at",
        "leaks": [
            {"file": leak.file, "place": leak.place, "kind": leak.what, "source": leak.source} for leak in check.leaks
        ],
        "problems": [problem.message for problem in check.problems],
    }
    yield to_json(document, indent=1)


RENDERERS: dict[str, Callable[[Check], Iterator[str]]] = {"text": as_text, "json": as_json}
"""Each format of ``covidcurate verify-deidentified`` with the function that writes it."""
