"""Rules on the header line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from covidcurate.model import Fix, Severity, Target
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import TableView
from covidcurate.spec import Specification


@rule("HEADER-RENAMED", Severity.ERROR, Scope.TABLE, remedy="Rename the header.")
def check_renamed(view: TableView, _: Specification) -> Iterator[Finding]:
    """A header has a historical or misspelled name.

    Programs that look for today's name do not find the column, and some go on without it.
    """
    for name, canonical in zip(view.header, view.canonical, strict=True):
        if name != canonical and canonical:
            # Where two columns mean the same, a person has to say which is the one.
            alone = view.canonical.count(canonical) == 1
            yield Finding(
                f"{name!r} is called {canonical!r} today",
                f"Rename the header to {canonical!r}.",
                column=canonical,
                value=name,
                line=1,
                fix=Fix(canonical, target=Target.HEADER, old=name) if alone else None,
            )


@rule(
    "HEADER-UNKNOWN",
    Severity.WARNING,
    Scope.TABLE,
    remedy="Describe the column in covidcurate.toml as a [[column]], or remove it.",
)
def check_unknown(view: TableView, specification: Specification) -> Iterator[Finding]:
    """A column is not part of the specification.

    Nobody can check what nobody has described.
    """
    for name, canonical in zip(view.header, view.canonical, strict=True):
        if canonical not in specification.by_name:
            close = difflib.get_close_matches(name.strip(), [known for known in specification.by_name if known], n=1)
            hint = f"Did you mean {close[0]!r}? Otherwise describe the column in covidcurate.toml." if close else ""
            yield Finding(f"{name!r} is not in the specification", hint, column=name, value=name, line=1)


@rule("HEADER-MISSING", Severity.ERROR, Scope.TABLE, remedy="Add the columns with blank cells.")
def check_missing(view: TableView, specification: Specification) -> Iterator[Finding]:
    """A column of the specification is not in the table.

    Columns that may not be blank are an error one by one; the others are one note.
    """
    if not any(view.header):
        return
    missing = [column for column in specification.columns if not column.legacy and column.name not in view.canonical]
    for column in missing:
        if column.blank is Severity.ERROR:
            yield Finding(f"the column {column.name!r} is missing: {column.description}", column=column.name, line=1)
    others = [column.name for column in missing if column.blank is not Severity.ERROR]
    if others:
        yield Finding(f"{len(others)} columns are missing: {', '.join(others)}", severity=Severity.INFO, line=1)


@rule("HEADER-DOUBLE", Severity.ERROR, Scope.TABLE, remedy="Keep one of the columns.")
def check_double(view: TableView, _: Specification) -> Iterator[Finding]:
    """Two columns have the same header.

    Which of them a program reads depends on the program.
    """
    for place, canonical in enumerate(view.canonical):
        first = view.canonical.index(canonical)
        if first != place:
            yield Finding(
                f"columns {first + 1} and {place + 1} are both {canonical!r}",
                column=canonical,
                value=view.header[place],
                line=1,
            )


@rule(
    "HEADER-ORDER",
    Severity.INFO,
    Scope.TABLE,
    remedy="Leave the order: changing it changes every line. New columns go where the specification has them.",
)
def check_order(view: TableView, specification: Specification) -> Iterator[Finding]:
    """Columns stand in another order than in the specification.

    Programs that read by position, as spreadsheet formulas do, go wrong.
    """
    expected = [column.name for column in specification.columns if column.name in view.canonical]
    actual = [name for name in dict.fromkeys(view.canonical) if name in specification.by_name]
    for name, wanted in zip(actual, expected, strict=True):
        if name != wanted:
            yield Finding(f"{name!r} stands where {wanted!r} is expected", column=name, value=name, line=1)
            return


@rule(
    "HEADER-UNNAMED",
    Severity.INFO,
    Scope.TABLE,
    remedy="Leave it in an old file: removing it changes every line. A new file does without.",
)
def check_unnamed(view: TableView, _: Specification) -> Iterator[Finding]:
    """A column has no name.

    The last one comes from a comma at the end of each line, and text that spills over ends up in it. Within the table
    a name was lost, so that nobody knows what the cells are, which is a warning.
    """
    for place, name in enumerate(view.header, start=1):
        if name.strip() or len(view.header) == 1:
            continue
        if place == len(view.header):
            yield Finding(f"column {place} has no name", line=1)
        else:
            message = f"column {place} of {len(view.header)} has no name"
            yield Finding(message, "Give it the name that it had, or remove it.", Severity.WARNING, line=1)
