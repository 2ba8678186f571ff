"""What is remembered while a table streams by: texts that are fine, findings of those that are not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from operator import methodcaller
from typing import Any

from covidcurate.rules.registry import Finding, Rule
from covidcurate.spec import Column, ColumnType, Specification

_REMEMBERED = 2048
"""Texts remembered of a column: enough for every vocabulary, and a bound on memory where each text is different."""
_PLAIN_BLANKS = " \t\r\n"
"""The blanks that a plain text can have."""
_OPEN_TYPES = {ColumnType.TEXT, ColumnType.URL, ColumnType.DOI, ColumnType.FILENAME}

Found = tuple[tuple[Rule, Finding], ...]


class CheckedColumn:
    """One column with the rules that look at it, and the texts that are known to be fine.

    A column is open if its texts mostly differ: then a text is held against one pattern, and remembered only if that
    could not tell.
    """

    def __init__(self, shown: str, column: Column, rules: list[Rule]) -> None:
        self.shown = shown
        self._column = column
        self._rules = [rule_ for rule_ in rules if rule_.applies(column)]
        self._fine: set[str] = set()
        self._last_fine: tuple[str, ...] = ()
        self._found: dict[str, Found] = {}
        patterns = [rule_.fine(column) for rule_ in self._rules if not rule_.plain_is_fine]
        self._open = column.type in _OPEN_TYPES and None not in patterns
        self._accepts = _accept_all([pattern for pattern in patterns if pattern is not None])
        edges = "".join(rule_.edges for rule_ in self._rules)
        # To strip a few characters more costs much less than to match one more pattern.
        self._inside = {rule_.inside for rule_ in self._rules} - {""}
        self._strip: Callable[[str], str] = methodcaller("strip", _PLAIN_BLANKS + edges) if edges else str.strip

    def doubtful(self, cells: tuple[str, ...], plain: tuple[bool, ...]) -> Iterable[int]:
        """Return the places of the texts that the rules have to look at: in all others they find nothing.

        Parameters
        ----------
        plain
            Of each text, whether it is known to be printable ASCII.
        """
        # Blank columns are the same from chunk to chunk, and to compare costs a fifth of looking each cell up.
        if cells == self._last_fine:
            return ()
        if not self._open:
            fine = self._fine
            places = [] if fine.issuperset(cells) else [at for at, cell in enumerate(cells) if cell not in fine]
        else:
            places = self._doubtful_of_open(cells, plain)
        if not places:
            self._last_fine = cells
        return places

    def _doubtful_of_open(self, cells: tuple[str, ...], plain: tuple[bool, ...]) -> list[int]:
        accepts, strip, fine = self._accepts, self._strip, self._fine
        joined = "" if all(plain) and not self._inside else "".join(cells)
        marked = any(mark in joined for mark in self._inside)
        # A row is plain only if all of it is; mostly the strange letter stands in another column.
        if not marked and (all(plain) or _is_plain(joined)) and tuple(map(strip, cells)) == cells:
            if accepts is None or all(map(accepts, dict.fromkeys(cells))):
                return []
            return [at for at, cell in enumerate(cells) if not accepts(cell)]
        return [
            at
            for at, cell in enumerate(cells)
            if cell not in fine
            and (
                not (plain[at] or _is_plain(cell))
                or strip(cell) != cell
                or (marked and any(mark in cell for mark in self._inside))
                or not (accepts is None or accepts(cell))
            )
        ]

    def findings(self, cell: str, specification: Specification) -> Found:
        """Return what the rules find in a text; a text is given to them once, as far as memory goes."""
        found = self._found.get(cell)
        if found is None:
            found = tuple(
                (rule_, finding) for rule_ in self._rules for finding in rule_.check(cell, self._column, specification)
            )
            if found:
                if len(self._found) >= _REMEMBERED:
                    self._found.clear()
                self._found[cell] = found
            else:
                remember(self._fine, cell)
        return found


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _accept_all(patterns: list[re.Pattern[str]]) -> Callable[[str], object] | None:
    """Return a test that a text matches all patterns; None if there are none."""
    if not patterns:
        return None
    if any(pattern.flags & ~re.UNICODE for pattern in patterns):
        # Patterns of a dataset may have flags of their own, which hold for a whole expression.
        return lambda text: all(pattern.fullmatch(text) for pattern in patterns)
    return re.compile("".join(rf"(?=(?:{pattern.pattern})\Z)" for pattern in patterns)).match


def remember(fine: set[Any], text: object) -> None:
    """Add a text to those that are fine, and forget the others first if there are too many."""
    if len(fine) >= _REMEMBERED:
        fine.clear()
    fine.add(text)
