"""One record of a table: fields, physical lines, the record as written, and what is broken about it."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import NamedTuple


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
