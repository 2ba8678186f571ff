"""Whatever carries a text is searched as an output and asked as an input; each canary is one carrier."""

from __future__ import annotations

import io
import re
import struct
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom import Dataset, Sequence
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit

from covidcurate.imaging.dicom.read import quiet
from covidcurate.imaging.leaks import Kind
from covidcurate.imaging.leaks.files import find_leaks_in_bytes, identifiers_of_file
from covidcurate.imaging.leaks.identifiers import Identifier, identifiers_of_dataset
from covidcurate.imaging.leaks.search import Finder
from tests.convert.synthetic_series import header
from tests.imaging.deidentify import canaries as film_canaries
from tests.imaging.leaks import canaries
from tests.imaging.synthetic_images import chunk, insert_after_header, insert_after_start, raster, segment


def known(canary: str) -> Identifier:
    """Return what a canary is: a name, or a day."""
    digits = re.sub(r"\D", "", canary)
    return Identifier(Kind.DATE, canary, digits) if len(digits) == 8 else Identifier(Kind.NAME, canary, canary)


def places(data: bytes, *names: str) -> list[str]:
    found = find_leaks_in_bytes(data, Finder(Identifier(Kind.NAME, "x", name) for name in names), "x")
    return [leak.place for leak in found]


@pytest.mark.parametrize("name", canaries.MAKERS)
def test_each_canary_is_found_in_an_output(name: str) -> None:
    data, planted = canaries.MAKERS[name]()
    assert planted
    found = list(find_leaks_in_bytes(data, Finder(map(known, planted)), name))
    assert {leak.source for leak in found} == set(planted)
    assert not [leak for leak in found if any(canary in leak.place for canary in planted)]


@pytest.mark.parametrize("name", canaries.MAKERS)
def test_each_canary_of_an_input_is_looked_for(name: str, tmp_path: Path) -> None:
    """All but that in a color profile, and what follows a TIFF, whose end nothing tells."""
    data, planted = canaries.MAKERS[name]()
    (tmp_path / name).write_bytes(data)
    finder = Finder(identifiers_of_file(tmp_path / name))
    missed = {canary for canary in planted if not list(finder.find(f".. {canary} ..".encode()))}
    assert missed == {canaries.ICC, "WexelTiffTrailer"} & set(planted)


@pytest.mark.parametrize("name", [name for name in canaries.MAKERS if not name.endswith((".nii", ".gz", ".json"))])
def test_canaries_do_not_break_an_image(name: str) -> None:
    assert canaries.opens(canaries.MAKERS[name]()[0])


def test_canaries_do_not_break_a_volume() -> None:
    assert nibabel.Nifti1Image.from_bytes(canaries.nifti1()[0]).shape == (4, 3, 2)


def test_numbers_of_a_volume_are_no_texts(tmp_path: Path) -> None:
    """The bytes of an affine look like words at times, and are to stay."""
    random = np.random.default_rng(9)
    for number in range(200):
        affine = np.vstack([random.normal(0, 90, (3, 4)), [0, 0, 0, 1]])
        kinds = (nibabel.Nifti1Image, nibabel.Nifti2Image)
        data = kinds[number % 2](np.zeros((2, 2, 2), np.int16), affine).to_bytes()
        (tmp_path / "a.nii").write_bytes(data)
        assert identifiers_of_file(tmp_path / "a.nii") == []


