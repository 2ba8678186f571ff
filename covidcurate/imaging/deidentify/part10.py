"""A de-identified DICOM file of Part 10: new file meta information, an empty preamble, nothing after the data set."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.header import get_text, make_uid
from covidcurate.imaging.dicom.layout import read_syntax
from covidcurate.imaging.dicom.read import quiet

if TYPE_CHECKING:
    from pydicom import Dataset, FileDataset


def encode_part10(clean: Dataset, original: FileDataset) -> bytes:
    """Return the file of a clean data set, in the transfer syntax that the original had.

    Raises
    ------
    UnreadableError
        What is left of the header contradicts itself, so that it cannot be written.
    """
    from pydicom import FileMetaDataset

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = make_uid(get_text(clean, "SOPClassUID"))
    meta.MediaStorageSOPInstanceUID = make_uid(get_text(clean, "SOPInstanceUID"))
    meta.TransferSyntaxUID = make_uid(read_syntax(original))
    clean.file_meta = meta
    stream = io.BytesIO()
    with quiet():
        try:
            clean.save_as(stream, enforce_file_format=True)
        except Exception as error:
            raise UnreadableError(f"its header cannot be written again ({type(error).__name__})") from error
    return stream.getvalue()
