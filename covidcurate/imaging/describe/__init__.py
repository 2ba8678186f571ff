"""What an image file is, what is odd about it, and what in it identifies a person."""

from covidcurate.imaging.describe.describe import describe
from covidcurate.imaging.describe.description import Description
from covidcurate.imaging.describe.dicom import dicom_facts

__all__ = ["Description", "describe", "dicom_facts"]
