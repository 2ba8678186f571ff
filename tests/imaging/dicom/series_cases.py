"""Synthetic CT series of every shape that scanners, exports and curators make, and what is to become of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from tests.imaging.dicom.series_builds import (
    Build,
    Stacks,
    bare,
    broken,
    compressed,
    enhanced,
    enhanced_of_two_stacks,
    jitter,
    move,
    one,
    padded,
    rounded,
    shuffled,
    spoiled,
    together,
    twin,
    upright,
    with_localizer,
    with_report,
)
from tests.imaging.dicom.synthetic_series import (
    CORONAL,
    SAGITTAL,
    WORLD,
    stack,
    turned,
    write_planes,
)


class Expected(Enum):
    """What is to become of a series."""

    CORRECT = "one volume, each voxel where the headers put it"
    SPLIT = "several volumes, each of them correct"
    REFUSED = "no volume, a reason and a remedy"


@dataclass(frozen=True)
class Case:
    """How to make a series; the build returns the planes of each volume that is to come of it, none if refused."""

    build: Build
    expected: Expected = Expected.CORRECT
    world: float = WORLD


def refused(build: Build) -> Case:
    def nothing(folder: Path) -> Stacks:
        build(folder)
        return []

    return Case(nothing, Expected.REFUSED)


CASES: dict[str, Case] = {
    "axial": Case(one()),
    "shuffled file names": Case(one(shuffled)),
    "reversed instance numbers": Case(one(lambda n, p: replace(p, header={"InstanceNumber": 50 - n}))),
    "no instance numbers": Case(one(lambda _, p: replace(p, header={"InstanceNumber": None}))),
    "slice locations that lie": Case(one(lambda n, p: replace(p, header={"SliceLocation": str(n * 37 % 7)}))),
    "folders in a folder": Case(one(lambda n, p: replace(p, name=f"{n % 3}/{n}.dcm"))),
    "oblique": Case(one(orientation=turned((21, -13, 34)))),
    "oblique, directions rounded": Case(one(rounded, orientation=turned((21, -13, 34)), count=5)),
    "coronal": Case(one(orientation=CORONAL)),
    "sagittal": Case(one(orientation=SAGITTAL)),
    "feet first, descending": Case(one(orientation=(-1.0, 0.0, 0.0, 0.0, 1.0, 0.0), order=(6, 5, 4, 3, 2, 1, 0))),
    "prone": Case(one(orientation=(-1.0, 0.0, 0.0, 0.0, -1.0, 0.0))),
    "anisotropic pixels": Case(one(spacing=(0.9, 0.5))),
    "signed with padding -2000": Case(one(padded, limits=(-1024, 3072), kind=np.int16, intercept=0.0)),
    "rescale of each slice": Case(one(lambda n, p: replace(p, slope=float(1 + n % 3), intercept=-1024.0 + 5 * n))),
    "fractional slope": Case(one(slope=0.244140625)),
    "fractional slopes of each slice": Case(one(lambda n, p: replace(p, slope=0.5 + n / 7))),
    "fractional intercept": Case(one(intercept=-1024.5)),
    "negative slope": Case(one(slope=-1.0, intercept=3071.0)),
    "no rescale": Case(one(intercept=0.0, header={"RescaleSlope": None, "RescaleIntercept": None})),
    "unsigned 16 bits in full": Case(one(limits=(0, 65536), intercept=0.0)),
    "unsigned 16 bits and a negative intercept": Case(one(limits=(0, 65536))),
    "8 bits": Case(one(limits=(0, 256), kind=np.uint8)),
    "12 bits, unused bits not zero": Case(spoiled(12, signed=False)),
    "signed 12 bits, unused bits not zero": Case(spoiled(12, signed=True)),
    "implicit VR": Case(one(syntax=ImplicitVRLittleEndian)),
    "deflated": Case(one(syntax=DeflatedExplicitVRLittleEndian)),
    "RLE": Case(compressed(RLELossless)),
    "JPEG 2000": Case(compressed(JPEG2000Lossless)),
    "no extension, no preamble": Case(bare),
    "overlapping slices": Case(one(gap=0.625)),
    "wrong thickness": Case(one(header={"SliceThickness": "40", "SpacingBetweenSlices": "-3"})),
    "no thickness": Case(one(header={"SliceThickness": None})),
    "positions of 16 characters": Case(
        one(lambda n, p: replace(p, position=np.array([-123.45678901234, -1e-07 / 3, 100 / 3 + n * 1.6666666666667])))
    ),
    "position jitter of 4 micrometers": Case(one(jitter, gap=0.6, count=24)),
    "tilted gantry": Case(one(lean=(0.0, 0.6, 0.0))),
    "tilted gantry, said by the orientation": Case(one(orientation=turned((17, 0, 0)), lean=upright((17, 0, 0)))),
    "single slice": Case(one(count=1)),
    "two slices": Case(one(count=2)),
    "exact copy of a slice": Case(twin(lambda p: p)),
    "localizer in the series": Case(with_localizer),
    "a dose report beside": Case(with_report),
    "enhanced multi-frame": Case(enhanced),
    "enhanced, two stacks": Case(enhanced_of_two_stacks, Expected.SPLIT),
    "two series in a folder": Case(
        together({}, {"series": "2.25.99", "SeriesNumber": 3, "stack": {"orientation": SAGITTAL}}), Expected.SPLIT
    ),
    "two acquisitions": Case(
        together({"AcquisitionNumber": 1}, {"AcquisitionNumber": 2, "along": 101.3}), Expected.SPLIT
    ),
    "time points": Case(
        together(
            {"AcquisitionNumber": 1, "AcquisitionTime": "101010"}, {"AcquisitionNumber": 2, "AcquisitionTime": "101020"}
        ),
        Expected.SPLIT,
    ),
    "two sizes of picture in a series": Case(together({}, {"stack": {"shape": (8, 9)}, "along": 50}), Expected.SPLIT),
    "missing slice": refused(one(order=(0, 1, 2, 4, 5, 6))),
    "missing slices at two places": refused(one(order=(0, 2, 3, 4, 6, 7, 9), count=10)),
    "variable spacing": refused(one(lambda n, p: move(p, along=0.4 * n * n))),
    "distance changes half way": refused(one(lambda n, p: move(p, along=2.5 * max(0, n - 3)))),
    "conflicting pictures of a place": refused(twin(lambda p: replace(p, stored=p.stored ^ 1))),
    "a slice shifted sideways": refused(one(lambda n, p: move(p, side=2.0 * (n == 4)))),
    "a slice without position": refused(
        one(lambda n, p: replace(p, header={"ImagePositionPatient": None} if n == 3 else {}))
    ),
    "no positions": refused(one(header={"ImagePositionPatient": None})),
    "no orientations": refused(one(header={"ImageOrientationPatient": None})),
    "no pixel spacing": refused(one(header={"PixelSpacing": None})),
    "directions that are none": refused(one(orientation=(1.0, 0.0, 0.0, 1.0, 0.0, 0.0))),
    "spacing 0": refused(one(spacing=(0.0, 0.0))),
    "a slice broken off": refused(broken),
}  # fmt: skip
"""Each case by its name."""


def random_case(seed: int) -> Build:
    """Return a regular series whose direction, spacing, values, names and order of files are drawn at random."""

    def build(folder: Path) -> Stacks:
        random = np.random.default_rng(seed)
        signed, leans = bool(random.integers(2)), bool(random.integers(2))
        orientation = turned(random.uniform(-180, 180, 3))
        # Along the slice, as gantries tilt: across it, it might undo the distance of the slices.
        lean = leans * (np.reshape(orientation, (2, 3)).T @ random.normal(0, 0.6, 2))
        planes = stack(
            seed,
            count=int(random.integers(2, 12)),
            shape=(int(random.integers(1, 20)), int(random.integers(1, 20))),
            orientation=orientation,
            gap=float(random.choice([-1, 1]) * random.uniform(0.3, 8)),
            lean=lean,
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
