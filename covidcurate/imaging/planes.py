"""Pictures of a NIfTI volume along the planes of the body, turned the way radiologists look at them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidcurate.errors import UnreadableError
from covidcurate.imaging.nibabel_quietly import import_nibabel
from covidcurate.imaging.picture import Picture, resize
from covidcurate.imaging.window import PRESETS, WindowChoice

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

LOOKS_LIKE_HU = -900
"""A volume with values at or below this holds air in HU."""
_MOST_VOXELS = 1 << 31
_MOSAIC_TILES, _MOSAIC_SIDE = 20, 2048


class Plane(Enum):
    """A plane of the body; pictures show the patient's right on their left, and front or head on top."""

    AXIAL = "axial"
    """Front on top."""
    CORONAL = "coronal"
    """Head on top."""
    SAGITTAL = "sagittal"
    """Head on top, front on the left."""


_AXIS = {Plane.SAGITTAL: 0, Plane.CORONAL: 1, Plane.AXIAL: 2}


@dataclass(frozen=True, slots=True)
class Cut:
    """Which pictures are made: ``which`` is ``mosaic``, ``middle``, ``all`` or the number of a slice from 1."""

    plane: Plane = Plane.AXIAL
    which: str = "mosaic"
    volume: int = 1
    window: WindowChoice = field(default_factory=WindowChoice)
    bits: int = 8


