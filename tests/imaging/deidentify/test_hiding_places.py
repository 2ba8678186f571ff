"""Places where an identity can hide that no table names: each is tried, with synthetic data."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom import DataElement, Dataset, FileDataset, Sequence
from pydicom.datadict import DicomDictionary
from pydicom.dataelem import RawDataElement
from pydicom.encaps import encapsulate, generate_frames
from pydicom.tag import Tag
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless

from covidcurate.errors import CovidcurateError, PolicyError, UnreadableError
from covidcurate.imaging.deidentify import clean_dataset, encode_part10, patient_of
from covidcurate.imaging.deidentify.allowed import GROUPS, KEYWORDS, PIXELS
from covidcurate.imaging.deidentify.codestreams import without_comments
from covidcurate.imaging.dicom.read import read_dicom
from tests.imaging.deidentify.canaries import Canaries, film, planted
from tests.imaging.deidentify.canaries import write as write_planted

KEY = bytes(range(32))
STRUCTURE = {
    "SpecificCharacterSet", "SOPClassUID", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "LUTData",
    "SamplesPerPixel", "PixelRepresentation", "NumberOfFrames", "PhotometricInterpretation", "PlanarConfiguration",
    "BurnedInAnnotation", "RecognizableVisualFeatures", *PIXELS,
}  # fmt: skip
"""Attributes without which there would be no image to clean, or that would have it refused."""
BYTES_OF = {"US", "SS", "UL", "SL", "FL", "FD", "AT", "UV", "SV", "DS", "IS"}
DAY = "21991231"
BYTES_LIKE = {"OB", "OW", "OL", "OF", "OD", "OV", "UN"}


def cleaned(image: Dataset, folder: Path) -> tuple[bytes, FileDataset]:
    """Write a film, clean it as a file, and return the bytes and what they hold."""
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.save_as(folder / "in.dcm", enforce_file_format=True)
    original = read_dicom(folder / "in.dcm")
    data = encode_part10(clean_dataset(original, KEY).dataset, original)
    return data, pydicom.dcmread(io.BytesIO(data))


def planted_by_dictionary(target: Dataset, canaries: Canaries, where: str, *, as_bytes: bool) -> None:
    """Give every attribute that DICOM knows a canary, of its own representation or as bytes where numbers belong."""
    for number, (vr, _, _, _, keyword) in DicomDictionary.items():
        tag = Tag(number)
        if not 8 <= tag.group < 0xFFFA or tag.element == 0 or keyword in STRUCTURE or tag.is_private:
            continue
        vr = vr.split(" or ")[0]
        if vr == "SQ":
            item = Dataset()
            item.InstitutionName = canaries.text(f"{where} {keyword} > InstitutionName")
            item.BodyPartExamined = canaries.text(f"{where} {keyword} > BodyPartExamined")
            item.CodeValue = canaries.text(f"{where} {keyword} > CodeValue")
            item.add_new(0x7FE00010, "OW", canaries.text(f"{where} {keyword} > PixelData").encode() + b"\0")
            target[tag] = DataElement(tag, "SQ", Sequence([item]))
        elif as_bytes and vr in BYTES_OF:
            target[tag] = unread(tag, "UN", canaries.text(f"{where} {keyword} as bytes").encode() + b"\0")
        elif vr in BYTES_LIKE:
            target[tag] = unread(tag, vr, canaries.text(f"{where} {keyword}").encode() + b"\0")
        elif vr in {"DA", "DT"}:
            # One for all: of many, some would be moved to where another was.
            target[tag] = DataElement(tag, vr, DAY)
        elif vr not in BYTES_OF and (value := canaries.value(f"{where} {keyword}", vr)) is not None:
            target[tag] = DataElement(tag, vr, value)


def unread(tag: Any, vr: str, value: bytes) -> RawDataElement:
    """Return an element as a reader has it that has not looked at the value."""
    return RawDataElement(tag, vr, len(value), value, 0, False, True)


@pytest.mark.parametrize("as_bytes", [False, True])
def test_no_attribute_of_the_dictionary_lets_a_name_pass(tmp_path: Path, as_bytes: bool) -> None:
    canaries = Canaries()
    image = film()
    item = Dataset()
    planted_by_dictionary(image, canaries, "top", as_bytes=as_bytes)
    planted_by_dictionary(item, canaries, "nested", as_bytes=as_bytes)
    for part in (image, item):
        part.set_original_encoding(False, True, "iso8859")  # so that the elements are written as they are
    image.AnatomicRegionSequence = Sequence([item])
    image.PixelData = film().PixelData
    data, _ = cleaned(image, tmp_path)
    assert len(canaries.planted) > 9000
    assert DAY.encode() not in data
    written = (tmp_path / "in.dcm").read_bytes()
    there = [place for place, canary in canaries.planted.items() if canary in written]
    assert len(there) > 0.95 * len(canaries.planted)
    assert [place for place, canary in canaries.planted.items() if canary in data] == []


def test_what_the_standard_retired_is_not_allowed(tmp_path: Path) -> None:
    retired = {e[4] for tag, e in DicomDictionary.items() if e[3] and tag >> 16 in GROUPS} - set(KEYWORDS)
    image = film()
    image.OtherStudyNumbers, image.ReportNumber = "12345678", "7"
    _, after = cleaned(image, tmp_path)
    assert "OtherStudyNumbers" in retired
    assert not {element.keyword for element in after} & retired


def test_uids_that_only_begin_like_those_of_the_standard_are_replaced(tmp_path: Path) -> None:
    image = film()
    planted_uid = "1.2.840.10008.5.1.4.1.1.2.77.12345678"
    image.StudyInstanceUID = image.FrameOfReferenceUID = planted_uid
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = planted_uid, planted_uid
    image.ReferencedImageSequence = Sequence([reference])
    data, after = cleaned(image, tmp_path)
    assert planted_uid.encode() not in data
    assert after.StudyInstanceUID == after.FrameOfReferenceUID
    image.SOPClassUID = planted_uid
    with pytest.raises(PolicyError, match="kind"):
        cleaned(image, tmp_path)


def test_words_that_are_no_terms_go_and_terms_stay(tmp_path: Path) -> None:
    image = film()
    image.ImageType = ["ORIGINAL", "PRIMARY", "JONES", "CT_SOM5 SPI"]
    image.BodyPartExamined, image.ScanOptions, image.ConvolutionKernel = "SMITH", ["HELICAL MODE", "FC"], "Br40d"
    image.Manufacturer, image.ManufacturerModelName = "Owned by Jones", "LightSpeed VCT 64"
    image.FilterType, image.PatientSex, image.Laterality = "Jones 12345", "W", "R"
    _, after = cleaned(image, tmp_path)
    assert list(after.ImageType) == ["ORIGINAL", "PRIMARY", "REMOVED", "CT_SOM5 SPI"]
    assert not {"BodyPartExamined", "FilterType", "ManufacturerModelName"} & {element.keyword for element in after}
    assert (after.ScanOptions, after.ConvolutionKernel, after.Laterality) == (["HELICAL MODE", "FC"], "Br40d", "R")
    assert (after.Manufacturer, after.PatientSex) == ("", "")  # empty, since images must have them


def test_a_term_that_is_also_the_name_of_a_phantom_stays(tmp_path: Path) -> None:
    image = film()
    image.PatientName = "Chest^Phantom"
    _, after = cleaned(image, tmp_path)
    assert after.BodyPartExamined == "CHEST"


@pytest.mark.parametrize(
    ("keyword", "value", "kept"),
    [
        ("InstanceNumber", "12345678", False),  # the patient's id
        ("SeriesNumber", "19500101", False),  # the date of birth
        ("InstanceNumber", "1234", True),
        ("SliceLocation", "-123.4567890123456789", True),  # longer than the standard has it, and common
        ("SliceLocation", "12345678901234567890", False),
        ("KVP", "120 kV of Jones", False),
        ("Rows", 32, True),
    ],
)
def test_numbers(tmp_path: Path, keyword: str, value: Any, kept: bool) -> None:
    image = film()
    image.PatientID, image.PatientBirthDate = "12345678", "19500101"
    tag = Tag(keyword)
    if isinstance(value, str):
        image[tag] = unread(tag, pydicom.datadict.dictionary_VR(tag), value.encode() + b" " * (len(value) % 2))
    else:
        setattr(image, keyword, value)
    data, _ = cleaned(image, tmp_path)
    assert (str(value).encode() in data) is kept or keyword == "Rows"
    assert keyword != "Rows" or pydicom.dcmread(io.BytesIO(data)).Rows == 32


def test_strings_stay_to_the_byte_at_any_depth(tmp_path: Path) -> None:
    image, item = film(), Dataset()
    for part in (image, item):
        part.set_original_encoding(False, True, "iso8859")
        part[Tag("SliceLocation")] = unread(Tag("SliceLocation"), "DS", b" 001.50 ")
        part[Tag("ScanOptions")] = unread(Tag("ScanOptions"), "CS", b" HELICAL MODE \\FC ")
    image.CTExposureSequence = Sequence([item])
    data, _ = cleaned(image, tmp_path)
    assert (data.count(b" 001.50 "), data.count(b" HELICAL MODE \\FC ")) == (2, 2)


def test_values_that_were_asked_for_before_stay_too(tmp_path: Path) -> None:
    """Whoever looks at the pixels first has the header's values converted."""
    film().save_as(tmp_path / "in.dcm", enforce_file_format=True)
    original, asked = read_dicom(tmp_path / "in.dcm"), read_dicom(tmp_path / "in.dcm")
    assert [element.value for element in asked]
    one, other = (encode_part10(clean_dataset(image, KEY).dataset, image) for image in (original, asked))
    assert one == other


