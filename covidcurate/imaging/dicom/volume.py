"""The voxels of a volume: read slice by slice into one block of memory, as values and not as stored numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.layout import read_layout
from covidcurate.imaging.dicom.pixels import decode_frames
from covidcurate.imaging.dicom.read import read_dicom
from covidcurate.imaging.dicom.slices import Slice

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

MOST_VOXELS = 1 << 32


class Planes:
    """Slices of 16-bit values that are read one after the other, whenever they are asked for; memory holds one."""

    def __init__(self, slices: Sequence[Slice]) -> None:
        import numpy

        self._slices = slices
        self.shape = (len(slices), slices[0].rows, slices[0].columns)
        self.dtype = numpy.dtype(numpy.int16)

    def __iter__(self) -> Iterator[Array]:
        """Yield rows x columns of int16.

        Raises
        ------
        UnreadableError
            A slice cannot be read.
        """
        import numpy

        for one, frame in zip(self._slices, read_frames(self._slices), strict=True):
            yield _wrap(frame.astype(numpy.int16, copy=False), int(one.slope), int(one.intercept))


@dataclass
class Volume:
    """Voxels as slices x rows x columns, with the affine (4 x 4) from column, row, slice to RAS in mm.

    A value is ``voxel * slope + intercept``: 1 and 0 wherever the values themselves are whole numbers.
    """

    voxels: Array | Planes
    affine: Array
    slope: float = 1.0
    intercept: float = 0.0
    sheared: bool = False
    notes: list[str] = field(default_factory=list)
    description: str = ""


class SliceReader:
    """Reads stored numbers of slices; of a file with many frames the last one read stays in hand."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._dataset: Any = None

    def read(self, one: Slice) -> Array:
        """Return rows x columns of whole numbers.

        Raises
        ------
        UnreadableError
            The pixels cannot be decoded, or are no grey levels.
        """
        if one.direct is not None:
            return self._read_direct(one)
        if self._path != one.path:
            self._dataset, self._path = read_dicom(one.path), one.path
        try:
            layout = read_layout(self._dataset)
            if not layout.is_monochrome or layout.keyword != "PixelData":
                raise UnreadableError(f"its pixels are {layout.photometric}, of which no volume is made")
            (frame,) = decode_frames(self._dataset, layout, [one.frame])
        except UnreadableError as error:
            raise UnreadableError(f"{one.path.name}: {error.message}", remedy=error.remedy) from error
        if frame.shape != (one.rows, one.columns):
            raise UnreadableError(f"{one.path.name}: decodes to another size than its header says")
        return frame

    @staticmethod
    def _read_direct(one: Slice) -> Array:
        import numpy

        direct = one.direct
        assert direct is not None  # noqa: S101 - asked by the caller
        kind = "<i2" if direct.signed else "<u2"
        frame = numpy.fromfile(one.path, kind, one.rows * one.columns, offset=direct.offset)
        if len(frame) < one.rows * one.columns:
            raise UnreadableError(f"{one.path.name}: was cut short while the run was at work")
        frame = frame.reshape(one.rows, one.columns)
        return frame if direct.above == direct.below == 0 else (frame << direct.above) >> (direct.above + direct.below)

    def same_pixels(self, one: Slice, other: Slice) -> bool:
        """Whether two slices have the same values."""
        import numpy

        rescale = (one.slope, one.intercept) == (other.slope, other.intercept)
        return rescale and numpy.array_equal(self.read(one), self.read(other))


Frames = Callable[[Sequence[Slice]], Iterator["Array"]]
"""What reads the stored numbers of slices, in their order."""


def read_frames(slices: Sequence[Slice]) -> Iterator[Array]:
    """Yield the stored numbers of slices, read one after the other in this process."""
    reader = SliceReader()
    for one in slices:
        yield reader.read(one)


def planes_of(slices: Sequence[Slice]) -> Planes | None:
    """Return the slices to be read one by one, if their headers prove that 16 bits hold every value; else None."""
    import numpy

    limits = numpy.iinfo(numpy.int16)
    for one in slices:
        if one.direct is None or not (one.slope.is_integer() and one.intercept.is_integer()):
            return None
        ends = [number * int(one.slope) + int(one.intercept) for number in one.direct.limits]
        if min(ends) < limits.min or max(ends) > limits.max:
            return None
    return Planes(slices)


def read_voxels(slices: Sequence[Slice], frames: Frames = read_frames) -> tuple[Array, float, float]:
    """Return voxels (slices x rows x columns), and the slope and intercept that make values of them.

    Whole values come as the smallest of int16, int32 that holds them, with slope 1 and intercept 0. With one slope
    for all slices the stored numbers come with it; else the values as float32.

    Raises
    ------
    UnreadableError
        A slice cannot be read, or there are more voxels than a volume has.
    """
    import numpy

    first = slices[0]
    if len(slices) * first.rows * first.columns > MOST_VOXELS:
        raise UnreadableError(f"{len(slices)} slices of {first.columns} x {first.rows} are more than a volume has")
    whole = all(one.slope.is_integer() and one.intercept.is_integer() for one in slices)
    common = len({(one.slope, one.intercept) for one in slices}) == 1
    shape = (len(slices), first.rows, first.columns)
    voxels: Array = numpy.empty(shape, numpy.int16 if whole or common else numpy.float32)
    for number, (one, frame) in enumerate(zip(slices, frames(slices), strict=True)):
        if whole:
            frame = _rescale(frame, int(one.slope), int(one.intercept))
        elif not common:
            frame = (frame * one.slope + one.intercept).astype(numpy.float32)
        if voxels.dtype == numpy.int16 and not _fits(frame):
            voxels = voxels.astype(numpy.int32)
        if voxels.dtype == numpy.int32 and not numpy.can_cast(frame.dtype, numpy.int32) and frame.size:
            _require_32_bits(frame, one)
        voxels[number] = frame
    return (voxels, 1.0, 0.0) if whole or not common else (voxels, first.slope, first.intercept)


def _rescale(frame: Array, slope: int, intercept: int) -> Array:
    """Return whole values of stored numbers, in 16 bits where these hold them all."""
    import numpy

    if slope == 1 and intercept == 0:
        return frame
    ends = int(frame.min()) * slope + intercept, int(frame.max()) * slope + intercept
    limits = numpy.iinfo(numpy.int16)
    if limits.min <= min(ends) and max(ends) <= limits.max:
        return _wrap(frame.astype(numpy.int16), slope, intercept)
    return frame.astype(numpy.int64) * slope + intercept


def _wrap(frame: Array, slope: int, intercept: int) -> Array:
    """Return rescaled values that fit into 16 bits, whatever lies on the way: these wrap around, and back again."""
    import numpy

    factor, addend = (numpy.int64(number).astype(numpy.int16) for number in (slope, intercept))
    scaled: Array = frame if slope == 1 else frame * factor
    return scaled if intercept == 0 else scaled + addend


def _fits(frame: Array) -> bool:
    import numpy

    if numpy.can_cast(frame.dtype, numpy.int16):
        return True
    limits = numpy.iinfo(numpy.int16)
    return bool(limits.min <= frame.min() and frame.max() <= limits.max)


def _require_32_bits(frame: Array, one: Slice) -> None:
    import numpy

    limits = numpy.iinfo(numpy.int32)
    if not (limits.min <= frame.min() and frame.max() <= limits.max):
        raise UnreadableError(f"{one.path.name}: has values beyond 32 bits")
