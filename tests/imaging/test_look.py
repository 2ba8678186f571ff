"""One look at a file tells what it is, and reads no more than that takes."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from synthetic_images import chunk, exif, gradient, insert_after_header, insert_after_start, raster, segment

from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType, Look, Shade, find_metadata, look_at
from covidcurate.imaging.look import look_through
from covidcurate.imaging.reading import FileContent

SIZE = (700, 500)


def noise(format_: str, mode: str = "L", **options: Any) -> bytes:
    """Return an image that does not compress, so that what is read of it shows."""
    bands = {"L": 1, "RGB": 3, "RGBA": 4}[mode]
    image = Image.frombytes(mode, SIZE, os.urandom(SIZE[0] * SIZE[1] * bands))
    stream = io.BytesIO()
    image.save(stream, format_, **options)
    return stream.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film"


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "RGBA", "1", "I;16", "LA"])
def test_mode_and_size_of_a_png(path: Path, mode: str) -> None:
    path.write_bytes(raster("PNG", mode))
    look = look_at(path)
    assert (look.kind, look.mode, look.columns, look.rows) == (FileType.PNG, mode, 24, 16)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_mode_and_size_of_a_jpeg(path: Path, mode: str, options: dict[str, bool]) -> None:
    path.write_bytes(raster("JPEG", mode, **options))
    look = look_at(path)
    assert (look.kind, look.mode, look.columns, look.rows) == (FileType.JPEG, mode, 24, 16)


@pytest.mark.parametrize(
    ("format_", "mode", "seen"),
    [("GIF", "P", "P"), ("BMP", "RGB", "RGB"), ("TIFF", "L", "L"), ("WEBP", "RGBA", "RGBA")],
)
def test_mode_and_size_of_other_kinds(path: Path, format_: str, mode: str, seen: str) -> None:
    path.write_bytes(raster(format_, mode))
    look = look_at(path)
    assert (look.mode, look.columns, look.rows) == (seen, 24, 16)


@pytest.mark.parametrize(
    "data", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BM", b"GIF89a", b"II*\x00"]
)
def test_what_is_no_image_has_neither_mode_nor_size(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    look = look_at(path)
    assert (look.mode, look.columns, look.rows, look.metadata) == ("", 0, 0, ())


def test_a_file_that_is_not_there_is_unreadable(path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        look_at(path)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(("format_", "most"), [("JPEG", 4096 + 64 + 64), ("PNG", 4096 + 64 * 20)])
def test_of_a_sound_file_little_is_read(path: Path, format_: str, mode: str, most: int) -> None:
    data = noise(format_, mode)
    path.write_bytes(data)
    with FileContent(path) as content:
        look = look_through(content)
        assert look.columns == SIZE[0]
        assert len(data) > 40 * 4096
        assert content.bytes_read <= most


def test_long_metadata_are_passed_over(path: Path) -> None:
    """Of each segment its start is read: what stands in it is of no interest."""
    secret = b"Exif\0\0" + bytes(60_000)
    path.write_bytes(insert_after_start(noise("JPEG"), segment(0xE1, secret), segment(0xFE, bytes(60_000))))
    with FileContent(path) as content:
        look = look_through(content)
        assert look.metadata == ("EXIF", "comment")
        assert look.columns == SIZE[0]
        assert content.bytes_read < 4096 + 64 * 12


def test_a_jpeg_that_does_not_end_as_it_should_is_read_to_its_end(path: Path) -> None:
    data = noise("JPEG")
    path.write_bytes(data + b"synthetic")
    assert look_at(path).metadata == ("bytes after the image",)
    path.write_bytes(data[:-2])
    assert "no end marker" in look_at(path).damage


def test_a_second_image_after_the_first_is_found_by_a_look_at_the_whole(path: Path) -> None:
    path.write_bytes(noise("JPEG") + raster("JPEG"))
    assert look_at(path).metadata == ()
    assert look_at(path, whole=True).metadata == ("bytes after the image",)


def test_what_stands_after_the_pixels_of_a_png_is_found(path: Path) -> None:
    data = noise("PNG")
    path.write_bytes(data[:-12] + chunk(b"tEXt", b"Author\0synthetic") + data[-12:])
    assert look_at(path).metadata == ("text",)


def test_the_orientation_alone_is_not_worth_a_word(path: Path) -> None:
    path.write_bytes(insert_after_header(raster("PNG"), chunk(b"eXIf", exif(6, "synthetic"))))
    assert look_at(path).metadata == ("EXIF",)


SIGNATURES = [
    segment(0xFE, b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 75\n"),
    segment(0xFE, b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v80), default quality\n"),
    segment(0xFE, b"Intel(R) JPEG Library, version 1,5,4,36\0"),
    segment(0xFE, b"LEAD Technologies Inc. V1.01\0"),
    segment(0xEC, b"Ducky\0\x01\0\x04\0\0\0\x3c\0\0"),
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_name_of_a_program_identifies_nobody(path: Path, signature: bytes) -> None:
    path.write_bytes(insert_after_start(raster("JPEG"), signature))
    assert look_at(path).metadata == ()
    assert len(find_metadata(path, FileType.JPEG)) == 1


@pytest.mark.parametrize(
    "segment_",
    [
        segment(0xFE, b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 75\nMuster, synthetic"),
        segment(0xFE, b"Muster LEAD Technologies Inc. V1.01\0"),
        segment(0xEC, b"Ducky\0\x02\0\x08\0\0\0\x04\0S\0y\0\0"),
        segment(0xEC, b"Ducky\0\x01\0\x04\0\0\0\x3c\0\0synthetic"),
    ],
)
def test_what_stands_beside_the_name_of_a_program_is_found(path: Path, segment_: bytes) -> None:
    path.write_bytes(insert_after_start(raster("JPEG"), segment_))
    assert len(look_at(path).metadata) == 1


def palette_image(path: Path, colors: list[tuple[int, int, int]], format_: str = "PNG") -> None:
    image = Image.new("P", (16, 16))
    image.putpalette([level for color in colors for level in color])
    image.putdata(list(range(256)))
    image.save(path, format_)


@pytest.mark.parametrize("format_", ["PNG", "GIF", "BMP"])
@pytest.mark.parametrize(
    ("shade", "colors"),
    [
        (Shade.LEVELS, [(level, level, level) for level in range(256)]),
        (Shade.GRAY, [(255 - level,) * 3 for level in range(256)]),
        (Shade.COLOR, [(level, level, 255 - level) for level in range(256)]),
    ],
)
def test_a_palette_of_grays_is_seen_in_the_header(
    path: Path, format_: str, shade: Shade, colors: list[tuple[int, int, int]]
) -> None:
    palette_image(path, colors, format_)
    look = look_at(path)
    # Pillow takes a BMP or GIF whose palette is that of gray levels for a gray image, as which it is read everywhere.
    assert look.shade is shade or (look.mode == "L" and shade is Shade.LEVELS)


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
@pytest.mark.parametrize(("shade", "red"), [(Shade.GRAY, 0), (Shade.COLOR, 3)])
def test_an_alpha_channel_over_gray_is_seen_by_a_look_at_the_whole(
    path: Path, format_: str, shade: Shade, red: int
) -> None:
    plane = gradient("L")
    bands = [plane.point(lambda value: min(255, value + red)), plane, plane, Image.new("L", plane.size, 128)]
    Image.merge("RGBA", bands).save(path, format_, lossless=True)
    assert look_at(path).shade is Shade.UNKNOWN
    assert look_at(path, whole=True).shade is shade


def test_a_look_outlasts_the_run(path: Path) -> None:
    path.write_bytes(insert_after_header(raster("PNG", "P"), chunk(b"tEXt", b"Author\0synthetic")))
    look = look_at(path)
    assert Look.from_bytes(look.to_bytes()) == look
    assert b"synthetic" not in look.to_bytes()


def test_files_of_equal_bytes_have_equal_sketches_and_others_do_not(path: Path, tmp_path: Path) -> None:
    data = noise("JPEG")
    path.write_bytes(data)
    (tmp_path / "copy").write_bytes(data)
    (tmp_path / "other").write_bytes(data[:-40] + bytes(4) + data[-36:])
    sketches = [look_at(tmp_path / name).sketch for name in ("film", "copy", "other")]
    assert sketches[0] == sketches[1] != sketches[2]


@pytest.mark.parametrize("format_", ["GIF", "TIFF", "WEBP", "BMP", "PNG", "JPEG"])
def test_a_file_that_is_cut_anywhere_or_has_a_wrong_byte_is_looked_at_all_the_same(path: Path, format_: str) -> None:
    data = raster(format_, **({"comment": b"synthetic"} if format_ == "GIF" else {}))
    whole = look_at(path) if path.write_bytes(data) else None
    for place in range(0, len(data), max(1, len(data) // 150)):
        for damaged in (data[:place], data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]):
            path.write_bytes(damaged)
            for look in (look_at(path), look_at(path, whole=True)):
                assert Look.from_bytes(look.to_bytes()) == look
    assert whole is not None
    assert whole.columns == 24


def test_a_chain_of_pages_that_is_a_circle_ends(path: Path) -> None:
    entry = b"\x3b\x01\x02\x00" + bytes(8)  # the artist
    path.write_bytes(b"II*\0\x08\0\0\0" + b"\x01\0" + entry + b"\x08\0\0\0")
    assert look_at(path).metadata == ("text",)
