"""Read the table of another collection as ours: its headers, its words and its units, as a file says."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from covidcurate.errors import ConfigError
from covidcurate.model import Evidence, EvidenceKind, Question, Value
from covidcurate.spec import Specification
from covidcurate.spec.columns import ColumnType
from covidcurate.spec.specification import schema_folder
from covidcurate.spec.toml import Entry, read_toml

_ANYTHING = "*"
_NUMBERS = {ColumnType.INTEGER, ColumnType.NUMBER}
_OF_EACH_ROW = {"patientid", "filename"}


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One column of theirs, and how its cells become those of ``target``.

    ``values`` are their words with ours (none: taken as they are), ``only`` the values that other columns of theirs
    must have, else the cell stays behind. What is to be a number (``is_number``) and is none waits for a person.
    """

    source: str
    target: str
    values: Mapping[str, str] = field(default_factory=dict)
    factor: float = 1.0
    add: float = 0.0
    before: str = ""
    after: str = ""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_number: bool = False

    def translate(self, text: str) -> str | None:
        """Return a cell as ours; None for a word that nobody said the meaning of."""
        if self.values:
            return self.values.get(text, self.values.get(_ANYTHING))
        converted = self.factor != 1 or self.add != 0
        if converted or self.is_number:
            try:
                number = float(text)
            except ValueError:
                return None
            if not math.isfinite(number):
                return None
            if converted:
                # Adding 0.0 turns -0 into 0.
                text = f"{number * self.factor + self.add:.10g}"
        return f"{self.before}{text}{self.after}"


class MappedCell(NamedTuple):
    """A cell of ours, with what it was and under which header."""

    text: str
    said: str
    header: str


@dataclass(frozen=True)
class HeaderMap:
    """How a table of another layout becomes rows of ours.

    ``source`` is who numbered the patients, so that what comes tomorrow speaks of the same ones. Without ``columns``, a
    table is read by its own headers, and only the constants are added.
    """

    name: str
    columns: tuple[MappedColumn, ...]
    constants: Mapping[str, str]
    ignored: frozenset[str]
    source: str = ""

    def constant_values(self) -> dict[str, Value]:
        """Return the constants as values of a row."""
        where = f"map {self.name}"
        return {
            column: Value(text, Evidence(EvidenceKind.STATED, text, where, "map"))
            for column, text in self.constants.items()
        }

    def unknown(self, header: list[str]) -> list[str]:
        """Return the headers that the map does not speak of."""
        known = {column.source for column in self.columns} | self.ignored
        return [name for name in header if name.strip() and name.strip() not in known]

    def missing(self, header: list[str]) -> list[str]:
        """Return the columns of the map that a table lacks."""
        names = {name.strip() for name in header}
        return [column.source for column in self.columns if column.source not in names]

    def apply(self, cells: Mapping[str, str]) -> tuple[dict[str, MappedCell], list[Question]]:
        """Return the cells of one row as ours, and a question for each word that nobody said the meaning of."""
        ours, questions = {}, []
        for column in self.columns:
            text = cells.get(column.source, "").strip()
            if not text or any(cells.get(name, "").strip() not in values for name, values in column.only.items()):
                continue
            translated = column.translate(text)
            if translated is None:
                what = f"{column.source} is {text!r}, which the map {self.name} does not translate"
                questions.append(Question(column.target, what))
            elif translated:
                ours[column.target] = MappedCell(translated, text, column.source)
        return ours, questions


def find_map(text: str, specification: Specification) -> HeaderMap:
    """Return a map that ships, by its name, or that of a file.

    Raises
    ------
    ConfigError
        There is none, or something in it is wrong.
    """
    shipped = {path.stem: path for path in sorted((schema_folder() / "maps").glob("*.toml"))}
    path = shipped.get(text) or Path(text)
    if not path.is_file():
        raise ConfigError(f"{text}: is no map", remedy=f"Name a file, or one of: {', '.join(shipped)}.")
    document = Entry(read_toml(path), f"schema/maps/{path.name}" if text in shipped else text)
    if document.take("format", int) != 1:
        raise ConfigError(f"{document.where}: 'format' should be 1")
    document.take("about", str, "")
    ignored = frozenset(document.take_strings("ignore"))
    constants = document.take_entry("constants")
    fixed = {column: constants.take(column, str) for column in constants.remaining()}
    numbers = {column.name for column in specification.columns if column.type in _NUMBERS}
    columns = tuple(_read_column(entry, numbers) for entry in document.take_entries("column", "from"))
    source = document.take("source", str, "")
    document.done()
    _require_known(document.where, [*fixed, *(column.target for column in columns)], specification)
    for target in _OF_EACH_ROW & fixed.keys():
        raise ConfigError(f"{document.where}: {target!r} cannot be a constant: each row has its own")
    if columns and "filename" not in {column.target for column in columns}:
        raise ConfigError(
            f"{document.where}: no column becomes 'filename', so rows and images cannot be brought together"
        )
    return HeaderMap(path.stem, columns, fixed, ignored, source)


def _read_column(entry: Entry, numbers: Collection[str]) -> MappedColumn:
    values, only = entry.take_entry("values"), entry.take_entry("only")
    source, target = entry.take("from", str), entry.take("to", str)
    column = MappedColumn(
        source,
        target,
        {word: values.take(word, str) for word in values.remaining()},
        entry.take("factor", float, 1.0),
        entry.take("add", float, 0.0),
        entry.take("before", str, ""),
        entry.take("after", str, ""),
        {name: only.take_strings(name) for name in only.remaining()},
        target in numbers,
    )
    entry.done()
    return column


def _require_known(where: str, targets: list[str], specification: Specification) -> None:
    for target in targets:
        if target not in specification.by_name:
            raise ConfigError(
                f"{where}: {target!r} is no column of ours", remedy=f"Use one of: {', '.join(specification.by_name)}."
            )
        if targets.count(target) > 1:
            raise ConfigError(f"{where}: {target!r} is filled twice", remedy="Leave one of the two out.")


def table_notes(map_: HeaderMap, header: list[str], place: str) -> Iterator[str]:
    """Yield what a person should know about a table that is read by a map."""
    for name in map_.unknown(header):
        yield f"{place}: the map {map_.name} does not speak of the column {name!r}; its values stay behind"
    for name in map_.missing(header):
        yield f"{place}: there is no column {name!r}, which the map {map_.name} speaks of"