def cut_volume(path: Path, cut: Cut) -> Iterator[Picture]:
    """Yield pictures of a NIfTI file, slices counted from the feet, the back and the patient's left.

    Raises
    ------
    UnreadableError
        The file cannot be read, says nothing usable of its orientation, or has no such slice or volume.
    """
    voxels, sizes, notes = load_upright(path, cut.volume)
    axis = _AXIS[cut.plane]
    count = voxels.shape[axis]
    # The sizes of what remains, as columns and rows of the picture.
    width, height = (size for place, size in enumerate(sizes) if place != axis)
    shaded, more = _shade(voxels, cut)
    notes += more
    if cut.which == "mosaic":
        yield Picture(_mosaic(shaded, axis, height / width), 1.0, "", tuple(notes))
        return
    if cut.which == "middle":
        numbers = [count // 2]
    elif cut.which == "all":
        numbers = list(range(count))
    else:
        numbers = [int(cut.which) - 1]
        if not 0 <= numbers[0] < count:
            raise UnreadableError(f"{path.name}: has {count} {cut.plane.value} slices, so there is none {cut.which}")
    for number in numbers:
        name = f"{cut.plane.value}-{number + 1:04d}" if cut.which == "all" else ""
        yield Picture(_picture(shaded, axis, number), height / width, name, tuple(notes))


def count_cuts(path: Path, cut: Cut) -> int:
    """Return how many pictures :func:`cut_volume` makes, by the header alone.

    Raises
    ------
    UnreadableError
        The header cannot be read.
    """
    if cut.which != "all":
        return 1
    nibabel = import_nibabel()
    try:
        image = nibabel.load(path)
        axis = list(nibabel.io_orientation(image.affine)[:, 0]).index(_AXIS[cut.plane])
        return int(image.shape[axis]) if axis < len(image.shape) else 1
    except Exception as error:
        # Whatever a reader raises, the file is at fault.
        raise UnreadableError(f"{path.name}: its header cannot be read ({type(error).__name__})") from error


def load_upright(path: Path, volume: int) -> tuple[Array, tuple[float, ...], list[str]]:
    """Return values with axes to the patient's right, front and head, the sizes of a voxel in mm, and notes."""
    import numpy

    nibabel = import_nibabel()
    notes = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = nibabel.load(path)
            shape = image.shape
            if len(shape) > 3:
                volumes = int(numpy.prod(shape[3:]))
                if volumes > 1:
                    notes.append(f"volume {volume} of {volumes}")
            else:
                volumes = 1
            if len(shape) < 2 or int(numpy.prod(shape[:3])) > _MOST_VOXELS or min(shape) < 1:
                raise UnreadableError(f"{path.name}: its header speaks of {' x '.join(map(str, shape))} voxels")
            if not 1 <= volume <= volumes:
                raise UnreadableError(f"{path.name}: has {volumes} volumes, so there is none {volume}")
            affine = image.affine
            if not numpy.isfinite(affine).all() or abs(numpy.linalg.det(affine[:3, :3])) < 1e-9:
                raise UnreadableError(
                    f"{path.name}: its affine is not finite or flat, so nothing says what is left and right"
                )
            place = numpy.unravel_index(volume - 1, shape[3:]) if len(shape) > 3 else ()
            values = numpy.asarray(image.dataobj[(slice(None),) * min(3, len(shape)) + tuple(map(int, place))])
            values = values.reshape(values.shape + (1,) * (3 - values.ndim))
            orientation = nibabel.io_orientation(affine)
            upright = nibabel.apply_orientation(values, orientation)
            sizes = numpy.sqrt((affine[:3, :3] ** 2).sum(axis=0))
            turned = tuple(float(sizes[list(orientation[:, 0]).index(axis)]) for axis in range(3))
    except UnreadableError:
        raise
    except Exception as error:
        # Whatever a reader raises, the file is at fault.
        raise UnreadableError(f"{path.name}: does not read to its end ({type(error).__name__})") from error
    if upright.dtype.kind not in "iuf":
        raise UnreadableError(f"{path.name}: holds {upright.dtype.name}, of which no grey levels are made")
    return upright, turned, notes


def _shade(values: Array, cut: Cut) -> tuple[Array, list[str]]:
    """Return grey levels of all voxels."""
    import numpy

    notes, most = [], (1 << cut.bits) - 1
    real = values[numpy.isfinite(values)] if values.dtype.kind == "f" else values
    low, high = (float(real.min()), float(real.max())) if real.size else (0.0, 0.0)
    window = cut.window.window
    if window is None and cut.window.name == "auto" and low <= LOOKS_LIKE_HU:
        window = PRESETS["lung"]
        notes.append("its values look like HU; the lung window is used")
    result = numpy.empty(values.shape, numpy.uint8 if cut.bits == 8 else numpy.uint16)
    for number in range(values.shape[2]):
        # One plane at a time: floating point takes eight times the memory of what comes out.
        plane = numpy.nan_to_num(values[..., number].astype(numpy.float64), nan=low, posinf=high, neginf=low)
        bright = window.apply(plane) if window else (plane - low) / ((high - low) or 1)
        result[..., number] = numpy.floor(bright * most + 0.5)
    return result, notes


def _picture(shaded: Array, axis: int, number: int) -> Array:
    """Return one slice, turned: high numbers (right, front, head) come first in rows and columns."""
    import numpy

    return numpy.ascontiguousarray(numpy.take(shaded, number, axis)[::-1, ::-1].T)


def _mosaic(shaded: Array, axis: int, height_over_width: float) -> Array:
    """Return up to twenty slices, evenly spread, from the top or front of the body in reading order."""
    import numpy

    count = shaded.shape[axis]
    tiles = min(_MOSAIC_TILES, count)
    numbers = numpy.linspace(0, count - 1, tiles + 2)[1:-1] if count > tiles else numpy.arange(count)
    across = int(numpy.ceil(numpy.sqrt(tiles)))
    down = -(-tiles // across)
    rows, columns = _picture(shaded, axis, 0).shape
    scale = min(1.0, _MOSAIC_SIDE / across / columns)
    width = max(1, round(columns * scale))
    height = max(1, round(rows * scale * height_over_width))
    sheet = numpy.zeros((down * height, across * width), shaded.dtype)
    for place, number in enumerate(sorted((round(one) for one in numbers), reverse=True)):
        tile = resize(_picture(shaded, axis, number), (width, height))
        top, left = place // across * height, place % across * width
        sheet[top : top + height, left : left + width] = tile
    return sheet
