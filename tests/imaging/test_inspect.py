"""Orientation of an image, read from its header alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic_images import chunk, exif, insert_after_header, insert_after_start, raster, segment

from covidcurate.errors import UnreadableError
from covidcurate.imaging import read_orientation


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film"


def test_an_image_without_exif_is_upright(path: Path) -> None:
    for format_ in ("PNG", "JPEG", "BMP", "TIFF"):
        path.write_bytes(raster(format_))
        assert read_orientation(path) == 1


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_is_none_is_upright(path: Path, orientation: int) -> None:
    path.write_bytes(insert_after_start(raster("JPEG"), segment(0xE1, b"Exif\0\0" + exif(orientation))))
    assert read_orientation(path) == 1
    path.write_bytes(insert_after_header(raster("PNG"), chunk(b"eXIf", exif(orientation))))
    assert read_orientation(path) == 1


def test_a_damaged_exif_block_is_unreadable_or_upright(path: Path) -> None:
    for block in (b"", b"II", b"II*\0\xff\xff\xff\xff", b"XX*\0\x08\0\0\0", exif(6)[:12]):
        path.write_bytes(insert_after_start(raster("JPEG"), segment(0xE1, b"Exif\0\0" + block)))
        try:
            assert read_orientation(path) == 1
        except UnreadableError as error:
            assert str(path) in error.message


@pytest.mark.parametrize("data", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_what_is_no_image_is_unreadable(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(UnreadableError, match="cannot be read as an image"):
        read_orientation(path)


def test_a_file_that_is_not_there_is_unreadable(path: Path) -> None:
    with pytest.raises(UnreadableError):
        read_orientation(path)
