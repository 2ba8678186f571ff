"""Synthetic films, and their grey levels by the formulas of DICOM PS3.3 C.7.6.3 and C.11, value by value.

The reference works in plain floats on one stored value at a time, so that it shares no trick with the program: no
tables, no arrays, no rounding before the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation

from tests.imaging.dicom.synthetic_series import base_header


@dataclass(frozen=True)
class Lut:
    """A lookup table (C.11.1.1, C.11.2.1.1): the value of its first entry, its entries and their bits."""

    first: int
    entries: tuple[int, ...]
    bits: int

    def of(self, value: float) -> float:
        """Return the entry of a value; below the first it is the first, above the last the last."""
        return self.entries[min(max(int(value) - self.first, 0), len(self.entries) - 1)]

    def as_item(self, signed: bool) -> Dataset:
        """Return the item of a Modality or VOI LUT Sequence."""
        item = Dataset()
        count = len(self.entries) % 65536  # 0 says 65536
        item.add_new("LUTDescriptor", "SS" if signed else "US", [count, self.first, self.bits])
        item.add_new("LUTData", "OW", np.asarray(self.entries, "<u2").tobytes())
        return item


@dataclass(frozen=True)
class Film:
    """A grey film and what its header says of its values."""

    stored: Any
    bits: int = 12
    photometric: str = "MONOCHROME2"
    shape: str = ""
    slope: float | None = None
    intercept: float | None = None
    modality: Lut | None = None
    window: tuple[float, float] | None = None
    function: str = ""
    voi: Lut | None = None
    padding: tuple[int, ...] = ()
    header: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write it as a file."""
        image = base_header("2.25.4711", 1, self.stored)
        image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = UID(DigitalXRayImageStorageForPresentation)
        image.Modality, image.PatientName = "DX", "SYNTHETIC^FILM"
        image.BitsStored, image.HighBit = self.bits, self.bits - 1
        image.PhotometricInterpretation = self.photometric
        signed = self.stored.dtype.kind == "i"
        if self.slope is not None:
            image.RescaleSlope, image.RescaleIntercept = str(self.slope), str(self.intercept)
        if self.modality:
            image.ModalityLUTSequence = [self.modality.as_item(signed)]
            image.ModalityLUTSequence[0].ModalityLUTType = "US"
        if self.window:
            image.WindowCenter, image.WindowWidth = (str(number) for number in self.window)
        if self.voi:
            image.VOILUTSequence = [self.voi.as_item(self.voi.first < 0)]
        for keyword, value in (("VOILUTFunction", self.function), ("PresentationLUTShape", self.shape)):
            if value:
                setattr(image, keyword, value)
        for keyword, number in zip(("PixelPaddingValue", "PixelPaddingRangeLimit"), self.padding, strict=False):
            image.add_new(keyword, "SS" if signed else "US", number)
        for keyword, value in self.header.items():
            setattr(image, keyword, value)
        image.save_as(path, enforce_file_format=True)

    def is_padding(self, value: int) -> bool:
        """Return whether a stored value stands for no image at all (C.7.5.1.1.2)."""
        return bool(self.padding) and min(self.padding) <= value <= max(self.padding)

    def units(self, value: int) -> float:
        """Return what a stored value means: the modality transform."""
        if self.modality:
            return self.modality.of(value)
        return value * (1.0 if self.slope is None else self.slope) + (self.intercept or 0.0)

    def brightness(self, value: int, limits: tuple[float, float]) -> float:
        """Return the brightness of a stored value, from 0 to 1; without a window, that of ``limits`` (in units)."""
        if self.is_padding(value):
            return 0.0
        units = self.units(value)
        if self.voi:
            part = self.voi.of(units) / ((1 << self.voi.bits) - 1)
        elif self.window:
            part = windowed(units, *self.window, self.function or "LINEAR")
        else:
            low, high = limits
            part = (units - low) / (high - low) if high > low else 0.0
        inverse = self.photometric == "MONOCHROME1" or self.shape == "INVERSE"
        return 1.0 - part if inverse else part

    def expected(self, most: int = 255) -> Any:
        """Return the brightness of each pixel as levels up to ``most``, not rounded."""
        kinds = [int(value) for value in np.unique(self.stored)]
        real = [self.units(value) for value in kinds if not self.is_padding(value)]
        limits = (min(real, default=0.0), max(real, default=0.0))
        levels = {value: self.brightness(value, limits) * most for value in kinds}
        return np.array([levels[int(value)] for value in self.stored.ravel()]).reshape(self.stored.shape)


