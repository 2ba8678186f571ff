"""A synthetic film with something to find in every attribute of the profile, and wherever else a name can stand."""

from __future__ import annotations

import base64
import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import DataElement, Dataset, Sequence
from pydicom.datadict import get_entry
from pydicom.tag import Tag

from covidcurate.imaging.deidentify.profile import read_profile
from tests.convert.synthetic_series import header

KEEP = {
    "ImagePositionPatient": [-10.5, 20.25, 3.125], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "PixelSpacing": [0.143, 0.143], "ImagerPixelSpacing": [0.148, 0.148], "RescaleSlope": "2.5",
    "RescaleIntercept": "-1024", "RescaleType": "HU", "WindowCenter": [40, 400], "WindowWidth": [400, 1800],
    "ViewPosition": "PA", "BodyPartExamined": "CHEST", "KVP": "120", "SliceThickness": "1.25",
    "ConvolutionKernel": "B70f", "PhotometricInterpretation": "MONOCHROME2", "PatientSex": "F", "PatientAge": "067Y",
    "PatientPosition": "HFS", "Laterality": "L", "PatientOrientation": ["L", "F"], "Exposure": "12",
}  # fmt: skip
"""Attributes that are needed to read an image, with values that are to stay as they are."""
CHARACTERISTICS = {"PatientSex", "PatientAge", "PatientSize", "PatientWeight"}
NUMERIC = {"US", "UL", "SS", "SL", "FL", "FD", "AT", "AS", "OW", "OF", "OD", "OL", "US or SS", "OB or OW"}
"""Representations in which nothing can be planted that would be known again."""


class Canaries:
    """Makes values that are found nowhere else, and remembers what bytes each would leave."""

    def __init__(self) -> None:
        self.planted: dict[str, bytes] = {}

    def text(self, place: str) -> str:
        """Return a word and remember it."""
        word = f"CANARY{len(self.planted):05d}"
        self.planted[place] = word.encode()
        return word

    def value(self, place: str, vr: str) -> Any:
        """Return a value of a representation; None if none can be known again."""
        number = len(self.planted)
        special: dict[str, str] = {
            "DA": (datetime.date(2300, 1, 1) + datetime.timedelta(number)).strftime("%Y%m%d"),
            "TM": f"1234{number % 60:02d}.{number:06d}",
            "DT": f"23500101{number % 10000:04d}59.{number:06d}",
            "UI": f"1.2.3.4.5.{10000 + number}.9",
            "IS": f"97{number:05d}",
            "DS": f"98{number:05d}.5",
        }
        if vr in special:
            self.planted[place] = special[vr].encode()
            return special[vr]
        if vr in NUMERIC:
            return None
        word = self.text(place)
        return {"PN": f"{word}^Planted", "UR": f"https://{word}.example"}.get(
            vr, word.encode() if vr in {"OB", "UN"} else word
        )

    def left_in(self, data: bytes) -> list[str]:
        """Return the places of the canaries that bytes hold, plain, in UTF-16, or in base64."""
        lower = data.lower()
        found = []
        for place, canary in self.planted.items():
            wide = canary.decode().encode("utf-16-le")
            coded = base64.b64encode(canary)[:-4]
            if any(form.lower() in lower for form in (canary, wide, wide[1:] + b"\0", coded)):
                found.append(place)
        return found


def film() -> Dataset:
    """Return a synthetic image with all that is to stay."""
    stored = np.random.default_rng(8).integers(0, 4096, (32, 40)).astype(np.uint16)
    image = header("2.25.1234", 1, stored)
    for keyword, value in KEEP.items():
        setattr(image, keyword, value)
    return image


def planted(canaries: Canaries) -> Dataset:
    """Return a film with a canary in everything that the profile knows, and in what no profile knows."""
    image = film()
    for tag, rule in read_profile().items():
        if (
            not tag.isalnum()
            or "x" in tag
            or tag == "private"
            or tag.startswith(("0000", "0002"))
            or rule.keyword in CHARACTERISTICS
        ):
            continue
        plant(image, Tag(int(tag, 16)), canaries, f"{rule.keyword or tag}")
    plant_nested(image, canaries)
    plant_elsewhere(image, canaries)
    return image


