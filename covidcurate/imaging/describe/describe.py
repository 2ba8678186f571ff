"""Describe a file of any kind."""

from __future__ import annotations

from pathlib import Path

from covidcurate.errors import UnreadableError
from covidcurate.imaging.describe.description import Description
from covidcurate.imaging.describe.dicom import describe_dicom
from covidcurate.imaging.describe.nifti import describe_nifti
from covidcurate.imaging.describe.raster import describe_raster
from covidcurate.imaging.filetype import FileType, extension_of, sniff_file


def describe(path: Path, *, show_phi: bool = False) -> Description:
    """Return what a file is, by its header; pixels are not decoded.

    Parameters
    ----------
    show_phi
        Give the values of what identifies a person, too (protected health information).

    Raises
    ------
    UnreadableError
        The file cannot be read, or breaks off; the message has the place.
    """
    kind = sniff_file(path)
    odd = []
    extension = extension_of(path.name).casefold()
    # DICOM comes with a part of a UID for an ending, or none, as often as not.
    usual = extension in kind.extensions or (kind is FileType.DICOM and extension[1:].isdigit())
    if extension and kind.extensions and not usual:
        odd.append(f"its name ends in {extension}, but it is {kind.value}")
    if kind is FileType.DICOM:
        return describe_dicom(path, odd, show_phi=show_phi)
    if kind.is_nifti:
        return describe_nifti(path, kind, odd, show_phi=show_phi)
    if kind.is_raster:
        return describe_raster(path, kind, odd, show_phi=show_phi)
    raise UnreadableError(f"{path.name}: is {kind.value}: no image that is known here")