@pytest.mark.parametrize(
    ("code", "scheme", "meaning"),
    [
        ("T-D3000", "SRT", "Thoracic structure"),
        ("39607008", "SCT", "Lung"),
        ("R-10206", "SNM3", "antero-posterior"),
        ("R-10214", "SRT", "postero-anterior"),
        ("ml/100ml/s", "UCUM", "ml/100ml/s"),
        ("mm", "UCUM", "mm"),
    ],
)
def test_codes_that_are_published_stay_with_the_meaning_that_is_published(
    tmp_path: Path, code: str, scheme: str, meaning: str
) -> None:
    _, after = cleaned(coded(code, scheme), tmp_path)
    (item,) = after.AnatomicRegionSequence
    assert (item.CodeValue, item.CodingSchemeDesignator) == (code, scheme)
    assert item.CodeMeaning == meaning


@pytest.mark.parametrize(
    ("code", "scheme"), [("JONES", "SRT"), ("12345678", "SCT"), ("JONES", "UCUM"), ("T-D3000", "99JONES")]
)
def test_codes_that_nobody_published_go(tmp_path: Path, code: str, scheme: str) -> None:
    _, after = cleaned(coded(code, scheme), tmp_path)
    assert "AnatomicRegionSequence" not in after


def coded(code: str, scheme: str) -> Dataset:
    image, item = film(), Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, scheme, "Jones' chest"
    image.AnatomicRegionSequence = Sequence([item])
    return image


