"""The record of each run that changed a dataset: who, when, what, and all that is needed to take it back.

Records stand under ``.covidcurate/runs``, which git does not keep, so that they speak of runs on this machine. They
hold rows and file names as the dataset has them, and nothing else of an input: no path, and no patient.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from covidcurate.dataset.changed_rows import RowChange, TableChange
from covidcurate.dataset.folder import STATE_FOLDER
from covidcurate.errors import ConfigError, UnreadableError
from covidcurate.spec.toml import Entry

RUNS_FOLDER = "runs"
FORMAT = "covidcurate-run/1"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An image that entered because a person said so: its file, the cells that the person entered, who, and when.

    ``when`` is in UTC, ISO 8601.
    """

    folder: str
    name: str
    cells: Mapping[str, str]
    by: str
    when: str


@dataclass(frozen=True, slots=True)
class Errand:
    """Who changes a dataset, with which command, from which sources; ``undoes`` is the run that is taken back.

    ``accepted`` are the images on which people decided one by one.
    """

    command: str = "change"
    who: str = ""
    sources: tuple[str, ...] = ()
    undoes: str = ""
    accepted: tuple[Accepted, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file that a run added, renamed (``was`` is its old name) or removed; ``size`` in bytes."""

    folder: str
    name: str
    size: int
    sha256: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run that was carried out; ``when`` is in UTC, ISO 8601, ``before`` and ``after`` are digests of the table.

    ``folders`` are those that the run made; ``files`` were added or renamed, ``removed`` are gone.
    """

    id: str
    when: str
    errand: Errand
    table: str
    before: str
    after: str
    change: TableChange
    files: tuple[RunFile, ...] = ()
    removed: tuple[RunFile, ...] = ()
    folders: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Count rows that were added, changed and removed, and files that were renamed."""
        return {
            "added": len(self.change.added),
            "changed": sum(one.place > 0 for one in self.change.changed),
            "removed": len(self.change.removed),
            "renamed": sum(bool(file.was) for file in self.files),
        }

    def to_bytes(self) -> bytes:
        """Return the record as it is kept: JSON, in which bytes that are no UTF-8 survive as lone surrogates."""
        return json.dumps({"format": FORMAT, **asdict(self), "counts": self.counts}, indent=1).encode("ascii")


def new_stamp() -> tuple[str, str]:
    """Return an id and a time for a run that begins now."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}", now.isoformat(timespec="microseconds")


def read_runs(root: Path) -> tuple[list[Run], list[UnreadableError]]:
    """Return the runs on record for a dataset, newest first, and what is wrong with records that cannot be read."""
    runs, problems = [], []
    for path in (root / STATE_FOLDER / RUNS_FOLDER).glob("*.json"):
        try:
            runs.append(read_run(path))
        except UnreadableError as error:
            problems.append(error)
    return sorted(runs, key=lambda run: (run.when, run.id), reverse=True), problems


def taken_back(runs: Sequence[Run]) -> dict[str, str]:
    """Return the runs that were taken back, each with the run that did so."""
    return {run.errand.undoes: run.id for run in runs if run.errand.undoes}


def read_run(path: Path) -> Run:
    """Read one record.

    Raises
    ------
    UnreadableError
        It cannot be read, or is none.
    """
    try:
        root = Entry(json.loads(path.read_bytes()), str(path))
        if (format_ := root.take("format", str)) != FORMAT:
            raise ConfigError(f"{path}: format is {format_!r}, but should be {FORMAT!r}")
        return _read(root)
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{path}: is not JSON", remedy=_REMEDY) from error
    except ConfigError as error:
        raise UnreadableError(error.message, remedy=_REMEDY) from error


_REMEDY = "Nothing else needs it; put it aside if you do not know how it was damaged."


def _read(root: Entry) -> Run:
    errand, change = root.take_entry("errand"), root.take_entry("change")
    return Run(
        root.take("id", str),
        root.take("when", str),
        Errand(
            errand.take("command", str),
            errand.take("who", str),
            errand.take_strings("sources"),
            errand.take("undoes", str),
            tuple(_read_accepted(one) for one in errand.take_entries("accepted", "name")),
        ),
        root.take("table", str),
        root.take("before", str),
        root.take("after", str),
        TableChange(
            change.take("joint", str),
            change.take_strings("added"),
            tuple(_read_change(one) for one in change.take_entries("changed", "place")),
            change.take_strings("removed"),
        ),
        _read_files(root, "files"),
        _read_files(root, "removed"),
        root.take_strings("folders"),
    )


def _read_accepted(entry: Entry) -> Accepted:
    cells = entry.take_entry("cells")
    texts = {column: cells.take(column, str) for column in cells.remaining()}
    folder, name, by, when = (entry.take(key, str) for key in ("folder", "name", "by", "when"))
    return Accepted(folder, name, texts, by, when)


def _read_change(entry: Entry) -> RowChange:
    return RowChange(entry.take("place", int), entry.take("was", str), entry.take("text", str))


def _read_files(root: Entry, key: str) -> tuple[RunFile, ...]:
    return tuple(
        RunFile(
            one.take("folder", str),
            one.take("name", str),
            one.take("size", int),
            one.take("sha256", str),
            one.take("was", str),
        )
        for one in root.take_entries(key, "name")
    )
