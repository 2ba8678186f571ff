"""Images: reading, verifying, rendering, converting and de-identifying them, and searching what came of it for leaks.

This is the only room that imports pydicom, nibabel and Pillow, and it does so inside the functions that need them.
"""

from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.imaging.inspect import read_orientation
from covidcurate.imaging.look import Look, Shade, look_at
from covidcurate.imaging.strip import find_metadata, without_metadata
from covidcurate.imaging.verify import verify_image

__all__ = [
    "FileType",
    "Look",
    "Shade",
    "find_metadata",
    "look_at",
    "read_orientation",
    "sniff_file",
    "verify_image",
    "without_metadata",
]
