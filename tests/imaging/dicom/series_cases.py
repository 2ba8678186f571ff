"""Synthetic CT series of every shape that scanners, exports and curators make, and what is to become of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
    generate_uid,
)

from tests.imaging.dicom.synthetic_series import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    WORLD,
    Plane,
    base_header,
    stack,
    turned,
    write_enhanced,
    write_planes,
)


class Expected(Enum):
    """What is to become of a series."""

    CORRECT = "one volume, each voxel where the headers put it"
    SPLIT = "several volumes, each of them correct"
    REFUSED = "no volume, a reason and a remedy"


Stacks = list[list[Plane]]
Build = Callable[[Path], Stacks]


@dataclass(frozen=True)
class Case:
    """How to make a series; the build returns the planes of each volume that is to come of it, none if refused."""

    build: Build
    expected: Expected = Expected.CORRECT
    world: float = WORLD


def one(change: Callable[[int, Plane], Plane] | None = None, *, order: Sequence[int] = (), **options: object) -> Build:
    """Return the build of one stack, each of its planes changed, written in the given order."""

    def build(folder: Path) -> Stacks:
        extra = {key: options[key] for key in ("syntax", "common") if key in options}
        planes = stack(11, **{key: value for key, value in options.items() if key not in extra})  # type: ignore[arg-type]
        planes = [change(number, plane) if change else plane for number, plane in enumerate(planes)]
        written = [planes[number] for number in order] if order else planes
        write_planes(folder, written, syntax=str(extra.get("syntax", "1.2.840.10008.1.2.1")), **extra.get("common", {}))
        return [planes]

    return build


def move(plane: Plane, *, along: float = 0.0, side: float = 0.0) -> Plane:
    """Return an axial plane elsewhere."""
    return replace(plane, position=np.round(np.asarray(plane.position) + (side, 0, along), 6))


def refused(build: Build) -> Case:
    def nothing(folder: Path) -> Stacks:
        build(folder)
        return []

    return Case(nothing, Expected.REFUSED)


def _shuffled(number: int, plane: Plane) -> Plane:
    return replace(plane, name=f"{[4, 0, 6, 2, 5, 1, 3][number]}.dcm")


def _jitter(number: int, plane: Plane) -> Plane:
    return move(plane, along=float(np.random.default_rng(number).uniform(-0.004, 0.004)))


def _padded(number: int, plane: Plane) -> Plane:
    stored = plane.stored.copy()
    stored[:2, :] = -2000
    return replace(plane, stored=stored, header={"PixelPaddingValue": -2000})


def _spoiled(stored_bits: int, signed: bool, shift: int = 0) -> Build:
    """Return the build of a series whose unused bits are not zero; the truth is what PS3.5 8.1.1 says is stored."""

    def build(folder: Path) -> Stacks:
        high = 1 << (stored_bits - 1)
        limits = (-high, high) if signed else (0, 2 * high)
        planes = stack(5, limits=limits, kind=np.int16 if signed else np.uint16, intercept=0.0)
        mask = ((1 << stored_bits) - 1) << shift
        written = []
        for plane in planes:
            noise = np.random.default_rng(9).integers(0, 65536, plane.stored.shape) & ~mask
            raw = (((plane.stored.astype(np.int64) << shift) & mask) | noise).astype(np.uint16)
            header = {
                "BitsStored": stored_bits,
                "HighBit": stored_bits - 1 + shift,
                "PixelRepresentation": int(signed),
            }
            written.append(replace(plane, stored=raw, header=header))
        write_planes(folder, written)
        return [planes]

    return build


def _compressed(syntax: str) -> Build:
    def build(folder: Path) -> Stacks:
        planes = stack(6, shape=(40, 48))
        write_planes(folder, planes)
        for path in sorted(folder.iterdir()):
            image = dcmread(path)
            image.compress(UID(syntax), generate_instance_uid=False)
            image.save_as(path)
        return [planes]

    return build


def _bare(folder: Path) -> Stacks:
    planes = [replace(plane, name=f"IM{number}") for number, plane in enumerate(stack(12))]
    write_planes(folder, planes)
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        # Without the preamble and the file meta information, whose length is its own first value.
        path.write_bytes(data[144 + int.from_bytes(data[140:144], "little") :])
    return [planes]


def _together(*groups: dict[str, object]) -> Build:
    """Return the build of several stacks in one folder; each group is options of a stack, and elements of it."""

    def build(folder: Path) -> Stacks:
        stacks = []
        for number, options in enumerate(groups):
            elements = dict(options)
            planes = stack(20 + number, **elements.pop("stack", {}))  # type: ignore[arg-type]
            along, series = float(elements.pop("along", 0.0)), str(elements.pop("series", ""))  # type: ignore[arg-type]
            planes = [move(replace(p, name=f"g{number}-{p.name}"), along=along) for p in planes]
            write_planes(folder, planes, series=series, **elements)
            stacks.append(planes)
        return stacks

    return build


def _twin(change: Callable[[Plane], Plane]) -> Build:
    def build(folder: Path) -> Stacks:
        planes = stack(13)
        write_planes(folder, [*planes, change(replace(planes[2], name="0-twin.dcm"))])
        return [planes]

    return build


def _with_localizer(folder: Path) -> Stacks:
    planes = stack(14)
    kind = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    scout = replace(stack(15, orientation=CORONAL, shape=(30, 20))[0], name="0-scout.dcm", header=kind)
    write_planes(folder, [scout, *planes])
    return [planes]


def _with_report(folder: Path) -> Stacks:
    planes = stack(16)
    write_planes(folder, planes)
    report = base_header(generate_uid(), 1, np.zeros((1, 1), np.uint16))
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.88.67")
    report.Modality = "SR"
    for keyword in ("Rows", "Columns", "PixelData", "ImageType", "BitsStored", "BitsAllocated", "HighBit"):
        delattr(report, keyword)
    report.save_as(folder / "dose.dcm", enforce_file_format=True)
    return [planes]


def _enhanced(folder: Path) -> Stacks:
    planes = [replace(p, intercept=-1000.0 - n) for n, p in enumerate(stack(17, orientation=turned((12, -7, 20))))]
    write_enhanced(folder / "enhanced.dcm", planes, [3, 0, 6, 1, 5, 2, 4])
    return [planes]


def _enhanced_of_two_stacks(folder: Path) -> Stacks:
    first, second = stack(18, count=4), stack(19, count=4, orientation=CORONAL)
    content = []
    for number in range(8):
        item = Dataset()
        item.StackID, item.InStackPositionNumber = str(number // 4 + 1), number % 4 + 1
        content.append(item)
    write_enhanced(folder / "enhanced.dcm", first + second, [5, 0, 7, 1, 4, 2, 6, 3], content)
    return [first, second]


def _rounded(number: int, plane: Plane) -> Plane:
    """Round a direction to 4 decimals, as exports do: it is a little off unit length, and off a right angle."""
    return replace(plane, orientation=tuple(round(x, 4) for x in plane.orientation))


CASES: dict[str, Case] = {
    "axial": Case(one()),
    "shuffled file names": Case(one(_shuffled)),
    "reversed instance numbers": Case(one(lambda n, p: replace(p, header={"InstanceNumber": 50 - n}))),
    "no instance numbers": Case(one(lambda n, p: replace(p, header={"InstanceNumber": None}))),
    "slice locations that lie": Case(one(lambda n, p: replace(p, header={"SliceLocation": str(n * 37 % 7)}))),
    "folders in a folder": Case(one(lambda n, p: replace(p, name=f"{n % 3}/{n}.dcm"))),
    "oblique": Case(one(orientation=turned((21, -13, 34)))),
    "oblique, directions rounded": Case(one(_rounded, orientation=turned((21, -13, 34)), count=5)),
    "coronal": Case(one(orientation=CORONAL)),
    "sagittal": Case(one(orientation=SAGITTAL)),
    "feet first, descending": Case(one(orientation=(-1.0, 0.0, 0.0, 0.0, 1.0, 0.0), order=(6, 5, 4, 3, 2, 1, 0))),
    "prone": Case(one(orientation=(-1.0, 0.0, 0.0, 0.0, -1.0, 0.0))),
    "anisotropic pixels": Case(one(spacing=(0.9, 0.5))),
    "signed with padding -2000": Case(one(_padded, limits=(-1024, 3072), kind=np.int16, intercept=0.0)),
    "rescale of each slice": Case(one(lambda n, p: replace(p, slope=float(1 + n % 3), intercept=-1024.0 + 5 * n))),
    "fractional slope": Case(one(slope=0.244140625)),
    "fractional slopes of each slice": Case(one(lambda n, p: replace(p, slope=0.5 + n / 7))),
    "fractional intercept": Case(one(intercept=-1024.5)),
    "negative slope": Case(one(slope=-1.0, intercept=3071.0)),
    "no rescale": Case(one(intercept=0.0, header={"RescaleSlope": None, "RescaleIntercept": None})),
    "unsigned 16 bits in full": Case(one(limits=(0, 65536), intercept=0.0)),
    "unsigned 16 bits and a negative intercept": Case(one(limits=(0, 65536))),
    "8 bits": Case(one(limits=(0, 256), kind=np.uint8)),
    "12 bits, unused bits not zero": Case(_spoiled(12, signed=False)),
    "signed 12 bits, unused bits not zero": Case(_spoiled(12, signed=True)),
    "implicit VR": Case(one(syntax=ImplicitVRLittleEndian)),
    "deflated": Case(one(syntax=DeflatedExplicitVRLittleEndian)),
    "RLE": Case(_compressed(RLELossless)),
    "JPEG 2000": Case(_compressed(JPEG2000Lossless)),
    "no extension, no preamble": Case(_bare),
    "overlapping slices": Case(one(gap=0.625)),
    "wrong thickness": Case(one(header={"SliceThickness": "40", "SpacingBetweenSlices": "-3"})),
    "no thickness": Case(one(header={"SliceThickness": None})),
    "positions of 16 characters": Case(
        one(lambda n, p: replace(p, position=np.array([-123.45678901234, -1e-07 / 3, 100 / 3 + n * 1.6666666666667])))
    ),
    "position jitter of 4 micrometers": Case(one(_jitter, gap=0.6, count=24)),
    "tilted gantry": Case(one(lean=(0.0, 0.6, 0.0))),
    "tilted gantry, said by the orientation": Case(
        one(orientation=turned((17, 0, 0)), lean=tuple(2.5 * (np.array((0, 0, 1)) - np.cross(*np.split(np.array(turned((17, 0, 0))), 2)))))
    ),
    "single slice": Case(one(count=1)),
    "two slices": Case(one(count=2)),
    "exact copy of a slice": Case(_twin(lambda p: p)),
    "localizer in the series": Case(_with_localizer),
    "a dose report beside": Case(_with_report),
    "enhanced multi-frame": Case(_enhanced),
    "enhanced, two stacks": Case(_enhanced_of_two_stacks, Expected.SPLIT),
    "two series in a folder": Case(
        _together({}, {"series": "2.25.99", "SeriesNumber": 3, "stack": {"orientation": SAGITTAL}}), Expected.SPLIT
    ),
    "two acquisitions": Case(
        _together({"AcquisitionNumber": 1}, {"AcquisitionNumber": 2, "along": 101.3}), Expected.SPLIT
    ),
    "time points": Case(
        _together(
            {"AcquisitionNumber": 1, "AcquisitionTime": "101010"}, {"AcquisitionNumber": 2, "AcquisitionTime": "101020"}
        ),
        Expected.SPLIT,
    ),
    "two sizes of picture in a series": Case(_together({}, {"stack": {"shape": (8, 9)}, "along": 50}), Expected.SPLIT),
    "missing slice": refused(one(order=(0, 1, 2, 4, 5, 6))),
    "missing slices at two places": refused(one(order=(0, 2, 3, 4, 6, 7, 9), count=10)),
    "variable spacing": refused(one(lambda n, p: move(p, along=0.4 * n * n))),
    "distance changes half way": refused(one(lambda n, p: move(p, along=2.5 * max(0, n - 3)))),
    "conflicting pictures of a place": refused(_twin(lambda p: replace(p, stored=p.stored ^ 1))),
    "a slice shifted sideways": refused(one(lambda n, p: move(p, side=2.0 * (n == 4)))),
    "a slice without position": refused(
        one(lambda n, p: replace(p, header={"ImagePositionPatient": None} if n == 3 else {}))
    ),
    "no positions": refused(one(header={"ImagePositionPatient": None})),
    "no orientations": refused(one(header={"ImageOrientationPatient": None})),
    "no pixel spacing": refused(one(header={"PixelSpacing": None})),
    "directions that are none": refused(one(orientation=(1.0, 0.0, 0.0, 1.0, 0.0, 0.0))),
    "spacing 0": refused(one(spacing=(0.0, 0.0))),
    "a slice broken off": refused(lambda folder: _broken(folder)),
}  # fmt: skip
"""Each case by its name."""


def _broken(folder: Path) -> Stacks:
    write_planes(folder, stack(30))
    path = folder / "slice003.dcm"
    path.write_bytes(path.read_bytes()[:-100])
    return []


def random_case(seed: int) -> Build:
    """Return a regular series whose direction, spacing, values, names and order of files are drawn at random."""

    def build(folder: Path) -> Stacks:
        random = np.random.default_rng(seed)
        signed = bool(random.integers(2))
        planes = stack(
            seed,
            count=int(random.integers(2, 12)),
            shape=(int(random.integers(1, 20)), int(random.integers(1, 20))),
            orientation=turned(random.uniform(-180, 180, 3)),
            gap=float(random.choice([-1, 1]) * random.uniform(0.3, 8)),
            lean=random.normal(0, 0.5, 3) * random.integers(2),
            limits=(-2000, 3000) if signed else (0, 4096),
            kind=np.int16 if signed else np.uint16,
            spacing=(float(random.uniform(0.2, 3)), float(random.uniform(0.2, 3))),
            slope=float(random.choice([1.0, 2.0, 0.5, 0.3])),
            intercept=float(random.choice([-1024.0, 0.0, 12.5])),
        )
        order = random.permutation(len(planes))
        for number, plane in zip(order, planes, strict=True):
            plane.name = f"{number:02d}"
        write_planes(folder, [planes[number] for number in random.permutation(len(planes))])
        return [planes]

    return build


__all__ = ["AXIAL", "CASES", "Case", "Expected", "random_case"]
