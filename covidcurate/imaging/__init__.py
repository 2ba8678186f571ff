"""Image files: what they are, whether they open to the end, and their content without what identifies a person.

This is the only room that imports Pillow and nibabel, and it does so inside the functions that need them.
"""

from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.imaging.inspect import read_mode, read_orientation
from covidcurate.imaging.strip import find_metadata, without_metadata
from covidcurate.imaging.verify import verify_image

__all__ = [
    "FileType",
    "find_metadata",
    "read_mode",
    "read_orientation",
    "sniff_file",
    "verify_image",
    "without_metadata",
]
