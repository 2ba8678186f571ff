"""A dataset that is led to the synthetic sites, and a way to run scrape on it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sites import SiteServer
from sites.__main__ import settings

from covidcurate.cli.main import run
from covidcurate.dataset.new import create_dataset


@pytest.fixture
def sites() -> Iterator[SiteServer]:
    with SiteServer() as server:
        yield server


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were waited for, in a world where waiting takes no time."""
    slept: list[float] = []
    monkeypatch.setattr("covidcurate.web.pace.time", SimpleNamespace(sleep=slept.append, time=time.time))
    return slept


@pytest.fixture
def home(tmp_path: Path, sites: SiteServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("COVIDCURATE_CONTACT", raising=False)
    folder = create_dataset(tmp_path / "home").root
    with (folder / "covidcurate.toml").open("a", encoding="utf-8") as stream:
        stream.write(settings(sites))
    return folder


class Scrape:
    """Runs ``covidcurate scrape`` in this process; keeps the exit code and what was said."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self._capsys = home, capsys
        self.out, self.err = "", ""

    def __call__(self, *words: str) -> int:
        place = ["-d", str(self.home), "--out", str(self.home / "candidates"), "--allow-private-hosts"]
        self._capsys.readouterr()
        code = run(["scrape", *words, *place])
        self.out, self.err = self._capsys.readouterr()
        assert "Traceback" not in self.err
        assert "bug" not in self.err, self.err
        return code

    def case(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.home / "candidates" / name / "case.json").read_bytes())
        return document

    def files(self, name: str) -> list[str]:
        folder = self.home / "candidates" / name
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def journal(self) -> list[dict[str, Any]]:
        path = self.home / ".covidcurate" / "journal.jsonl"
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


@pytest.fixture
def scrape(home: Path, waits: list[float], capsys: pytest.CaptureFixture[str]) -> Scrape:
    return Scrape(home, capsys)


Run = Callable[..., int]
