"""Values that rules read in a source's words, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from covidcurate.model import Evidence, EvidenceKind, Value

if TYPE_CHECKING:
    from covidcurate.clinical import Reading


def read_texts(texts: Mapping[str, str], names: Iterable[str], language: str) -> dict[str, Value]:
    """Return what the named texts of a case say of the patient; where two contradict each other, nothing.

    Parameters
    ----------
    texts
        The source's words by section.
    names
        The sections to read.
    language
        ``en``, ``it``, or empty for any.
    """
    # Who only asks which site an address belongs to need not wait for the patterns of clinical text.
    from covidcurate.clinical import read_clinical_text

    found: dict[str, Value] = {}
    contradicted = set()
    for name in names:
        for reading in read_clinical_text(texts.get(name, ""), language):
            known = found.setdefault(reading.column, _value(reading, name))
            if known.text != reading.value:
                contradicted.add(reading.column)
    return {column: value for column, value in found.items() if column not in contradicted}


def _value(reading: Reading, name: str) -> Value:
    kind = EvidenceKind.HINT if reading.hint else EvidenceKind.INFERRED
    where = f"texts/{name}[{reading.start}:{reading.end}]"
    return Value(reading.value, Evidence(kind, reading.text, where, reading.rule))
