"""The specification of a dataset as typed objects, read from the TOML files of the top-level ``schema/``."""

from covidcurate.spec.columns import Column, ColumnType, Consistency, OtherUnit
from covidcurate.spec.findings import Findings
from covidcurate.spec.licenses import License, Permission
from covidcurate.spec.sources import Source
from covidcurate.spec.specification import Specification, load_specification
from covidcurate.spec.views import View, Views

__all__ = [
    "Column",
    "ColumnType",
    "Consistency",
    "Findings",
    "License",
    "OtherUnit",
    "Permission",
    "Source",
    "Specification",
    "View",
    "Views",
    "load_specification",
]
