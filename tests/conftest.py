"""Fixtures that all tests share."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("COVIDCURATE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
"""Folder of real data beside the checkout; tests that need it skip where it is not there."""


@pytest.fixture
def shared_data() -> Path:
    """Real metadata and images; skips the test, saying so, where they are missing."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip("real data (../shared/data) is not here")
    return data


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test reach anything but this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in {"127.0.0.1", "::1", "localhost", "local"}:
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A valid dataset with one synthetic film."""
    from PIL import Image

    from covidcurate.dataset.new import create_dataset
    from covidcurate.table import Table

    folder = create_dataset(tmp_path / "dataset").root
    with (folder / "covidcurate.toml").open("a", encoding="utf-8") as stream:
        stream.write("\n# Synthetic films are small.\n[files]\nleast_bytes = 0\nsmallest_side = 0\n")
    Image.new("L", (8, 8), 128).save(folder / "images" / "synthetic-1.png")
    table = Table.load(folder / "metadata.csv")
    row = {
        "patientid": "1", "finding": "Pneumonia/Viral/COVID-19", "view": "PA", "modality": "X-ray", "folder": "images",
        "filename": "synthetic-1.png", "license": "CC0-1.0", "url": "https://example.org/1",
    }  # fmt: skip
    table.append([row])
    (folder / "metadata.csv").write_bytes(table.to_bytes())
    return folder
