"""How series are written to disk: one function for each kind, which returns what a reader is to find in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.uid import UID, generate_uid

from tests.imaging.dicom.synthetic_series import (
    CORONAL,
    Plane,
    base_header,
    stack,
    turned,
    write_enhanced,
    write_planes,
)

Stacks = list[list[Plane]]
Build = Callable[[Path], Stacks]


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
    return replace(plane, position=np.round(np.asarray(plane.position) + np.array((side, 0, along)), 6))


def shuffled(number: int, plane: Plane) -> Plane:
    return replace(plane, name=f"{[4, 0, 6, 2, 5, 1, 3][number]}.dcm")


def jitter(number: int, plane: Plane) -> Plane:
    return move(plane, along=float(np.random.default_rng(number).uniform(-0.004, 0.004)))


def padded(number: int, plane: Plane) -> Plane:
    stored = plane.stored.copy()
    stored[:2, :] = -2000
    return replace(plane, stored=stored, header={"PixelPaddingValue": -2000})


def spoiled(stored_bits: int, signed: bool, shift: int = 0) -> Build:
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


def compressed(syntax: str) -> Build:
    def build(folder: Path) -> Stacks:
        planes = stack(6, shape=(40, 48))
        write_planes(folder, planes)
        for path in sorted(folder.iterdir()):
            image = dcmread(path)
            image.compress(UID(syntax), generate_instance_uid=False)
            image.save_as(path)
        return [planes]

    return build


def bare(folder: Path) -> Stacks:
    planes = [replace(plane, name=f"IM{number}") for number, plane in enumerate(stack(12))]
    write_planes(folder, planes)
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        # Without the preamble and the file meta information, whose length is its own first value.
        path.write_bytes(data[144 + int.from_bytes(data[140:144], "little") :])
    return [planes]


def together(*groups: dict[str, object]) -> Build:
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


def twin(change: Callable[[Plane], Plane]) -> Build:
    def build(folder: Path) -> Stacks:
        planes = stack(13)
        write_planes(folder, [*planes, change(replace(planes[2], name="0-twin.dcm"))])
        return [planes]

    return build


def with_localizer(folder: Path) -> Stacks:
    planes = stack(14)
    kind = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    scout = replace(stack(15, orientation=CORONAL, shape=(30, 20))[0], name="0-scout.dcm", header=kind)
    write_planes(folder, [scout, *planes])
    return [planes]


def with_report(folder: Path) -> Stacks:
    planes = stack(16)
    write_planes(folder, planes)
    report = base_header(generate_uid(), 1, np.zeros((1, 1), np.uint16))
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.88.67")
    report.Modality = "SR"
    for keyword in ("Rows", "Columns", "PixelData", "ImageType", "BitsStored", "BitsAllocated", "HighBit"):
        delattr(report, keyword)
    report.save_as(folder / "dose.dcm", enforce_file_format=True)
    return [planes]


def enhanced(folder: Path) -> Stacks:
    planes = [replace(p, intercept=-1000.0 - n) for n, p in enumerate(stack(17, orientation=turned((12, -7, 20))))]
    write_enhanced(folder / "enhanced.dcm", planes, [3, 0, 6, 1, 5, 2, 4])
    return [planes]


def enhanced_of_two_stacks(folder: Path) -> Stacks:
    first, second = stack(18, count=4), stack(19, count=4, orientation=CORONAL)
    content = []
    for number in range(8):
        item = Dataset()
        item.StackID, item.InStackPositionNumber = str(number // 4 + 1), number % 4 + 1
        content.append(item)
    write_enhanced(folder / "enhanced.dcm", first + second, [5, 0, 7, 1, 4, 2, 6, 3], content)
    return [first, second]


def upright(degrees: Sequence[float], gap: float = 2.5) -> Any:
    """Return what makes the slices of a turned stack follow each other straight up, as they do in a tilted gantry."""
    orientation = turned(degrees)
    return gap * (np.array((0.0, 0.0, 1.0)) - np.cross(orientation[:3], orientation[3:]))


def rounded(number: int, plane: Plane) -> Plane:
    """Round a direction to 4 decimals, as exports do: it is a little off unit length, and off a right angle."""
    return replace(plane, orientation=tuple(round(x, 4) for x in plane.orientation))


def broken(folder: Path) -> Stacks:
    write_planes(folder, stack(30))
    path = folder / "slice003.dcm"
    path.write_bytes(path.read_bytes()[:-100])
    return []
