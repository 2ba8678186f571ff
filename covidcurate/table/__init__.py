"""A metadata table read and edited byte for byte: what is not touched stays as it was written."""

from covidcurate.table.dialect import Dialect
from covidcurate.table.diff import CellChange, RowChange, TableDiff, diff_tables
from covidcurate.table.edit import Table
from covidcurate.table.reader import NOT_UTF8, BadByte, Row, RowProblem, TableReader

__all__ = [
    "NOT_UTF8",
    "BadByte",
    "CellChange",
    "Dialect",
    "Row",
    "RowChange",
    "RowProblem",
    "Table",
    "TableDiff",
    "TableReader",
    "diff_tables",
]
