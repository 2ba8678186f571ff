"""Write volumes as NIfTI-1, or NIfTI-2 where a side is too long for it: geometry and voxels, and no identity.

Layout of nifti1.h and nifti2.h, https://nifti.nimh.nih.gov. Written here and not by nibabel, whose import alone takes
as long as half of a volume.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from covidcurate.imaging.deflate import BLOCK, split_blocks, write_gzip

if TYPE_CHECKING:
    import numpy

    from covidcurate.imaging.dicom.volume import Volume

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_CODES = {"uint8": 2, "int16": 4, "int32": 8, "float32": 16, "float64": 64, "uint16": 512}
_LONGEST = 32767
_MILLIMETERS = 2
_SCANNER = 1
"""NIFTI_XFORM_SCANNER_ANAT: coordinates of the scanner."""


def write_nifti(
    stream: BinaryIO, volume: Volume, *, compress: bool = True, level: int | None = None, workers: int = 0
) -> None:
    """Write a volume to a stream; equal volumes give equal bytes.

    Parameters
    ----------
    compress
        As ``.nii.gz``, else as ``.nii``.
    level
        Of compression, see :func:`covidcurate.imaging.deflate.deflate`.
    workers
        Threads that compress; 0 for one a core.
    """
    if compress:
        write_gzip(stream, _blocks(volume), level=level, workers=workers)
    else:
        for block in _blocks(volume):
            stream.write(block)


def _blocks(volume: Volume) -> Iterator[Any]:
    """Yield the header, then the voxels; the fastest index of NIfTI is the column, as it is here."""
    import numpy

    yield _header(volume)
    kind = volume.voxels.dtype.newbyteorder("<")
    several = max(1, BLOCK // (math.prod(volume.voxels.shape[1:]) * kind.itemsize))
    for planes in _batched(volume.voxels, several):
        yield from split_blocks(numpy.ascontiguousarray(planes, dtype=kind).reshape(-1).view(numpy.uint8), BLOCK)


def _batched(planes: Iterable[Array], count: int) -> Iterator[list[Array]]:
    rest = iter(planes)
    while batch := list(itertools.islice(rest, count)):
        yield batch


def _header(volume: Volume) -> bytes:
    """Return the header and the four bytes that say that no extension follows."""
    import numpy

    affine = volume.affine
    slices, rows, columns = volume.voxels.shape
    dims = (3, columns, rows, slices, 1, 1, 1, 1)
    sizes = [float(numpy.linalg.norm(affine[:3, axis])) for axis in range(3)]
    if volume.sheared:
        # A quaternion cannot say it, so that only the sform is given.
        codes, sign, quaternion = (0, _SCANNER), 1.0, (0.0, 0.0, 0.0)
    else:
        codes, (sign, *rest) = (_SCANNER, _SCANNER), _quaternion(affine[:3, :3] / sizes)
        quaternion = (rest[0], rest[1], rest[2])
    pixdim = (sign, *sizes, 0.0, 0.0, 0.0, 0.0)
    offsets = tuple(float(number) for number in affine[:3, 3])
    rotation = tuple(float(number) for number in affine[:3].reshape(-1))
    code, bits = _CODES[volume.voxels.dtype.name], 8 * volume.voxels.dtype.itemsize
    text = volume.description.encode("ascii", "replace")[:79]
    if max(dims) <= _LONGEST:
        return struct.pack(
            "<i34xcx8h14x2h2x8f3f2xBB24x80s24x2h6f12f16x4s4x",
            348, b"r", *dims, code, bits, *pixdim, 352.0, volume.slope, volume.intercept, 0, _MILLIMETERS,
            text, *codes, *quaternion, *offsets, *rotation, b"n+1\x00",
        )  # fmt: skip
    return struct.pack(
        "<i8s2h8q24x8dq2d48x80s24x2i6d12d2i20x16x4x",
        540, b"n+2\x00\r\n\x1a\n", code, bits, *dims, *pixdim, 544, volume.slope, volume.intercept,
        text, *codes, *quaternion, *offsets, *rotation, 0, _MILLIMETERS,
    )  # fmt: skip


def _quaternion(rotation: Array) -> tuple[float, float, float, float]:
    """Return the sign of the last axis (qfac), and b, c, d of the unit quaternion of a rotation."""
    import numpy

    sign = 1.0 if numpy.linalg.det(rotation) > 0 else -1.0
    proper = rotation * (1.0, 1.0, sign)
    # The nearest rotation: cosines of a header are rounded.
    left, _, right = numpy.linalg.svd(proper)
    m = left @ right
    # The eigenvector of the largest eigenvalue of this matrix is the quaternion, whatever the angle (Bar-Itzhack 2000).
    k = numpy.array([
        [m[0, 0] - m[1, 1] - m[2, 2], m[1, 0] + m[0, 1], m[2, 0] + m[0, 2], m[2, 1] - m[1, 2]],
        [m[1, 0] + m[0, 1], m[1, 1] - m[0, 0] - m[2, 2], m[2, 1] + m[1, 2], m[0, 2] - m[2, 0]],
        [m[2, 0] + m[0, 2], m[2, 1] + m[1, 2], m[2, 2] - m[0, 0] - m[1, 1], m[1, 0] - m[0, 1]],
        [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], m[0, 0] + m[1, 1] + m[2, 2]],
    ])  # fmt: skip
    _, vectors = numpy.linalg.eigh(k / 3)
    x, y, z, w = vectors[:, -1]
    turn = -1.0 if w < 0 else 1.0
    return sign, float(turn * x), float(turn * y), float(turn * z)
