"""The ten kinds of action that the MIDI-B checker scores, each on its own; retaining counts as much as removing."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset, Sequence

from covidcurate.errors import PolicyError
from covidcurate.imaging.deidentify import Dates, clean_dataset, encode_part10, load_key
from covidcurate.imaging.deidentify.allowed import KEYWORDS
from covidcurate.imaging.deidentify.profile import EDITION, Action, find_rule, read_profile
from covidcurate.imaging.deidentify.substitutes import Substitutes, fold_age
from covidcurate.imaging.dicom.read import read_dicom
from tests.imaging.deidentify.canaries import film

KEY = bytes(range(32))
# The profile acts on them, and the option to retain characteristics of the patient lets them stay.
ALLOWED_AND_ACTED_ON = {"PatientSex", "PatientAge", "PatientSize", "PatientWeight"}
Clean = Callable[..., Dataset]


@pytest.fixture
def clean(tmp_path: Path) -> Clean:
    """Return a function that writes a film with some attributes, and gives what is left of it."""

    def do(dates: Dates = Dates.SHIFTED, key: bytes = KEY, **attributes: object) -> Dataset:
        image = film()
        for keyword, value in attributes.items():
            setattr(image, keyword, value)
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.save_as(tmp_path / "in.dcm", enforce_file_format=True)
        original = read_dicom(tmp_path / "in.dcm")
        return pydicom.dcmread(io.BytesIO(encode_part10(clean_dataset(original, key, dates).dataset, original)))

    return do


def test_tag_retained(clean: Clean) -> None:
    """Attributes that an image must have stay, if only empty."""
    after = clean(
        AccessionNumber="A1", ReferringPhysicianName="X^Y", StudyID="7", PatientBirthDate="19500101", StudyTime="101112"
    )
    for keyword in ("AccessionNumber", "ReferringPhysicianName", "StudyID", "PatientBirthDate", "StudyTime"):
        assert keyword in after
        assert not after[keyword].value


def test_text_notnull(clean: Clean) -> None:
    after = clean(PatientName="Doe^Jane", PatientID="12345")
    assert after.PatientName
    assert after.PatientID


def test_text_retained(clean: Clean) -> None:
    after = clean(Manufacturer="SIEMENS", ManufacturerModelName="SOMATOM Definition AS+", BodyPartExamined="CHEST")
    assert (after.Manufacturer, after.ManufacturerModelName, after.BodyPartExamined) == (
        "SIEMENS", "SOMATOM Definition AS+", "CHEST",
    )  # fmt: skip


def test_text_removed(clean: Clean) -> None:
    after = clean(
        StudyDescription="Chest of Jane", ImageComments="Jane", InstitutionName="General", OperatorsName="A^B"
    )
    assert not {"StudyDescription", "ImageComments"} & {element.keyword for element in after}
    assert "General" not in str(after)


def test_a_name_that_is_copied_into_codes_goes(clean: Clean) -> None:
    after = clean(
        PatientName="Doe^Janet", PatientID="AB1234", ScanOptions="JANET", BodyPartExamined="CHEST DOE",
        Manufacturer="Scanner of ab1234", ConvolutionKernel="B70f", Laterality="L",
    )  # fmt: skip
    kept = {element.keyword for element in after if element.value}
    assert not {"ScanOptions", "BodyPartExamined", "Manufacturer"} & kept
    assert {"ConvolutionKernel", "Laterality"} <= kept


def test_date_shifted(clean: Clean) -> None:
    """By the same number of days for all dates of a patient, so that intervals stay; and not by none."""
    first = clean(
        PatientID="1", StudyDate="20200301", AcquisitionDate="20200302", AcquisitionDateTime="20200302101112.5+0100"
    )
    second = clean(PatientID="1", StudyDate="20200401")
    other = clean(PatientID="2", StudyDate="20200301")
    assert _day(second.StudyDate) - _day(first.StudyDate) == datetime.timedelta(31)
    assert _day(first.AcquisitionDate) - _day(first.StudyDate) == datetime.timedelta(1)
    assert str(first.AcquisitionDateTime) == first.AcquisitionDate
    assert _day(first.StudyDate) < datetime.date(2020, 3, 1)
    assert other.StudyDate != first.StudyDate
    assert not clean(Dates.REMOVED, PatientID="1", StudyDate="20200301").StudyDate


def _day(text: str) -> datetime.date:
    return datetime.datetime.strptime(text, "%Y%m%d").date()


@pytest.mark.parametrize("text", ["", "2020", "20201340", "notadate", "00000000"])
def test_a_date_that_is_none_is_not_kept(clean: Clean, text: str) -> None:
    assert not clean(StudyDate=text).StudyDate


def test_uid_changed(clean: Clean) -> None:
    after = clean(StudyInstanceUID="1.2.3.4")
    assert after.StudyInstanceUID.startswith("2.25.")
    assert len(after.StudyInstanceUID) <= 64
    assert after.SOPClassUID == "1.2.840.10008.5.1.4.1.1.2"


def test_uid_consistent(clean: Clean) -> None:
    """Wherever it occurs, in whatever file; and by the key, so that nobody can hash a list of UIDs and compare."""
    reference = Dataset()
    reference.ReferencedSOPInstanceUID, reference.ReferencedSOPClassUID = "1.2.3.99", "1.2.840.10008.5.1.4.1.1.2"
    first = clean(SOPInstanceUID="1.2.3.99")
    second = clean(ReferencedImageSequence=Sequence([reference]))
    item = second.ReferencedImageSequence[0]
    assert item.ReferencedSOPInstanceUID == first.SOPInstanceUID
    assert item.ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert clean(key=bytes(32), SOPInstanceUID="1.2.3.99").SOPInstanceUID != first.SOPInstanceUID


def test_patid_consistent(clean: Clean) -> None:
    ids = [clean(PatientID=one, PatientName=name).PatientID for one, name in (("7", "A^B"), ("7", "A^C"), ("8", "A^B"))]
    assert ids[0] == ids[1] != ids[2]


def test_pixels_hidden(clean: Clean) -> None:
    """What says that text is burned into it does not pass."""
    with pytest.raises(PolicyError, match="burned into its pixels"):
        clean(BurnedInAnnotation="YES")


def test_pixels_retained(clean: Clean) -> None:
    assert clean().PixelData == film().PixelData


@pytest.mark.parametrize(
    ("age", "kept"),
    [("089Y", "089Y"), ("090Y", "090Y"), ("091Y", "090Y"), ("104Y", "090Y"), ("011M", "011M"), ("22Y", "022Y")],
)
def test_ages_above_89_are_folded(clean: Clean, age: str, kept: str) -> None:
    assert clean(PatientAge=age).PatientAge == kept
    assert fold_age(age) == kept


def test_no_image_no_entry(clean: Clean) -> None:
    image = film()
    del image.PixelData
    with pytest.raises(PolicyError, match="is no image"):
        clean_dataset(image, KEY)  # type: ignore[arg-type]


def test_objects_of_a_vendor_are_refused(clean: Clean) -> None:
    with pytest.raises(PolicyError, match="vendor's own"):
        clean(SOPClassUID="1.3.12.2.1107.5.9.1")


def test_safe_private_numbers_stay_and_others_go(clean: Clean, tmp_path: Path) -> None:
    image = film()
    for group, creator in ((0x0019, "GEMS_ACQU_01"), (0x0043, "GEMS_PARM_01")):
        image.add_new((group, 0x0010), "LO", creator)
        image.add_new((group, 0x1027), "DS", "0.5")
        image.add_new((group, 0x1030), "LO", "Jane")
    image.add_new((0x0019, 0x1023), "DS", "12345678901234567890")
    image.save_as(tmp_path / "private.dcm", enforce_file_format=True)
    after = clean_dataset(read_dicom(tmp_path / "private.dcm"), KEY).dataset
    assert (0x0019, 0x1027) in after
    assert [item.CodeValue for item in after.DeidentificationMethodCodeSequence][-1] == "113111"
    assert sum(element.tag.is_private for element in after) == 2


def test_a_run_again_gives_the_same_bytes(tmp_path: Path) -> None:
    film().save_as(tmp_path / "in.dcm", enforce_file_format=True)
    original = read_dicom(tmp_path / "in.dcm")
    one, other = (encode_part10(clean_dataset(original, KEY).dataset, original) for _ in range(2))
    assert one == other


def test_sequences_nested_out_of_all_reason(tmp_path: Path) -> None:
    image = film()
    deepest = image
    for _ in range(150):
        inner = Dataset()
        deepest.AnatomicRegionSequence = Sequence([inner])
        deepest = inner
    deepest.PatientComments = "DEEP CANARY"
    image.save_as(tmp_path / "deep.dcm", enforce_file_format=True)
    original = read_dicom(tmp_path / "deep.dcm")
    assert b"DEEP CANARY" not in encode_part10(clean_dataset(original, KEY).dataset, original)


def test_the_table_is_whole_and_pinned() -> None:
    rows = read_profile()
    of_edition = [rule for rule in rows.values() if rule.edition == EDITION]
    assert (EDITION, len(of_edition)) == ("2024e", 621)
    assert len(rows) - len(of_edition) == 35
    counts = {action: sum(rule.action is action for rule in of_edition) for action in Action}
    assert counts == {
        Action.REMOVE: 384, Action.DUMMY: 92, Action.UID: 54, Action.EMPTY: 42, Action.REMOVE_OR_DUMMY: 22,
        Action.REMOVE_OR_EMPTY: 11, Action.REMOVE_EMPTY_OR_DUMMY: 8, Action.EMPTY_OR_DUMMY: 6,
        Action.REMOVE_EMPTY_OR_UID: 2,
    }  # fmt: skip


def test_what_is_allowed_is_not_in_the_table() -> None:
    named = {rule.keyword for rule in read_profile().values()}
    assert set(KEYWORDS) & named <= ALLOWED_AND_ACTED_ON
    assert find_rule(0x60024000) is find_rule(0x60004000)
    assert find_rule(0x50AA1234) is not None
    assert find_rule(0x00180060) is None


def test_keys_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    key = load_key(tmp_path)
    assert load_key(tmp_path) == key
    assert len(key) == 32
    assert (tmp_path / "deidentify.key").stat().st_mode & 0o077 == 0
    (tmp_path / "deidentify.key").write_text("zz")
    with pytest.raises(Exception, match="is no key"):
        load_key(tmp_path)


def test_substitutes_do_not_show_the_key() -> None:
    assert "key" not in repr(Substitutes(KEY, "x")).casefold().replace("0x", "") or KEY.hex() not in repr(
        Substitutes(KEY, "x")
    )
