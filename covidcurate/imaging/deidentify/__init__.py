"""De-identification: by a profile that is data, with pseudonyms that only the holder of a key can tie to a person."""

from covidcurate.imaging.deidentify.clean import Cleaned, clean_dataset, patient_of
from covidcurate.imaging.deidentify.key import KEY_NAME, load_key, pseudonym, read_key
from covidcurate.imaging.deidentify.part10 import encode_part10
from covidcurate.imaging.deidentify.profile import EDITION
from covidcurate.imaging.deidentify.substitutes import Dates, Substitutes

__all__ = [
    "EDITION",
    "KEY_NAME",
    "Cleaned",
    "Dates",
    "Substitutes",
    "clean_dataset",
    "encode_part10",
    "load_key",
    "patient_of",
    "pseudonym",
    "read_key",
]
