"""Whatever is done to a file, an UnreadableError is all that comes of it."""

from __future__ import annotations

import logging
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from synthetic_images import (
    exif,
    gzipped,
    insert_after_header,
    insert_after_start,
    jpeg_carriers,
    nifti,
    pixels,
    png_carriers,
    raster,
    segment,
    webp,
)

from covidcurate.errors import UnreadableError
from covidcurate.imaging import (
    find_metadata,
    look_at,
    read_orientation,
    sniff_file,
    verify_image,
    without_metadata,
)

FILES = {
    "JPEG": raster("JPEG", size=(9, 8)),
    "progressive JPEG": raster("JPEG", "RGB", size=(9, 8), progressive=True),
    "JPEG with metadata": insert_after_start(
        raster("JPEG", size=(9, 8)), segment(0xE1, b"Exif\0\0" + exif(6, "x")), *jpeg_carriers("x").values()
    ),
    "PNG": raster("PNG", size=(9, 8)),
    "PNG with palette": raster("PNG", "P", size=(3, 3), bits=2),
    "PNG with metadata": insert_after_header(raster("PNG", size=(9, 8)), *png_carriers("x").values()),
    "GIF": raster("GIF", "P", size=(3, 3)),
    "BMP": raster("BMP", "RGB", size=(5, 4)),
    "TIFF": raster("TIFF", size=(5, 4)),
    "TIFF in LZW": raster("TIFF", size=(5, 4), compression="tiff_lzw"),
    "WebP": webp(),
    "NIfTI-1": nifti(name="x"),
    "NIfTI-1, big-endian": nifti(1, ">"),
    "NIfTI-2": nifti(2, name="x"),
    "NIfTI-1 in gzip": gzipped(nifti()),
    "NIfTI-2 in gzip": gzipped(nifti(2)),
}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let libraries say what they like about broken files; what they raise is what counts here."""
    monkeypatch.setattr(logging.getLogger("nibabel.global"), "disabled", True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def open_in_every_way(path: Path, data: bytes) -> None:
    """Do all that is done with images; whatever is raised beside UnreadableError comes out."""
    path.write_bytes(data)
    kind = sniff_file(path)
    refused = set()
    for name, do in {
        "verify": lambda: verify_image(path),
        "look": lambda: look_at(path),
        "whole look": lambda: look_at(path, whole=True),
        "orientation": lambda: read_orientation(path),
        "metadata": lambda: find_metadata(path, kind),
        "clean": lambda: without_metadata(data, kind),
    }.items():
        try:
            do()
        except UnreadableError as error:
            assert error.message
            refused.add(name)
    if not refused & {"verify", "clean"}:
        # What passes for sound is still sound, and the same picture, once it is cleaned.
        cleaned = without_metadata(data, kind)
        if cleaned != data:
            path.write_bytes(cleaned)
            assert verify_image(path) is kind
            if kind.is_raster:
                np.testing.assert_array_equal(pixels(cleaned), pixels(data))


@pytest.mark.parametrize("name", FILES)
def test_sound_files_raise_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(FILES[name])
    verify_image(path)
    find_metadata(path, sniff_file(path))


@pytest.mark.parametrize("name", FILES)
def test_a_file_may_end_anywhere(tmp_path: Path, name: str) -> None:
    data = FILES[name]
    for length in range(0, len(data), 1 if len(data) < 200 else 3):
        open_in_every_way(tmp_path / "x", data[:length])


@pytest.mark.parametrize("name", FILES)
def test_any_byte_may_be_another(tmp_path: Path, name: str) -> None:
    data = FILES[name]
    for position in range(0, len(data), 1 if len(data) < 200 else 3):
        for value in (0x00, 0x7F, 0xFF):
            open_in_every_way(tmp_path / "x", data[:position] + bytes([value]) + data[position + 1 :])


@pytest.mark.parametrize("name", FILES)
def test_any_number_may_be_extreme(tmp_path: Path, name: str) -> None:
    data = FILES[name]
    # Infinity and no number at all in both byte orders, the largest and the smallest integers.
    for extreme in ("7f800000", "0000807f", "7fc00000", "0000c07f", "ffffffff", "ffffff7f", "00000080"):
        for position in range(0, len(data) - 4, 4 if len(data) < 700 else 8):
            changed = data[:position] + bytes.fromhex(extreme) + data[position + 4 :]
            open_in_every_way(tmp_path / "x", changed)


def test_any_number_of_a_tiff_may_be_of_another_type(tmp_path: Path) -> None:
    data = FILES["TIFF"]
    (start,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, start)
    for entry in range(entries):
        place = start + 2 + 12 * entry + 2
        for kind in range(15):
            open_in_every_way(tmp_path / "x", data[:place] + struct.pack("<H", kind) + data[place + 2 :])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("NIfTI-2", [], 100, b"")
@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 255)), max_size=5),
    st.integers(0, 1000),
    st.binary(max_size=6),
)
def test_anything_may_be_wrong(
    tmp_path: Path, name: str, changes: list[tuple[int, int]], cut: int, inserted: bytes
) -> None:
    data = bytearray(FILES[name])
    for position, value in changes:
        data[position % len(data)] = value
    place = cut % (len(data) + 1)
    open_in_every_way(tmp_path / "x", bytes(data[:place] + inserted + data[place:]))
    open_in_every_way(tmp_path / "x", bytes(data[:place]))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(FILES["NIfTI-2"][:12], b"")
@given(st.sampled_from([data[:12] for data in FILES.values()]), st.binary(max_size=60))
def test_anything_may_follow_the_first_bytes(tmp_path: Path, start: bytes, rest: bytes) -> None:
    open_in_every_way(tmp_path / "x", start + rest)
