"""Nothing that was planted comes through, and what is needed to read an image stays bit for bit."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from covidcurate.imaging.deidentify import Cleaned, Dates, clean_dataset, encode_part10
from covidcurate.imaging.dicom.read import read_dicom
from tests.imaging.deidentify import canaries as c

KEY = b"a synthetic key of 32 bytes, ok?"


def cleaned(path: Path, dates: Dates = Dates.SHIFTED) -> tuple[bytes, Cleaned]:
    original = read_dicom(path)
    result = clean_dataset(original, KEY, dates)
    return encode_part10(result.dataset, original), result


@pytest.mark.parametrize("dates", Dates)
@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_no_canary_comes_through(tmp_path: Path, dates: Dates, syntax: str | None) -> None:
    canaries = c.Canaries()
    image = c.planted(canaries)
    if syntax is not None:
        image.file_meta.TransferSyntaxUID = syntax
        image.PixelData = image.PixelData if syntax != ExplicitVRBigEndian else _swapped(image.PixelData)
    c.write(image, tmp_path / "in.dcm", canaries)
    before = (tmp_path / "in.dcm").read_bytes()
    # All are there to be found, but the few whose sequences are planted twice.
    assert len(canaries.planted) >= 700
    assert len(canaries.left_in(before)) >= len(canaries.planted) - 8
    data, _ = cleaned(tmp_path / "in.dcm", dates)
    assert canaries.left_in(data) == []


def _swapped(data: bytes) -> bytes:
    swapped = bytearray(data)
    swapped[::2], swapped[1::2] = data[1::2], data[::2]
    return bytes(swapped)


def test_what_is_needed_to_read_an_image_stays(tmp_path: Path) -> None:
    canaries = c.Canaries()
    image = c.planted(canaries)
    c.write(image, tmp_path / "in.dcm", canaries)
    data, _ = cleaned(tmp_path / "in.dcm")
    original, after = pydicom.dcmread(tmp_path / "in.dcm"), pydicom.dcmread(io.BytesIO(data))
    assert after.PixelData == original.PixelData
    for keyword in c.KEEP:
        assert after[keyword].value == original[keyword].value, keyword
    assert _raw(after, "ImagePositionPatient") == _raw(original, "ImagePositionPatient")


def _raw(dataset: Dataset, keyword: str) -> object:
    stream = io.BytesIO()
    one = Dataset()
    one[keyword] = dataset[keyword]
    one.save_as(stream, implicit_vr=False, little_endian=True)
    return stream.getvalue()


def test_the_header_says_what_was_done(tmp_path: Path) -> None:
    c.write(c.film(), tmp_path / "in.dcm", c.Canaries())
    for dates, word, codes in (
        (Dates.SHIFTED, "MODIFIED", ["113100", "113107", "113108"]),
        (Dates.REMOVED, "REMOVED", ["113100", "113108"]),
    ):
        after = pydicom.dcmread(io.BytesIO(cleaned(tmp_path / "in.dcm", dates)[0]))
        assert after.PatientIdentityRemoved == "YES"
        assert "PS3.15 2024e" in after.DeidentificationMethod[1]
        assert [item.CodeValue for item in after.DeidentificationMethodCodeSequence] == codes
        assert after.LongitudinalTemporalInformationModified == word
        assert after.file_meta.MediaStorageSOPInstanceUID == after.SOPInstanceUID
        assert after.preamble == bytes(128)


def test_nothing_follows_the_data_set(tmp_path: Path) -> None:
    c.write(c.film(), tmp_path / "in.dcm", c.Canaries())
    with (tmp_path / "in.dcm").open("ab") as stream:
        stream.write(b"TRAILING CANARY" * 10)
    data, _ = cleaned(tmp_path / "in.dcm")
    assert b"TRAILING CANARY" not in data


def test_the_account_names_attributes_and_no_values(tmp_path: Path) -> None:
    canaries = c.Canaries()
    c.write(c.planted(canaries), tmp_path / "in.dcm", canaries)
    _, result = cleaned(tmp_path / "in.dcm")
    account = repr((result.removed, result.replaced, result.notes)).encode()
    assert canaries.left_in(account) == []
    assert result.removed["a private element"] >= 4
    assert result.replaced["PatientName"] >= 1
