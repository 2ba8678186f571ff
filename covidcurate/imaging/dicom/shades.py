"""From stored values to brightness, in the order of DICOM PS3.4 N.2: modality LUT, VOI LUT or window, presentation.

For whole numbers of up to 16 bits all of it is one table, made once and looked up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.header import get_bytes, get_int, get_items, get_numbers, get_text, name_of
from covidcurate.imaging.window import PRESETS, Window, WindowChoice, WindowFunction

if TYPE_CHECKING:
    import numpy
    from pydicom import Dataset

    from covidcurate.imaging.dicom.layout import PixelLayout

    Numbers = numpy.ndarray[Any, numpy.dtype[numpy.float64]]


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A LUT of a header: the first value that it maps, and what each from there on becomes."""

    first: int
    entries: Numbers
    bits: int

    def apply(self, values: Numbers) -> Numbers:
        """Return what the values become; those below and above the table become its first and last entry."""
        import numpy

        return self.entries[numpy.clip(values - self.first, 0, len(self.entries) - 1).astype(numpy.int64)]


@dataclass
class Shades:
    """What a header says about how its values are to be shown; ``notes`` are what people should know of it."""

    slope: float = 1.0
    intercept: float = 0.0
    modality_lut: LookupTable | None = None
    windows: tuple[Window, ...] = ()
    voi_lut: LookupTable | None = None
    inverted: bool = False
    padding: tuple[int, int] | None = None
    notes: list[str] = field(default_factory=list)

    def to_units(self, values: Numbers) -> Numbers:
        """Return stored values in the unit of the modality, HU for CT."""
        if self.modality_lut is not None:
            return self.modality_lut.apply(values)
        return values * self.slope + self.intercept

    def is_padding(self, values: Any) -> Any:
        """Return which stored values are no measurement but fill the frame."""
        if self.padding is None:
            return values != values
        return (values >= self.padding[0]) & (values <= self.padding[1])

    def to_brightness(self, units: Numbers, real: Any, choice: WindowChoice) -> Numbers:
        """Return brightness from 0 to 1, before inversion.

        Parameters
        ----------
        units
            Values in the unit of the modality.
        real
            Which of them occur in the image and are no padding: they span the range where no window is stated.
        choice
            What the user asks for.
        """
        import numpy

        if choice.window is not None:
            return choice.window.apply(units)
        if choice.name == "auto":
            if self.voi_lut is not None:
                return self.voi_lut.apply(numpy.rint(units)) / ((1 << self.voi_lut.bits) - 1)
            if self.windows:
                return self.windows[0].apply(units)
        some = units[real]
        low, high = (float(some.min()), float(some.max())) if some.size else (0.0, 0.0)
        return numpy.clip((units - low) / ((high - low) or 1), 0, 1)


def read_shades(dataset: Dataset, layout: PixelLayout, transforms: Dataset | None = None) -> Shades:
    """Read how the values of an image are to be shown.

    Parameters
    ----------
    transforms
        Where windows, LUTs and rescale stand: the data set itself, or the functional groups of a frame.

    Raises
    ------
    UnreadableError
        A LUT or the rescale is broken: values would be shown that nobody measured.
    """
    transforms = dataset if transforms is None else transforms
    shades = Shades()
    shades.modality_lut = _read_lut(transforms, "ModalityLUTSequence", layout.signed)
    slope = get_numbers(transforms, "RescaleSlope", 1)
    shades.slope, shades.intercept = (*slope, 1.0)[0], (*get_numbers(transforms, "RescaleIntercept", 1), 0.0)[0]
    if shades.slope == 0:
        raise UnreadableError(f"{name_of('RescaleSlope')} is 0, so that every value would become the same")
    signed = layout.signed or shades.intercept < 0 or shades.slope < 0
    shades.voi_lut = _read_lut(transforms, "VOILUTSequence", signed)
    shades.windows = _read_windows(transforms, shades.notes)
    if not shades.windows and get_text(dataset, "Modality") == "CT" and shades.voi_lut is None:
        shades.windows = (PRESETS["lung"],)
        shades.notes.append("it states no window; the lung window is used")
    shape = get_text(dataset, "PresentationLUTShape")
    shades.inverted = shape == "INVERSE" or layout.photometric == "MONOCHROME1"
    if shape == "IDENTITY" and shades.inverted:
        shades.notes.append("it is MONOCHROME1 with the presentation LUT shape IDENTITY; it is inverted")
    shades.padding = _read_padding(dataset, layout, shades.notes)
    return shades


