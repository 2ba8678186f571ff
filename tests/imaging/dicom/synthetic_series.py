"""Synthetic slices on disk, and the oracle that holds a volume against them voxel by voxel.

A plane knows the value that its header gives to each of its pixels and the place of that pixel in the patient (DICOM
PS3.3 C.7.6.2.1.1). Nothing here is taken from the program under test, nor from a library that puts series together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
LPS_TO_RAS = np.array([-1.0, -1.0, 1.0])
NEAR = 0.06
"""How far from the middle of a voxel a pixel may lie, in voxels."""
WORLD = 0.01
"""How far from its place a pixel may lie, in mm, where positions follow a line exactly."""


@dataclass
class Plane:
    """One synthetic slice; ``header`` overrides or, with None, removes elements."""

    stored: Any
    position: Any
    orientation: Sequence[float] = AXIAL
    spacing: tuple[float, float] = (0.75, 0.75)
    slope: float = 1.0
    intercept: float = -1024.0
    name: str = ""
    header: dict[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> Any:
        """Values in HU, rows x columns."""
        return self.stored.astype(np.float64) * self.slope + self.intercept

    @property
    def places(self) -> Any:
        """Place of the middle of each pixel in RAS, in mm, rows x columns x 3."""
        along_row, along_column = np.array(self.orientation[:3]), np.array(self.orientation[3:])
        row, column = np.indices(self.stored.shape)
        lps = (
            np.asarray(self.position, float)
            + column[..., None] * self.spacing[1] * along_row
            + row[..., None] * self.spacing[0] * along_column
        )
        return lps * LPS_TO_RAS


def stack(
    seed: int,
    *,
    count: int = 7,
    shape: tuple[int, int] = (11, 14),
    orientation: Sequence[float] = AXIAL,
    gap: float = 2.5,
    lean: Sequence[float] = (0.0, 0.0, 0.0),
    limits: tuple[int, int] = (0, 4096),
    kind: Any = np.uint16,
    **same: Any,
) -> list[Plane]:
    """Return a regular stack of random slices; ``lean`` is added to the step, as by a tilted gantry."""
    random = np.random.default_rng(seed)
    normal = np.cross(orientation[:3], orientation[3:])
    start = np.array([-41.7, 23.25, -310.5])
    return [
        Plane(
            random.integers(*limits, shape).astype(kind),
            np.round(start + number * (gap * normal + np.array(lean)), 6),
            orientation,
            name=f"slice{number:03d}.dcm",
            **same,
        )
        for number in range(count)
    ]


def turned(degrees: Sequence[float]) -> tuple[float, ...]:
    """Return the orientation of slices that are turned about the three axes in turn."""
    turn = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(degrees)):
        one = np.eye(3)
        first, second = [other for other in range(3) if other != axis]
        one[first, first] = one[second, second] = np.cos(angle)
        one[second, first] = np.sin(angle)
        one[first, second] = -np.sin(angle)
        turn = one @ turn
    return tuple(float(x) for x in turn.T[:2].reshape(-1))


def decimal(number: float) -> str:
    """Return a number as a decimal string, which has at most 16 characters."""
    digits = 16
    while len(text := f"{number:.{digits}g}") > 16:
        digits -= 1
    return text


def base_header(series: str, number: int, stored: Any, syntax: str = ExplicitVRLittleEndian) -> Dataset:
    """Return a CT image with pixels and without geometry."""
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = UID(syntax)
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, generate_uid()
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    image.FrameOfReferenceUID = generate_uid(entropy_srcs=["frame"])
    image.SeriesInstanceUID = series
    image.PatientName, image.PatientID, image.Modality = "SYNTHETIC^PHANTOM", "SYNTHETIC", "CT"
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.SeriesNumber, image.InstanceNumber, image.SliceThickness = 2, number, 2.5
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.Rows, image.Columns = stored.shape[-2:]
    bits = 8 * stored.dtype.itemsize
    image.BitsAllocated, image.BitsStored, image.HighBit = bits, bits, bits - 1
    image.PixelRepresentation = int(stored.dtype.kind == "i")
    image.add_new("PixelData", "OB" if bits == 8 else "OW", stored.tobytes())
    return image


def write_planes(
    folder: Path, planes: Iterable[Plane], *, series: str = "", syntax: str = ExplicitVRLittleEndian, **same: Any
) -> None:
    """Write planes as single-frame files of one series; ``same`` are elements of them all."""
    series = series or generate_uid(entropy_srcs=["one series"])
    for number, plane in enumerate(planes, start=1):
        image = base_header(series, number, plane.stored, syntax)
        image.ImagePositionPatient = [decimal(x) for x in plane.position]
        image.ImageOrientationPatient = [decimal(x) for x in plane.orientation]
        image.PixelSpacing = [decimal(x) for x in plane.spacing]
        image.RescaleSlope, image.RescaleIntercept = decimal(plane.slope), decimal(plane.intercept)
        for keyword, value in {**same, **plane.header}.items():
            if value is None:
                delattr(image, keyword)
            else:
                setattr(image, keyword, value)
        path = folder / plane.name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save_as(path, enforce_file_format=True)


def write_enhanced(path: Path, planes: Sequence[Plane], order: Sequence[int], content: Sequence[Dataset] = ()) -> None:
    """Write planes as the frames of one Enhanced CT image; what differs is said frame by frame (C.7.6.16).

    Parameters
    ----------
    order
        Which plane each frame is.
    content
        Frame Content of each plane, where it matters.
    """
    image = base_header(generate_uid(entropy_srcs=["enhanced"]), 1, np.stack([planes[n].stored for n in order]))
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    image.NumberOfFrames = len(order)
    image.SharedFunctionalGroupsSequence = [Dataset()]
    frames = []
    for number in order:
        plane, frame = planes[number], Dataset()
        for sequence, values in {
            "PlanePositionSequence": {"ImagePositionPatient": [decimal(x) for x in plane.position]},
            "PlaneOrientationSequence": {"ImageOrientationPatient": [decimal(x) for x in plane.orientation]},
            "PixelMeasuresSequence": {"PixelSpacing": list(plane.spacing), "SliceThickness": 2.5},
            "PixelValueTransformationSequence": {
                "RescaleSlope": plane.slope, "RescaleIntercept": plane.intercept, "RescaleType": "HU",
            },
        }.items():  # fmt: skip
            item = Dataset()
            for keyword, value in values.items():
                setattr(item, keyword, value)
            setattr(frame, sequence, [item])
        if content:
            frame.FrameContentSequence = [content[number]]
        frames.append(frame)
    image.PerFrameFunctionalGroupsSequence = frames
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save_as(path, enforce_file_format=True)


def check_volume(path: Path, planes: Sequence[Plane], *, near: float = NEAR, world: float = WORLD) -> None:
    """Assert that a NIfTI holds each pixel of the planes at its place with its value, and nothing else.

    Forty pixels a slice would show an error of order or place; slices are small here, so that all are looked at.
    """
    image: Any = nibabel.load(path)
    voxels = np.asarray(image.dataobj, dtype=np.float64)
    assert voxels.ndim == 3, voxels.shape
    assert voxels.size == sum(plane.stored.size for plane in planes), (voxels.shape, len(planes))
    affine = image.affine
    assert image.header["sform_code"] > 0
    if image.header["qform_code"] > 0:
        assert np.allclose(image.header.get_qform(), image.header.get_sform(), atol=2e-3)
    inverse = np.linalg.inv(affine)
    seen = np.zeros(voxels.shape, bool)
    for plane in planes:
        places = plane.places.reshape(-1, 3)
        index = places @ inverse[:3, :3].T + inverse[:3, 3]
        voxel = np.rint(index).astype(int)
        assert np.abs(index - voxel).max() < near, (plane.name, np.abs(index - voxel).max())
        assert (voxel >= 0).all(), plane.name
        assert (voxel < voxels.shape).all(), plane.name
        off = np.linalg.norm(voxel @ affine[:3, :3].T + affine[:3, 3] - places, axis=1).max()
        assert off < world, (plane.name, off)
        found = voxels[tuple(voxel.T)].reshape(plane.values.shape)
        fractional = not (float(plane.slope).is_integer() and float(plane.intercept).is_integer())
        assert np.abs(found - plane.values).max() <= (abs(plane.slope) / 2 if fractional else 0), plane.name
        seen[tuple(voxel.T)] = True
    assert seen.all()


def holds(path: Path, planes: Sequence[Plane], **limits: float) -> bool:
    """Return whether a NIfTI is what :func:`check_volume` asks for."""
    try:
        check_volume(path, planes, **limits)
    except AssertionError:
        return False
    return True
