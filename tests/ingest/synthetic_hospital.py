"""What a hospital might send, made by code: invented patients, noise for images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.fileset import FileSet
from pydicom.uid import generate_uid

from tests.convert.synthetic_series import header, save, stack, write

ANNEGRET = {
    "PatientName": "Planteroth^Annegret", "PatientID": "QX-0047110", "PatientBirthDate": "19480317", "PatientSex": "F",
    "InstitutionName": "Klinikum Musterstadt", "PatientAge": "061Y", "StudyDate": "20200401",
}  # fmt: skip
BERTHOLD = {
    "PatientName": "Vogelsang^Berthold", "PatientID": "QX-0047111", "PatientBirthDate": "19520830", "PatientSex": "M",
    "InstitutionName": "Klinikum Musterstadt", "PatientAge": "067Y",
}  # fmt: skip
SECRETS = ("Planteroth", "Annegret", "Vogelsang", "Berthold", "0047110", "0047111", "19480317", "Musterstadt")
OBJECTS = {
    "Basic Text SR": "1.2.840.10008.5.1.4.1.1.88.11",
    "Grayscale Softcopy Presentation State": "1.2.840.10008.5.1.4.1.1.11.1",
    "Key Object Selection Document": "1.2.840.10008.5.1.4.1.1.88.59",
    "RT Structure Set": "1.2.840.10008.5.1.4.1.1.481.3",
    "Encapsulated PDF": "1.2.840.10008.5.1.4.1.1.104.1",
}
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


def film(path: Path, seed: int, **attributes: Any) -> None:
    """Write a film of noise; what differs from a chest film of the first patient is given."""
    stored = np.random.default_rng(seed).integers(0, 4095, (40, 30)).astype(np.uint16)
    image = header(f"1.2.3.777.{seed}", 1, stored)
    image.StudyInstanceUID, image.SOPInstanceUID = f"1.2.3.777.{seed}.1", f"1.2.3.777.{seed}.2"
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    for keyword, value in {**ANNEGRET, "Modality": "DX", "ViewPosition": "PA", **attributes}.items():
        setattr(image, keyword, value)
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
    path.parent.mkdir(parents=True, exist_ok=True)
    save(image, path)


def series(folder: Path, seed: int = 1, **attributes: Any) -> None:
    """Write a CT series whose files have no ending."""
    planes = stack(seed=seed)
    for number, plane in enumerate(planes):
        plane.name = f"I{number:04d}"
    uid = f"1.2.3.778.{seed}"
    write(folder, planes, series=uid, **{**ANNEGRET, "StudyInstanceUID": f"{uid}.1", **attributes})


def objects(folder: Path) -> None:
    """Write one DICOM object of each kind that is no image."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, uid in enumerate(OBJECTS.values()):
        image: Dataset = header(generate_uid(), 1, np.zeros((2, 2), np.uint16))
        for keyword in ("PixelData", "Rows", "Columns"):
            delattr(image, keyword)
        image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = uid
        for keyword, value in ANNEGRET.items():
            setattr(image, keyword, value)
        save(image, folder / f"X{number}")
    film(folder / "SEG", 99, SOPClassUID=SEGMENTATION, Modality="SEG")


def shipment(folder: Path) -> Path:
    """Write a shipment of two patients: three films, a series, objects between, a README, an archive in it."""
    film(folder / "PLANTEROTH_ANNEGRET" / "IM0001", 1)
    film(folder / "PLANTEROTH_ANNEGRET" / "sub" / "IM0002.dcm", 2, ViewPosition="LL", Modality="CR")
    film(folder / "p2" / "1.2.3.4.5", 3, **BERTHOLD, ViewPosition="")
    series(folder / "p2" / "CT" / "S1", **BERTHOLD)
    objects(folder / "other")
    (folder / "README.txt").write_text("films of Annegret Planteroth\n")
    (folder / "more.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    (folder / "p2" / "broken").write_bytes(bytes(128) + b"DICM" + b"\x08\x00\x05\x00CS\xff\xff" + b"Planteroth" * 3)
    return folder


def medium(folder: Path, source: Path) -> Path:
    """Write a medium with a DICOMDIR of the images of another folder."""
    files = FileSet()
    for path in sorted(source.rglob("*")):
        if path.is_file():
            files.add(path)
    files.write(folder)
    files._stage["t"].cleanup()  # it would warn that nobody did
    return folder
