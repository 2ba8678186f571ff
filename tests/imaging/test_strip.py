"""Kinds that cannot be cleaned, and files that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic_images import raster, webp

from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType, find_metadata, without_metadata

OTHERS = {
    FileType.GIF: raster("GIF", "P"),
    FileType.BMP: raster("BMP"),
    FileType.TIFF: raster("TIFF"),
    FileType.WEBP: webp(),
    FileType.DICOM: bytes(128) + b"DICM",
    FileType.GZIP: b"\x1f\x8b",
    FileType.UNKNOWN: b"text",
}


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.name)
def test_other_kinds_are_refused_with_the_way_out(kind: FileType) -> None:
    with pytest.raises(UnreadableError, match="cannot be cleaned") as caught:
        without_metadata(OTHERS[kind], kind)
    assert "PNG" in caught.value.remedy


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.name)
def test_other_kinds_have_no_metadata_to_name(tmp_path: Path, kind: FileType) -> None:
    path = tmp_path / "x"
    path.write_bytes(OTHERS[kind])
    assert find_metadata(path, kind) == ()


@pytest.mark.parametrize("kind", [FileType.JPEG, FileType.PNG, FileType.NIFTI, FileType.NIFTI_GZIP])
def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path, kind: FileType) -> None:
    with pytest.raises(UnreadableError, match="cannot be read"):
        find_metadata(tmp_path / "none", kind)


@pytest.mark.parametrize("kind", [FileType.JPEG, FileType.PNG, FileType.NIFTI, FileType.NIFTI_GZIP])
@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"\x1f\x8b", b"something else"])
def test_content_of_another_kind_is_unreadable(kind: FileType, data: bytes) -> None:
    with pytest.raises(UnreadableError):
        without_metadata(data, kind)


def test_real_images_keep_their_pixels(shared_data: Path) -> None:
    import io

    import numpy as np
    from PIL import Image, ImageOps

    from covidcurate.imaging import read_orientation, sniff_file

    seen = set()
    for path in sorted((shared_data / "collection" / "images").iterdir()):
        kind = sniff_file(path)
        # One of a kind and what it carries: decoding all of them would take long.
        known = (kind, *find_metadata(path, kind)) if kind in (FileType.JPEG, FileType.PNG) else None
        if known is None or known in seen:
            continue
        seen.add(known)
        data = path.read_bytes()
        cleaned = without_metadata(data, kind, read_orientation(path))
        with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(cleaned)) as after:
            turned = np.asarray(ImageOps.exif_transpose(before))
            np.testing.assert_array_equal(np.asarray(ImageOps.exif_transpose(after)), turned, err_msg=path.name)
    assert len(seen) > 2
