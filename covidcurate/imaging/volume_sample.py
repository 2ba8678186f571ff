"""What a volume is known by: digests of its voxels, a small grid of it, and samples of its finest detail.

All of it is taken with axes to the patient's right, front and head, so that it does not matter how a file stores them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.geometry import affine_of, stack_slices
from covidcurate.imaging.dicom.slices import Slice
from covidcurate.imaging.dicom.volume import read_voxels
from covidcurate.imaging.nibabel_quietly import import_nibabel
from covidcurate.imaging.pixel_digest import digest_of
from covidcurate.imaging.planes import LOOKS_LIKE_HU, load_upright
from covidcurate.imaging.volume_levels import levels_of
from covidcurate.imaging.window import PRESETS, Window

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

SIDE = 32
"""Cells along each axis of a small grid, and samples of detail."""
VERSION = 1
"""Of the form in which voxels are digested."""
_WIDE = Window(-300, 1800)
"""From air to dense bone, in HU."""
_ROBUST = (0.5, 99.5)
"""Percentiles between which the values of a volume lie that is not in HU."""


@dataclass(frozen=True)
class Upright:
    """Voxels with axes to the patient's right, front and head (a view), and the size of each in mm.

    ``volumes`` are those in the file, of which this is the first. ``windows`` are worth looking through, the widest
    first.
    """

    voxels: Array
    sizes: tuple[float, ...]
    volumes: int
    windows: tuple[Window, ...]

    def show(self, number: int, window: int = 0) -> Array:
        """Return an axial slice (uint8) as radiologists see it: front on top, the patient's right on the left."""
        import numpy

        plane = self.voxels[:, :, number].astype(numpy.float32)
        bright = self.windows[window].apply(numpy.nan_to_num(plane, nan=-numpy.inf))
        return _displayed((bright * 255 + 0.5).astype(numpy.uint8))


@dataclass(frozen=True)
class Sample:
    """What is left of a volume.

    ``digest`` is equal where one volume is the other with its levels renamed, none lost and their order kept;
    ``counts`` also where it is turned or mirrored; both are empty for a volume of one level. ``slices`` are digests of
    axial slices in the manner of :mod:`covidcurate.imaging.pixel_digest`, from the feet, empty where there is none.
    ``grid`` are means of what the widest window shows (uint8), ``ranks`` those of single voxels among each other
    (uint16), ``detail`` the same voxels less the mean of their neighbors (float16); all are 32 x 32 x 32 and turn with
    the volume.
    """

    digest: bytes
    counts: bytes
    slices: tuple[bytes, ...]
    grid: Array
    ranks: Array
    detail: Array


def load_nifti(path: Path) -> Upright:
    """Return the first volume of a NIfTI file.

    Raises
    ------
    UnreadableError
        It cannot be read, or says nothing usable of its orientation.
    """
    voxels, sizes, notes = load_upright(path, 1)
    return _upright(voxels, sizes, int(notes[0].rsplit(" ", 1)[-1]) if notes else 1)


def load_slices(slices: Sequence[Slice]) -> Upright:
    """Return the slices of a DICOM series as a volume, in the order of their places, however regular these are.

    Raises
    ------
    UnreadableError
        One of them cannot be read.
    """
    import numpy

    nibabel = import_nibabel()
    stack = stack_slices(slices)
    ordered = [slices[place] for place in stack.order]
    voxels, slope, intercept = read_voxels(ordered)
    if (slope, intercept) != (1.0, 0.0):
        voxels = voxels * numpy.float32(slope) + numpy.float32(intercept)
    origin, last = (numpy.array(ordered[place].position) for place in (0, -1))
    step = (last - origin) / max(1, len(ordered) - 1)
    if float(step @ stack.normal) <= 0:
        step = stack.normal
    affine = affine_of(ordered[0], origin, step)
    orientation = nibabel.io_orientation(affine)
    sizes = numpy.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    turned = tuple(float(sizes[list(orientation[:, 0]).index(axis)]) for axis in range(3))
    return _upright(nibabel.apply_orientation(voxels.transpose(2, 1, 0), orientation), turned, 1)


