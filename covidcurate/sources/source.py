"""What each site's module provides, and the tools they share."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from covidcurate.model import Evidence, EvidenceKind, Value
from covidcurate.sources.draft import Ask, CaseRef, DraftCase
from covidcurate.sources.page import Page, text_of
from covidcurate.spec import Specification

if TYPE_CHECKING:
    from bs4 import Tag

Reading = Generator[Ask, Page | None, DraftCase]
"""Yields the pages it needs, is sent each (None where it is not to be had), and returns the case."""

Search = Generator[Ask | CaseRef, Page | None, None]
"""Yields pages it needs, of which each is sent, and the cases it finds, for which None is sent."""


@dataclass(frozen=True, slots=True)
class Slices:
    """How many images of a stack are wanted: ``key`` images, ``all``, or ``count`` spread evenly."""

    kind: str = "key"
    count: int = 0

    def __str__(self) -> str:
        return str(self.count) if self.kind == "count" else self.kind

    def choose(self, number: int, key: Iterable[int] = ()) -> list[int]:
        """Return the indices wanted of ``number`` slices; without a known key image the middle one is it."""
        if self.kind == "all" or (self.kind == "count" and self.count >= number):
            return list(range(number))
        if self.kind == "count":
            return [(2 * place + 1) * number // (2 * self.count) for place in range(self.count)]
        return sorted({index for index in key if 0 <= index < number}) or ([number // 2] if number else [])


@dataclass(frozen=True, slots=True)
class Options:
    """What a reading needs to know: which slices are wanted, and the vocabularies of the dataset."""

    specification: Specification
    slices: Slices = Slices()


class Site(ABC):
    """One site: how its addresses look, and how its pages are read. Reading is pure: pages in, case out."""

    id: ClassVar[str]
    """Name on the command line; ``schema/sources.toml`` has what is known of the site under it."""
    name: ClassVar[str]
    """Name for people."""
    pattern: ClassVar[re.Pattern[str]]
    """Matches the whole address of a case page."""
    examples: ClassVar[tuple[str, ...]]
    """Addresses that the pattern matches."""
    case_help: ClassVar[str]
    """What a case may be called, for messages, such as ``a case number like 16660``."""

    @abstractmethod
    def find_case(self, text: str) -> CaseRef | None:
        """Return the case that an address or a number means; None if it means none here."""

    @abstractmethod
    def search(self, term: str) -> Search:
        """Go through the site's own search for a term."""

    @abstractmethod
    def read(self, ref: CaseRef, options: Options) -> Reading:
        """Read a case from its pages."""


@dataclass
class Finder:
    """Looks things up on a page by selectors, best first, and remembers what none of them found."""

    page: Page
    warnings: list[str] = field(default_factory=list)

    def first(self, what: str, *selectors: str, expected: bool = True) -> tuple[Tag | None, str]:
        """Return the first element that a CSS selector finds, with the selector; warn if ``expected`` and missing."""
        for selector in selectors:
            if (tag := self.page.soup.select_one(selector)) is not None:
                return tag, selector
        if expected:
            self._warn(what, selectors)
        return None, ""

    def text(self, what: str, *selectors: str, expected: bool = True) -> tuple[str, str]:
        """Return the text of the first element that is found and not empty, with its selector."""
        for selector in selectors:
            if text := text_of(self.page.soup.select_one(selector)):
                return text, selector
        if expected:
            self._warn(what, selectors)
        return "", ""

    def _warn(self, what: str, selectors: tuple[str, ...]) -> None:
        self.warnings.append(f"{what}: not found on {self.page.url} (looked for {' or '.join(selectors)})")


def stated(text: str, source_text: str, where: str, rule: str) -> Value:
    """Return a value that the source gives in a field made for it."""
    return Value(text, Evidence(EvidenceKind.STATED, source_text, where, rule))


def number_in(pattern: re.Pattern[str], text: str) -> str:
    """Return the first group of the first match, or an empty string."""
    match = pattern.search(text)
    return match[1] if match else ""
