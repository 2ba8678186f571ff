"""What can be checked: a table from a file, or from memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from covidcurate.table.batch import RowBatch
from covidcurate.table.dialect import Dialect
from covidcurate.table.lines import BadByte
from covidcurate.table.row import Row


class RowSource(Protocol):
    """A table that can be gone through, from a file or from memory, and how it is written."""

    @property
    def name(self) -> str:
        """How messages name it."""

    @property
    def dialect(self) -> Dialect:
        """Its CSV dialect."""

    @property
    def header_row(self) -> Row:
        """The first record."""

    @property
    def header(self) -> list[str]:
        """The headers as text."""

    @property
    def bad_bytes(self) -> Sequence[BadByte]:
        """Lines that hold bytes which are not UTF-8, known when all rows were gone through."""

    @property
    def utf8_line(self) -> int:
        """The first line that holds more than ASCII and is UTF-8; 0 if none does."""

    def batches(self) -> Iterator[RowBatch | Row]:
        """Yield the rows after the header: the sound ones in batches, in order, each other one by itself."""

    def read_again(self) -> Iterator[str]:
        """Yield once more what holds more than ASCII."""
