"""The catalogue: every rule with its code, severity, scope, reason and remedy.

A rule is one generator function. Its docstring is its page: the first line says what is wrong, the rest why that
matters. The scope decides what the function is given, and how often:

========  ==================================  ==================================================================
scope     arguments                           called
========  ==================================  ==================================================================
CELL      text, column, specification         for each text of a column that it ``applies`` to, mostly once
ROW       cells by column, specification      for each combination of texts of those ``columns`` that the table has
TABLE     view of the table, specification    once, after the last row
FILES     inventory of the files, view,       once, where the dataset has folders of image files
          specification
CHANGE    what changed, view, specification   once, where there is an earlier state to compare with
========  ==================================  ==================================================================
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

from covidcurate.errors import ConfigError
from covidcurate.model import Fix, RuleText, Severity
from covidcurate.spec import Column, ColumnType, Specification

_MODULES = ("structure", "headers", "text", "values", "numbers", "dates", "timeline", "images", "findings", "licenses",
            "terms", "patients", "cases", "files", "contents", "duplicates", "changes")  # fmt: skip


class Scope(Enum):
    """What a rule looks at."""

    CELL = "cell"
    """One cell; depends on its text and column alone."""
    ROW = "row"
    """Some cells of one row."""
    TABLE = "table"
    """All rows together, or how the file is written."""
    FILES = "files"
    """Image files against rows."""
    CHANGE = "change"
    """What a change did to the table."""


class Finding(NamedTuple):
    """What a rule yields; the engine adds code, file and place.

    ``line`` and what follows it are for scopes TABLE and FILES, which know their places themselves; but for ``fix``,
    which a rule fills that knows the one answer (none of scope ROW or CHANGE does). The engine adds to the fix of a
    CELL rule what stands there, and to all of them the place of the column.
    """

    message: str
    remedy: str = ""
    severity: Severity | None = None
    column: str = ""
    value: str = ""
    line: int = 0
    last_line: int = 0
    related_line: int = 0
    key: str = ""
    file: str = ""
    fix: Fix | None = None


Check = Callable[..., Iterator[Finding]]
Columns = Callable[[Specification], tuple[str, ...]]
Applies = Callable[[Column], bool]
Fine = Callable[[Column], re.Pattern[str] | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the catalogue; see :func:`rule` for the fields."""

    code: str
    severity: Severity
    scope: Scope
    title: str
    why: str
    remedy: str
    check: Check
    columns: Columns
    applies: Applies
    fine: Fine
    plain_is_fine: bool
    edges: str
    inside: str
    begins: str

    @property
    def text(self) -> RuleText:
        """What reports say of it."""
        return RuleText(self.code, self.severity, self.title, self.why, self.remedy)


_RULES: dict[str, Rule] = {}


def of_type(*types: ColumnType) -> Applies:
    """Return the condition that a column is of one of these types."""
    return lambda column: column.type in types


def rule(
    code: str,
    severity: Severity,
    scope: Scope,
    *,
    remedy: str,
    columns: tuple[str, ...] | Columns = (),
    applies: Applies = lambda _: True,
    fine: Fine = lambda _: None,
    plain_is_fine: bool = False,
    edges: str = "",
    inside: str = "",
    begins: str = "",
) -> Callable[[Check], Check]:
    """Register a generator function as a rule.

    Parameters
    ----------
    remedy
        What to do, for ``explain`` and for findings that say nothing better.
    columns
        Columns that a ROW rule reads, or whose cells a TABLE or FILES rule needs in its view, or what is derived of
        one (:data:`covidcurate.rules.derived.DERIVED`); a function where they depend on the specification.
    applies
        Whether a CELL rule looks at a column.
    fine
        For a column, the pattern of texts in which a CELL rule certainly finds nothing, so that the engine need not
        call it; for columns in which most texts differ.
    plain_is_fine
        A CELL rule finds nothing in plain text without outer blanks (:func:`covidcurate.rules.memory.is_plain`); the
        same for all columns.
    edges
        Characters about which a rule that is ``plain_is_fine`` has something to say, if a text begins or ends with one.
    inside
        One character about which such a rule has something to say wherever it stands.
    begins
        What a text that is not blank has to begin with, too, for ``fine`` to hold; ASCII, eight characters at most.
    """

    def register(check: Check) -> Check:
        if code in _RULES:
            raise AssertionError(f"two rules have the code {code}")
        title, _, why = (inspect.getdoc(check) or "").partition("\n")
        why = " ".join(why.split())
        read = columns if callable(columns) else lambda _: columns
        title = title.rstrip(".")
        texts = (code, severity, scope, title, why, remedy)
        _RULES[code] = Rule(*texts, check, read, applies, fine, plain_is_fine, edges, inside, begins)
        return check

    return register


@cache
def all_rules() -> dict[str, Rule]:
    """Return every rule by its code, sorted."""
    for module in _MODULES:
        importlib.import_module(f"covidcurate.rules.{module}")
    return dict(sorted(_RULES.items()))


def active_rules(specification: Specification) -> list[Rule]:
    """Return the rules that a dataset has not turned off."""
    return [rule_ for rule_ in all_rules().values() if specification.severities.get(rule_.code, rule_.severity)]


def find_rule(code: str, where: str = "") -> Rule:
    """Return the rule of a code.

    Parameters
    ----------
    where
        What a message begins with, such as the file that names the code.

    Raises
    ------
    ConfigError
        There is no such code; the message names the nearest one.
    """
    rules = all_rules()
    if code.upper() in rules:
        return rules[code.upper()]
    close = difflib.get_close_matches(code.upper(), rules, n=1)
    raise ConfigError(
        f"{where}there is no rule {code!r}",
        remedy=f"Did you mean {close[0]}?" if close else "See the list with: covidcurate explain",
    )


def severity_of(rule_: Rule, finding: Finding, overrides: dict[str, Severity | None]) -> Severity | None:
    """Return the weight of a finding: the dataset's own for the code, else the finding's, else the rule's."""
    if rule_.code in overrides:
        return overrides[rule_.code]
    return finding.severity or rule_.severity


def describe(rule_: Rule) -> dict[str, Any]:
    """Return a rule's page as plain data."""
    return {
        "code": rule_.code,
        "severity": rule_.severity.value,
        "scope": rule_.scope.value,
        "title": rule_.title,
        "why": rule_.why,
        "remedy": rule_.remedy,
    }
