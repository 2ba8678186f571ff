"""How findings are said: one function for each format."""

from covidcurate.report.formats import REPORTERS, count_line

__all__ = ["REPORTERS", "count_line"]