def test_bytes_behind_the_pixels_go(tmp_path: Path) -> None:
    image = film()
    pixels = image.PixelData
    image.PixelData = pixels + b"JONES^JANE 1950-01-01 "
    data, after = cleaned(image, tmp_path)
    assert b"JONES" not in data
    assert after.PixelData == pixels


def test_overlays_in_spare_bits_of_the_pixels_go(tmp_path: Path) -> None:
    import numpy as np

    image = film()
    image.BitsStored, image.HighBit = 12, 11
    stored = np.frombuffer(image.PixelData, "<u2")
    image.PixelData = (stored | 0x8000).tobytes()
    image.add_new((0x6000, 0x0100), "US", 16)
    image.add_new((0x6000, 0x0102), "US", 15)
    _, after = cleaned(image, tmp_path)
    assert (np.frombuffer(after.PixelData, "<u2") == stored).all()
    image.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    image.PixelData = encapsulate([jpeg()])
    image["PixelData"].is_undefined_length = True
    with pytest.raises(PolicyError, match="overlay in spare bits"):
        cleaned(image, tmp_path)


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">HH", marker, len(body) + 2) + body


def jpeg(comment: bytes = b"", behind: bytes = b"", application: bytes = b"") -> bytes:
    """The segments of a JPEG, with compressed data in which stuffed and restart bytes occur."""
    tables = segment(0xFFDB, bytes(65)) + segment(0xFFC3, bytes(9)) + segment(0xFFC4, bytes(20))
    scan = segment(0xFFDA, bytes(8)) + b"\x12\xff\x00\x34\xff\xd0\x56\xff\x00"
    texts = (segment(0xFFE1, application) if application else b"") + (segment(0xFFFE, comment) if comment else b"")
    return b"\xff\xd8" + segment(0xFFE0, b"JFIF\0" + bytes(9)) + texts + tables + scan + b"\xff\xd9" + behind