def _upright(voxels: Array, sizes: tuple[float, ...], volumes: int) -> Upright:
    import numpy

    few = voxels[tuple(slice(None, None, max(1, length // 64)) for length in voxels.shape)]
    real = few[numpy.isfinite(few)]
    if not real.size:
        raise UnreadableError("none of its voxels is a number")
    if float(real.min()) <= LOOKS_LIKE_HU:
        windows: tuple[Window, ...] = (_WIDE, PRESETS["lung"], PRESETS["mediastinum"])
    else:
        low, high = (float(one) for one in numpy.percentile(real, _ROBUST))
        windows = (Window((low + high) / 2 + 0.5, max(1.0, high - low + 1)),)
    return Upright(voxels, sizes, volumes, windows)


def _displayed(plane: Array) -> Array:
    """Return a plane (right, front) as rows and columns of a picture."""
    import numpy

    return numpy.ascontiguousarray(plane[::-1, ::-1].T)


def sample_volume(volume: Upright) -> Sample:
    """Return what is kept of a volume; beside its voxels, memory holds a few planes."""
    import numpy

    levels = levels_of(volume.voxels)
    shape = numpy.array(volume.voxels.shape)
    header = f"{VERSION} {volume.voxels.shape} {volume.volumes}".encode()
    whole, slices, rows = hashlib.sha256(header), [], []
    counts = numpy.zeros(levels.count, dtype=numpy.int64)
    for number, ranks in enumerate(levels.planes(volume.voxels)):
        whole.update(ranks.tobytes())
        if levels.is_ranked:
            counts += numpy.bincount(ranks.ravel(), minlength=levels.count)
        slices.append(_digest_slice(ranks))
        rows.append(_means(_means(volume.show(number)[::-1].T[::-1].astype(numpy.float32), 0), 1))
    grid = numpy.rint(_means(numpy.stack(rows, axis=-1), 2)).astype(numpy.uint8)
    tally = hashlib.sha256(f"{VERSION} {sorted(shape.tolist())} {volume.volumes}".encode() + counts.tobytes())
    known = levels.count > 1 or not levels.is_ranked
    return Sample(
        whole.digest() if known else b"",
        tally.digest() if known and levels.is_ranked else b"",
        tuple(slices),
        grid,
        *_single(volume.voxels),
    )


def _digest_slice(ranks: Array) -> bytes:
    import numpy

    low, high = ranks.min(), ranks.max()
    if ranks.dtype.kind == "f" or low == high:
        return b""
    if int(high) - int(low) >= 1 << 16:
        present, ranks = numpy.unique(ranks, return_inverse=True)
        if len(present) > 1 << 16:
            return b""
        low = numpy.int64(0)
    return bytes.fromhex(digest_of(_displayed((ranks - low).astype(numpy.uint16))).order)


def _means(values: Array, axis: int) -> Array:
    """Return the means of :data:`SIDE` equal parts along an axis; a pixel that lies in two counts for its shares."""
    import numpy

    values = numpy.moveaxis(values, axis, 0)
    length = len(values)
    sums = numpy.zeros((length + 1, *values.shape[1:]), dtype=numpy.float64)
    numpy.cumsum(values, axis=0, out=sums[1:])
    edges = numpy.linspace(0, length, SIDE + 1)
    lower = numpy.minimum(edges.astype(int), length - 1)
    share = (edges - lower).reshape(-1, *(1,) * (values.ndim - 1))
    at_edges = sums[lower] * (1 - share) + sums[lower + 1] * share
    means: Array = (at_edges[1:] - at_edges[:-1]) * (SIDE / length)
    return numpy.moveaxis(means, 0, axis)


def _single(voxels: Array) -> tuple[Array, Array]:
    """Return the ranks of a lattice of single voxels, and these less the mean of their six neighbors.

    The latter are in units of their usual size.
    """
    import numpy

    places = [_lattice(length) for length in voxels.shape]

    def at(axis: int, step: int) -> Array:
        moved = [
            numpy.clip(one + step * (place == axis), 0, length - 1)
            for place, (one, length) in enumerate(zip(places, voxels.shape, strict=True))
        ]
        return numpy.nan_to_num(voxels[numpy.ix_(*moved)].astype(numpy.float64), posinf=0, neginf=0)

    center = at(0, 0)
    around = [at(axis, step) for axis, length in enumerate(voxels.shape) if length > 1 for step in (-1, 1)]
    detail = center - sum(around) / max(1, len(around))
    some = numpy.abs(detail[detail != 0])
    usual = float(numpy.median(some)) if some.size else 1.0
    ranks = numpy.unique(center, return_inverse=True)[1].reshape(center.shape)
    return ranks.astype(numpy.uint16), numpy.clip(detail / usual, -100, 100).astype(numpy.float16)


def _lattice(length: int) -> Array:
    """Return evenly spread places that are the same counted from either end."""
    import numpy

    half = ((numpy.arange(SIDE // 2) + 0.5) * length / SIDE).astype(int)
    return numpy.concatenate([half, length - 1 - half[::-1]])
