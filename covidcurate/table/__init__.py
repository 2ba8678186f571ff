"""A metadata table read and edited byte for byte: what is not touched stays as it was written."""

from covidcurate.table.dialect import Dialect
from covidcurate.table.diff import CellChange, RowChange, TableDiff, diff_tables
from covidcurate.table.edit import Table
from covidcurate.table.reader import BadByte, Row, RowProblem, TableReader

__all__ = [
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
