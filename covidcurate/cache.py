"""What was worked out about files, kept by their content, so that nothing is read twice that has not changed.

A file is known again by where its bytes lie (device and inode), its size and its times; from these follows the digest
of its content, and what takes long to work out is kept by that digest. What a glance at a file tells, in less time than
its digest takes, is kept by the file's state itself. No path and no name is kept: they may name a patient. The
cache is never trusted: what does not fit is worked out again, and a file that is no cache of ours is replaced.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

CACHE_NAME = "cache.sqlite"
_APPLICATION = 0x63637572
"""Tells our file from any other SQLite database ("ccur")."""
_VERSION = 2
_MEMORY = Path(":memory:")
"""What SQLite calls a database that is on no disk."""
_SETTLED = 50_000_000
"""Nanoseconds between a file's last change and its reading; within less, its times need not tell a further change."""
_WAIT = 5.0
"""Seconds to wait for another run that writes."""
_TABLES = """
CREATE TABLE files (device INTEGER, inode INTEGER, size INTEGER, mtime INTEGER, ctime INTEGER, digest BLOB,
                    PRIMARY KEY (device, inode)) WITHOUT ROWID;
CREATE TABLE glances (kind TEXT, device INTEGER, inode INTEGER, size INTEGER, mtime INTEGER, ctime INTEGER, sum INTEGER,
                      data BLOB, PRIMARY KEY (kind, device, inode)) WITHOUT ROWID;
CREATE TABLE facts (kind TEXT, key BLOB, sum INTEGER, data BLOB, PRIMARY KEY (kind, key));
"""
_FIND_FILES = "SELECT a, b, size, mtime, ctime, digest FROM wanted JOIN files ON device = a AND inode = b"
_FIND_GLANCES = "SELECT device, inode, size, mtime, ctime, sum, data FROM glances WHERE kind = ?"
_FIND_FACTS = "SELECT key, sum, data FROM wanted JOIN facts ON kind = a AND key = b"
Value = TypeVar("Value")


class _State(NamedTuple):
    """What tells whether a file is as it was."""

    device: int
    inode: int
    size: int
    mtime: int
    ctime: int


