"""The columns of the metadata table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from covidcurate.errors import ConfigError
from covidcurate.model import Severity
from covidcurate.spec.toml import Entry


class ColumnType(Enum):
    """What the cells of a column hold."""

    TEXT = "text"
    """Free text."""
    INTEGER = "integer"
    """A whole number."""
    NUMBER = "number"
    """A decimal number with a point."""
    CHOICE = "choice"
    """A word of the column's own vocabulary."""
    DATE = "date"
    """YYYY, YYYY-MM or YYYY-MM-DD (ISO 8601)."""
    URL = "url"
    """An http or https address."""
    DOI = "doi"
    """A DOI without a resolver."""
    FILENAME = "filename"
    """The name of a file, without a folder."""
    FINDING = "finding"
    """A path of ``findings.toml``."""
    VIEW = "view"
    """A value of ``views.toml``."""
    MODALITY = "modality"
    """A modality of ``views.toml``."""
    LICENSE = "license"
    """A spelling of ``licenses.toml``."""


@dataclass(frozen=True, slots=True)
class OtherUnit:
    """An interval of numbers that look like another unit; ``scale`` is None where no conversion holds."""

    unit: str
    low: float
    high: float
    scale: float | None = None
    offset: float = 0.0

    def convert(self, number: float) -> float | None:
        """Return the number in the column's unit, or None if that cannot be known."""
        return None if self.scale is None else number * self.scale + self.offset


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the metadata table as ``schema/metadata.toml`` describes it."""

    name: str
    type: ColumnType
    description: str = ""
    unit: str = ""
    example: str = ""
    blank: Severity | None = None
    pattern: re.Pattern[str] | None = None
    pattern_help: str = ""
    values: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    meaning_blank: tuple[str, ...] = ()
    accepted_blank: tuple[str, ...] = ()
    ranges: Mapping[Severity, tuple[float, float]] = field(default_factory=dict)
    other_units: tuple[OtherUnit, ...] = ()
    aliases: tuple[str, ...] = ()
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class Consistency:
    """What some cells of a row say about others: where ``when`` holds, ``expect`` should hold too.

    ``may_be_blank`` allows those of ``expect`` to be blank; then only a cell that says something else is wrong.
    """

    when: Mapping[str, str]
    expect: Mapping[str, str]
    because: str
    may_be_blank: bool = False


def read_column(entry: Entry) -> Column:
    """Make a column of one ``[[column]]`` table."""
    column = Column(
        name=entry.take("name", str),
        type=entry.take_enum("type", ColumnType),
        description=entry.take("description", str, ""),
        unit=entry.take("unit", str, ""),
        example=entry.take("example", str, ""),
        blank=_read_blank(entry),
        pattern=_read_pattern(entry),
        pattern_help=entry.take("pattern_help", str, ""),
        values=entry.take_strings("values"),
        spellings=_read_strings(entry.take_entry("spellings")),
        meaning_blank=entry.take_strings("meaning_blank"),
        accepted_blank=entry.take_strings("accepted_blank"),
        ranges=_read_ranges(entry.take_entry("range")),
        other_units=tuple(_read_other_unit(unit) for unit in entry.take_entries("other_units", "unit")),
        aliases=entry.take_strings("aliases"),
        legacy=entry.take("legacy", bool, False),
    )
    entry.done()
    if column.type is ColumnType.CHOICE and not column.values:
        raise ConfigError(f"{entry.where}: a choice needs 'values'")
    return column


def read_consistency(entry: Entry) -> Consistency:
    """Make a consistency statement of one ``[[consistency]]`` table."""
    rule = Consistency(
        when=_read_strings(entry.take_entry("when")),
        expect=_read_strings(entry.take_entry("expect")),
        because=entry.take("because", str),
        may_be_blank=entry.take("may_be_blank", bool, False),
    )
    entry.done()
    return rule


def _read_blank(entry: Entry) -> Severity | None:
    text = entry.take("blank", str, "ok")
    if text == "ok":
        return None
    try:
        return Severity(text)
    except ValueError:
        raise ConfigError(
            f"{entry.where}: 'blank' is {text!r}, but should be 'ok', 'info', 'warning' or 'error'"
        ) from None


def _read_pattern(entry: Entry) -> re.Pattern[str] | None:
    text = entry.take("pattern", str, "")
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise ConfigError(f"{entry.where}: 'pattern' is no regular expression: {error}") from error


def _read_strings(entry: Entry) -> dict[str, str]:
    strings: dict[str, str] = {}
    for key, value in entry.items().items():
        if not isinstance(value, str):
            raise ConfigError(f"{entry.where}: {key!r} should be a string, not {value!r}")
        strings[key] = value
    return strings


def _read_interval(value: Any, where: str) -> tuple[float, float]:
    if not (isinstance(value, list) and len(value) == 2 and all(_is_number(end) for end in value)):
        raise ConfigError(f"{where}: a range is two numbers, [lowest, highest], not {value!r}")
    low, high = float(value[0]), float(value[1])
    if low > high:
        raise ConfigError(f"{where}: the range {value!r} has its ends the wrong way round")
    return low, high


def _read_ranges(entry: Entry) -> dict[Severity, tuple[float, float]]:
    ranges = {}
    for severity in Severity:
        interval = entry.take(severity.value, list, [])
        if interval:
            ranges[severity] = _read_interval(interval, f"{entry.where} {severity.value}")
    entry.done()
    return ranges


def _read_other_unit(entry: Entry) -> OtherUnit:
    unit = entry.take("unit", str)
    low, high = _read_interval(entry.take("range", list), entry.where)
    scale = entry.take("scale", float, float("nan"))
    offset = entry.take("offset", float, 0.0)
    entry.done()
    return OtherUnit(unit, low, high, None if scale != scale else scale, offset)


def _is_number(value: object) -> bool:
    """Whether a TOML value is a number; ``true`` is an int to Python, and ``nan`` is no end of an interval."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