def jpeg_2000(comment: bytes = b"", behind: bytes = b"") -> bytes:
    """The segments of a JPEG 2000 codestream of one tile-part."""
    text = segment(0xFF64, b"\0\1" + comment)
    body = b"\xff\x93" + b"\x01\x02\x03\xff\x64"
    tile = segment(0xFF90, struct.pack(">HIBB", 0, 12 + len(text) + len(body), 0, 1)) + text + body
    return b"\xff\x4f" + segment(0xFF51, bytes(38)) + segment(0xFF52, bytes(10)) + text + tile + b"\xff\xd9" + behind


def test_comments_in_compressed_frames_are_blanked_at_the_same_length() -> None:
    for make in (
        lambda text: jpeg(comment=text), lambda text: jpeg(application=b"Exif\0\0" + text),
        lambda text: jpeg(behind=text), lambda text: jpeg_2000(comment=text), lambda text: jpeg_2000(behind=text),
    ):  # fmt: skip
        before, after = make(b"JONES^JANE"), without_comments(make(b"JONES^JANE"))
        assert b"JONES" in before
        assert b"JONES" not in after
        assert len(after) == len(before)
        # Nothing but the text changed, each time it stood there.
        assert after == without_comments(after)
        assert [a for a, b in zip(after, before, strict=True) if a != b] == [0] * sum(
            a != b for a, b in zip(after, before, strict=True)
        )
    for stream in (
        jpeg(comment=b"LEAD Technologies Inc. V1.01"),
        jpeg_2000(comment=b"Kakadu-v6.4.1"),
        jpeg_2000(
            comment=b"Kdu-Layer-Info: log_2{Delta-D(squared-error)/Delta-L(bytes)}, L(bytes)\n-192.0,  1.5e+05\n"
        ),
        b"",
        b"\xff\xd8",
        b"\xff\x4f\xff\x51",
    ):
        assert without_comments(stream) == stream


def test_a_comment_made_to_take_forever_takes_no_time() -> None:
    import time

    layers = b"Kdu-Layer-Info: log_2{Delta-D(squared-error)/Delta-L(bytes)}, L(bytes)\n"
    start = time.perf_counter()
    for comment in (layers + b"1 \n" * 10_000 + b"JONES", b"Created by Kakadu" + b"1." * 10_000 + b"JONES"):
        assert b"JONES" not in without_comments(jpeg_2000(comment=comment))
    assert time.perf_counter() - start < 5


def test_comments_of_compressed_pixels_go_and_the_rest_stays(tmp_path: Path) -> None:
    for syntax, frame in ((JPEGLosslessSV1, jpeg), (JPEG2000Lossless, jpeg_2000)):
        image = film()
        image.file_meta.TransferSyntaxUID = syntax
        image.PixelData = encapsulate([frame(b"JONES^JANE")])
        image["PixelData"].is_undefined_length = True
        data, after = cleaned(image, tmp_path)
        assert b"JONES" not in data
        (kept,) = generate_frames(after.PixelData, number_of_frames=1)
        assert kept.rstrip(b"\0") == without_comments(frame(b"JONES^JANE")).rstrip(b"\0")


def test_text_behind_a_frame_of_several_fragments_goes(tmp_path: Path) -> None:
    frame = jpeg(comment=b"JONES^JANE", behind=b"JONES^JANE")
    for count in (2, 5):
        image = film()
        image.file_meta.TransferSyntaxUID = JPEGLosslessSV1
        image.PixelData = encapsulate([frame], fragments_per_frame=count)
        image["PixelData"].is_undefined_length = True
        data, after = cleaned(image, tmp_path)
        assert b"JONES" not in data
        (kept,) = generate_frames(after.PixelData, number_of_frames=1)
        assert kept.rstrip(b"\0") == without_comments(frame).rstrip(b"\0")
        assert len(after.PixelData) == len(image.PixelData)


