"""From the words of a source to a license and what it allows."""

from covidcurate.licenses.mixing import cannot_be_mixed
from covidcurate.licenses.resolve import LicenseBook, family_of

__all__ = ["LicenseBook", "cannot_be_mixed", "family_of"]
