"""Rules on numbers: their form, what is possible, and units."""

from __future__ import annotations

import re
from collections.abc import Iterator

from covidcurate.model import Fix, Severity
from covidcurate.rules.registry import Finding, Scope, of_type, rule
from covidcurate.rules.values import says_unknown
from covidcurate.spec import Column, ColumnType, Specification

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")


@rule(
    "NUMBER-FORM",
    Severity.ERROR,
    Scope.CELL,
    applies=of_type(ColumnType.INTEGER, ColumnType.NUMBER),
    remedy="Write a number with a point, without unit or sign for thousands.",
)
def check_number(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """A value is not a number.

    One such cell turns the whole column into text for most programs.
    """
    word = text.strip()
    if not word or says_unknown(word, column):
        return
    if _NUMBER.fullmatch(word) is None:
        decimal, hint, fix = word.replace(",", "."), "", None
        if _DECIMAL_COMMA.fullmatch(word) and len(word.partition(",")[2]) == 3:
            hint = f"Look up whether it is {decimal} or {word.replace(',', '')}: the comma can part thousands."
        elif _DECIMAL_COMMA.fullmatch(word):
            hint = f"Write {decimal!r} with a decimal point."
            fix = Fix(decimal, "the comma may part thousands, or two numbers")
        yield Finding(f"{text!r} is not a number{f' of {column.unit}' if column.unit else ''}", hint, fix=fix)
    elif column.type is ColumnType.INTEGER and not float(word).is_integer():
        yield Finding(
            f"{text!r} is not a whole number{f' of {column.unit}' if column.unit else ''}",
            "Round it to a whole number.",
        )


@rule(
    "NUMBER-RANGE",
    Severity.ERROR,
    Scope.CELL,
    applies=lambda column: bool(column.ranges),
    remedy="Look the value up at its source.",
)
def check_range(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """A number lies outside of what is possible or likely.

    The specification has one interval for each weight; what no other unit explains is probably a slip.
    """
    place = _outside(text, column)
    if place is not None:
        number, severity = place
        if not any(unit.low <= number <= unit.high for unit in column.other_units):
            low, high = column.ranges[severity]
            how = "impossible" if severity is Severity.ERROR else "unusual"
            yield Finding(f"{text.strip()} {column.unit} is {how}: expected {low:g} to {high:g}", severity=severity)


@rule(
    "NUMBER-UNIT",
    Severity.ERROR,
    Scope.CELL,
    applies=lambda column: bool(column.other_units),
    remedy="Convert the value to the unit of the column.",
)
def check_unit(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """A number looks like another unit.

    Degrees Fahrenheit among degrees Celsius, or a partial pressure among saturations, spoil every average.
    """
    place = _outside(text, column)
    if place is not None:
        number, severity = place
        for unit in column.other_units:
            if unit.low <= number <= unit.high:
                converted = unit.convert(number)
                hint = "Look the value up at its source; there is no conversion that holds."
                if converted is not None:
                    hint = f"If the source means that, write {converted:.4g} ({column.unit})."
                yield Finding(
                    f"{text.strip()} is no likely value in {column.unit}: it looks like {unit.unit}",
                    hint,
                    severity=severity,
                    fix=_converted(number, column),
                )
                return


def _converted(number: float, column: Column) -> Fix | None:
    """Return a number in the column's unit, if one unit alone explains it and the result is a likely value."""
    units = [unit for unit in column.other_units if unit.low <= number <= unit.high]
    converted = units[0].convert(number) if len(units) == 1 else None
    if converted is None:
        return None
    text = f"{converted:.4g}"
    likely = _NUMBER.fullmatch(text) is not None and _outside(text, column) is None
    return Fix(text, f"that it is {units[0].unit} is a guess from its size") if likely else None


def _outside(text: str, column: Column) -> tuple[float, Severity] | None:
    """Return a number that leaves an interval with the gravest weight that this has; None if all is well."""
    word = text.strip()
    if not column.ranges or _NUMBER.fullmatch(word) is None:
        return None
    number = float(word)
    for severity in Severity:
        low, high = column.ranges.get(severity, (number, number))
        if not low <= number <= high:
            return number, severity
    return None
