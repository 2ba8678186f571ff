"""Images that must not enter: cut short, damaged, too large, or no image at all."""

from __future__ import annotations

import gzip
import struct
import warnings
from pathlib import Path

import pytest
from synthetic_images import chunk, gzipped, nifti, png_chunks, raster, webp

from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType, verify_image

SOUND = {
    "baseline.jpg": (FileType.JPEG, raster("JPEG")),
    "progressive.jpg": (FileType.JPEG, raster("JPEG", "RGB", progressive=True)),
    "cmyk.jpg": (FileType.JPEG, raster("JPEG", "CMYK")),
    "gray.png": (FileType.PNG, raster("PNG")),
    "deep.png": (FileType.PNG, raster("PNG", "I;16")),
    "palette.png": (FileType.PNG, raster("PNG", "P")),
    "x.gif": (FileType.GIF, raster("GIF", "P")),
    "x.bmp": (FileType.BMP, raster("BMP")),
    "x.tif": (FileType.TIFF, raster("TIFF", "I;16")),
    "x.webp": (FileType.WEBP, webp()),
    "one.nii": (FileType.NIFTI, nifti()),
    "big-endian.nii": (FileType.NIFTI, nifti(1, ">", name="x")),
    "two.nii": (FileType.NIFTI, nifti(2)),
    "one.nii.gz": (FileType.NIFTI_GZIP, gzipped(nifti(name="x"), name="x")),
    "two.nii.gz": (FileType.NIFTI_GZIP, gzipped(nifti(2, ">"))),
    "four-dimensions.nii.gz": (FileType.NIFTI_GZIP, gzipped(nifti(shape=(4, 3, 2, 5)))),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.png"


def refuse(path: Path, data: bytes, message: str) -> None:
    path.write_bytes(data)
    with pytest.raises(UnreadableError, match=message):
        verify_image(path)


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_file_is_what_it_is(tmp_path: Path, name: str) -> None:
    kind, data = SOUND[name]
    (tmp_path / name).write_bytes(data)
    assert verify_image(tmp_path / name) is kind


@pytest.mark.parametrize("name", ["baseline.jpg", "progressive.jpg", "gray.png", "deep.png"])
@pytest.mark.parametrize("share", [0.45, 0.6, 0.7])
def test_an_image_that_was_cut_short_is_refused(path: Path, name: str, share: float) -> None:
    data = SOUND[name][1]
    refuse(path, data[: int(len(data) * share)], "does not decode")


@pytest.mark.parametrize("name", ["baseline.jpg", "progressive.jpg"])
@pytest.mark.parametrize("missing", [1, 2, 5])
def test_a_jpeg_that_lacks_its_end_is_refused(path: Path, name: str, missing: int) -> None:
    refuse(path, SOUND[name][1][:-missing], "does not decode")


@pytest.mark.parametrize("missing", [1, 8, 12, 16])
def test_a_png_that_lacks_its_end_is_refused(path: Path, missing: int) -> None:
    refuse(path, SOUND["gray.png"][1][:-missing], "film.png")


@pytest.mark.parametrize("name", ["one.nii", "big-endian.nii", "two.nii"])
def test_a_volume_that_lacks_its_last_byte_is_refused(path: Path, name: str) -> None:
    refuse(path, SOUND[name][1][:-1], "cut short")


def test_a_volume_in_gzip_that_was_cut_short_is_refused(path: Path) -> None:
    packed = gzipped(nifti(shape=(30, 30, 3)))
    for length in (len(packed) // 2, len(packed) - 9, len(packed) - 1):
        refuse(path, packed[:length], "does not read to its end")


def test_a_volume_in_gzip_whose_content_was_cut_short_is_refused(path: Path) -> None:
    refuse(path, gzipped(nifti()[:-10]), "cut short")


def test_a_gzip_with_a_wrong_checksum_is_refused(path: Path) -> None:
    packed = bytearray(gzipped(nifti(shape=(40, 40, 4))))
    packed[-8] ^= 1
    refuse(path, bytes(packed), "CRC")


def test_a_png_with_a_damaged_pixel_is_refused(path: Path) -> None:
    data = bytearray(raster("PNG", "RGB"))
    data[data.index(b"IDAT") + 20] ^= 0x40
    refuse(path, bytes(data), "does not decode")


def huge_png() -> bytes:
    """Return a PNG whose header promises 40000 x 40000 pixels."""
    ((_, header), *_) = png_chunks(raster("PNG"))
    larger = struct.pack(">II", 40_000, 40_000) + header[8:]
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", larger) + raster("PNG")[33:]


def test_an_image_of_too_many_pixels_is_refused(path: Path) -> None:
    refuse(path, huge_png(), "more pixels than any radiograph")


def test_an_image_that_pillow_only_warns_of_is_refused_too(path: Path) -> None:
    ((_, header), *_) = png_chunks(raster("PNG"))
    larger = struct.pack(">II", 10_000, 10_000) + header[8:]
    refuse(path, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", larger) + raster("PNG")[33:], "more pixels")


def changed(position: int, code: str, *numbers: int) -> bytes:
    data = nifti()
    return data[:position] + struct.pack(code, *numbers) + data[position + struct.calcsize(code) :]


@pytest.mark.parametrize("dimensions", [(3, 0, 3, 2), (3, 4, 0, 2), (0, 0, 0, 0)])
def test_a_volume_without_voxels_is_refused(path: Path, dimensions: tuple[int, ...]) -> None:
    refuse(path, changed(40, "<4h", *dimensions), "film.png")


def test_a_volume_that_promises_more_than_it_holds_is_refused(path: Path) -> None:
    refuse(path, changed(40, "<4h", 3, 30_000, 30_000, 30_000), "cut short")


def test_a_gzip_bomb_behind_a_small_header_is_refused(path: Path) -> None:
    refuse(path, gzip.compress(nifti() + bytes(30_000_000)), "goes on after")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "unknown"),
        (b"", "unknown"),
        (bytes(128) + b"DICM" + bytes(100), "DICOM"),
        (gzipped(b"a table"), "gzip"),
        (b"%PDF-1.7", "unknown"),
    ],
)
def test_what_is_no_image_is_refused_whatever_its_name(path: Path, data: bytes, said: str) -> None:
    refuse(path, data, rf"film\.png: is {said}, which is no image")


def test_a_file_that_is_not_there_is_unreadable(path: Path) -> None:
    with pytest.raises(UnreadableError, match="cannot be read"):
        verify_image(path)


@pytest.mark.parametrize("length", [12, 100, 539])
def test_a_nifti_2_that_ends_in_its_header_is_refused(path: Path, length: int) -> None:
    refuse(path, nifti(2)[:length], "film.png")


def test_a_volume_that_begins_at_infinity_is_refused(path: Path) -> None:
    data = nifti()
    refuse(path, data[:108] + struct.pack("<f", float("inf")) + data[112:], "film.png")


def test_an_odd_extension_is_not_warned_of(path: Path) -> None:
    data = bytearray(nifti(name="x"))
    data[352] += 1
    path.write_bytes(bytes(data))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verify_image(path)


def test_sound_real_volumes_are_verified(shared_data: Path) -> None:
    names = ["anatomical.nii", "example_nifti2.nii.gz", "example_ct.nii.gz"]
    for name in names:
        assert verify_image(shared_data / "nifti" / name) in {FileType.NIFTI, FileType.NIFTI_GZIP}
