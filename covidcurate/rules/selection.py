"""Which rules are at work, and how much they weigh: what a dataset says, and what a run asks for."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from covidcurate.errors import UsageError
from covidcurate.model import Severity
from covidcurate.rules.registry import all_rules, find_rule
from covidcurate.spec import Specification


@dataclass(frozen=True)
class Selection:
    """What a run asks for, which goes before what the dataset says.

    ``select`` are the codes of the only rules at work, ``ignore`` of those that are not, each a code or the word that
    codes begin with, as LICENSE; ``weights`` are levels by code, None for off.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    weights: Mapping[str, Severity | None] = field(default_factory=dict)

    def apply(self, specification: Specification) -> Specification:
        """Return a specification with the severities that follow.

        Raises
        ------
        ConfigError
            A code is none.
        """
        where = f"{specification.config_path} [rules]: "
        named = set(codes_of(self.select))
        at_work = named or set(codes_of(specification.selected, where)) or set(all_rules())
        ignored = set(codes_of(specification.ignored, where))
        # A rule that a run names is at work, whatever the dataset ignores or has turned off.
        off = (ignored - named) | set(codes_of(self.ignore)) | (set(all_rules()) - at_work)
        own = {code: weight for code, weight in specification.severities.items() if weight or code not in named}
        chosen = copy.copy(specification)
        chosen.severities = {**own, **dict.fromkeys(off), **self.weights}
        return chosen


def codes_of(names: Iterable[str], where: str = "") -> list[str]:
    """Return the codes that names mean: a code, or all that begin with a word, as LICENSE.

    Parameters
    ----------
    where
        What a message begins with, if it is no option that names them.

    Raises
    ------
    ConfigError
        There is no such code.
    """
    codes: list[str] = []
    for name in names:
        word = name.strip().upper()
        codes += [code for code in all_rules() if code.partition("-")[0] == word] or [find_rule(word, where).code]
    return codes


def read_weights(texts: Iterable[str]) -> dict[str, Severity | None]:
    """Return levels by code of texts such as ``FILE-COPY=warning``.

    Raises
    ------
    UsageError
        One has another form.
    ConfigError
        A code is none.
    """
    weights: dict[str, Severity | None] = {}
    for text in texts:
        name, _, level = text.partition("=")
        if level not in {"off", *(severity.value for severity in Severity)}:
            raise UsageError(
                f"{text!r} is no severity of a rule", remedy="Write CODE=error, CODE=warning, CODE=info or CODE=off."
            )
        weights |= dict.fromkeys(codes_of([name]), None if level == "off" else Severity(level))
    return weights
