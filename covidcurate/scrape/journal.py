"""The record of everything that was fetched: one line of JSON each, only ever added to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from covidcurate import __version__
from covidcurate.errors import DatasetError

JOURNAL_NAME = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An image that was fetched whole and has its final name."""

    file: str
    url: str
    sha256: str
    size: int
    etag: str = ""
    last_modified: str = ""

    @property
    def validators(self) -> dict[str, str]:
        """Headers that ask the site whether the file is still this one."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


@dataclass(frozen=True, slots=True)
class FinishedCase:
    """A case that was written; ``asked`` are the addresses it was asked for under, ``missing`` its images not had.

    ``slices`` says which images of a stack were wanted.
    """

    id: str
    asked: tuple[str, ...]
    folder: str
    images: int
    missing: int
    slices: str = ""


class Journal:
    """The journal of one dataset, read once and added to while a run is at work.

    A last line that a crash cut short is no record; it is closed off so that the next one stands on its own line.

    Raises
    ------
    DatasetError
        The file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[tuple[str, str, str], KeptFile] = {}
        self._gone: set[tuple[str, str, str]] = set()
        self._cases: dict[tuple[str, str], FinishedCase] = {}
        self._torn = False
        try:
            for record in self._records():
                self._learn(record)
        except OSError as error:
            raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error

    def add(self, record: dict[str, Any], *, durably: bool = True) -> None:
        """Add a record, with the time and the tool; ``durably`` waits until the disk has it."""
        time = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        full = {"time": time, "tool": f"covidcurate {__version__}", **record}
        line = json.dumps(full, ensure_ascii=True) + "\n"
        try:
            with self._path.open("ab") as stream:
                stream.write((("\n" if self._torn else "") + line).encode("ascii"))
                stream.flush()
                if durably:
                    os.fsync(stream.fileno())
        except OSError as error:
            raise DatasetError(f"{self._path}: cannot be written: {error.strerror}") from error
        self._torn = False
        self._learn(full)

    def kept(self, source: str, case: str, url: str) -> KeptFile | None:
        """Return the image of a case that came from an address; None if it was not had yet."""
        return self._files.get((source, case, url))

    def is_gone(self, source: str, case: str, url: str) -> bool:
        """Whether the site said that there is no image at an address, and nothing else since."""
        return (source, case, url) in self._gone

    def finished(self, source: str, case: str) -> FinishedCase | None:
        """Return the record of a case by its id or an address it was asked for under."""
        return self._cases.get((source, case))

    def _records(self) -> Iterator[dict[str, Any]]:
        if not self._path.exists():
            return
        content = self._path.read_bytes()
        self._torn = bool(content) and not content.endswith(b"\n")
        for line in content.splitlines():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                yield record

    def _learn(self, record: dict[str, Any]) -> None:
        """Keep what a record says; one that lacks something, as a later version's might, says nothing."""
        try:
            source, case = str(record["source"]), str(record["case"])
            if record["event"] == "kept":
                self._learn_file(record, source, case)
            elif record["event"] == "gone":
                self._gone.add((source, case, str(record["url"])))
            elif record["event"] == "case":
                asked = tuple(str(one) for one in record["asked"])
                counts = int(record["images"]), int(record["missing"])
                finished = FinishedCase(case, asked, str(record["folder"]), *counts, str(record.get("slices", "")))
                for name in (case, *asked):
                    self._cases[source, name] = finished
        except (KeyError, TypeError, ValueError):
            return

    def _learn_file(self, record: dict[str, Any], source: str, case: str) -> None:
        url = str(record["url"])
        etag, modified = str(record.get("etag", "")), str(record.get("last_modified", ""))
        kept = KeptFile(str(record["file"]), url, str(record["sha256"]), int(record["bytes"]), etag, modified)
        self._files[source, case, url] = kept
        self._gone.discard((source, case, url))
