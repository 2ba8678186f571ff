"""NIfTI without what describes a person: no name in any byte, packed or not, no voxel and no geometry changed."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic_images import gzipped, load_nifti, nifti

from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType, find_metadata, verify_image, without_metadata
from covidcurate.imaging.nifti import gunzip

NAME = "Roe^Rich"
TEXT_FIELDS = {"descrip", "aux_file", "intent_name", "db_name", "data_type"}
FILES = [(version, order) for version in (1, 2) for order in ("<", ">")]


def clean(data: bytes) -> bytes:
    return without_metadata(data, FileType.NIFTI)


def clean_gzip(data: bytes) -> bytes:
    return without_metadata(data, FileType.NIFTI_GZIP)


def header_numbers(image: Any) -> dict[str, Any]:
    """Return every field of a header but those of free text."""
    return {name: image.header[name].tolist() for name in image.header if name not in TEXT_FIELDS}


def assert_same_picture(one: bytes, other: bytes) -> None:
    before, after = load_nifti(one), load_nifti(other)
    np.testing.assert_array_equal(after.dataobj.get_unscaled(), before.dataobj.get_unscaled())
    np.testing.assert_array_equal(after.affine, before.affine)
    np.testing.assert_equal(header_numbers(after), header_numbers(before))
    assert after.header.get_data_dtype() == before.header.get_data_dtype()


@pytest.mark.parametrize(("version", "order"), FILES)
def test_no_name_is_left_and_no_voxel_changed(version: int, order: str) -> None:
    original = nifti(version, order, name=NAME) + f"{NAME} after the voxels".encode()
    assert original.count(NAME.encode()) >= 5
    cleaned = clean(original)
    assert b"Roe" not in cleaned
    assert_same_picture(original, cleaned)
    assert not load_nifti(cleaned).header.extensions


@pytest.mark.parametrize(("version", "order"), FILES)
def test_the_same_in_gzip_whose_own_header_names_nothing(version: int, order: str) -> None:
    plain = nifti(version, order, name=NAME)
    packed = gzipped(plain + f"{NAME} after the voxels".encode(), name=f"{NAME}.nii")
    assert b"Roe" in packed
    cleaned = clean_gzip(packed)
    assert b"Roe" not in cleaned + gzip.decompress(cleaned)
    assert_same_picture(plain, gzip.decompress(cleaned))
    flags, time = cleaned[3], cleaned[4:8]
    assert (flags, time) == (0, bytes(4))


def test_a_comment_and_an_extra_field_of_gzip_go() -> None:
    packed = gzipped(nifti())
    extra = struct.pack("<H", len(NAME)) + NAME.encode()
    packed = packed[:3] + bytes([0x04 | 0x10]) + packed[4:10] + extra + NAME.encode() + b"\0" + packed[10:]
    assert gzip.decompress(packed) == nifti()
    assert b"Roe" not in clean_gzip(packed)


def test_gzip_in_several_members_becomes_one() -> None:
    plain = nifti(name=NAME)
    packed = gzipped(plain[:200], name=NAME) + gzipped(plain[200:], name=NAME)
    assert gzip.decompress(clean_gzip(packed)) == clean(plain)


def test_bytes_after_the_gzip_are_refused_or_go() -> None:
    try:
        assert b"Roe" not in clean_gzip(gzipped(nifti()) + NAME.encode())
    except UnreadableError as error:
        assert "gzip container is damaged" in error.message


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4", "f8", "c8"])
def test_voxels_of_any_type_stay_bit_for_bit(dtype: str) -> None:
    original = nifti(dtype=dtype, name=NAME)
    start = int(load_nifti(original).dataobj.offset)
    assert clean(original)[start:] == original[start:]


@pytest.mark.parametrize("shape", [(5,), (4, 3), (4, 3, 2, 2), (2, 1, 1, 1, 3)])
def test_volumes_of_any_dimension(shape: tuple[int, ...]) -> None:
    original = nifti(shape=shape, name=NAME)
    assert_same_picture(original, clean(original))


@pytest.mark.parametrize(("version", "order"), FILES)
def test_cleaning_twice_is_cleaning_once(version: int, order: str) -> None:
    original = nifti(version, order, name=NAME)
    once, packed_once = clean(original), clean_gzip(gzipped(original, name=NAME))
    assert clean(once) == once
    assert clean_gzip(packed_once) == packed_once
    # How the same content was packed makes no difference.
    assert clean_gzip(gzip.compress(original, 1, mtime=5)) == packed_once


@pytest.mark.parametrize(("version", "order"), FILES)
def test_find_metadata_names_what_is_there(tmp_path: Path, version: int, order: str) -> None:
    path = tmp_path / "x.nii"
    data = nifti(version, order, name=NAME)
    path.write_bytes(data)
    assert find_metadata(path, FileType.NIFTI) == ("text in its header", "header extensions")
    path.write_bytes(gzipped(data))
    assert find_metadata(path, FileType.NIFTI_GZIP) == ("text in its header", "header extensions")


@pytest.mark.parametrize(("version", "order"), FILES)
def test_find_metadata_finds_nothing_in_what_is_clean(tmp_path: Path, version: int, order: str) -> None:
    path = tmp_path / "x.nii"
    path.write_bytes(clean(nifti(version, order, name=NAME)))
    assert find_metadata(path, FileType.NIFTI) == ()
    path.write_bytes(clean_gzip(gzipped(nifti(version, order, name=NAME), name=NAME)))
    assert find_metadata(path, FileType.NIFTI_GZIP) == ()


def test_the_unused_text_of_nifti_2_goes() -> None:
    data = bytearray(nifti(2))
    data[525 : 525 + len(NAME)] = NAME.encode()
    load_nifti(bytes(data))
    assert b"Roe" not in clean(bytes(data))


def hidden_before_voxels() -> bytes:
    data = bytearray(nifti(name=NAME))
    data[348] = 0  # the flag of extensions; what they were made of still stands before the voxels
    for position, length in ((4, 10), (14, 18), (148, 80), (228, 24), (328, 16)):
        data[position : position + length] = bytes(length)
    assert b"Roe" in data
    return bytes(data)


def test_bytes_before_the_voxels_go_even_if_no_flag_speaks_of_them() -> None:
    assert b"Roe" not in clean(hidden_before_voxels())


NOT_NAMED = {
    "bytes before the voxels": (FileType.NIFTI, hidden_before_voxels()),
    "bytes after the voxels": (FileType.NIFTI, nifti() + NAME.encode()),
    "file name in the gzip header": (FileType.NIFTI_GZIP, gzipped(nifti(), name=f"{NAME}.nii")),
}


@pytest.mark.parametrize("place", NOT_NAMED)
def test_whatever_cleaning_would_take_away_is_named(tmp_path: Path, place: str) -> None:
    kind, data = NOT_NAMED[place]
    path = tmp_path / "x"
    path.write_bytes(data)
    assert b"Roe" not in without_metadata(data, kind)
    assert find_metadata(path, kind)


@pytest.mark.parametrize("length", [0, 40, 343, 347, 352, -1])
def test_a_file_that_was_cut_short_is_refused(length: int) -> None:
    with pytest.raises(UnreadableError):
        clean(nifti()[:length])


def test_a_gzip_that_was_cut_short_is_refused() -> None:
    packed = gzipped(nifti(shape=(20, 20, 4)))
    for length in range(10, len(packed) - 30, 40):
        with pytest.raises(UnreadableError):
            clean_gzip(packed[:length])


def changed(data: bytes, position: int, code: str, *numbers: float) -> bytes:
    return data[:position] + struct.pack(code, *numbers) + data[position + struct.calcsize(code) :]


IMPOSSIBLE = {
    "voxels inside the header": changed(nifti(), 108, "<f", 10),
    "voxels before the file": changed(nifti(), 108, "<f", -400),
    "voxels beyond the file": changed(nifti(), 108, "<f", 1e6),
    "negative length": changed(nifti(), 42, "<h", -4),
    "more voxels than bytes": changed(nifti(), 42, "<h", 30000),
    "voxels beyond a second version": changed(nifti(2), 168, "<q", 2**62),
    "negative length of a second version": changed(nifti(2), 24, "<q", -4),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_a_header_that_cannot_be_is_refused(case: str) -> None:
    with pytest.raises(UnreadableError):
        clean(IMPOSSIBLE[case])


@pytest.mark.parametrize("offset", ["nan", "inf", "-inf"])
def test_an_offset_that_is_no_number_is_refused(tmp_path: Path, offset: str) -> None:
    data = changed(nifti(), 108, "<f", float(offset))
    path = tmp_path / "x.nii"
    path.write_bytes(data)
    with pytest.raises(UnreadableError):
        clean(data)
    with pytest.raises(UnreadableError):
        find_metadata(path, FileType.NIFTI)


def test_a_gzip_that_claims_more_than_can_be_is_refused() -> None:
    with pytest.raises(UnreadableError):
        clean_gzip(gzipped(changed(nifti(2), 16, "<4q", 3, 2**30, 2**30, 2**30)))


@pytest.mark.parametrize("bits", [0, 8])
def test_bits_that_contradict_the_type_do_not_cut_voxels_off(tmp_path: Path, bits: int) -> None:
    data = changed(nifti(), 72, "<h", bits)
    path = tmp_path / "x.nii"
    path.write_bytes(data)
    try:
        verify_image(path)
        cleaned = clean(data)
    except UnreadableError:
        return
    assert len(cleaned) == len(data)


@pytest.mark.parametrize("limit", [0, 1, 100, 10_000])
def test_gunzip_stops_at_its_limit(limit: int) -> None:
    packed = gzipped(b"x" * 300) + gzipped(b"y" * 300)
    assert gunzip(packed, limit) == (b"x" * 300 + b"y" * 300)[:limit]


def test_gunzip_does_not_unpack_a_bomb() -> None:
    assert len(gunzip(gzipped(bytes(50_000_000)), 1000)) == 1000


def test_bytes_after_the_voxels_in_a_gzip_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.nii.gz"
    path.write_bytes(gzipped(nifti() + NAME.encode()))
    assert "bytes after the image" in find_metadata(path, FileType.NIFTI_GZIP)


def test_zeros_after_a_gzip_member_are_padding() -> None:
    padded = gzipped(nifti()) + bytes(7)
    assert clean_gzip(padded) == clean_gzip(gzipped(nifti()))
