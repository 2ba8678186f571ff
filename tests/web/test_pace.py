"""How long hosts are left alone, within a run and between runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from covidcurate.errors import HostError
from covidcurate.web.pace import Pace


class World:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def pace(self, file: Path) -> Pace:
        return Pace(file, sleep=self.sleep, clock=lambda: self.now)


def test_the_pause_holds_for_each_host_and_over_runs(tmp_path: Path) -> None:
    world, file = World(), tmp_path / "hosts.json"
    pace = world.pace(file)
    pace.wait("a", 5)
    pace.wait("b", 5)
    assert world.waits == []
    pace.wait("a", 5)
    world.now += 2
    world.pace(file).wait("a", 5)
    assert world.waits == [5, 3]


def test_a_rest_is_waited_for_or_remembered(tmp_path: Path) -> None:
    world, file = World(), tmp_path / "hosts.json"
    pace = world.pace(file)
    pace.rest("a", 100)
    pace.wait("a", 5)
    assert world.waits == [100]
    pace.rest("a", 1000)
    with pytest.raises(HostError, match="asks not to be asked before"):
        world.pace(file).wait("a", 5)
    world.now += 1000
    world.pace(file).wait("a", 5)


def test_failures_in_a_row_end_it_and_a_success_forgives(tmp_path: Path) -> None:
    pace = World().pace(tmp_path / "hosts.json")
    for _ in range(2):
        pace.failed("a")
    pace.succeeded("a")
    for _ in range(3):
        pace.wait("a", 0)
        pace.failed("a")
    with pytest.raises(HostError, match="3 times in a row"):
        pace.wait("a", 0)
    pace.wait("b", 0)


def test_a_clock_set_back_does_not_stop_the_work(tmp_path: Path) -> None:
    world, file = World(), tmp_path / "hosts.json"
    world.pace(file).wait("a", 5)
    world.now -= 1_000_000
    world.pace(file).wait("a", 5)
    assert world.waits == [5]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 3}', b'{"a": {"last": "x"}}', b"\xff", b"[" * 100_000])
def test_a_broken_state_is_no_state(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "hosts.json").write_bytes(content)
    World().pace(tmp_path / "hosts.json").wait("a", 5)