def test_an_author_may_stand_nowhere_and_a_word_of_a_comment_only_in_no_header(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(canaries.jpeg()[0])
    personal = {one.value for one in identifiers_of_file(tmp_path / "a.jpg") if one.personal}
    assert {"WexelJpegArtist", "WexelJpegXpAuthor", "WexelJpegIptcByline", "WexelJpegXmpCreator"} <= personal
    assert not {"WexelJpegComment", "WexelJpegXmpHeadline", "WexelJpegIptcCaption"} & personal


def test_a_thumbnail_does_not_hide_what_follows_it() -> None:
    """A thumbnail has a start of scan and an end of its own, so that looking for those bytes is not enough."""
    small = raster("JPEG", size=(8, 8))
    data = insert_after_start(raster("JPEG"), segment(0xE1, b"Exif\0\0" + small), segment(0xFE, b"by Lee today"))
    assert places(data, "Lee")[0].startswith("JPEG comment, byte ")
    assert places(raster("JPEG") + b"by Lee today" + small, "Lee")[0].startswith("after the image, byte ")
    assert places(data, "somebody") == []


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le", "utf-16-be"])
def test_texts_of_an_input_are_read_narrow_and_wide(encoding: str, tmp_path: Path) -> None:
    body = b"\1\2" + "seen by Wexelberg".encode(encoding) + b"\1\2"
    (tmp_path / "a.png").write_bytes(insert_after_header(raster("PNG"), chunk(b"prVt", body)))
    assert "Wexelberg" in {one.value for one in identifiers_of_file(tmp_path / "a.png")}


def test_a_place_is_the_byte_of_the_file() -> None:
    data = insert_after_start(raster("JPEG"), segment(0xFE, b"by Planteroth"))
    (place,) = places(data, "Planteroth")
    assert place == f"JPEG comment, byte {data.index(b'Planteroth')}"


def dicom(*, syntax: str = "", pixels: bytes = b"") -> bytes:
    """Return a synthetic film."""
    image = header("2.25.99", 1, np.zeros((8, 8), np.uint16))
    image.add_new((0xFFFC, 0xFFFC), "OB", b"after Lee today.")
    if pixels:
        image.PixelData = pixels
    if syntax:
        image.file_meta.TransferSyntaxUID = syntax
        image["PixelData"].is_undefined_length = syntax == JPEGBaseline8Bit
    image.PatientComments = "Mr Poe was here."
    stream = io.BytesIO()
    image.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def test_dicom_is_searched_before_within_and_after_its_pixels() -> None:
    pixels = (b"\xe0\x7f\x10\x00 Ray " + b"Planteroth").ljust(128, b"\1")
    data = dicom(pixels=pixels)
    assert places(data, "Poe")[0].startswith("byte ")
    assert places(data, "Lee")[0].startswith("after the pixel data, byte ")
    assert places(data, "Planteroth")[0].startswith("pixel data, byte ")
    # Three letters stand among pixels by chance.
    assert places(data, "Ray") == []
    assert places(data + b"\0 by Bob \0", "Bob")[0].startswith("after the pixel data, byte ")


def test_encapsulated_and_deflated_dicom_are_taken_apart() -> None:
    fragments = b"".join(
        struct.pack("<HHI", 0xFFFE, 0xE000, len(part)) + part for part in (b"", b"\xff\xd8 Ray \xff\xd9!")
    )
    data = dicom(syntax=JPEGBaseline8Bit, pixels=fragments)
    assert places(data, "Ray") == []
    assert places(data, "Lee")[0].startswith("after the pixel data, byte ")
    data = dicom(syntax=DeflatedExplicitVRLittleEndian)
    assert b"Poe" not in data
    assert places(data, "Poe")[0].startswith("inflated, byte ")
    assert places(data, "Lee")[0].startswith("inflated, after the pixel data, byte ")


def test_a_film_with_a_canary_everywhere_is_asked_for_nearly_all(tmp_path: Path) -> None:
    """What is not looked for is listed here: codes, bit planes, what the film overwrites, and the program's name."""
    planted = film_canaries.Canaries()
    with quiet():  # it is no valid film
        film_canaries.write(film_canaries.planted(planted), tmp_path / "in.dcm", planted)
    finder = Finder(identifiers_of_file(tmp_path / "in.dcm"))
    missed = {place for place, value in planted.planted.items() if not list(finder.find(b"\0\0" + value + b"\0\0"))}
    overwritten = {place for place in missed if place.startswith(("ReferencedImage", "SourceImage", "IconImage"))}
    assert len(planted.planted) > 800
    assert len(overwritten) <= 6
    assert missed - overwritten <= {
        "SmokingStatus", "PatientSexNeutered", "ModifyingDeviceID", "ReasonForTheAttributeModification",
        "InstanceOriginStatus", "unknown attribute of pixels", "LensSpecification", "SelectorURValue",
        "DataSetTrailingPadding", "curve data", "overlay data", "thumbnail", "file meta implementation",
    }  # fmt: skip
    for keyword, value in film_canaries.KEEP.items():
        assert not list(finder.find(f"\0{value}\0".encode())), keyword


def values_of(**attributes: object) -> set[tuple[Kind, str]]:
    dataset = Dataset()
    with quiet():  # not all of them are valid
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
    return {(one.kind, one.value) for one in identifiers_of_dataset(dataset)}


def test_values_are_judged_by_what_they_are() -> None:
    assert values_of(PatientAge="093Y") == {(Kind.NUMBER, "093Y")}
    assert values_of(PatientAge="089Y") == set()
    assert values_of(StudyDate="1998.07.06") == {(Kind.DATE, "19980706")}
    found = values_of(AcquisitionDateTime="19980706101112.345678")
    assert found == {(Kind.DATE, "19980706"), (Kind.TIME, "101112.345678")}
    assert values_of(StudyTime="101112") == set()
    assert values_of(SliceThickness=None, StudyDate="", PatientName="") == set()
    assert values_of(BodyPartExamined="CHEST") == set()
    assert (Kind.TEXT, "Mrs Wexel called") in values_of(BodyPartExamined="Mrs Wexel called")
    assert values_of(SeriesDescription="Chest", BodyPartExamined="CHEST") == set()
    assert (Kind.NAME, "CHEST") in values_of(PatientName="CHEST", BodyPartExamined="CHEST")
    assert (Kind.DATE, "20190203") in values_of(SeriesDescription="old film of 20190203")
    assert values_of(GPSLatitude="51.123456") == {(Kind.NUMBER, "51.123456")}


def test_a_comment_is_known_by_its_words_and_its_beginning() -> None:
    dataset = Dataset()
    dataset.ImageComments = "Chest of Mrs Wexelberg, born in Zanzibar, number 4711004"
    finder = Finder(identifiers_of_dataset(dataset))
    for part in ("Wexelberg", "Zanzibar", "4711004", "Chest of Mrs Wexelberg, born"):
        assert list(finder.find(f"\0{part}\0".encode())), part
    # The field of NIfTI has room for 23 letters.
    assert list(finder.find(b"Chest of Mrs Wexelberg,\0"))
    assert not list(finder.find(b"\0Chest\0"))
    dataset.ImageComments = "He is an old pal of the boss, so be nice"
    finder = Finder(identifiers_of_dataset(dataset))
    assert list(finder.find(b"He is an old pal of the\0"))
    assert not list(finder.find(b"He is an old pal\0"))


def test_meanings_of_published_codes_are_vocabulary_and_of_others_not() -> None:
    for scheme, expected in (("SCT", False), ("99LOCAL", True)):
        code = Dataset()
        code.CodeMeaning, code.CodingSchemeDesignator = "Wexel lobe", scheme
        dataset = Dataset()
        dataset.AnatomicRegionSequence = Sequence([code])
        found = {one.value for one in identifiers_of_dataset(dataset)}
        assert ("Wexel lobe" in found) is expected


def test_what_a_broken_exif_holds_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    block, _ = canaries.tiff_block("Cut")
    for cut in range(0, len(block), 7):
        (tmp_path / "a.jpg").write_bytes(insert_after_start(raster("JPEG"), segment(0xE1, b"Exif\0\0" + block[:cut])))
        identifiers_of_file(tmp_path / "a.jpg")
    # A directory that is its own next one.
    loop = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x010E, 2, 4, zlib.crc32(b"") or 0x00656557, 8)
    (tmp_path / "a.jpg").write_bytes(insert_after_start(raster("JPEG"), segment(0xE1, b"Exif\0\0" + loop)))
    assert identifiers_of_file(tmp_path / "a.jpg") is not None


@pytest.mark.parametrize("vr", ["DS", "IS", "DA", "TM", "AS", "ZZ"])
def test_what_cannot_be_converted_is_read_as_it_stands(vr: str) -> None:
    """A number or a day that is none, and a representation that there is not."""
    tag = Tag(0x0018, 0x0060)
    dataset = Dataset()
    dataset._dict[tag] = RawDataElement(tag, vr, 18, b"Wexelberg, 120 kV ", 0, False, True)
    assert "Wexelberg, 120 kV" in {one.value for one in identifiers_of_dataset(dataset)}
