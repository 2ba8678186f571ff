"""Make a synthetic CT series: a phantom of ellipses with noise, 12 bits, as plain DICOM files."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid


def make_series(folder: Path, slices: int = 300, side: int = 512, seed: int = 1) -> None:
    """Write the series; spacing is 0.7 x 0.7 x 1.0 mm, values are stored from 0 to 4095 with an intercept of -1024."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    series, study, frame = generate_uid(), generate_uid(), generate_uid()
    for number in range(slices):
        depth = number / slices
        values = np.full((side, side), -1000.0)
        values[(x / 0.85) ** 2 + (y / 0.6) ** 2 < 1] = 40
        for left in (-0.4, 0.4):
            lung = ((x - left) / 0.27) ** 2 + (y / (0.3 + 0.1 * np.sin(3 * depth))) ** 2 < 1
            values[lung] = -850 + 60 * np.sin(20 * x[lung] + 9 * depth)
        values[(x / 0.1) ** 2 + ((y - 0.4) / 0.1) ** 2 < 1] = 700
        body = values > -999
        values[body] += random.normal(0, 12, int(body.sum()))
        values[~body] += random.normal(0, 3, int((~body).sum()))
        stored = np.clip(np.rint(values + 1024), 0, 4095).astype("<u2")
        write_slice(folder / f"IM{number:04d}.dcm", stored, number, (series, study, frame))


def write_slice(path: Path, stored: np.ndarray, number: int, uids: tuple[str, str, str]) -> None:
    """Write one slice of an axial stack; all that a CT reader needs, and nobody's name."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image = Dataset()
    image.file_meta = meta
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    image.SeriesInstanceUID, image.StudyInstanceUID, image.FrameOfReferenceUID = uids
    image.PatientName, image.PatientID = "SYNTHETIC^PHANTOM", "SYNTHETIC"
    image.Modality, image.SeriesNumber, image.InstanceNumber = "CT", 1, number + 1
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.ImagePositionPatient = [-179.2, -179.2, float(number)]
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.PixelSpacing, image.SliceThickness = [0.7, 0.7], 1.0
    image.Rows, image.Columns = stored.shape
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
    image.RescaleSlope, image.RescaleIntercept, image.RescaleType = 1, -1024, "HU"
    image.PixelData = stored.tobytes()
    image["PixelData"].VR = "OW"
    image.save_as(path, enforce_file_format=True)


if __name__ == "__main__":
    make_series(Path(sys.argv[1]))
