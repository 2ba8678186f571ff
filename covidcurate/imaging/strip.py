"""An image's bytes without what describes a person, a place or a machine; the pixels stay bit for bit."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from covidcurate.errors import UnreadableError
from covidcurate.imaging.containers import Part, jpeg_parts, png_chunk, png_parts
from covidcurate.imaging.filetype import FileType
from covidcurate.imaging.nifti import HEAD, find_gzip_text, find_nifti_text, gunzip, strip_nifti, strip_nifti_gzip
from covidcurate.imaging.reading import Content, FileContent
from covidcurate.imaging.tags import gif_names, tiff_names, webp_names


def find_metadata(path: Path, kind: FileType) -> tuple[str, ...]:
    """Return the names (never the values) of what an image carries beside its pixels; see :func:`without_metadata`.

    Kinds that cannot be looked at without decoding have none.

    Raises
    ------
    UnreadableError
        The file cannot be read, or its container is damaged.
    """
    try:
        with FileContent(path) as content:
            return name_metadata(content, kind, image_parts(content, kind))
    except OSError as error:
        raise UnreadableError(f"it cannot be read: {error.strerror}") from error


def image_parts(data: Content, kind: FileType, *, trusting: bool = False) -> Iterator[Part]:
    """Yield the parts of a JPEG or PNG file, and none of others; ``trusting`` as in :func:`jpeg_parts`.

    Raises
    ------
    UnreadableError
        The container is damaged.
    """
    try:
        if kind is FileType.JPEG:
            yield from jpeg_parts(data, trusting=trusting)
        elif kind is FileType.PNG:
            yield from png_parts(data)
    except (struct.error, IndexError) as error:
        raise UnreadableError(f"the {kind.value} container is cut short") from error


def name_metadata(
    data: Content, kind: FileType, parts: Iterable[Part], *, most: int = HEAD, forgiving: bool = False
) -> tuple[str, ...]:
    """Return what :func:`find_metadata` does of a file of which :func:`image_parts` are known.

    Parameters
    ----------
    most
        Bytes to read of a NIfTI file.
    forgiving
        Leave out what names a program and its settings alone, which is gone after cleaning all the same.

    Raises
    ------
    UnreadableError
        The header of a volume is damaged.
    """
    if kind in _NAMES:
        return tuple(dict.fromkeys(_NAMES[kind](data)))
    if kind in (FileType.NIFTI, FileType.NIFTI_GZIP):
        try:
            return _name_in_volume(data, kind, most)
        except (struct.error, IndexError) as error:
            raise UnreadableError(f"the {kind.value} container is cut short") from error
    gone = (part for part in parts if not part.kept or part.instead)
    telling = (part for part in gone if not _says_orientation_alone(data, part))
    return tuple(dict.fromkeys(part.name for part in telling if not (forgiving and _is_signature(data, part))))


def _name_in_volume(data: Content, kind: FileType, most: int) -> tuple[str, ...]:
    head = data[:most]
    if kind is FileType.NIFTI:
        return find_nifti_text(head, len(data))
    plain = gunzip(head, HEAD)
    # Only of a small file is the whole in hand.
    whole = len(plain) if len(plain) < HEAD and len(head) == len(data) else 0
    return (*find_gzip_text(head), *find_nifti_text(plain, whole))


def without_metadata(data: bytes, kind: FileType, orientation: int = 1, parts: Iterable[Part] | None = None) -> bytes:
    """Return an image without EXIF, XMP, IPTC, comments, text and trailing bytes; no pixel is decoded.

    Parameters
    ----------
    data
        The whole file.
    kind
        JPEG, PNG, NIfTI or gzipped NIfTI.
    orientation
        EXIF orientation (1 to 8) to keep, since without it viewers would turn the image.
    parts
        The :func:`image_parts` of the file, where somebody knows them.

    Raises
    ------
    UnreadableError
        The container is damaged, or of a kind that cannot be cleaned without decoding.
    """
    try:
        if kind in (FileType.JPEG, FileType.PNG):
            parts = image_parts(data, kind) if parts is None else parts
            return _with_parts(data, [part for part in parts if part.kept], kind, orientation)
        if kind is FileType.NIFTI:
            return strip_nifti(data)
        if kind is FileType.NIFTI_GZIP:
            return strip_nifti_gzip(data)
    except (struct.error, IndexError) as error:
        raise UnreadableError(f"the {kind.value} container is cut short") from error
    raise UnreadableError(
        f"{kind.value} cannot be cleaned of identifying metadata without decoding", remedy="Convert it to PNG first."
    )


def _with_parts(data: bytes, parts: Sequence[Part], kind: FileType, orientation: int) -> bytes:
    """Return the content of a file with these of its parts alone: itself if nothing changes, else copied but once."""
    whole = sum(part.end - part.start for part in parts if not part.instead) == len(data)
    if whole and orientation == 1:
        return data
    view = memoryview(data)
    pieces = [part.instead or view[part.start : part.end] for part in parts]
    # The first part is the signature (and of PNG the image header), after which EXIF may stand.
    return b"".join([pieces[0], *_orientation_part(kind, orientation), *pieces[1:]])


_NAMES = {FileType.GIF: gif_names, FileType.TIFF: tiff_names, FileType.WEBP: webp_names}


_LONGEST_SIGNATURE = 128
_SIGNATURE = re.compile(
    # After marker and length: comments of encoders, and the quality with which Photoshop saved for the web.
    rb"\xff\xfe..(CREATOR: gd-jpeg v[\d.]{1,8} \(using IJG JPEG v\d{1,3}\), (default )?quality( = \d{1,3})?|"
    rb"Intel\(R\) JPEG Library, (version )?[\d.,\[\]]{1,16}|Handmade Software, Inc\. Image Alchemy v[\d.]{1,8}|"
    rb"LEAD Technologies Inc\. V[\d.]{1,8}|Lavc[\d.]{1,12}|Created with GIMP)[\n\x00]*|"
    rb"\xff\xec..Ducky(\x00\x01\x00\x04.{4})?\x00\x00",
    re.DOTALL,
)


def _is_signature(data: Content, part: Part) -> bool:
    """Whether a part of a JPEG file names the program that wrote it, and nothing else."""
    return part.end - part.start < _LONGEST_SIGNATURE and bool(_SIGNATURE.fullmatch(data[part.start : part.end]))


def _says_orientation_alone(data: Content, part: Part) -> bool:
    return part.end - part.start <= _LONGEST and data[part.start : part.end] in _ORIENTATIONS


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
_ORIENTATIONS = {
    part for kind in (FileType.JPEG, FileType.PNG) for value in range(2, 9) for part in _orientation_part(kind, value)
}
_LONGEST = max(map(len, _ORIENTATIONS))
