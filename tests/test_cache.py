"""Facts are found again by content; whatever happens to the cache's file, they are right or not there."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from covidcurate.cache import CACHE_NAME, ContentCache

DIGEST = bytes(range(32))
OTHER = bytes(32)


def store(folder: Path, kind: str, facts: dict[bytes, bytes]) -> None:
    with closing(ContentCache(folder)) as cache:
        cache.store(kind, facts)


def load(folder: Path, kind: str, keys: Iterable[bytes]) -> dict[bytes, bytes]:
    with closing(ContentCache(folder)) as cache:
        return cache.load(kind, keys)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ContentCache]:
    with closing(ContentCache(tmp_path)) as opened:
        yield opened


def settled(path: Path, content: bytes = b"content") -> Path:
    """Return a file that was written a while ago, as far as its times tell."""
    path.write_bytes(content)
    time.sleep(0.06)
    return path


def test_digests_are_known_while_a_file_is_as_it_was(tmp_path: Path, cache: ContentCache) -> None:
    path = settled(tmp_path / "film.png")
    assert cache.digests([path]) == {}
    cache.remember({path: DIGEST}, time.time())
    assert cache.digests([path, tmp_path / "none"]) == {path: DIGEST}
    moved = path.rename(tmp_path / "renamed.png")
    # Renaming changes the time of the inode on most systems; where it does not, the content is still the same.
    assert cache.digests([moved]) in ({}, {moved: DIGEST})
    cache.remember({moved: DIGEST}, time.time() + 1)
    moved.write_bytes(b"CONTENT")
    assert cache.digests([moved]) == {}


def test_a_file_with_the_size_and_time_of_the_old_is_not_taken_for_it(tmp_path: Path, cache: ContentCache) -> None:
    path = settled(tmp_path / "film.png")
    cache.remember({path: DIGEST}, time.time())
    times = path.stat()
    path.write_bytes(b"CONTENT")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert cache.digests([path]) == {}


def test_a_file_that_changed_just_before_it_was_read_is_not_remembered(tmp_path: Path, cache: ContentCache) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(b"content")
    cache.remember({path: DIGEST}, path.stat().st_mtime)
    assert cache.digests([path]) == {}


def test_facts_outlast_the_run_and_are_kept_apart_by_kind(tmp_path: Path, cache: ContentCache) -> None:
    cache.store("picture-1", {DIGEST: b"one", OTHER: b""})
    cache.store("picture-2", {DIGEST: b"two"})
    cache.close()
    assert cache.load("picture-1", [DIGEST]) == {}
    assert load(tmp_path, "picture-1", [DIGEST, OTHER, b"unknown"]) == {DIGEST: b"one", OTHER: b""}
    assert load(tmp_path, "picture-2", [DIGEST, OTHER]) == {DIGEST: b"two"}


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    cache = ContentCache()
    cache.store("picture-1", {DIGEST: b"one"})
    assert cache.load("picture-1", [DIGEST]) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_cache_of_one_run_touches_no_disk_and_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cache = ContentCache.of_one_run()
    cache.store("picture-1", {DIGEST: b"one"})
    assert cache.load("picture-1", [DIGEST]) == {DIGEST: b"one"}
    cache.close()
    assert cache.load("picture-1", [DIGEST]) == {}
    assert ContentCache.of_one_run().load("picture-1", [DIGEST]) == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\x00" + bytes(200)])
def test_what_is_no_database_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CACHE_NAME).write_bytes(content)
    store(tmp_path, "picture-1", {DIGEST: b"one"})
    assert load(tmp_path, "picture-1", [DIGEST]) == {DIGEST: b"one"}


def test_a_foreign_database_and_one_of_another_version_are_replaced(tmp_path: Path) -> None:
    for statement in ("CREATE TABLE facts (kind, key, sum, data)", "PRAGMA user_version = 99"):
        with closing(sqlite3.connect(tmp_path / CACHE_NAME)) as database, database:
            database.execute(statement)
        store(tmp_path, "picture-1", {DIGEST: b"one"})
        assert load(tmp_path, "picture-1", [DIGEST]) == {DIGEST: b"one"}


def test_damage_anywhere_costs_facts_and_never_gives_wrong_ones(tmp_path: Path) -> None:
    facts = {bytes([number]) * 32: bytes([number]) * 700 for number in range(60)}
    store(tmp_path, "picture-1", facts)
    whole = (tmp_path / CACHE_NAME).read_bytes()
    for place in range(0, len(whole), 997):
        damaged = whole[:place] + bytes(byte ^ 0x5A for byte in whole[place : place + 40]) + whole[place + 40 :]
        (tmp_path / CACHE_NAME).write_bytes(damaged)
        found = load(tmp_path, "picture-1", facts)
        assert all(facts[key] == data for key, data in found.items())
    (tmp_path / CACHE_NAME).write_bytes(whole[: len(whole) // 2])
    for _ in range(2):
        store(tmp_path, "picture-1", facts)
    assert load(tmp_path, "picture-1", facts) == facts


def test_a_cache_that_cannot_be_made_or_written_knows_nothing(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path / "no folder")
    cache.store("picture-1", {DIGEST: b"one"})
    assert cache.load("picture-1", [DIGEST]) == {}
    (tmp_path / CACHE_NAME).mkdir()
    assert load(tmp_path, "picture-1", [DIGEST]) == {}


def test_a_cache_that_another_run_holds_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("covidcurate.cache._WAIT", 0.05)
    store(tmp_path, "picture-1", {DIGEST: b"one"})
    code = f"""
import sqlite3, sys
database = sqlite3.connect({str(tmp_path / CACHE_NAME)!r}, isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        store(tmp_path, "picture-1", {OTHER: b"two"})
        assert load(tmp_path, "picture-1", [DIGEST]) == {}
        holder.communicate()
    assert load(tmp_path, "picture-1", [DIGEST, OTHER]) == {DIGEST: b"one"}


def test_no_name_and_no_path_is_kept(tmp_path: Path, cache: ContentCache) -> None:
    path = settled(tmp_path / "DOE_JANE.png")
    cache.remember({path: DIGEST}, time.time())
    cache.store("picture-1", {DIGEST: b"one"})
    cache.close()
    assert b"JANE" not in (tmp_path / CACHE_NAME).read_bytes()


def test_glances_are_known_while_a_file_is_as_it_was(tmp_path: Path, cache: ContentCache) -> None:
    path, other = settled(tmp_path / "film.png"), settled(tmp_path / "other.png")
    status = path.stat()
    cache.keep_glances("look-1", [(status, b"seen")], time.time())
    assert cache.glances("look-1", [other.stat(), status]) == [None, b"seen"]
    assert cache.glances("look-2", [status]) == [None]
    path.write_bytes(b"CONTENT")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert cache.glances("look-1", [path.stat()]) == [None]


def test_a_glance_at_a_file_that_has_just_changed_is_not_kept(tmp_path: Path, cache: ContentCache) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(b"content")
    cache.keep_glances("look-1", [(path.stat(), b"seen")], path.stat().st_mtime)
    assert cache.glances("look-1", [path.stat()]) == [None]


def test_a_damaged_glance_is_not_believed(tmp_path: Path) -> None:
    path = settled(tmp_path / "film.png")
    with closing(ContentCache(tmp_path)) as cache:
        cache.keep_glances("look-1", [(path.stat(), b"seen")], time.time())
    with closing(sqlite3.connect(tmp_path / CACHE_NAME)) as database, database:
        database.execute("UPDATE glances SET data = x'00'")
    with closing(ContentCache(tmp_path)) as cache:
        assert cache.glances("look-1", [path.stat()]) == [None]
