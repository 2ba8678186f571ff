"""From the words of a source to a license and what it allows."""

from covidcurate.licenses.resolve import LicenseBook, family_of

__all__ = ["LicenseBook", "family_of"]
