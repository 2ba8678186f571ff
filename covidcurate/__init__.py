"""covidcurate keeps a public collection of chest X-ray and CT images correct, legal and useful."""

__version__ = "0.1.0"