class ContentCache:
    """Facts about files by the digest (SHA-256) of their content.

    Facts are bytes; their ``kind`` holds the version of what made them, such as ``picture-1``. A cache that cannot be
    read or written, as on a disk that is full, knows nothing, and nothing else goes wrong.

    Parameters
    ----------
    folder
        The state folder (``.covidcurate``) of a dataset or working folder; without one nothing is kept.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._database: sqlite3.Connection | None = None
        self._path = _MEMORY
        if folder is not None:
            self._path = folder / CACHE_NAME
            try:
                self._database = _open(self._path)
            except sqlite3.OperationalError:
                # Another run holds it, or it cannot be written: it is none of ours to remove.
                return
            except sqlite3.DatabaseError:
                _remove(self._path)
                with contextlib.suppress(sqlite3.Error):
                    self._database = _open(self._path)

    @classmethod
    def of_one_run(cls) -> ContentCache:
        """Return a cache that begins empty, touches no disk, and is forgotten when it is closed."""
        cache = cls()
        cache._database = _open(_MEMORY)
        return cache

    def close(self) -> None:
        """Close the file; the cache may still be asked, and knows nothing."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def digests(self, paths: Sequence[Path]) -> dict[Path, bytes]:
        """Return the digests of those files that are as they were when they were read last."""
        states = {path: state for path in paths if (state := _state_of(path)) is not None}

        def find(database: sqlite3.Connection) -> dict[Path, bytes]:
            _want(database, {state[:2] for state in states.values()})
            known = {_State(*row[:5]): row[5] for row in database.execute(_FIND_FILES)}
            return {path: known[state] for path, state in states.items() if _is_digest(known.get(state))}

        return self._ask(find) or {}

    def remember(self, digests: Mapping[Path, bytes], begun: float) -> None:
        """Keep the digests of files that were read after ``begun`` (seconds since the epoch); changed ones are not."""
        rows = []
        for path, digest in digests.items():
            state = _state_of(path)
            if state is not None and _is_settled(state, begun):
                rows.append((*state, digest))
        self._write("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)

    def glances(self, kind: str, statuses: Iterable[os.stat_result]) -> list[bytes | None]:
        """Return what is known of each of these files, as it is now; None where nothing is.

        Parameters
        ----------
        kind
            Asked for are all or most files of which this is known: all of it is read.
        """
        states = [_state(status) for status in statuses]

        def find(database: sqlite3.Connection) -> list[bytes | None]:
            rows = database.execute(_FIND_GLANCES, (kind,))
            known = {row[:5]: row[6] for row in rows if isinstance(row[6], bytes) and zlib.crc32(row[6]) == row[5]}
            return [known.get(state) for state in states]

        return self._ask(find) or [None] * len(states)

    def keep_glances(self, kind: str, facts: Iterable[tuple[os.stat_result, bytes]], begun: float) -> None:
        """Keep what was seen of files after ``begun`` (seconds since the epoch), which had this state before."""
        states = ((_state(status), data) for status, data in facts)
        rows = [(kind, *state, zlib.crc32(data), data) for state, data in states if _is_settled(state, begun)]
        self._write("INSERT OR REPLACE INTO glances VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def load(self, kind: str, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return what is known of a kind; what is damaged is left out."""

        def find(database: sqlite3.Connection) -> dict[bytes, bytes]:
            _want(database, {(kind, key) for key in keys})
            rows = database.execute(_FIND_FACTS)
            return {key: data for key, total, data in rows if isinstance(data, bytes) and zlib.crc32(data) == total}

        return self._ask(find) or {}

    def store(self, kind: str, facts: Mapping[bytes, bytes]) -> None:
        """Keep facts of a kind."""
        rows = [(kind, key, zlib.crc32(data), data) for key, data in facts.items()]
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?)", rows)

    def _ask(self, work: Callable[[sqlite3.Connection], Value]) -> Value | None:
        if self._database is None:
            return None
        try:
            with self._database:
                return work(self._database)
        except sqlite3.OperationalError:
            self.close()
        except sqlite3.DatabaseError:
            # A page is damaged that was not looked at before.
            self.close()
            _remove(self._path)
        return None

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            self._ask(lambda database: database.executemany(statement, rows))


def _open(path: Path) -> sqlite3.Connection:
    """Return the database at a path, made if there is none; raises DatabaseError if it is no cache of ours."""
    database = sqlite3.connect(path, timeout=_WAIT)
    try:
        # A crash may cost the last entries, which are worked out again.
        database.execute("PRAGMA synchronous = OFF")
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            database.executescript(
                f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {_APPLICATION};"
                f" PRAGMA user_version = {_VERSION}; COMMIT;"
            )
        elif (application, version) != (_APPLICATION, _VERSION):
            raise sqlite3.DatabaseError("no cache of this version")
        database.execute("CREATE TEMP TABLE wanted (a, b, PRIMARY KEY (a, b))")
    except sqlite3.Error:
        database.close()
        raise
    return database


def _remove(path: Path) -> None:
    if path == _MEMORY:
        return
    for ending in ("", "-journal", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)


def _want(database: sqlite3.Connection, keys: Iterable[tuple[object, ...]]) -> None:
    database.execute("DELETE FROM wanted")
    database.executemany("INSERT INTO wanted VALUES (?, ?)", keys)


def _state_of(path: Path) -> _State | None:
    """Return the state of a file; None if it cannot be had, or the system gives files no number."""
    try:
        state = _state(path.stat())
    except OSError:
        return None
    return state if state.inode else None


def _state(status: os.stat_result) -> _State:
    # SQLite's integers have a sign; device and inode of some file systems need all 64 bits.
    device, inode = status.st_dev, status.st_ino
    if device >= 1 << 63 or inode >= 1 << 63:
        device, inode = (number - (1 << 64) if number >= 1 << 63 else number for number in (device, inode))
    return _State(device, inode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _is_settled(state: _State, begun: float) -> bool:
    """Whether the times of a file that is read after ``begun`` tell of any further change."""
    return bool(state.inode) and max(state.mtime, state.ctime) + _SETTLED < begun * 1e9


def _is_digest(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == 32
