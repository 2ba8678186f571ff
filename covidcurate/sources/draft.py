"""What a source makes of its pages: a case whose images are still addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from covidcurate.model import Question, Value


@dataclass(frozen=True, slots=True)
class CaseRef:
    """A case by its place: the source's id, the case's own id there, and the canonical address of its page."""

    source: str
    id: str
    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A page that a source needs to go on; it is handed over as a Page, or as None where it is not to be had.

    ``why`` says in a word what it is needed for, such as ``case page``.
    """

    url: str
    why: str


@dataclass(frozen=True, slots=True)
class DraftImage:
    """One image: addresses in the order in which they are wanted, and the name it gets without its extension.

    ``name`` is made by us from the case's number and the place in it, never from the address; it is unique in the case.
    """

    name: str
    urls: tuple[str, ...]
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DraftStudy:
    """One examination: its images in order."""

    id: str
    images: tuple[DraftImage, ...]
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DraftCase:
    """A case as its pages tell it.

    ``texts`` hold the source's words by section; evidence that was read from them points there. ``language`` is theirs
    (``en``, ``it``, or empty for any). ``clinical`` names the sections that speak of the patient, and not of the
    disease in general: those are read for values. ``warnings`` name each selector that was expected to find something
    and did not.
    """

    ref: CaseRef
    studies: tuple[DraftStudy, ...]
    values: Mapping[str, Value] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    clinical: tuple[str, ...] = ()
    language: str = "en"
    provenance: Mapping[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    warnings: tuple[str, ...] = ()
