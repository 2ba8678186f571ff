"""Read free clinical text, English and Italian, for values of metadata columns; rules only, and silence is blank."""

from covidcurate.clinical.fields import FIELDS, Measured
from covidcurate.clinical.reader import read_clinical_text
from covidcurate.clinical.rule import Reading

__all__ = ["FIELDS", "Measured", "Reading", "read_clinical_text"]
