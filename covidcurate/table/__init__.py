"""A metadata table read and edited byte for byte: what is not touched stays as it was written."""

from covidcurate.table.batch import BATCH, RowBatch, has_other_end
from covidcurate.table.dialect import Dialect
from covidcurate.table.diff import CellChange, RowChange, TableDiff, diff_tables
from covidcurate.table.edit import Table
from covidcurate.table.lines import NOT_UTF8, BadByte
from covidcurate.table.reader import TableReader
from covidcurate.table.row import Row, RowProblem
from covidcurate.table.source import RowSource

__all__ = [
    "BATCH",
    "NOT_UTF8",
    "BadByte",
    "CellChange",
    "Dialect",
    "Row",
    "RowBatch",
    "RowChange",
    "RowProblem",
    "RowSource",
    "Table",
    "TableDiff",
    "TableReader",
    "diff_tables",
    "has_other_end",
]
