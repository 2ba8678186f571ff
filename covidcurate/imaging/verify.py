"""Open an image file to its end, so that a broken one is refused before a row names it."""

from __future__ import annotations

import gzip
import warnings
import zlib
from pathlib import Path
from typing import IO, cast

from covidcurate.errors import UnreadableError
from covidcurate.imaging.filetype import FileType, sniff_file

_CHUNK = 1 << 20


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
    elif kind in (FileType.NIFTI, FileType.NIFTI_GZIP):
        _verify_nifti(path, kind)
    else:
        raise UnreadableError(f"{path.name}: is {kind.value}, which is no image that can be checked here")
    return kind


def _verify_raster(path: Path) -> None:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # A damaged EXIF block is no fault of the pixels.
            warnings.simplefilter("ignore", UserWarning)
            with Image.open(path) as image:
                image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableError(f"{path.name}: has more pixels than any radiograph: {error}") from error
    except (OSError, ValueError, SyntaxError, EOFError, zlib.error) as error:
        raise UnreadableError(f"{path.name}: does not decode to its end: {error}") from error


def _verify_nifti(path: Path, kind: FileType) -> None:
    import nibabel

    try:
        # nibabel goes by the name; here the content has been asked.
        loaded = nibabel.Nifti1Image if _is_version_1(path, kind) else nibabel.Nifti2Image
        opener = gzip.open if kind is FileType.NIFTI_GZIP else open
        with cast("IO[bytes]", opener(path, "rb")) as stream:
            header = loaded.header_class.from_fileobj(stream)  # type: ignore[no-untyped-call]
        voxels = 1
        for length in header.get_data_shape():
            voxels *= int(length)
        needed = int(header.get_data_offset()) + voxels * header.get_data_dtype().itemsize
        with cast("IO[bytes]", opener(path, "rb")) as stream:
            size = 0
            while size <= needed + _CHUNK and (chunk := stream.read(_CHUNK)):
                size += len(chunk)
    except (OSError, EOFError, ValueError, zlib.error, nibabel.spatialimages.HeaderDataError) as error:
        raise UnreadableError(f"{path.name}: does not read to its end: {error}") from error
    if size > needed + _CHUNK:
        raise UnreadableError(f"{path.name}: goes on after the {needed} bytes that its header speaks of")
    if voxels <= 0 or size < needed:
        raise UnreadableError(f"{path.name}: holds {size} bytes, but its header asks for {needed}: it is cut short")


def _is_version_1(path: Path, kind: FileType) -> bool:
    opener = gzip.open if kind is FileType.NIFTI_GZIP else open
    with cast("IO[bytes]", opener(path, "rb")) as stream:
        return stream.read(348)[344:348] == b"n+1\x00"