def windowed(x: float, center: float, width: float, function: str) -> float:
    """Return the value under a window, from 0 to 1 (C.11.2.1.2.1, C.11.2.1.3.1, C.11.2.1.3.2)."""
    if function == "SIGMOID":
        return 1 / (1 + math.exp(min(700.0, -4 * (x - center) / width)))
    if function == "LINEAR_EXACT":
        if x <= center - width / 2:
            return 0.0
        return 1.0 if x > center + width / 2 else (x - center) / width + 0.5
    if x <= center - 0.5 - (width - 1) / 2:
        return 0.0
    if x > center - 0.5 + (width - 1) / 2:
        return 1.0
    return (x - (center - 0.5)) / (width - 1) + 0.5


def write_color(path: Path, data: bytes, shape: Sequence[int], photometric: str, **header: Any) -> None:
    """Write a picture in color, of 8 bits unless ``header`` says otherwise."""
    image = base_header("2.25.4712", 1, np.zeros((shape[0], shape[1]), np.uint8))
    image.PhotometricInterpretation, image.SamplesPerPixel, image.PlanarConfiguration = photometric, 3, 0
    image.Modality = "OT"
    for keyword, value in header.items():
        if value is None:
            delattr(image, keyword)
        else:
            setattr(image, keyword, value)
    image.PixelData = data + b"\0" * (len(data) % 2)
    image.save_as(path, enforce_file_format=True)


def random_film(seed: int) -> Film:
    """Return a film whose header is drawn at random from all that may be combined."""
    random = np.random.default_rng(seed)
    signed, bits = bool(random.integers(2)), int(random.choice([8, 10, 12, 15, 16]))
    low, high = (-(1 << (bits - 1)), 1 << (bits - 1)) if signed else (0, 1 << bits)
    kind = np.dtype(np.int16 if signed else np.uint16) if bits > 8 else np.dtype(np.int8 if signed else np.uint8)
    stored = random.integers(low, high, (21, 34))
    padding: tuple[int, ...] = ()
    if random.integers(3) == 0:
        padding = (low,) if random.integers(2) else (low, low + (high - low) // 20)
        stored[:4, :9] = low
    rescale = bool(random.integers(2))
    slope = float(random.choice([1, 2, 0.5, 0.37])) if rescale else None
    intercept = float(random.choice([0, -1024, 12.5])) if rescale else None
    table = None
    if not rescale and random.integers(4) == 0:
        table = Lut(low + 3, tuple(int(x) for x in random.integers(0, 4096, min(high - low - 9, 900))), 12)
    film = Film(stored.astype(kind), bits, slope=slope, intercept=intercept, modality=table, padding=padding)
    units = np.array([film.units(int(value)) for value in stored.ravel()])
    window, voi = None, None
    which = int(random.integers(4))
    if which in (0, 1):
        spread = float(units.max() - units.min()) + 2
        window = (round(float(random.choice(units)), 2), round(1 + spread * float(random.uniform(0.05, 1.5)), 2))
    elif which == 2 and np.equal(units, np.rint(units)).all():
        # Which entry a value between two whole numbers takes is not said in C.11.2.1.1.
        entries = np.sort(random.integers(0, 1 << 10, int(random.integers(2, 700))))
        voi = Lut(int(max(units.mean(), 0) if not signed else units.mean()), tuple(int(x) for x in entries), 10)
    return Film(
        film.stored, bits, str(random.choice(["MONOCHROME1", "MONOCHROME2"])), str(random.choice(["", "IDENTITY"])),
        slope, intercept, table, window, str(random.choice(["", "LINEAR", "LINEAR_EXACT", "SIGMOID"])), voi, padding,
    )  # fmt: skip
