"""PNG without what describes a person: no name in any byte, packed or not, no pixel changed."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from synthetic_images import (
    chunk,
    exif,
    icc_profile,
    insert_after_header,
    insert_before_end,
    pixels,
    png_carriers,
    png_chunks,
    raster,
)

from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType, find_metadata, read_orientation, without_metadata

NAME = "Roe^Richard"
NAMED = {
    b"tEXt": "text",
    b"zTXt": "text",
    b"iTXt": "text",
    b"eXIf": "EXIF",
    b"tIME": "the time of a change",
    b"prVt": "chunk prVt",
    b"sPLT": "chunk sPLT",
}

VARIANTS = {
    "gray": raster("PNG"),
    "16 bit": raster("PNG", "I;16"),
    "one bit": raster("PNG", "1"),
    "palette": raster("PNG", "P"),
    "palette with transparency": raster("PNG", "P", transparency=3),
    "color": raster("PNG", "RGB"),
    "color with opacity": raster("PNG", "RGBA"),
    "color profile": raster("PNG", "RGB", icc_profile=icc_profile()),
    "resolution": raster("PNG", dpi=(72, 72)),
}


def clean(data: bytes, orientation: int = 1) -> bytes:
    return without_metadata(data, FileType.PNG, orientation)


def planted(data: bytes) -> bytes:
    """Return a PNG with every carrier, before and after its pixels, and with bytes after its end."""
    carriers = list(png_carriers(NAME).values())
    return insert_before_end(insert_after_header(data, *carriers), *carriers) + f"{NAME} after the end".encode()


def readable_bytes(data: bytes) -> bytes:
    """Return a file together with whatever a chunk of it unpacks to from any of its bytes on."""
    parts = [data]
    for kind, body in png_chunks(data):
        if kind in {b"IDAT", b"iCCP"}:
            continue
        for start in range(len(body)):
            try:
                parts.append(zlib.decompress(body[start:]))
            except zlib.error:
                continue
    return b"\n".join(parts)


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_name_is_left_and_no_pixel_changed(variant: str) -> None:
    original = planted(VARIANTS[variant])
    assert readable_bytes(original[: -len(NAME) - 14]).count(NAME.encode()) >= 10
    cleaned = clean(original)
    assert b"Roe" not in readable_bytes(cleaned)
    assert not {kind for kind, _ in png_chunks(cleaned)} & set(NAMED)
    np.testing.assert_array_equal(pixels(cleaned), pixels(original))


@pytest.mark.parametrize("kind", NAMED)
def test_each_carrier_is_named_and_goes(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(insert_after_header(VARIANTS["gray"], png_carriers(NAME)[kind]))
    assert find_metadata(path, FileType.PNG) == (NAMED[kind],)
    assert clean(path.read_bytes()) == VARIANTS["gray"]


def test_names_are_said_once_and_values_never(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(planted(VARIANTS["gray"]))
    names = find_metadata(path, FileType.PNG)
    assert set(names) == {*NAMED.values(), "bytes after the image"}
    assert len(names) == len(set(names))
    assert "Roe" not in "".join(names)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_clean_stays_as_it_is(tmp_path: Path, variant: str) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(VARIANTS[variant])
    assert find_metadata(path, FileType.PNG) == ()
    assert clean(VARIANTS[variant]) == VARIANTS[variant]


@pytest.mark.parametrize("variant", VARIANTS)
def test_cleaning_twice_is_cleaning_once(variant: str) -> None:
    assert clean(planted(VARIANTS[variant])) == VARIANTS[variant]


def test_what_shows_the_pixels_is_kept() -> None:
    with Image.open(io.BytesIO(clean(planted(VARIANTS["color profile"])))) as image:
        assert image.info["icc_profile"] == icc_profile()
    with Image.open(io.BytesIO(clean(planted(VARIANTS["palette with transparency"])))) as image:
        assert image.info["transparency"] == 3
    with Image.open(io.BytesIO(clean(planted(VARIANTS["resolution"])))) as image:
        assert image.info["dpi"] == pytest.approx((72, 72), abs=0.1)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_kept(tmp_path: Path, orientation: int, order: str) -> None:
    original = insert_after_header(VARIANTS["color"], chunk(b"eXIf", exif(orientation, NAME, order=order)))
    check_orientation(tmp_path / "x.png", original, orientation)


def test_the_orientation_is_kept_where_it_stands_after_the_pixels(tmp_path: Path) -> None:
    original = insert_before_end(VARIANTS["color"], chunk(b"eXIf", exif(6, NAME)))
    check_orientation(tmp_path / "x.png", original, 6)


def check_orientation(path: Path, original: bytes, orientation: int) -> None:
    path.write_bytes(original)
    found = read_orientation(path)
    assert found == orientation
    cleaned = clean(original, found)
    assert b"Roe" not in cleaned
    with Image.open(io.BytesIO(original)) as before, Image.open(io.BytesIO(cleaned)) as after:
        turned = np.asarray(ImageOps.exif_transpose(before))
        np.testing.assert_array_equal(np.asarray(ImageOps.exif_transpose(after)), turned)
    path.write_bytes(cleaned)
    assert clean(cleaned, read_orientation(path)) == cleaned


@pytest.mark.parametrize(("kind", "length"), [(b"pHYs", 9), (b"gAMA", 4)])
def test_a_name_after_the_fields_of_a_kept_chunk_goes(kind: bytes, length: int) -> None:
    original = insert_after_header(VARIANTS["gray"], chunk(kind, bytes(length - 1) + b"\x01" + NAME.encode()))
    np.testing.assert_array_equal(pixels(original), pixels(VARIANTS["gray"]))
    assert b"Roe" not in clean(original)


def test_the_frames_of_an_animation_go_but_the_first() -> None:
    stream = io.BytesIO()
    second = Image.new("L", (8, 8), 9)
    Image.new("L", (8, 8), 200).save(stream, format="PNG", save_all=True, append_images=[second])
    cleaned = clean(stream.getvalue())
    assert [kind for kind, _ in png_chunks(cleaned)] == [b"IHDR", b"IDAT", b"IEND"]
    assert set(pixels(cleaned).ravel().tolist()) == {200}


@pytest.mark.parametrize("length", [8, 12, 20, 33, 40, -12, -5, -1])
def test_a_file_that_was_cut_short_is_refused(length: int) -> None:
    with pytest.raises(UnreadableError):
        clean(VARIANTS["gray"][:length])


def test_a_file_that_does_not_begin_with_its_header_is_refused() -> None:
    data = VARIANTS["gray"]
    with pytest.raises(UnreadableError, match="damaged at byte 8"):
        clean(data[:8] + chunk(b"tEXt", b"a\0b") + data[8:])


def test_a_second_header_is_refused() -> None:
    data = VARIANTS["gray"]
    with pytest.raises(UnreadableError, match="damaged at byte 33"):
        clean(data[:33] + data[8:])


@pytest.mark.parametrize("kind", ["IHDR", "IEND"])
def test_a_needed_chunk_that_is_too_long_is_refused_or_shortened(tmp_path: Path, kind: str) -> None:
    data = VARIANTS["gray"]
    header = png_chunks(data)[0][1]
    if kind == "IHDR":
        original = data[:8] + chunk(b"IHDR", header + NAME.encode()) + data[33:]
    else:
        original = data[:-12] + chunk(b"IEND", NAME.encode())
    try:
        cleaned = clean(original)
    except UnreadableError:
        return
    assert cleaned == data
