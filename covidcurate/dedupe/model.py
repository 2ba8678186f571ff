"""What is looked for among files, and what is found: pairs, groups of them, and what could not be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from covidcurate.convert.inputs import Source
from covidcurate.duplicates import SAME
from covidcurate.errors import CovidcurateError


class Kind(Enum):
    """How two files are the same; the surest first."""

    BYTES = "same bytes"
    """They are copies."""
    PIXELS = "same pixels"
    """Other files, formats or depths of one image; nothing of it was lost on the way."""
    VOLUME = "same volume"
    """Files that hold one stack of slices, such as a DICOM series and its NIfTI file."""
    INSTANCE = "same instance or series"
    """Their headers have one UID, or one of them the pseudonym of the other's."""
    IMAGE = "same image, changed"
    """One was made from the other, or both from a third."""
    SLICE = "slice of that volume"
    """The first is a picture of a slice of the second."""
    CASE = "same case, other place"
    """The rows of two patients have one page, or one text."""
    RELATED = "related"
    """One patient on other days, or views that look alike: no duplicates, and never counted as such."""

    @property
    def is_exact(self) -> bool:
        """Whether nothing tells the two apart but their files."""
        return self in (Kind.BYTES, Kind.PIXELS)

    @property
    def is_duplicate(self) -> bool:
        """Whether one of the two is to go, if a person agrees."""
        return self is not Kind.RELATED


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files that show the same, how well the pixels agree (to 1), and the evidence in words.

    A series of DICOM files is stood for by its first file. Files that are ``marked`` have something burned in that the
    other has not.
    """

    first: Source
    second: Source
    kind: Kind
    score: float = 1.0
    evidence: tuple[str, ...] = ()
    marked: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are each the same as one of them, the ``medoid``; ``best`` is worth keeping, by ``reasons``."""

    medoid: Source
    members: tuple[Source, ...]
    best: Source
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for.

    ``near`` images beside exact copies; ``thorough`` crops too; ``threshold`` is the score from which on two pictures
    are one image; ``cases`` also that two patients are one case.
    """

    near: bool = True
    thorough: bool = False
    threshold: float = SAME
    workers: int = 0
    cases: bool = True


@dataclass
class Search:
    """What was found, among how many files, and what could not be read.

    ``featureless`` are pictures of nothing, ``others`` files that are neither picture nor volume: both are compared
    byte by byte alone.
    """

    files: int = 0
    pairs: list[Pair] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    problems: dict[Source, CovidcurateError] = field(default_factory=dict)
    featureless: list[Source] = field(default_factory=list)
    others: list[Source] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
