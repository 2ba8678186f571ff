"""What a file is by its content, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic_images import gzipped, nifti, raster, webp

from covidcurate.dataset import Dataset
from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType, sniff_file
from covidcurate.imaging.filetype import extension_of, sniff
from covidcurate.rules import check_dataset

CONTENTS = {
    FileType.JPEG: raster("JPEG"),
    FileType.PNG: raster("PNG"),
    FileType.GIF: raster("GIF", "P"),
    FileType.BMP: raster("BMP"),
    FileType.TIFF: raster("TIFF"),
    FileType.WEBP: webp(),
    FileType.DICOM: bytes(128) + b"DICM\x02\0\0\0UL\x04\0",
    FileType.NIFTI: nifti(),
    FileType.NIFTI_GZIP: gzipped(nifti()),
    FileType.GZIP: gzipped(b"a table, perhaps"),
    FileType.UNKNOWN: b"<!DOCTYPE html><html></html>",
}


@pytest.mark.parametrize("kind", CONTENTS, ids=lambda kind: kind.name)
def test_content_is_known_under_any_name(tmp_path: Path, kind: FileType) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(CONTENTS[kind])
    assert sniff_file(path) is kind


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("order", ["<", ">"])
def test_nifti_is_known_in_both_versions_and_byte_orders(version: int, order: str) -> None:
    data = nifti(version, order)
    assert sniff(data[:1024]) is FileType.NIFTI
    assert sniff(gzipped(data, name="brain.nii")[:1024]) is FileType.NIFTI_GZIP


def test_a_big_endian_tiff_is_one() -> None:
    assert sniff(b"MM\0*\0\0\0\x08") is FileType.TIFF


@pytest.mark.parametrize("content", [b"", b"\xff", b"\x1f\x8b", b"\x89PNG", b"RIFF\0\0\0\0WAVE", b"n+1\0", bytes(2000)])
def test_what_is_too_short_or_else_is_not_taken_for_an_image(content: bytes) -> None:
    assert sniff(content) in {FileType.UNKNOWN, FileType.GZIP}


def test_a_file_that_is_not_there_or_a_folder_is_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(UnreadableError, match="cannot be read"):
            sniff_file(path)


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.png", ".png"), ("a.nii.gz", ".nii.gz"), ("a.NII.GZ", ".NII.GZ"), ("a.tar.gz", ".gz"), ("a", ""), (".png", "")],
)
def test_extension_of_a_name(name: str, extension: str) -> None:
    assert extension_of(name) == extension


def test_every_image_type_has_an_extension() -> None:
    assert [kind for kind in FileType if not kind.extensions] == [FileType.UNKNOWN]


def test_raster_types_are_those_that_pillow_opens() -> None:
    raster_types = {kind for kind in FileType if kind.is_raster}
    assert raster_types == {
        *(FileType.JPEG, FileType.PNG, FileType.GIF, FileType.BMP, FileType.TIFF, FileType.WEBP),
    }


def test_every_kind_is_held_against_every_extension(tmp_path: Path) -> None:
    """FILE-TYPE is silent where the two agree, names the content where not, and takes a packed text for no image."""
    extensions = sorted({extension for kind in FileType for extension in kind.extensions})
    (tmp_path / "images").mkdir()
    names = {f"{kind.name}{extension}": kind for kind in CONTENTS for extension in extensions}
    for name, kind in names.items():
        (tmp_path / "images" / name).write_bytes(CONTENTS[kind])
    rows = "".join(f"{name},images\n" for name in names)
    (tmp_path / "metadata.csv").write_text(f"filename,folder\n{rows}", encoding="utf-8")
    issues = check_dataset(Dataset.open(tmp_path)).issues
    found = {issue.value: issue.message for issue in issues if issue.code == "FILE-TYPE"}
    for name, kind in names.items():
        if kind in (FileType.GZIP, FileType.UNKNOWN):
            assert "no image of a known kind" in found[name]
        elif extension_of(name) in kind.extensions:
            assert name not in found
        else:
            assert found[name].endswith(f" is {kind.value}")
