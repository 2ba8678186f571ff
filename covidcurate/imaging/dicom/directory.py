"""What a DICOMDIR, the index of a medium, says should be there."""

from __future__ import annotations

from pathlib import Path

from covidcurate.errors import UnreadableError
from covidcurate.imaging.dicom.header import get_items, get_text
from covidcurate.imaging.dicom.read import quiet


def read_directory(path: Path) -> list[tuple[str, ...]]:
    """Return the files that a DICOMDIR refers to, each as the parts of its path from there.

    Raises
    ------
    UnreadableError
        It is broken.
    """
    import pydicom

    with quiet():
        try:
            records = get_items(pydicom.dcmread(path), "DirectoryRecordSequence")
        except Exception as error:
            # Whatever a reader raises, the file is at fault.
            raise UnreadableError(f"the DICOMDIR cannot be read ({type(error).__name__})") from error
        texts = [get_text(record, "ReferencedFileID") for record in records]
    return [tuple(text.split("\\")) for text in texts if text]
