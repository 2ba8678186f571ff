"""Rules on single values: vocabularies, patterns, addresses."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from covidcurate.model import Fix, Severity
from covidcurate.rules.registry import Finding, Scope, of_type, rule
from covidcurate.spec import Column, ColumnType, Specification

_ANYTHING = re.compile(r"(?s:\S.*)")
_PREFIX = "10."
_SUFFIX = r"\d{4,9}/\S+"
DOI = re.compile(re.escape(_PREFIX) + _SUFFIX)
"""A DOI in its plain form."""
_DOI_AT_END = re.compile(rf"{DOI.pattern}$")
_DOI_RESOLVED = re.compile(rf"(?i:https?://(?:dx\.)?doi\.org/|doi: ?)({DOI.pattern})")
# Which digits they are is left to what texts begin with, so that one text tells of all of its shape.
_SHAPE_OF_DOI_OR_BLANK = re.compile(rf"(?:\d\d\.{_SUFFIX})?")
_URL = re.compile(r"(?i:https?)://[^\s/][^\s/.]*\.[^\s/]+(?:/\S*)?")
_URL_OR_BLANK = re.compile(f"(?:{_URL.pattern})?")


def says_unknown(text: str, column: Column) -> bool:
    """Whether a text is one of the column's words for "not known"."""
    folded = text.strip().casefold()
    return any(folded == word.casefold() for word in (*column.meaning_blank, *column.accepted_blank))


@rule(
    "VALUE-BLANK",
    Severity.ERROR,
    Scope.CELL,
    applies=lambda column: column.blank is not None,
    fine=lambda _: _ANYTHING,
    remedy="Fill the cell.",
)
def check_blank(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """A cell that is needed is blank.

    Which cells are needed, and how much, is said by the specification.
    """
    if column.blank is not None and not text.strip():
        yield Finding(f"{column.name} is blank", severity=column.blank)


@rule(
    "VALUE-UNKNOWN",
    Severity.ERROR,
    Scope.CELL,
    applies=lambda column: bool(column.meaning_blank or column.accepted_blank),
    remedy="Leave the cell blank: blank means not known.",
)
def check_unknown(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """A word stands for "not known".

    Blank is the one way to say it: each further word is a value of its own to every program.
    """
    if text and says_unknown(text, column):
        accepted = text.strip().casefold() in (word.casefold() for word in column.accepted_blank)
        fix = None if accepted else Fix("", "it deletes what somebody wrote")
        yield Finding(f"{text!r} means that it is not known", severity=Severity.INFO if accepted else None, fix=fix)


@rule(
    "VALUE-CHOICE",
    Severity.ERROR,
    Scope.CELL,
    applies=of_type(ColumnType.CHOICE),
    remedy="Use a word of the vocabulary.",
)
def check_choice(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """A value is not in the column's vocabulary.

    Programs compare letter by letter, so "yes" is neither Y nor N to them.
    """
    word = text.strip()
    if not word or word in column.values or says_unknown(word, column):
        return
    folded = {value.casefold(): value for value in column.values}
    meant = {spelling.casefold(): value for spelling, value in column.spellings.items()} | folded
    hint = meant.get(word.casefold(), "")
    fix = Fix(hint) if hint else None
    if not hint:
        close = difflib.get_close_matches(word.casefold(), meant, n=1)
        hint = meant[close[0]] if close else ""
    choices = ", ".join(column.values)
    yield Finding(
        f"{text!r} is not a value of {column.name}",
        f"Did you mean {hint!r}?" if hint else f"Use one of {choices}, or leave it blank.",
        fix=fix,
    )


@rule(
    "VALUE-PATTERN",
    Severity.ERROR,
    Scope.CELL,
    applies=lambda column: column.pattern is not None,
    fine=lambda column: column.pattern,
    remedy="Write the value in the form that the specification describes.",
)
def check_pattern(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """A value does not have the form that its column asks for.

    Tools that group or sort by it go wrong on another form.
    """
    word = text.strip()
    if (
        word
        and column.pattern is not None
        and column.pattern.fullmatch(word) is None
        and not says_unknown(word, column)
    ):
        form = column.pattern_help or f"a text that matches {column.pattern.pattern}"
        yield Finding(f"{text!r} is not {form}")


@rule(
    "DOI-FORM",
    Severity.WARNING,
    Scope.CELL,
    applies=of_type(ColumnType.DOI),
    fine=lambda _: _SHAPE_OF_DOI_OR_BLANK,
    begins=_PREFIX,
    remedy="Write the DOI alone, as in 10.1056/nejmc2001272.",
)
def check_doi(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """A DOI is not in its plain form.

    "Do we have this paper?" is asked by DOI, and found only if all are written alike.
    """
    word = text.strip()
    if word and DOI.fullmatch(word) is None and not says_unknown(word, column):
        # Of a DOI with a blank in it what stands before would be another one.
        match = _DOI_AT_END.search(word)
        resolved = _DOI_RESOLVED.fullmatch(word)
        fix = Fix(resolved[1], "the address that was there goes") if resolved else None
        yield Finding(f"{text!r} is not a plain DOI", f"Write {match[0]!r}." if match else "", fix=fix)


@rule(
    "URL-FORM",
    Severity.WARNING,
    Scope.CELL,
    applies=of_type(ColumnType.URL),
    fine=lambda _: _URL_OR_BLANK,
    remedy="Write the whole address, beginning with https://.",
)
def check_url(text: str, column: Column, _: Specification) -> Iterator[Finding]:
    """An address is not a whole http or https address.

    The address is how a reader finds the case, its license and its authors again.
    """
    word = text.strip()
    if word and _URL.fullmatch(word) is None and not says_unknown(word, column):
        yield Finding(f"{text!r} is not an http or https address")
