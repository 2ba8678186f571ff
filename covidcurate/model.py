"""The values that travel between the rooms: issues found, and cases on their way into a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path


def printable(text: str) -> str:
    """Return a text with everything escaped that cannot be printed."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


class Severity(Enum):
    """How much a finding weighs; the order is the order of the members."""

    ERROR = "error"
    """The row or file is wrong; CI fails."""
    WARNING = "warning"
    """Probably wrong, or something is missing that readers need."""
    INFO = "info"
    """Legal, but worth knowing; never fails a run unless asked to."""

    rank: int
    """0 for the gravest; grows as the weight falls."""

    def __init__(self, _: str) -> None:
        self.rank = len(type(self).__members__)


class Target(Enum):
    """What a fix changes."""

    CELL = "cell"
    """The text of one cell."""
    HEADER = "header"
    """The name of one column."""
    LINE = "line"
    """The bytes of one physical line that are not UTF-8, in order; ``old`` has them in hexadecimal."""
    FILE = "file"
    """The name of an image file, and the cell of its row."""


@dataclass(frozen=True, slots=True)
class Fix:
    """The one answer to a finding: the text that takes the place of another.

    ``unsafe`` says why a person should look at it first; blank means that it changes how something is written, and not
    what it says. ``old`` is the text that is there, exactly; ``position`` is the place of the cell in its row, from 1
    (0: of no row); ``folder`` is that of a file.
    """

    new: str
    unsafe: str = ""
    target: Target = Target.CELL
    old: str = ""
    position: int = 0
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong, with its place and its remedy.

    ``line`` and ``last_line`` are physical lines of ``file`` counted from 1 (0: the file as a whole); they differ
    when a row holds line breaks. ``related_line`` is another line that has part in it, such as the first of two
    equal file names. ``key`` is the file name of the row's image, so that an issue can be followed when lines move.
    ``fix`` is there where a rule knows the one answer.
    """

    code: str
    severity: Severity
    file: str
    message: str
    remedy: str = ""
    line: int = 0
    last_line: int = 0
    column: str = ""
    value: str = ""
    key: str = ""
    related_line: int = 0
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class RuleText:
    """What the catalogue says of a code: what is wrong, why that matters, and what to do.

    ``page`` is the address where more is said of it; blank where nobody told it.
    """

    code: str
    severity: Severity
    title: str
    why: str
    remedy: str
    page: str = ""


@dataclass
class Report:
    """What a check found, and how much it looked at; every output format is made from one.

    ``rules`` are the texts of the codes that occur.
    """

    issues: list[Issue] = field(default_factory=list)
    rows: int = 0
    files: int = 0
    notes: list[str] = field(default_factory=list)
    rules: dict[str, RuleText] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """Return the number of issues of a severity."""
        return sum(issue.severity is severity for issue in self.issues)

    def fixable(self, *, unsafe: bool) -> int:
        """Return the number of issues with a fix that is safe, or with one that is not."""
        return sum(issue.fix is not None and bool(issue.fix.unsafe) is unsafe for issue in self.issues)

    def with_pages(self, folder: str) -> Report:
        """Return the same report, whose rules have their pages below this address; a blank changes nothing."""
        if not folder:
            return self
        pages = {code: replace(text, page=f"{folder.rstrip('/')}/{code}.md") for code, text in self.rules.items()}
        return replace(self, rules=pages)

    def at_or_above(self, severity: Severity) -> bool:
        """Whether an issue weighs as much as ``severity`` or more."""
        return any(issue.severity.rank <= severity.rank for issue in self.issues)


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Two files that show the same: ``words`` stand between the second and the first, ``details`` behind them.

    ``called`` is the name of the first where its path must not be shown, since it may say who a patient is.
    """

    first: Path
    second: Path
    exact: bool
    words: str
    details: str = ""
    called: str = ""


@dataclass(frozen=True, slots=True)
class PixelCheck:
    """What the pixels of a dataset's files say: which show the same, and which cannot be read, with the reason."""

    pairs: tuple[Resemblance, ...] = ()
    broken: Mapping[Path, str] = field(default_factory=dict)


class EvidenceKind(Enum):
    """Where a value's authority comes from."""

    STATED = "stated"
    """The source says it in a field made for it."""
    INFERRED = "inferred"
    """Read from free text by a rule; waits for a person."""
    HINT = "hint"
    """As inferred, by a rule that is right too seldom to be offered as a value; only says where to look."""
    HUMAN = "human"
    """A person decided it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a value is what it is.

    ``text`` is the source's own words, ``where`` their place (a selector, a JSON pointer, a line and column, or the
    name of a text of the case with a span of characters), ``rule`` the reader that made the value from them.
    """

    kind: EvidenceKind
    text: str = ""
    where: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """The text of one cell together with its evidence."""

    text: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can decide about a case: the column it concerns, why, and what the sources offer."""

    column: str
    text: str
    options: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """One image file of a study.

    ``file`` is relative to the case's folder, ``sha256`` its digest if recorded, ``url`` where it came from.
    """

    file: str
    values: Mapping[str, Value] = field(default_factory=dict)
    sha256: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """One examination of a patient: images that share a day and a modality."""

    id: str
    images: tuple[Image, ...]
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One published or submitted case: a patient, the studies, and what was said about all of them.

    ``patient`` tells people of one case apart and never leaves it: a dataset gives ids of its own. ``texts`` are the
    source's texts by name, to which the evidence points; ``provenance`` is what is known of the page itself, such as
    its authors and how it was fetched; ``warnings`` say what was expected on it and not found.
    """

    source: str
    id: str
    studies: tuple[Study, ...]
    values: Mapping[str, Value] = field(default_factory=dict)
    patient: str = ""
    questions: tuple[Question, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def images(self) -> Iterator[tuple[Study, Image, dict[str, Value]]]:
        """Yield each image with its study and its values; what is said closer to the image wins."""
        for study in self.studies:
            for image in study.images:
                yield study, image, {**self.values, **study.values, **image.values}