def test_offset_tables_that_are_none_go(tmp_path: Path) -> None:
    image = film()
    image.file_meta.TransferSyntaxUID = JPEGLSLossless
    frame = jpeg()
    frame += b"\0" * (len(frame) % 2)
    table = b"JONES^JANE^1"
    image.PixelData = (
        b"\xfe\xff\x00\xe0"
        + struct.pack("<I", len(table))
        + table
        + b"\xfe\xff\x00\xe0"
        + struct.pack("<I", len(frame))
        + frame
    )
    image["PixelData"].is_undefined_length = True
    data, after = cleaned(image, tmp_path)
    assert b"JONES" not in data
    (kept,) = generate_frames(after.PixelData, number_of_frames=1)
    assert kept == frame


@pytest.mark.parametrize("says", ["YES", "yes", " Yes ", "Y"])
def test_what_says_that_it_shows_somebody_is_refused(tmp_path: Path, says: str) -> None:
    for keyword in ("BurnedInAnnotation", "RecognizableVisualFeatures"):
        image = film()
        image.add_new(keyword, "CS", says)
        with pytest.raises(PolicyError):
            cleaned(image, tmp_path)


def test_captures_are_held_up_to_a_person(tmp_path: Path) -> None:
    image = film()
    image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    image.save_as(tmp_path / "in.dcm", enforce_file_format=True)
    assert "screen capture" in clean_dataset(read_dicom(tmp_path / "in.dcm"), KEY).notes[0]
    assert clean_dataset(film(), KEY).notes == []  # type: ignore[arg-type]


def test_a_kind_that_only_the_file_meta_information_says(tmp_path: Path) -> None:
    image = film()
    kind, uid = image.SOPClassUID, image.SOPInstanceUID
    image.file_meta.MediaStorageSOPInstanceUID, image.file_meta.MediaStorageSOPClassUID = uid, kind
    image.SOPClassUID = image.SOPInstanceUID = ""
    image.save_as(tmp_path / "in.dcm", enforce_file_format=False)
    original = read_dicom(tmp_path / "in.dcm")
    after = pydicom.dcmread(io.BytesIO(encode_part10(clean_dataset(original, KEY).dataset, original)))
    assert after.SOPClassUID == kind == after.file_meta.MediaStorageSOPClassUID
    assert after.SOPInstanceUID == after.file_meta.MediaStorageSOPInstanceUID != uid


def test_patients_of_whom_nothing_is_said_are_not_taken_for_one() -> None:
    one, other = Dataset(), Dataset()
    one.SOPInstanceUID, other.SOPInstanceUID = "1.2.3", "1.2.4"
    assert patient_of(one) != patient_of(other)


@pytest.mark.parametrize("depth", [40, 200, 3000])
def test_nesting_out_of_all_reason_is_cut_or_an_error(tmp_path: Path, depth: int) -> None:
    """Written by hand, since the library that writes files gives up at such depths."""
    value = b"JONES^JANE"
    inner = struct.pack("<HHI", 0x0010, 0x4000, len(value)) + value
    for _ in range(depth):
        item = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
        inner = struct.pack("<HHI", 0x0008, 0x2218, len(item)) + item
    image = film()
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    image.add_new((0x0008, 0x2217), "UN", b"")
    image.save_as(tmp_path / "in.dcm", implicit_vr=True, little_endian=True, enforce_file_format=True)
    marker = struct.pack("<HHI", 0x0008, 0x2217, 0)
    data = (tmp_path / "in.dcm").read_bytes()
    assert marker in data
    (tmp_path / "in.dcm").write_bytes(data.replace(marker, inner))
    try:
        original = read_dicom(tmp_path / "in.dcm")
        after = encode_part10(clean_dataset(original, KEY).dataset, original)
    except UnreadableError as error:
        assert "JONES" not in error.message + error.remedy
        return
    assert b"JONES" not in after


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_are_errors_or_clean(tmp_path: Path, seed: int) -> None:
    """Bytes are flipped, cut out and put in; the words of errors hold nothing of the header either."""
    import random

    canaries = Canaries()
    write_planted(planted(canaries), tmp_path / "in.dcm", canaries)
    whole = (tmp_path / "in.dcm").read_bytes()
    chance = random.Random(seed)  # noqa: S311
    for _ in range(12):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 8)):
            place = chance.randrange(132, len(data))
            data[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        (tmp_path / "bad.dcm").write_bytes(data)
        try:
            original = read_dicom(tmp_path / "bad.dcm")
            after = encode_part10(clean_dataset(original, KEY).dataset, original)
        except CovidcurateError as error:
            after = (error.message + error.remedy).encode()
        assert b"CANARY" not in after
