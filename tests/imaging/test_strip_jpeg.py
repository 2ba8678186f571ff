"""JPEG without what describes a person: no name in any byte, no pixel changed."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from synthetic_images import (
    exif,
    icc_profile,
    insert_after_start,
    insert_before_each_scan,
    jpeg_carriers,
    pixels,
    raster,
    segment,
)

from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType, find_metadata, read_orientation, without_metadata

NAME = "Roe^Richard"

VARIANTS = {
    "baseline": raster("JPEG"),
    "color": raster("JPEG", "RGB", quality=80),
    "subsampled": raster("JPEG", "RGB", subsampling=2),
    "progressive": raster("JPEG", "RGB", progressive=True),
    "restart markers": raster("JPEG", "RGB", restart_marker_blocks=1),
    "CMYK": raster("JPEG", "CMYK"),
    "color profile": raster("JPEG", "RGB", icc_profile=icc_profile()),
}


def clean(data: bytes, orientation: int = 1) -> bytes:
    return without_metadata(data, FileType.JPEG, orientation)


def planted(data: bytes) -> bytes:
    """Return a JPEG with every carrier, at its start and between its parts, and with bytes after its end."""
    carriers = b"".join(jpeg_carriers(NAME).values())
    inner = insert_before_each_scan(data, segment(0xFE, f"{NAME} between scans".encode()))
    return insert_after_start(inner, carriers) + f"{NAME} after the end".encode()


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_name_is_left_and_no_pixel_changed(variant: str) -> None:
    original = planted(VARIANTS[variant])
    assert original.count(NAME.encode()) >= 10
    cleaned = clean(original)
    assert b"Roe" not in cleaned
    assert b"Photoshop" not in cleaned
    np.testing.assert_array_equal(pixels(cleaned), pixels(original))


@pytest.mark.parametrize("carrier", jpeg_carriers("x"))
def test_each_carrier_is_named_and_goes(tmp_path: Path, carrier: str) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(insert_after_start(VARIANTS["baseline"], jpeg_carriers(NAME)[carrier]))
    assert find_metadata(path, FileType.JPEG) == (carrier,)
    assert b"Roe" not in clean(path.read_bytes())


def test_names_are_said_once_and_values_never(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(planted(planted(VARIANTS["progressive"])))
    names = find_metadata(path, FileType.JPEG)
    assert set(names) == {*jpeg_carriers(NAME), "bytes after the image"}
    assert len(names) == len(set(names))
    assert "Roe" not in "".join(names)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_clean_stays_as_it_is(tmp_path: Path, variant: str) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(VARIANTS[variant])
    assert find_metadata(path, FileType.JPEG) == ()
    assert clean(VARIANTS[variant]) == VARIANTS[variant]


@pytest.mark.parametrize("variant", VARIANTS)
def test_cleaning_twice_is_cleaning_once(tmp_path: Path, variant: str) -> None:
    once = clean(planted(VARIANTS[variant]))
    assert clean(once) == once
    assert clean(planted(VARIANTS[variant])) == once
    path = tmp_path / "x.jpg"
    path.write_bytes(once)
    assert find_metadata(path, FileType.JPEG) == ()


def test_the_color_profile_is_kept() -> None:
    with Image.open(io.BytesIO(clean(planted(VARIANTS["color profile"])))) as image:
        assert image.info["icc_profile"] == icc_profile()


def test_a_color_profile_in_several_segments_is_kept() -> None:
    profile = icc_profile() * 200
    with Image.open(io.BytesIO(clean(raster("JPEG", "RGB", icc_profile=profile)))) as image:
        assert image.info["icc_profile"] == profile


def test_the_mark_of_adobe_is_kept_for_it_decides_the_colors() -> None:
    with Image.open(io.BytesIO(clean(planted(VARIANTS["CMYK"])))) as image:
        assert "adobe" in image.info


def test_fill_bytes_before_a_marker_are_allowed() -> None:
    filled = VARIANTS["baseline"].replace(b"\xff\xdb", b"\xff\xff\xff\xdb")
    np.testing.assert_array_equal(pixels(clean(filled)), pixels(filled))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_kept(tmp_path: Path, orientation: int, order: str) -> None:
    block = b"Exif\0\0" + exif(orientation, NAME, order=order)
    original = insert_after_start(VARIANTS["color"], segment(0xE1, block))
    path = tmp_path / "x.jpg"
    path.write_bytes(original)
    found = read_orientation(path)
    assert found == orientation
    cleaned = clean(original, found)
    assert b"Roe" not in cleaned
    with Image.open(io.BytesIO(original)) as before, Image.open(io.BytesIO(cleaned)) as after:
        turned = np.asarray(ImageOps.exif_transpose(before))
        np.testing.assert_array_equal(np.asarray(ImageOps.exif_transpose(after)), turned)
    # What carries nothing but an orientation is the same the next time.
    path.write_bytes(cleaned)
    assert clean(cleaned, read_orientation(path)) == cleaned


def test_an_orientation_alone_is_no_metadata_to_report(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(clean(VARIANTS["baseline"], 6))
    assert find_metadata(path, FileType.JPEG) == ()


@pytest.mark.parametrize("marker", ["JFIF", "Adobe"])
def test_a_name_after_the_fields_of_a_kept_segment_goes(marker: str) -> None:
    if marker == "JFIF":
        body = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + NAME.encode()
        original = b"\xff\xd8" + segment(0xE0, body) + VARIANTS["baseline"][20:]
    else:
        body = b"Adobe\0\x64\0\0\0\0\0" + NAME.encode()
        original = insert_after_start(VARIANTS["baseline"], segment(0xEE, body))
    assert pixels(original).shape == (16, 24)
    assert b"Roe" not in clean(original)


def test_the_thumbnail_of_jfif_goes() -> None:
    thumbnail = b"Roe^Richard!"  # 2 x 2 pixels of three bytes
    body = b"JFIF\0\x01\x01\0\0\x01\0\x01\x02\x02" + thumbnail
    original = b"\xff\xd8" + segment(0xE0, body) + VARIANTS["baseline"][20:]
    assert pixels(original).shape == (16, 24)
    assert thumbnail not in clean(original)


def test_a_segment_of_an_unusual_kind_goes() -> None:
    # "Define number of lines": decoders skip it, and so anything can stand in it.
    original = insert_before_each_scan(VARIANTS["baseline"], segment(0xDC, NAME.encode()))
    np.testing.assert_array_equal(pixels(original), pixels(VARIANTS["baseline"]))
    assert b"Roe" not in clean(original)


@pytest.mark.parametrize("length", [2, 3, 4, 10, 100, -40, -2, -1])
def test_a_file_that_was_cut_short_is_refused(length: int) -> None:
    with pytest.raises(UnreadableError):
        clean(VARIANTS["color"][:length])


def test_a_damaged_container_is_refused_with_its_place() -> None:
    with pytest.raises(UnreadableError, match="damaged at byte 20"):
        clean(VARIANTS["baseline"][:20] + b"\0" + VARIANTS["baseline"][21:])
