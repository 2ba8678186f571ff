"""Apply the fixes that rules know: byte for byte in the table, files with their rows, all of it or nothing."""

from covidcurate.mend.diff import diff_lines
from covidcurate.mend.find import Check, Mending, count_line, find_mending
from covidcurate.mend.write import write_mending

__all__ = ["Check", "Mending", "count_line", "diff_lines", "find_mending", "write_mending"]
