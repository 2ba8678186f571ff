"""What the pages of several sites have in common: sex, age, a diagnosis, and values read from their words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from covidcurate.model import Evidence, EvidenceKind, Value
from covidcurate.sources.evidence import read_texts
from covidcurate.sources.source import stated
from covidcurate.spec import Specification
from covidcurate.spec.views import fold

_AGE = re.compile(
    r"(\d{1,3}(?:[.,]\d+)?)\s*-?\s*(y(?:ears?|rs?|o)?|months?|mo|weeks?|days?)?\.?(?:\s*old)?", re.IGNORECASE
)
_UNITS_A_YEAR = {"y": 1, "m": 12, "w": 52, "d": 365}
_SEXES = {"male": "M", "female": "F", "m": "M", "f": "F", "man": "M", "woman": "F"}


def sex_of(text: str, where: str, rule: str) -> dict[str, Value]:
    """Return the sex that a field states; nothing unless it is one word for one."""
    value = _SEXES.get(text.strip().casefold())
    return {"sex": stated(value, text, where, rule)} if value else {}


def age_of(text: str, where: str, rule: str) -> dict[str, Value]:
    """Return the age in years that a field states; nothing for words, ranges and decades."""
    match = _AGE.fullmatch(text.strip())
    if match is None:
        return {}
    number = float(match[1].replace(",", "."))
    years = number / _UNITS_A_YEAR[(match[2] or "y")[0].casefold()]
    return {"age": stated(f"{years:.2f}".rstrip("0").rstrip("."), text, where, rule)}


def finding_of(words: str, where: str, specification: Specification) -> dict[str, Value]:
    """Return the finding that a title or diagnosis means as a whole; a rule made it, so it waits for a person."""
    # Sites number cases of the same title: "COVID-19 pneumonia 40", "Covid-19 pneumonia (12)", "... - case 3".
    whole = re.sub(r"\s*(?:-\s*)?(?:case\s+)?\(?\d{1,3}\)?$", "", words.strip(" ."))
    for wording in (words.strip(" ."), whole):
        path = specification.findings.suggest(wording)
        if path in specification.findings.paths:
            return {"finding": Value(path, Evidence(EvidenceKind.INFERRED, words, where, "diagnosis-synonym"))}
    return {}


def image_values(
    texts: Mapping[str, str], name: str, language: str, specification: Specification, where: str
) -> dict[str, Value]:
    """Return what the words at an image say of it: a title of a term alone states it, a sentence is read by rules."""
    inferred = read_texts(texts, [name], language)
    kept = {column: value for column, value in inferred.items() if column in _OF_IMAGES}
    words = texts.get(name, "").strip(" .:")
    modality, view = _terms(words, specification)
    for column, text in (("modality", modality), ("view", view)):
        if text:
            kept[column] = stated(text, words, where, "title-is-a-term")
    return kept


def _terms(words: str, specification: Specification) -> tuple[str, str]:
    """Return modality and view of a title that consists of their terms and of nothing else."""
    views = specification.views
    parts = re.sub(r"[,()]", " ", words).split()
    if len(parts) > _LONGEST_TITLE:
        return "", ""
    # "Frontal chest radiograph" states a radiograph: what decides nothing takes nothing away either.
    parts = [part for part in parts if views.modality_of(part) or fold(part) not in {*views.undecided, *_FILLERS}]
    if not parts:
        return "", ""
    for cut in range(len(parts) + 1):
        for one, other in ((parts[:cut], parts[cut:]), (parts[cut:], parts[:cut])):
            modality, view = views.modality_of(" ".join(one)), views.view_of(" ".join(other))
            if (modality or not one) and (view or not other):
                meant = views.views[view].modality if view else modality
                if not modality or modality == meant:
                    return meant, view
    return "", ""


_FILLERS = {"chest", "thorax", "thoracic", "of", "the", "view", "image", "images", "projection"}

_LONGEST_TITLE = 6
"""Words of a title of terms: "Chest X-ray, AP supine" is one; a sentence is not."""

_OF_IMAGES = {"modality", "view", "offset"}
"""What a caption says of the image it stands at; of the patient it speaks too rarely to be read for."""