def _read_windows(dataset: Dataset, notes: list[str]) -> tuple[Window, ...]:
    """Return the windows that the standard allows; the others are noted."""
    try:
        centers, widths = get_numbers(dataset, "WindowCenter"), get_numbers(dataset, "WindowWidth")
    except UnreadableError as error:
        notes.append(f"{error.message}; no window is taken from the header")
        return ()
    stated = get_text(dataset, "VOILUTFunction") or "LINEAR"
    if stated not in {function.value for function in WindowFunction}:
        notes.append(f"{name_of('VOILUTFunction')} is none that the standard knows; LINEAR is used")
        stated = "LINEAR"
    windows = [Window(*pair, WindowFunction(stated)) for pair in zip(centers, widths, strict=False)]
    valid = tuple(window for window in windows if window.is_valid())
    if len(valid) < len(windows):
        notes.append(f"{name_of('WindowWidth')} is below what the standard allows; that window is not used")
    if len(valid) > 1:
        notes.append(f"it states {len(valid)} windows; the first is used")
    return valid


def _read_lut(dataset: Dataset, keyword: str, signed: bool) -> LookupTable | None:
    """Return the first LUT of a sequence; None if there is none."""
    import numpy

    items = get_items(dataset, keyword)
    if not items:
        return None
    descriptor = get_numbers(items[0], "LUTDescriptor", 3)
    if not descriptor:
        raise UnreadableError(f"{name_of(keyword)} has no descriptor")
    count, first, bits = (int(number) for number in descriptor)
    count = count or 1 << 16  # a count that needs 17 bits is written as 0
    if signed and first >= 1 << 15:
        first -= 1 << 16  # the descriptor may have been read as unsigned
    data = get_bytes(items[0], "LUTData")
    if data:
        # Entries of 8 bits may come one or two to a word.
        kind = "u1" if len(data) < 2 * count and bits <= 8 else "<u2"
        entries = numpy.frombuffer(data[: len(data) // 2 * 2], kind).astype(numpy.float64)
    else:
        entries = numpy.array(get_numbers(items[0], "LUTData"), dtype=numpy.float64)
        entries[entries < 0] += 1 << 16
    if len(entries) < count or not 1 <= bits <= 16:
        raise UnreadableError(f"{name_of(keyword)} has {len(entries)} entries, but its descriptor says {count}")
    return LookupTable(first, entries[:count], bits)


def _read_padding(dataset: Dataset, layout: PixelLayout, notes: list[str]) -> tuple[int, int] | None:
    """Return the lowest and the highest stored value that is padding; None if the header speaks of none."""
    try:
        if "PixelPaddingValue" not in dataset:
            return None
        value = get_int(dataset, "PixelPaddingValue")
        limit = get_int(dataset, "PixelPaddingRangeLimit", value)
    except UnreadableError as error:
        notes.append(f"{error.message}; nothing is taken for padding")
        return None
    low, high = sorted(_as_stored(number, layout) for number in (value, limit))
    return low, high


def _as_stored(number: int, layout: PixelLayout) -> int:
    """Return a padding value with the sign that the pixels have, whatever it was written with."""
    if layout.signed and number >= 1 << (layout.allocated - 1):
        return number - (1 << layout.allocated)
    return number + (1 << layout.allocated) if not layout.signed and number < 0 else number
