"""A first look at an input: what it is and where it belongs, from its header alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from covidcurate.convert.inputs import Source
from covidcurate.errors import NotAnImageError, UnreadableError
from covidcurate.imaging.dicom.header import get_int, get_text
from covidcurate.imaging.dicom.layout import has_pixels
from covidcurate.imaging.dicom.read import quiet, read_header
from covidcurate.imaging.dicom.slices import Slice, slices_of
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.imaging.leaks import identifiers_of_dataset
from covidcurate.imaging.planes import Cut, count_cuts
from covidcurate.imaging.raster import count_frames


@dataclass(frozen=True, slots=True)
class Looked:
    """What a header says.

    ``slices`` are empty where it does not say where in the patient the image lies, and ``no_slices`` is why;
    ``frames`` is 0 where there are no pixels. UIDs are a patient's and are not to be shown.
    """

    kind: FileType
    frames: int = 1
    modality: str = ""
    series: str = ""
    instance: str = ""
    slices: tuple[Slice, ...] = ()
    no_slices: str = ""

    @property
    def is_dicom(self) -> bool:
        """Whether it is a DICOM file."""
        return self.kind is FileType.DICOM

    @property
    def is_nifti(self) -> bool:
        """Whether it is a NIfTI file of any form."""
        return self.kind.is_nifti


def look(source: Source) -> Looked | None:
    """Return what a file is; None for the voxels of a NIfTI pair, which belong to its header.

    Raises
    ------
    UnreadableError
        It cannot be read.
    NotAnImageError
        It is no image.
    """
    kind = sniff_file(source.path)
    if kind is FileType.UNKNOWN and source.path.suffix == ".img" and source.path.with_suffix(".hdr").is_file():
        return None
    if kind is not FileType.DICOM:
        if kind in (FileType.UNKNOWN, FileType.GZIP):
            raise NotAnImageError(f"{source.shown}: is no image that is known here")
        return Looked(kind)
    with quiet():
        return _look_at_dicom(source)


def _look_at_dicom(source: Source) -> Looked:
    dataset, end = read_header(source.path)
    # Reading stops before the pixels, so that their description tells whether there are any.
    frames = max(1, get_int(dataset, "NumberOfFrames", 1)) if has_pixels(dataset) or "Rows" in dataset else 0
    slices: tuple[Slice, ...] = ()
    reason = "has no pixel data"
    if frames:
        try:
            slices = tuple(slices_of(source.path, dataset, end))
        except UnreadableError as error:
            reason = error.message
    modality = get_text(dataset, "Modality")
    return Looked(
        FileType.DICOM,
        frames,
        # It becomes part of a name.
        modality if modality.isalnum() and len(modality) < 5 else "",
        get_text(dataset, "SeriesInstanceUID"),
        get_text(dataset, "SOPInstanceUID"),
        slices,
        reason,
    )


def read_personal_values(path: Path) -> list[str]:
    """Return the values of a DICOM header that no name of an output may hold."""
    return [one.value for one in identifiers_of_dataset(read_header(path)[0]) if one.personal]


def count_pictures(path: Path, looked: Looked, cut: Cut) -> int:
    """Return how many pictures are made of a file."""
    if looked.is_nifti:
        return count_cuts(path, cut)
    return looked.frames if looked.is_dicom else count_frames(path)
