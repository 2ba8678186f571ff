"""DICOM: reading what is broken or hostile without harm, decoding, rendering, and series put together to volumes."""

from covidcurate.imaging.dicom.header import get_int, get_items, get_numbers, get_text
from covidcurate.imaging.dicom.read import read_dicom

__all__ = ["get_int", "get_items", "get_numbers", "get_text", "read_dicom"]
