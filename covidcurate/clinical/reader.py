"""Apply all rules to a text, mind who and what its sentences speak of, and settle contradictions by silence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from covidcurate.clinical.course import COURSE_RULES
from covidcurate.clinical.demographics import DEMOGRAPHIC_RULES
from covidcurate.clinical.fields import FIELDS
from covidcurate.clinical.imaging_terms import IMAGING_RULES
from covidcurate.clinical.measurements import MEASUREMENT_RULES
from covidcurate.clinical.rule import KEEPS_UNDER_NEGATION, Reading, Rule, words

_RULES = (*DEMOGRAPHIC_RULES, *COURSE_RULES, *MEASUREMENT_RULES, *IMAGING_RULES)
_LONGEST = 200_000
"""Characters that are read of a text; a case has some thousands."""

# A sentence ends at a full stop before a blank, but not inside "38.5", and not after a title or an initial.
_END = re.compile(r"(?<=[.!?;])[\s\u00a0]+(?=[A-ZÀ-Ü(\d])|\n+")
_SCOPE = 80
"""Characters before the words of a rule in which a negation or another person changes what they mean."""

_OTHERS = words(
    r"wife|husband|mother|father|parents?|son|sons|daughters?|brothers?|sisters?|relatives?|uncle|aunt|cousin|nephew"
    r"|grand\w+|colleagues?|roommate|neighbou?rs?|contact with|contacts? of|family|moglie|marito|madre|padre|genitor\w"
    r"|figli\w|fratell\w|sorell\w|parent[ei]|nipot\w|collegh?\w|coniuge|familiar\w|compagn\w|other patients?"
    r"|another patient|altr[oi] pazient\w"
)
_HYPOTHETICAL = words(
    r"if|may|might|could|would|should|risk of|in case of|consider(?:ed|ing)?|possible|possibly|potential(?:ly)?"
    r"|to avoid|whether|candidate for|decision to|threshold for|se|eventual\w+|possibil\w|rischio di|potrebbe|qualora"
    r"|suspected of needing|history of|previous|previously|prior|years? ago|months? ago|anamnesi di|pregress\w"
)
_NEGATION = words(
    r"no|not|never|without|neither|nor|none|denie[sd]|deny|absence of|negative for|no longer|didn.t|wasn.t|nobody"
    r"|free of|no need (?:for|of|to)|non|senza|mai|né|nega|nessun\w?|assenza di"
)
_TURN = re.compile(r"[,;:]\s|(?<!\w)(?:but|however|although|then|later|ma|però|quindi|poi)(?!\w)", re.IGNORECASE)


def read_clinical_text(text: str, language: str = "") -> list[Reading]:
    """Return what a text says of the patient, at most one value a column.

    Parameters
    ----------
    text
        Any text: a case, the note of an image, a caption.
    language
        ``en`` or ``it``; empty applies the rules of both.

    Returns
    -------
    list of Reading
        In the order of the text. Words about relatives, plans and risks are not read; where two readings of a column
        contradict each other there is none.
    """
    found: dict[str, Reading] = {}
    contradicted: set[str] = set()
    text = text[:_LONGEST]
    # Thin, hard and other blanks are blanks to the rules; one for one, so that places stay true.
    plain = re.sub(r"\s", " ", text)
    for start, end in _sentences(text):
        for rule in _RULES:
            if language and rule.language and rule.language != language:
                continue
            for reading in _apply(rule, text, plain, start, end):
                known = found.setdefault(reading.column, reading)
                if known.value != reading.value:
                    contradicted.add(reading.column)
    kept = (reading for column, reading in found.items() if column not in contradicted)
    return sorted(kept, key=lambda reading: (reading.start, reading.column))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _END.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _apply(rule: Rule, text: str, plain: str, start: int, end: int) -> Iterator[Reading]:
    for match in rule.pattern.finditer(plain, start, end):
        before = plain[max(start, match.start() - _SCOPE) : match.start()]
        after = plain[match.end() : min(end, match.end() + 20)]
        if _OTHERS.search(before) or _OTHERS.search(match[0]) or _OTHERS.match(after.lstrip()):
            continue
        clause = _TURN.split(before)[-1]
        if _HYPOTHETICAL.search(clause):
            continue
        value = rule.value if isinstance(rule.value, str) else rule.value(match)
        if rule.negated != KEEPS_UNDER_NEGATION and _NEGATION.search(clause):
            value = rule.negated
        if value:
            field = FIELDS.get(rule.column)
            hint = field is None or not field.offered
            words_read = text[match.start() : match.end()]
            yield Reading(rule.column, value, words_read, match.start(), match.end(), rule.name, hint)
