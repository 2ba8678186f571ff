"""What is remembered while a table streams by: texts that are fine, findings of those that are not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import filterfalse
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from covidcurate.rules.cells import PLAIN_BLANKS, Cells, CellsByColumn, rows_with
from covidcurate.rules.patterns import accept_all, is_digit_blind
from covidcurate.rules.registry import Finding, Rule
from covidcurate.rules.text import MOJIBAKE
from covidcurate.spec import Column, ColumnType, Specification

if TYPE_CHECKING:
    from covidcurate.table.vocabulary import Codes

_REMEMBERED = 2048
"""Texts remembered of a column: enough for every vocabulary, and a bound on memory where each text is different."""
_USUAL = re.compile("[°±²³µ·½×À-ÖØ-öø-ÿ‘’“”–—…]+")
_ASCII = bytes(range(128))
_DIGITS = set("0123456789")
_OPEN_TYPES = {ColumnType.TEXT, ColumnType.URL, ColumnType.DOI, ColumnType.FILENAME}

Found = tuple[tuple[Rule, Finding], ...]


class CheckedColumn:
    """One column with the rules that look at it, and the texts that are known to be fine.

    A column is open if its texts mostly differ: then a text is held against one pattern, and remembered only if that
    could not tell.
    """

    def __init__(self, shown: str, column: Column, rules: list[Rule], specification: Specification) -> None:
        self.shown = shown
        self._column = column
        self._specification = specification
        self._rules = [rule_ for rule_ in rules if rule_.applies(column)]
        self._fine: set[str] = set()
        self._plain: set[bytes] = set()
        self._last_fine: list[str] = []
        self._found: dict[str, Found] = {}
        self._judged = bytearray()
        self._begins = {rule_.begins for rule_ in self._rules} - {""}
        patterns = [rule_.fine(column) for rule_ in self._rules if not rule_.plain_is_fine]
        self._open = column.type in _OPEN_TYPES and None not in patterns
        known = [pattern for pattern in patterns if pattern is not None]
        self._accepts = accept_all(known)
        self._doubtful_shapes = bytearray()
        # To look for a few characters more costs much less than to match one more pattern.
        self._edges = PLAIN_BLANKS + "".join(rule_.edges for rule_ in self._rules)
        self._inside = {rule_.inside for rule_ in self._rules} - {""}
        self._by_shape = all(map(is_digit_blind, known)) and _DIGITS.isdisjoint(self._edges + "".join(self._inside))

    def doubtful(self, cells: Cells) -> Iterable[int]:
        """Return the places of the texts that the rules have to look at: in all others they find nothing."""
        if cells.codes is not None:
            # Each word is given to the rules once, when it is first seen.
            new = cells.words[len(self._judged) :]
            self._judged.extend(bool(self.findings(word)) for word in new)
            return rows_with(cells.codes, self._judged)
        if self._open:
            return self._doubtful_of_open(cells)
        # Blank columns are the same from batch to batch, and to compare costs a fifth of looking each cell up.
        if cells.texts == self._last_fine:
            return ()
        places = [at for at, text in enumerate(cells.texts) if text not in self._fine]
        if not places:
            self._last_fine = cells.texts
        return places

    def _doubtful_of_open(self, cells: Cells) -> list[int]:
        """Return the places of texts that are not plain, or of which a pattern, an edge or a mark could not tell.

        Each is looked for in all texts at once, since hardly any of them stands out.
        """
        if self._by_shape and (shapes := cells.shapes) is not None:
            codes, samples = shapes
            self._doubtful_shapes.extend(map(self._is_doubtful, samples[len(self._doubtful_shapes) :]))
            places = set(rows_with(codes, self._doubtful_shapes))
        else:
            places = {
                at
                for at, part in cells.foreign_parts
                if part not in self._plain and not self._is_plain(cells, at, part)
            }
            places.update(cells.edged(self._edges))
            for mark in self._inside:
                places.update(cells.marked(mark))
            if self._accepts is not None:
                places.update(self._refused(cells, self._accepts))
        for start in self._begins:
            places.update(cells.without_start(start))
        return sorted(at for at in places if cells.text(at) not in self._fine)

    def _is_doubtful(self, text: str) -> bool:
        """Whether a text, and so each one that differs in digits alone, is to be looked at, whatever it begins with."""
        at_edge = text[:1] + text[-1:]
        return (
            not is_plain(text)
            or any(mark in self._edges for mark in at_edge)
            or any(mark in text for mark in self._inside)
            or (self._accepts is not None and not self._accepts(text))
        )

    def _is_plain(self, cells: Cells, at: int, part: bytes) -> bool:
        """Whether a text is plain; ``part`` is what it holds beyond ASCII, which mostly tells of all texts that do."""
        text = cells.text(at)
        if not is_plain(text):
            return False
        if part and is_plain(part.decode("utf-8")):
            remember(self._plain, part)
        return True

    def _refused(self, cells: Cells, accepts: Callable[[str], object]) -> Iterable[int]:
        """Return the places of texts that do not match all patterns."""
        texts = cells.texts
        refused = set(filterfalse(accepts, dict.fromkeys(texts)))
        return [at for at, text in enumerate(texts) if text in refused] if refused else ()

    def findings(self, cell: str) -> Found:
        """Return what the rules find in a text; a text is given to them once, as far as memory goes."""
        found = self._found.get(cell)
        if found is None:
            found = tuple(
                (rule_, finding)
                for rule_ in self._rules
                for finding in rule_.check(cell, self._column, self._specification)
            )
            if found:
                if len(self._found) >= _REMEMBERED:
                    self._found.clear()
                self._found[cell] = found
            else:
                remember(self._fine, cell)
        return found


class CheckedRows:
    """The rules that look at several cells of a row, and the combinations of texts that are known to be fine."""

    def __init__(self, rules: Iterable[Rule], canonical: Sequence[str], specification: Specification) -> None:
        self._specification = specification
        self._rules = [(rule_, [name for name in rule_.columns(specification) if name in canonical]) for rule_ in rules]
        self._names = sorted({name for _, names in self._rules for name in names})
        self._places = [canonical.index(name) for name in self._names]
        self._fine: set[tuple[str, ...]] = set()
        self._fine_keys: set[int] = set()

    def find(self, cells: CellsByColumn) -> Iterable[tuple[int, Found]]:
        """Return for each row in which the rules find something its place in the batch, and what that is."""
        columns = [cells[place] for place in self._places]
        codes = [column.codes for column in columns if column.codes is not None]
        if columns and len(codes) == len(columns):
            return sorted(self._find_coded(columns, codes), key=itemgetter(0))
        combinations = list(zip(*(column.texts for column in columns), strict=True))
        if self._fine.issuperset(combinations):
            return ()
        return [(at, found) for at, texts in enumerate(combinations) if (found := self._findings(texts))]

    def _find_coded(self, columns: Sequence[Cells], codes: Sequence[Codes]) -> Iterator[tuple[int, Found]]:
        from covidcurate.table.vocabulary import groups_of

        for key, rows in groups_of(codes, self._fine_keys):
            found = self._findings(tuple(column.words[of[rows[0]]] for column, of in zip(columns, codes, strict=True)))
            if not found:
                remember(self._fine_keys, key)
            yield from ((at, found) for at in rows if found)

    def _findings(self, texts: tuple[str, ...]) -> Found:
        if texts in self._fine:
            return ()
        by_name = dict(zip(self._names, texts, strict=True))
        found = tuple(
            (rule_, finding)
            for rule_, names in self._rules
            for finding in rule_.check({name: by_name[name] for name in names}, self._specification)
        )
        if not found:
            remember(self._fine, texts)
        return found


def is_plain(text: str) -> bool:
    """Whether a text is plain: printable, and of the letters and signs that Western languages are written with.

    Letters that UTF-8 read in another encoding might have left are not plain, nor signs that stand for others.
    """
    if text.isascii() or not text.isprintable():
        return text.isprintable()
    # Without the ASCII in between, which is most of it: then hardly anything is left to be looked at.
    foreign = text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")
    return _USUAL.fullmatch(foreign) is not None and (MOJIBAKE.search(foreign) is None or MOJIBAKE.search(text) is None)


def remember(fine: set[Any], text: object) -> None:
    """Add a text to those that are fine, and forget the others first if there are too many."""
    if len(fine) >= _REMEMBERED:
        fine.clear()
    fine.add(text)
