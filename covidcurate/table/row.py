"""One record of a table: fields, physical lines, the record as written, and what is broken about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import partial
from typing import NamedTuple, Protocol

from covidcurate.table.dialect import Dialect
from covidcurate.table.lines import BadByte


class RowProblem(Enum):
    """What keeps a record from being cut into cells that can be trusted."""

    NONE = ""
    """Nothing."""
    OPEN_QUOTE = "open quote"
    """A cell begins with a quote that is not closed where it should be."""
    CARRIAGE_RETURN = "carriage return"
    """A lone carriage return stands outside quotes."""


class Row(NamedTuple):
    """One record: its cells' text, its physical lines (from 1), and the record exactly as written.

    ``fields`` is empty for a blank line. ``plain`` promises printable ASCII (and line ends) throughout; where it is
    false there may be more, or not.
    """

    fields: list[str]
    first_line: int
    last_line: int
    text: str
    problem: RowProblem = RowProblem.NONE
    plain: bool = False


# The constructor of a named tuple is written in Python; a reader makes millions of rows.
make_row = partial(tuple.__new__, Row)


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

    def __iter__(self) -> Iterator[Row]:
        """Yield every record after the header."""

    def read_again(self) -> Iterator[str]:
        """Yield once more what holds more than ASCII."""
