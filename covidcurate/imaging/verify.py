"""Open an image file to its end, so that a broken one is refused before a row names it."""

from __future__ import annotations

import gzip
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from covidcurate.errors import UnreadableError
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.imaging.nibabel_quietly import import_nibabel
from covidcurate.imaging.nifti import find_voxels_end
from covidcurate.imaging.strip import find_metadata

_CHUNK = 1 << 20
_NIFTI_HEADER = 540
"""Bytes of the longer of the two headers, that of NIfTI-2."""


def verify_image(path: Path) -> FileType:
    """Decode an image to its end and return what it is.

    Raster images are decoded by Pillow; of NIfTI the header is read by nibabel and the voxels are read through, in
    bounded memory.

    Raises
    ------
    UnreadableError
        The file is cut short, damaged, unreasonably large, or of a kind that is not verified here.
    """
    kind = sniff_file(path)
    if kind.is_raster:
        _verify_raster(path)
        # Pillow is content when it has all pixels; the container has to be whole as well.
        try:
            find_metadata(path, kind)
        except UnreadableError as error:
            raise UnreadableError(f"{path.name}: {error.message}") from error
    elif kind in (FileType.NIFTI, FileType.NIFTI_GZIP):
        _verify_nifti(path, kind)
    else:
        raise UnreadableError(f"{path.name}: is {kind.value}, which is no image that can be checked here")
    return kind


def _verify_raster(path: Path) -> None:
    from PIL import Image

    with verifying(path.name), Image.open(path) as image:
        image.load()


@contextmanager
def verifying(name: str) -> Iterator[None]:
    """Say of a file what goes wrong while it is decoded to its end.

    Raises
    ------
    UnreadableError
        It is damaged, or unreasonably large.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # A damaged EXIF block is no fault of the pixels.
            warnings.simplefilter("ignore", UserWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableError(f"{name}: has more pixels than any radiograph: {error}") from error
    except UnidentifiedImageError as error:
        # Its message has the whole path, or an address of memory.
        raise UnreadableError(f"{name}: does not decode to its end: not even its header can be read") from error
    except Exception as error:
        # Whatever a decoder raises, the file is at fault.
        raise UnreadableError(f"{name}: does not decode to its end: {error}") from error


def _verify_nifti(path: Path, kind: FileType) -> None:
    opener = gzip.open if kind is FileType.NIFTI_GZIP else open
    try:
        with cast("IO[bytes]", opener(path, "rb")) as stream:
            head = stream.read(_NIFTI_HEADER)
            voxels, needed = _read_nifti_header(head)
            size = len(head)
            while size <= needed + _CHUNK and (chunk := stream.read(_CHUNK)):
                size += len(chunk)
    except Exception as error:
        # Whatever a reader raises, the file is at fault.
        raise UnreadableError(f"{path.name}: does not read to its end: {error}") from error
    if size > needed + _CHUNK:
        raise UnreadableError(f"{path.name}: goes on after the {needed} bytes that its header speaks of")
    if voxels <= 0 or size < needed:
        raise UnreadableError(f"{path.name}: holds {size} bytes, but its header asks for {needed}: it is cut short")


def _read_nifti_header(head: bytes) -> tuple[int, int]:
    """Return the number of voxels, and that of bytes up to their end; extensions are nothing to it."""
    nibabel = import_nibabel()
    # nibabel goes by the name of a file; here the content has been asked.
    version: Any = nibabel.Nifti1Header if head[344:348] == b"n+1\x00" else nibabel.Nifti2Header
    header = version(head[: version.sizeof_hdr], check=False)
    shape = [int(length) for length in header.get_data_shape()]
    end = int(header.get_data_offset()) + math.prod(shape) * int(header.get_data_dtype().itemsize)
    if min(shape, default=1) < 1 or end != find_voxels_end(head):
        # The type of a voxel and its number of bits are said twice, and readers differ in which they believe.
        raise ValueError("the header contradicts itself about its voxels")
    return math.prod(shape), end
