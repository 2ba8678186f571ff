"""What a file is by its content, whatever its name says."""

from __future__ import annotations

import zlib
from enum import Enum
from pathlib import Path

from covidcurate.errors import UnreadableError

HEAD = 1024
"""Bytes read of a file: the NIfTI-1 magic stands at 344, that of DICOM at 128."""


class FileType(Enum):
    """A kind of image file; the value is the name that people use."""

    JPEG = "JPEG"
    """Joint Photographic Experts Group, baseline or progressive."""
    PNG = "PNG"
    """Portable Network Graphics."""
    GIF = "GIF"
    """Graphics Interchange Format."""
    BMP = "BMP"
    """Windows bitmap."""
    TIFF = "TIFF"
    """Tagged Image File Format."""
    WEBP = "WebP"
    """WebP in a RIFF container."""
    DICOM = "DICOM"
    """DICOM Part 10 file."""
    NIFTI = "NIfTI"
    """NIfTI-1 or NIfTI-2 in one file."""
    NIFTI_GZIP = "gzipped NIfTI"
    """The same, compressed with gzip."""
    NIFTI_PAIR = "NIfTI header"
    """The header of NIfTI-1 or NIfTI-2 in two files, ``.hdr`` and ``.img``."""
    GZIP = "gzip"
    """gzip that holds something else."""
    UNKNOWN = "unknown"
    """None of these."""

    @property
    def extensions(self) -> tuple[str, ...]:
        """File name endings that fit the content, the usual one first."""
        return _EXTENSIONS.get(self, ())

    @property
    def is_raster(self) -> bool:
        """Whether Pillow is to open it."""
        return self in _RASTER

    @property
    def is_nifti(self) -> bool:
        """Whether it is NIfTI of any form."""
        return self in _NIFTI


_EXTENSIONS = {
    FileType.JPEG: (".jpg", ".jpeg"),
    FileType.PNG: (".png",),
    FileType.GIF: (".gif",),
    FileType.BMP: (".bmp",),
    FileType.TIFF: (".tif", ".tiff"),
    FileType.WEBP: (".webp",),
    FileType.DICOM: (".dcm",),
    FileType.NIFTI: (".nii",),
    FileType.NIFTI_GZIP: (".nii.gz",),
    FileType.NIFTI_PAIR: (".hdr",),
    FileType.GZIP: (".gz",),
}
_RASTER = {FileType.JPEG, FileType.PNG, FileType.GIF, FileType.BMP, FileType.TIFF, FileType.WEBP}
_NIFTI = {FileType.NIFTI, FileType.NIFTI_GZIP, FileType.NIFTI_PAIR}


def extension_of(name: str) -> str:
    """Return the ending of a file name with its dot; ``.nii.gz`` counts as one. Empty if there is none."""
    folded = name.casefold()
    if folded.endswith(".nii.gz"):
        return name[-7:]
    # As Path.suffix has it, without the cost of a path: whole folders of names are asked for.
    last = name.rstrip("/").rpartition("/")[2]
    dot = last.rfind(".")
    return last[dot:] if 0 < dot < len(last) - 1 else ""


def sniff_file(path: Path) -> FileType:
    """Return what a file is, by its first bytes.

    Raises
    ------
    UnreadableError
        The file cannot be opened.
    """
    try:
        with path.open("rb") as stream:
            return sniff(stream.read(HEAD))
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {error.strerror}") from error


def sniff(head: bytes) -> FileType:
    """Return what content is, by its first kilobyte."""
    if head[128:132] == b"DICM":
        # Before all others: the preamble may make a file a TIFF too, and the header still names the patient.
        return FileType.DICOM
    if head.startswith(b"\x1f\x8b"):
        return FileType.NIFTI_GZIP if _is_nifti(_gunzip(head)) else FileType.GZIP
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileType.WEBP
    if _is_bare_dicom(head):
        return FileType.DICOM
    if head[344:348] == b"ni1\x00" or head[4:12] == b"ni2\x00\r\n\x1a\n":
        return FileType.NIFTI_PAIR
    return FileType.NIFTI if _is_nifti(head) else FileType.UNKNOWN


_MAGIC = (
    (b"\xff\xd8\xff", FileType.JPEG),
    (b"\x89PNG\r\n\x1a\n", FileType.PNG),
    (b"GIF87a", FileType.GIF),
    (b"GIF89a", FileType.GIF),
    (b"BM", FileType.BMP),
    (b"II*\x00", FileType.TIFF),
    (b"MM\x00*", FileType.TIFF),
)


def _is_bare_dicom(head: bytes) -> bool:
    """Whether content begins with an element of group 2 or 8, as old DICOM without its preamble does."""
    group, explicit = head[:2], head[4:6] in _EARLY_VR
    if group not in (b"\x02\x00", b"\x08\x00", b"\x00\x08") or len(head) < 128:
        return False
    # Implicit: the length of the first element, which is a short one.
    return explicit or (head[1] == 0 and 0 < int.from_bytes(head[4:8], "little") <= 64 and head[3] == 0)


_EARLY_VR = {b"UL", b"UI", b"CS", b"OB", b"SH", b"LO", b"DA", b"TM"}


def _is_nifti(head: bytes) -> bool:
    return head[344:348] == b"n+1\x00" or head[4:12] == b"n+2\x00\r\n\x1a\n"


def _gunzip(head: bytes) -> bytes:
    """Return what the first bytes of a gzip file decompress to, as far as they reach."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        return b""
