"""Take the body of an answer, within limits: into memory, or into a file that can be gone on with later."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import urllib3

from covidcurate.errors import DatasetError, FetchError

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may cost; seconds and bytes, the latter after decompression."""

    connect_seconds: float = 10.0
    silent_seconds: float = 30.0
    page_seconds: float = 120.0
    page_bytes: int = 32 << 20
    file_seconds: float = 1800.0
    file_bytes: int = 1 << 30
    redirects: int = 8
    attempts: int = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and headers of an answer; names of headers are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]


class Receiver(Protocol):
    """Takes the body of a final answer; asked anew for each attempt."""

    def headers(self) -> dict[str, str]:
        """Return the request headers of the next attempt."""

    def receive(self, answer: Answer, raw: urllib3.BaseHTTPResponse) -> None:
        """Take the body; raise BadAnswerError if another attempt might bring a better one."""


class BadAnswerError(FetchError):
    """An answer that contradicts itself; another attempt may bring a better one."""


class PageReceiver:
    """Takes a page into memory."""

    def __init__(self, limits: Limits, validators: Mapping[str, str]) -> None:
        self._limits, self._validators = limits, dict(validators)
        self.body = b""

    def headers(self) -> dict[str, str]:
        """Ask for compression, and for nothing if the page is still the one that is known."""
        return {"Accept-Encoding": "gzip", **self._validators}

    def receive(self, answer: Answer, raw: urllib3.BaseHTTPResponse) -> None:
        """Keep the body."""
        self.body = b"".join(_chunks(answer.url, raw, self._limits.page_seconds, self._limits.page_bytes))


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that was received whole, still under its temporary name ``path``.

    ``unchanged`` says that the site has no other version than the one that is known; there is no new file then.
    """

    path: Path
    final_url: str
    sha256: str = ""
    size: int = 0
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False


class FileReceiver:
    """Takes a file to a temporary name beside its place; what an earlier attempt or run has got is kept if it fits.

    Only a version with the same strong validator is gone on with, as ``If-Range`` asks; never two spliced ones.
    """

    def __init__(self, part: Path, url: str, limits: Limits, validators: Mapping[str, str]) -> None:
        self._part, self._url, self._limits, self._validators = part, url, limits, dict(validators)
        self._about = part.with_name(f"{part.name}.json")
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Digest of the bytes written, in hexadecimal."""
        return self._digest.hexdigest()

    def headers(self) -> dict[str, str]:
        """Ask for the rest of what is there already; uncompressed, since bytes are counted."""
        validator = self._known_version()
        if validator:
            return {
                "Accept-Encoding": "identity",
                "Range": f"bytes={self._part.stat().st_size}-",
                "If-Range": validator,
            }
        return {"Accept-Encoding": "identity", **self._validators}

    def receive(self, answer: Answer, raw: urllib3.BaseHTTPResponse) -> None:
        """Write the body, and wait until the disk has it."""
        try:
            start = self._part.stat().st_size if answer.status == 206 else 0
            if answer.status == 206 and not self._continues(start, answer.headers):
                self.discard()
                raise BadAnswerError(f"{answer.url} answers with another part than was asked for")
            self._digest = hashlib.sha256(self._part.read_bytes() if start else b"")
            if not start:
                self._remember_version(answer.headers)
            self.size = start
            with self._part.open("ab" if start else "wb") as stream:
                for chunk in _chunks(answer.url, raw, self._limits.file_seconds, self._limits.file_bytes - start):
                    stream.write(chunk)
                    self._digest.update(chunk)
                    self.size += len(chunk)
                stream.flush()
                os.fsync(stream.fileno())
        except urllib3.exceptions.HTTPError:
            raise
        except OSError as error:
            raise DatasetError(f"{self._part}: cannot be written: {error.strerror}") from error

    def discard(self) -> None:
        """Forget what was received."""
        for path in (self._part, self._about):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _continues(self, start: int, headers: Mapping[str, str]) -> bool:
        if headers.get("content-encoding", "identity") != "identity":
            return False
        match = re.match(r"bytes (\d+)-\d+/(\d+|\*)$", headers.get("content-range", "").strip())
        return match is not None and int(match[1]) == start

    def _remember_version(self, headers: Mapping[str, str]) -> None:
        etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
        validator = etag if etag and not etag.startswith("W/") else modified
        # A version without a name cannot be told from another one, so that nothing is gone on with.
        self._about.write_text(json.dumps({"url": self._url, "version": validator}), encoding="utf-8")

    def _known_version(self) -> str:
        """Return the validator of the part that is there; nothing if there is no part worth going on with."""
        try:
            about = json.loads(self._about.read_bytes())
            fits = about["url"] == self._url and self._part.stat().st_size > 0
            return str(about["version"]) if fits else ""
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return ""


def _chunks(url: str, raw: urllib3.BaseHTTPResponse, seconds: float, most: int) -> Iterator[bytes]:
    """Yield the decoded body as it comes.

    Raises
    ------
    FetchError
        It is longer than it may be, or takes longer; a trickle never ends on its own.
    """
    deadline = time.monotonic() + seconds
    received = 0
    # One read of the socket at a time: reading until a chunk is full would let a trickle run past the deadline.
    while chunk := raw.read1(_CHUNK, decode_content=True):
        received += len(chunk)
        if received > most:
            raise FetchError(f"{url} is larger than {most >> 20} MiB, and was not taken")
        if time.monotonic() > deadline:
            raise FetchError(f"{url} takes longer than {seconds:g} s, and was not taken", remedy="Try again later.")
        yield chunk