def plant(dataset: Dataset, tag: Any, canaries: Canaries, place: str) -> None:
    """Give an attribute a canary, a sequence one in an item."""
    try:
        vr = get_entry(tag)[0]
    except KeyError:
        vr = "LO"  # of a newer edition than the dictionary's
    if vr == "SQ":
        item = Dataset()
        item.PatientComments = canaries.text(f"{place} > PatientComments")
        item.CodeMeaning = canaries.text(f"{place} > CodeMeaning")
        dataset[tag] = DataElement(tag, "SQ", Sequence([item]))
        return
    value = canaries.value(place, vr)
    if value is not None:
        dataset[tag] = DataElement(tag, vr, value)


def plant_nested(image: Dataset, canaries: Canaries) -> None:
    """Put names into sequences that the profile does not name, one to three levels deep."""
    for number, keyword in enumerate(
        ("AnatomicRegionSequence", "ViewCodeSequence", "RealWorldValueMappingSequence", "CTExposureSequence",
         "SharedFunctionalGroupsSequence", "XRayGeometrySequence", "SourceImageSequence", "ReferencedImageSequence")
    ):  # fmt: skip
        inner = Dataset()
        deepest = inner
        for depth in range(1, 4):
            where = f"{keyword} at depth {depth}"
            deepest.PatientName = f"{canaries.text(where + ' PatientName')}^X"
            deepest.InstitutionName = canaries.text(where + " InstitutionName")
            deepest.ImageComments = canaries.text(where + " ImageComments")
            deepest.StudyDate = canaries.value(where + " StudyDate", "DA")
            deepest.add_new((0x0009, 0x0010), "LO", canaries.text(where + " private"))
            following = Dataset()
            deepest.FrameContentSequence = Sequence([following])
            deepest = following
        setattr(image, keyword, Sequence([inner]))
        assert number < 8


def plant_elsewhere(image: Dataset, canaries: Canaries) -> None:
    """Put names into private elements, curves, overlays, thumbnails, wrong representations and unknown attributes."""
    image.add_new((0x0009, 0x0010), "LO", canaries.text("private creator"))
    image.add_new((0x0009, 0x1001), "PN", canaries.text("private name"))
    image.add_new((0x0009, 0x1002), "UN", canaries.text("private bytes").encode())
    nested = Dataset()
    nested.PatientID = canaries.text("private sequence")
    image.add_new((0x0009, 0x1003), "SQ", Sequence([nested]))
    image.add_new((0x5000, 0x2500), "LO", canaries.text("curve label"))
    image.add_new((0x5000, 0x3000), "OW", canaries.text("curve data").encode() + b"\0")
    image.add_new((0x6002, 0x3000), "OW", canaries.text("overlay data").encode() + b"\0")
    image.add_new((0x6002, 0x4000), "LT", canaries.text("overlay comments"))
    image.add_new((0x6002, 0x1500), "LO", canaries.text("overlay label"))
    icon = Dataset()
    icon.add_new(0x7FE00010, "OW", canaries.text("thumbnail").encode() + b"\0")
    image.IconImageSequence = Sequence([icon])
    image.add_new((0xFFFC, 0xFFFC), "OB", canaries.text("trailing padding").encode() + b"\0")
    image.add_new((0x0018, 0x0022), "LO", f"seen by {canaries.text('text where a code belongs')}")
    image.add_new((0x0010, 0x9999), "LO", canaries.text("unknown attribute of a patient"))
    image.add_new((0x0028, 0x9998), "CS", canaries.text("unknown attribute of pixels"))


def write(image: Dataset, path: Path, canaries: Canaries) -> None:
    """Write the file with a canary in the preamble, the file meta information and after the data set."""
    meta = image.file_meta
    meta.SourceApplicationEntityTitle = canaries.text("file meta AE title")
    meta.PrivateInformationCreatorUID = canaries.value("file meta private creator", "UI")
    meta.PrivateInformation = canaries.text("file meta private information").encode() + b"\0"
    meta.ImplementationVersionName = canaries.text("file meta implementation")
    meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.preamble = canaries.text("preamble").encode().ljust(128, b"\0")
    image.save_as(path, enforce_file_format=True)
