"""A file that is read in pieces has the same bytes as one that is read whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from covidcurate.imaging.reading import FileContent


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 5000])
@pytest.mark.parametrize("head", [16, 64, 5000, 6000])
def test_slices_are_those_of_the_bytes(tmp_path: Path, size: int, head: int) -> None:
    draw = random.Random(size * head)  # noqa: S311
    data = draw.randbytes(size)
    path = tmp_path / "file"
    path.write_bytes(data)
    with FileContent(path, head) as content:
        assert len(content) == size
        for _ in range(300):
            start, length = draw.randrange(size + 40), draw.randrange(200)
            assert content[start : start + length] == data[start : start + length]
        assert content[:] == data


def test_what_is_asked_again_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(100_000))
    with FileContent(path, 1000) as content:
        for _ in range(3):
            assert content[50_000:50_008] + content[50_008:50_020] + content[10:20] == bytes(30)
        assert content.bytes_read == 1064
