"""De-identification: by a profile that is data, with pseudonyms that only the holder of a key can tie to a person."""

from covidcurate.imaging.deidentify.key import load_key, pseudonym

__all__ = ["load_key", "pseudonym"]
