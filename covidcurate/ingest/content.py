"""The content of a candidate's file: opened to its end, and made into what may enter a dataset."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from covidcurate.errors import PolicyError, UnreadableError
from covidcurate.imaging import FileType, find_metadata, read_orientation, verify_image, without_metadata
from covidcurate.imaging.filetype import sniff_file


@dataclass(frozen=True, slots=True)
class Content:
    """What was learned by opening a file; digests and sizes in bytes, as found and as it would enter."""

    kind: FileType
    orientation: int
    sha256: str
    clean_sha256: str
    clean_size: int
    size: int
    removed: tuple[str, ...]


def open_file(path: Path) -> Content:
    """Verify a file, and see what it would be without metadata."""
    if sniff_file(path) is FileType.DICOM:
        raise PolicyError(
            "is DICOM, whose header names the patient; it waits until covidcurate can de-identify and convert it",
            remedy="Until then, de-identify it, and convert a film to PNG, the series of a CT to one .nii.gz.",
        )
    kind = verify_image(path)
    data = path.read_bytes()
    orientation = read_orientation(path) if kind.is_raster else 1
    clean = without_metadata(data, kind, orientation)
    return Content(
        kind,
        orientation,
        hashlib.sha256(data).hexdigest(),
        hashlib.sha256(clean).hexdigest(),
        len(clean),
        len(data),
        find_metadata(path, kind),
    )


def clean_bytes(path: Path, content: Content) -> bytes:
    """Return the bytes with which a file enters the dataset.

    Raises
    ------
    UnreadableError
        The file is not the one that ``content`` was learned from.
    """
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != content.sha256:
        raise UnreadableError(f"{path}: was changed while the run was at work", remedy="Run it again.")
    return without_metadata(data, content.kind, content.orientation)
