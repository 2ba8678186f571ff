"""Small synthetic CT series with a known answer: the value at each place in the patient, by their own headers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset, FileMetaDataset, Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RLELossless, generate_uid

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
COUNT, ROWS, COLUMNS = 8, 12, 16


@dataclass
class Plane:
    """One slice: what is stored, and what its header says."""

    stored: Any
    position: tuple[float, ...]
    orientation: tuple[float, ...] = AXIAL
    spacing: tuple[float, float] = (0.7, 0.7)
    slope: float = 1.0
    intercept: float = -1024.0
    name: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> Any:
        """What the numbers mean, in HU."""
        return self.stored.astype(np.float64) * self.slope + self.intercept

    def places(self, random: np.random.Generator, count: int = 40) -> Iterable[tuple[Any, float]]:
        """Yield places in RAS (mm) with the value that is there, for some pixels."""
        rows, columns = np.array(self.orientation[:3]), np.array(self.orientation[3:])
        for _ in range(count):
            row, column = random.integers(self.stored.shape[0]), random.integers(self.stored.shape[1])
            place = np.array(self.position) + rows * self.spacing[1] * column + columns * self.spacing[0] * row
            yield place * (-1, -1, 1), float(self.values[row, column])


def stack(
    orientation: tuple[float, ...] = AXIAL, gap: float = 2.0, lean: tuple[float, ...] = (0, 0, 0), seed: int = 1
) -> list[Plane]:
    """Return a regular stack; ``lean`` is added from slice to slice, as by the tilt of a gantry."""
    random = np.random.default_rng(seed)
    normal = np.cross(orientation[:3], orientation[3:])
    planes = []
    for number in range(COUNT):
        place = np.array((-50.3, -61.7, 103.1)) + number * (gap * normal + np.array(lean))
        stored = random.integers(0, 4095, (ROWS, COLUMNS)).astype(np.uint16)
        planes.append(Plane(stored, tuple(round(float(x), 6) for x in place), orientation, name=f"{number:03d}.dcm"))
    return planes


def write(folder: Path, planes: Iterable[Plane], *, series: str = "", **common: Any) -> None:
    """Write planes as files of one series."""
    folder.mkdir(parents=True, exist_ok=True)
    series = series or generate_uid(entropy_srcs=["series"])
    for number, plane in enumerate(planes, start=1):
        image = header(series, number, plane.stored)
        image.ImagePositionPatient = [f"{x:.9g}" for x in plane.position]
        image.ImageOrientationPatient = [f"{x:.9g}" for x in plane.orientation]
        image.PixelSpacing = list(plane.spacing)
        image.RescaleSlope, image.RescaleIntercept = plane.slope, plane.intercept
        for keyword, value in {**common, **plane.extra}.items():
            setattr(image, keyword, value)
        save(image, folder / plane.name)


def header(series: str, number: int, stored: Any) -> Dataset:
    """Return a CT image without geometry."""
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, generate_uid()
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.SeriesInstanceUID, image.StudyInstanceUID = series, generate_uid(entropy_srcs=["study"])
    image.PatientName, image.PatientID, image.Modality = "SYNTHETIC^SERIES", "SYNTHETIC", "CT"
    image.SeriesNumber, image.InstanceNumber, image.SliceThickness = 3, number, 2.0
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.Rows, image.Columns = stored.shape[-2:]
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.PixelRepresentation = int(stored.dtype.kind == "i")
    if stored.dtype.kind == "i":
        image.BitsStored, image.HighBit = 16, 15
    image.add_new(0x7FE00010, "OW", stored.tobytes())
    return image


def save(image: Dataset, path: Path) -> None:
    """Write a file of Part 10."""
    image.save_as(path, enforce_file_format=True)


Make = Callable[[Path], list[Plane]]


@dataclass(frozen=True)
class Case:
    """A series, how many volumes it makes, and words of the reason where it makes none."""

    make: Make
    volumes: int = 1
    reason: str = ""
    resamples: bool = False


def _simple(change: Callable[[list[Plane]], list[Plane]] = lambda planes: planes, **options: Any) -> Make:
    def make(folder: Path) -> list[Plane]:
        planes = change(stack(**options))
        write(folder, planes)
        return planes

    return make


def _with(**fields: Any) -> Callable[[list[Plane]], list[Plane]]:
    return lambda planes: [replace(plane, **fields) for plane in planes]


def _each(change: Callable[[int, Plane], Plane]) -> Callable[[list[Plane]], list[Plane]]:
    return lambda planes: [change(number, plane) for number, plane in enumerate(planes)]


def _oblique() -> tuple[float, ...]:
    angle, other = np.deg2rad(21), np.deg2rad(-13)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    tip = np.array([[1, 0, 0], [0, np.cos(other), -np.sin(other)], [0, np.sin(other), np.cos(other)]])
    return tuple(float(x) for x in (turn @ tip).T[:2].reshape(-1))


def _signed(number: int, plane: Plane) -> Plane:
    stored = plane.stored.astype(np.int16) - 1024
    stored[0, :4] = -2000
    return replace(plane, stored=stored, intercept=0.0, extra={"PixelPaddingValue": -2000})


def _jitter(number: int, plane: Plane) -> Plane:
    off = np.random.default_rng(number).uniform(-0.004, 0.004)
    return replace(plane, position=(*plane.position[:2], plane.position[2] + off))


def _two_series(folder: Path) -> list[Plane]:
    one, other = stack(), stack(CORONAL, seed=2)
    write(folder, one)
    write(folder, _each(lambda n, p: replace(p, name=f"x{n}.dcm"))(other), series=generate_uid(), SeriesNumber=4)
    return one + other


def _localizer(folder: Path) -> list[Plane]:
    planes = stack()
    scout = replace(
        stack(CORONAL, seed=3)[0], name="scout.dcm", extra={"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    )
    write(folder, [scout, *planes])
    return planes


def _moments(keyword: str, first: Any, second: Any, gap: float = 0.0) -> Make:
    def make(folder: Path) -> list[Plane]:
        one = _with(extra={keyword: first})(stack())
        other = _each(
            lambda n, p: replace(
                p, name=f"y{n}.dcm", extra={keyword: second}, position=(*p.position[:2], p.position[2] + gap)
            )
        )(stack(seed=7))
        write(folder, one + other)
        return one + other

    return make


def _twin(change: Callable[[Plane], Plane]) -> Make:
    def make(folder: Path) -> list[Plane]:
        planes = stack()
        write(folder, [*planes, change(replace(planes[3], name="twin.dcm"))])
        return planes

    return make


def _bare(folder: Path) -> list[Plane]:
    planes = _each(lambda n, p: replace(p, name=f"{n}"))(stack())
    write(folder, planes)
    for path in folder.iterdir():
        data = path.read_bytes()
        length = int.from_bytes(data[140:144], "little")
        # Without preamble and file meta information, as scanners of the nineties wrote.
        path.write_bytes(data[144 + length :])
    return planes


def _dirty(folder: Path) -> list[Plane]:
    planes = stack()
    write(folder, [replace(plane, stored=plane.stored | np.uint16(0xA000)) for plane in planes])
    return planes


def _compressed(folder: Path) -> list[Plane]:
    planes = stack()
    write(folder, planes)
    from pydicom import dcmread

    for path in folder.iterdir():
        image = dcmread(path)
        image.compress(RLELossless)
        image.save_as(path)
    return planes


def _enhanced(folder: Path) -> list[Plane]:
    planes = stack()
    mixed = [planes[number] for number in (3, 0, 7, 1, 5, 2, 6, 4)]
    image = header(generate_uid(), 1, np.stack([plane.stored for plane in mixed]))
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = ENHANCED_CT
    image.NumberOfFrames = len(mixed)
    shared, measures, value = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = list(planes[0].spacing), 2.0
    value.RescaleSlope, value.RescaleIntercept, value.RescaleType = 1, -1024, "HU"
    turned = Dataset()
    turned.ImageOrientationPatient = list(AXIAL)
    shared.PixelMeasuresSequence = Sequence([measures])
    shared.PixelValueTransformationSequence = Sequence([value])
    shared.PlaneOrientationSequence = Sequence([turned])
    image.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for plane in mixed:
        frame, place = Dataset(), Dataset()
        place.ImagePositionPatient = list(plane.position)
        frame.PlanePositionSequence = Sequence([place])
        frames.append(frame)
    image.PerFrameFunctionalGroupsSequence = Sequence(frames)
    folder.mkdir()
    save(image, folder / "enhanced.dcm")
    return planes


def _with_report(folder: Path) -> list[Plane]:
    planes = stack()
    write(folder, planes)
    report = header("", 1, np.zeros((1, 1), np.uint16))
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.88.67"
    report.Modality = "SR"
    for keyword in ("Rows", "Columns", "PixelData", "ImageType"):
        delattr(report, keyword)
    save(report, folder / "dose.dcm")
    return planes


def _without(number: int) -> Callable[[list[Plane]], list[Plane]]:
    return lambda planes: planes[:number] + planes[number + 1 :]


def _uneven(number: int, plane: Plane) -> Plane:
    extra = max(0, number - 4) * 1.3
    return replace(plane, position=(*plane.position[:2], plane.position[2] + extra))


CASES: dict[str, Case] = {
    "axial": Case(_simple()),
    "shuffled file names": Case(_simple(_each(lambda n, p: replace(p, name=f"{n * 5 % 8}.dcm")))),
    "reversed instance numbers": Case(_simple(_each(lambda n, p: replace(p, extra={"InstanceNumber": 99 - n})))),
    "head first and last": Case(_simple(lambda planes: planes[::-1])),
    "oblique": Case(_simple(orientation=_oblique())),
    "coronal": Case(_simple(orientation=CORONAL)),
    "sagittal": Case(_simple(orientation=SAGITTAL)),
    "feet up": Case(_simple(orientation=(-1.0, 0.0, 0.0, 0.0, 1.0, 0.0))),
    "anisotropic": Case(_simple(_with(spacing=(0.9, 0.5)))),
    "signed with padding": Case(_simple(_each(_signed))),
    "rescale of each slice": Case(_simple(_each(lambda n, p: replace(p, intercept=-1024.0 + n)))),
    "fractional slope": Case(_simple(_with(slope=0.25))),
    "fractional slopes of each slice": Case(_simple(_each(lambda n, p: replace(p, slope=0.5 + n / 16)))),
    "large values": Case(_simple(_with(slope=37.0))),
    "two series": Case(_two_series, volumes=2),
    "overlapping slices": Case(_simple(gap=0.8)),
    "no ending, no preamble": Case(_bare),
    "tilted gantry": Case(_simple(lean=(0, 0.72, 0))),
    "missing slice": Case(_simple(_without(4)), 0, "slices are missing", resamples=True),
    "uneven spacing": Case(_simple(_each(_uneven)), 0, "distance of slices varies", resamples=True),
    "exact copy of a slice": Case(_twin(lambda plane: plane)),
    "two pictures of one place": Case(
        _twin(lambda plane: replace(plane, stored=plane.stored + np.uint16(1))), 0, "one place"
    ),
    "slice shifted sideways": Case(
        _simple(_each(lambda n, p: replace(p, position=(p.position[0] + (n == 5), *p.position[1:])))), 0, "sideways"
    ),
    "scout in the series": Case(_localizer),
    "jitter of 4 micrometers": Case(_simple(_each(_jitter), gap=0.6)),
    "single slice": Case(_simple(lambda planes: planes[:1])),
    "two acquisitions": Case(_moments("AcquisitionNumber", 1, 2, gap=3.1), volumes=2),
    "two points in time": Case(_moments("AcquisitionTime", "101500", "101530"), volumes=2),
    "enhanced multi-frame": Case(_enhanced),
    "dirty high bits": Case(_dirty),
    "with a dose report": Case(_with_report),
    "compressed": Case(_compressed),
    "wrong thickness": Case(_simple(_with(extra={"SliceThickness": 9.5}))),
    "long decimals": Case(_simple(_each(lambda n, p: replace(p, position=(-50.123456789, 3.3, 0.333333333 * n))))),
}  # fmt: skip
"""Each case by its name."""
