"""One decoding tells what many would: what is said of a film is what the functions for each part say of its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic_images import (
    chunk,
    exif,
    insert_after_header,
    insert_after_start,
    insert_before_end,
    png_carriers,
    raster,
    segment,
    webp,
)

from covidcurate.errors import UnreadableError
from covidcurate.imaging import find_metadata, read_orientation, sniff_file, verify_image
from covidcurate.imaging.film import read_film
from covidcurate.imaging.thumbnail import SIDE, read_thumbnail

LARGE = (700, 1300)
TURNED = segment(0xE1, b"Exif\0\0" + exif(6, "x"))
FILES = {
    "PNG": raster("PNG", size=LARGE),
    "PNG of 16 bits": raster("PNG", "I;16", size=LARGE),
    "PNG in color": raster("PNG", "RGB", size=LARGE),
    "PNG with metadata": insert_after_header(raster("PNG", size=LARGE), *png_carriers("x").values()),
    "PNG on its side": insert_before_end(raster("PNG", size=LARGE), chunk(b"eXIf", exif(8))),
    "PNG with palette": raster("PNG", "P", size=LARGE),
    "JPEG": raster("JPEG", size=LARGE),
    "JPEG in color": raster("JPEG", "RGB", size=LARGE),
    "progressive JPEG": raster("JPEG", "RGB", size=LARGE, progressive=True),
    "JPEG on its side": insert_after_start(raster("JPEG", size=LARGE), TURNED),
    "TIFF": raster("TIFF", size=LARGE),
    "BMP": raster("BMP", "RGB", size=(50, 40)),
    "GIF": raster("GIF", "P", size=(50, 40)),
    "WebP": webp(),
}


@pytest.mark.parametrize("name", FILES)
def test_a_film_is_what_its_file_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / "film"
    path.write_bytes(FILES[name])
    film = read_film(FILES[name], sniff_file(path), path.name)
    small = read_thumbnail(path, coarse=True)
    assert film.orientation == read_orientation(path)
    assert film.metadata == find_metadata(path, verify_image(path))
    assert film.thumbnail is not None
    assert np.array_equal(film.thumbnail.pixels, small.pixels)
    assert (film.thumbnail.rows, film.thumbnail.columns) == (small.rows, small.columns)
    assert max(small.pixels.shape) < 2 * SIDE
    whole = read_thumbnail(path)
    assert (whole.rows, whole.columns) == (small.rows, small.columns)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(where=st.floats(0, 1), how=st.sampled_from(["cut", "flip", "drop", "end early"]))
def test_a_damaged_film_is_refused_where_its_file_is(tmp_path: Path, name: str, where: float, how: str) -> None:
    whole = FILES[name]
    place = int(where * (len(whole) - 1))
    data = {
        "cut": whole[:place],
        "flip": whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :],
        "drop": whole[:place] + whole[place + 40 :],
        "end early": whole[:place] + b"\xff\xd9",
    }[how]
    path = tmp_path / "film"
    path.write_bytes(data)
    kind = sniff_file(path)
    if kind.is_raster:
        assert problem_of(lambda: read_film(data, kind, path.name)) == problem_of(lambda: verify_image(path))


def test_what_is_wrong_with_a_header_is_said_without_the_path_and_the_same_each_time(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(FILES["PNG"][:30])
    with pytest.raises(UnreadableError) as decoded:
        read_film(path.read_bytes(), sniff_file(path), path.name)
    with pytest.raises(UnreadableError) as verified:
        verify_image(path)
    assert decoded.value.message == verified.value.message
    assert "BytesIO" not in decoded.value.message
    assert str(tmp_path) not in verified.value.message


def problem_of(look: object) -> bool:
    try:
        look()  # type: ignore[operator]
    except UnreadableError:
        return True
    return False
