"""Read TOML tables with errors that name the file, the entry and the key."""

from __future__ import annotations

import difflib
import math
import sys
import tomllib
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, cast

from covidcurate.errors import ConfigError

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the parsed TOML file.

    Raises
    ------
    ConfigError
        The file cannot be read, or it is not TOML; the message has tomllib's line and column.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}", remedy="See https://toml.io for the syntax.") from error


class Entry:
    """One TOML table from which keys are taken one by one; what is left over at the end is an error.

    Parameters
    ----------
    table
        The parsed table.
    where
        How messages name it, such as ``schema/metadata.toml, column 'age'``.
    """

    def __init__(self, table: object, where: str) -> None:
        if not isinstance(table, dict):
            raise ConfigError(f"{where}: should be a table ([...]), but is {_kind(table)}")
        self._table: dict[str, Any] = dict(table)
        self._seen: list[str] = []
        self.where = where

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """Return the value under ``key``, checked to be of ``kind``; ``default`` where it is absent."""
        self._seen.append(key)
        if key not in self._table:
            if default is None:
                raise ConfigError(f"{self.where}: the key {key!r} is missing")
            return default
        value = self._table.pop(key)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value) if abs(value) < sys.float_info.max else math.inf
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ConfigError(f"{self.where}: {key!r} should be {_NAMES.get(kind, kind.__name__)}, not {_kind(value)}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{self.where}: {key!r} should be a number, not {value}")
        return value

    def take_strings(self, key: str) -> tuple[str, ...]:
        """Return a list of strings; empty where the key is absent."""
        values = self.take(key, list, [])
        for value in values:
            if not isinstance(value, str):
                raise ConfigError(f"{self.where}: {key!r} should hold strings only, but holds {_kind(value)}")
        return tuple(values)

    def take_entries(self, key: str, name_key: str) -> list[Entry]:
        """Return a list of tables, each named by its ``name_key`` in messages."""
        entries = []
        for number, table in enumerate(self.take(key, list, []), start=1):
            name = table.get(name_key, f"number {number}") if isinstance(table, dict) else f"number {number}"
            entries.append(Entry(table, f"{self.where}, {key} {name!r}"))
        return entries

    def take_entry(self, key: str) -> Entry:
        """Return the table under ``key``; an empty one where it is absent."""
        return Entry(self.take(key, dict, {}), f"{self.where} [{key}]")

    def take_enum(self, key: str, enum: type[E], default: E | None = None) -> E:
        """Return the member of ``enum`` whose value stands under ``key``."""
        text = self.take(key, str, None if default is None else cast("str", default.value))
        try:
            return enum(text)
        except ValueError:
            known = ", ".join(repr(member.value) for member in enum)
            raise ConfigError(f"{self.where}: {key!r} is {text!r}, but should be one of {known}") from None

    def remaining(self) -> tuple[str, ...]:
        """Return the keys that have not been taken yet."""
        return tuple(self._table)

    def items(self) -> dict[str, Any]:
        """Return all remaining keys with their values, and count them as taken."""
        rest, self._table = self._table, {}
        return rest

    def done(self) -> None:
        """Raise if a key was never asked for: a typing error must not be ignored in silence."""
        for key in self._table:
            close = difflib.get_close_matches(key, self._seen, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known keys: {', '.join(sorted(self._seen))}."
            raise ConfigError(f"{self.where}: unknown key {key!r}", remedy=hint)


_NAMES: dict[type, str] = {
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def _kind(value: object) -> str:
    return f"{_NAMES.get(type(value), type(value).__name__)} ({value!r})"
