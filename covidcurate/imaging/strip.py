"""An image's bytes without what describes a person, a place or a machine; the pixels stay bit for bit."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from covidcurate.errors import UnreadableError
from covidcurate.imaging.containers import jpeg_parts, png_chunk, png_parts
from covidcurate.imaging.filetype import FileType
from covidcurate.imaging.nifti import HEAD, find_gzip_text, find_nifti_text, gunzip, strip_nifti, strip_nifti_gzip


def find_metadata(path: Path, kind: FileType) -> tuple[str, ...]:
    """Return the names (never the values) of what an image carries beside its pixels; see :func:`without_metadata`.

    Kinds that cannot be looked at without decoding have none.

    Raises
    ------
    UnreadableError
        The file cannot be read, or its container is damaged.
    """
    try:
        if kind in _PARTS:
            data = path.read_bytes()
            gone = (part for part in _PARTS[kind](data) if not part.kept or part.instead)
            return tuple(dict.fromkeys(part.name for part in gone if data[part.start : part.end] not in _ORIENTATIONS))
        if kind in (FileType.NIFTI, FileType.NIFTI_GZIP):
            with path.open("rb") as stream:
                head = stream.read(HEAD)
            if kind is FileType.NIFTI_GZIP:
                plain = gunzip(head, HEAD)
                # Only of a small file is the whole in hand.
                whole = len(plain) if len(plain) < HEAD else 0
                return (*find_gzip_text(head), *find_nifti_text(plain, whole))
            return find_nifti_text(head, path.stat().st_size)
    except (struct.error, IndexError) as error:
        raise UnreadableError(f"the {kind.value} container is cut short") from error
    except OSError as error:
        raise UnreadableError(f"it cannot be read: {error.strerror}") from error
    return ()


def without_metadata(data: bytes, kind: FileType, orientation: int = 1) -> bytes:
    """Return an image without EXIF, XMP, IPTC, comments, text and trailing bytes; no pixel is decoded.

    Parameters
    ----------
    data
        The whole file.
    kind
        JPEG, PNG, NIfTI or gzipped NIfTI.
    orientation
        EXIF orientation (1 to 8) to keep, since without it viewers would turn the image.

    Raises
    ------
    UnreadableError
        The container is damaged, or of a kind that cannot be cleaned without decoding.
    """
    try:
        if kind in _PARTS:
            parts = [part.instead or data[part.start : part.end] for part in _PARTS[kind](data) if part.kept]
            # The first part is the signature (and of PNG the image header), after which EXIF may stand.
            return b"".join([parts[0], *_orientation_part(kind, orientation), *parts[1:]])
        if kind is FileType.NIFTI:
            return strip_nifti(data)
        if kind is FileType.NIFTI_GZIP:
            return strip_nifti_gzip(data)
    except (struct.error, IndexError) as error:
        raise UnreadableError(f"the {kind.value} container is cut short") from error
    raise UnreadableError(
        f"{kind.value} cannot be cleaned of identifying metadata without decoding", remedy="Convert it to PNG first."
    )


_PARTS = {FileType.JPEG: jpeg_parts, FileType.PNG: png_parts}


def _orientation_part(kind: FileType, orientation: int) -> Iterator[bytes]:
    """Yield EXIF that says nothing but the orientation, if that is not upright."""
    if orientation == 1:
        return
    # A TIFF block with one entry: tag 0x0112, type SHORT.
    block = b"II*\x00" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    if kind is FileType.PNG:
        yield png_chunk(b"eXIf", block)
    else:
        yield struct.pack(">HH", 0xFFE1, len(block) + 8) + b"Exif\x00\x00" + block


# EXIF as cleaning leaves it, which says nothing else and so is nothing to report.
_ORIENTATIONS = {part for kind in _PARTS for value in range(2, 9) for part in _orientation_part(kind, value)}
