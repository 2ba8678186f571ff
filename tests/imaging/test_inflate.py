"""A PNG file with its rows inflated decodes to the same; one with anything unusual about its rows stays as it is."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image
from synthetic_images import chunk, insert_after_header, png_carriers, raster

from covidcurate.imaging import inflate
from covidcurate.imaging.containers import png_parts
from covidcurate.imaging.inflate import inflated

LARGE = (700, 1300)
MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]
HEADER_END = 33


@pytest.fixture(params=["zlib", "igzip"], autouse=True)
def _libraries(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let each test run with both libraries."""
    if request.param == "igzip":
        pytest.importorskip("isal")
    monkeypatch.setattr(inflate, "uses_isal", lambda: request.param == "igzip")
    inflate.quickest_library.cache_clear()
    yield
    inflate.quickest_library.cache_clear()


def of(data: bytes) -> bytes:
    """Return a file inflated, by its parts."""
    return inflated(data, tuple(png_parts(data)))


def decoded(data: bytes) -> tuple[str, bytes, dict[object, object]]:
    """Return what Pillow makes of a file."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.mode, image.tobytes(), dict(image.info)


def with_stream(stream: bytes, *, size: tuple[int, int] = (4, 2), interlaced: int = 0) -> bytes:
    """Return a gray file of 8 bits with these bytes for its rows, in chunks of three."""
    header = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + bytes((8, 0, 0, 0, interlaced))
    pieces = [chunk(b"IDAT", stream[start : start + 3]) for start in range(0, len(stream), 3)]
    return b"".join([b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *pieces, chunk(b"IEND", b"")])


ROWS = bytes((0, 1, 2, 3, 4)) + bytes((1, 5, 6, 7, 8))
SOUND = zlib.compress(ROWS)


@pytest.mark.parametrize("mode", MODES)
def test_it_decodes_to_the_same(mode: str) -> None:
    data = insert_after_header(raster("PNG", mode, size=LARGE), *png_carriers("x").values())
    assert of(data) != data
    assert len(of(data)) > len(data)
    assert decoded(of(data)) == decoded(data)


def test_chunks_of_any_length_are_one_stream() -> None:
    data = with_stream(SOUND)
    assert of(data) != data
    assert decoded(of(data)) == decoded(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(with_stream(SOUND[:-1]), id="no whole checksum"),
        pytest.param(with_stream(SOUND[:-6]), id="cut short"),
        pytest.param(with_stream(SOUND[:-4] + b"\0\0\0\0"), id="another checksum"),
        pytest.param(with_stream(b"\x79" + SOUND[1:]), id="no zlib stream"),
        pytest.param(with_stream(SOUND + b"x"), id="a byte after the rows"),
        pytest.param(with_stream(SOUND + bytes(1 << 19)), id="many bytes after the rows"),
        pytest.param(with_stream(b""), id="no rows"),
        pytest.param(with_stream(zlib.compress(ROWS[:5])), id="too few rows"),
        pytest.param(with_stream(zlib.compress(ROWS + b"x")), id="too many bytes"),
        pytest.param(with_stream(zlib.compress(bytes(1 << 28), 1)), id="far too many bytes"),
        pytest.param(with_stream(SOUND, size=(1 << 30, 1 << 30)), id="rows beyond any film"),
        pytest.param(with_stream(SOUND, size=(0, 2)), id="no columns"),
        pytest.param(with_stream(SOUND, interlaced=1), id="interlaced"),
        pytest.param(with_stream(SOUND[:3]) + with_stream(SOUND[3:])[HEADER_END:], id="rows after the end"),
    ],
)
def test_what_is_unusual_stays_as_it_is(data: bytes) -> None:
    assert of(data) is data


def test_rows_that_something_stands_between_stay_as_they_are() -> None:
    data = with_stream(SOUND)
    middle = data.index(b"IDAT") + 4 + 3 + 4
    data = data[:middle] + chunk(b"tEXt", b"x\0y") + data[middle:]
    assert of(data) is data


def test_a_film_beyond_the_limit_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflate, "_MOST", 9)
    data = with_stream(SOUND)
    assert of(data) is data
