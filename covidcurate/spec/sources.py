"""Where images come from, and what is known of each place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from covidcurate.spec.toml import Entry


class AutomatedAccess(Enum):
    """Whether a program may fetch cases from a source."""

    YES = "yes"
    """The terms allow it."""
    NO = "no"
    """The terms forbid it."""
    PERMISSION = "permission"
    """Only with a permission that is on record."""
    UNKNOWN = "unknown"
    """Nobody has read terms that say."""


@dataclass(frozen=True, slots=True)
class Source:
    """One place that publishes images; ``host`` may carry the first part of a path."""

    host: str
    name: str
    license: str
    conflict: str
    terms: str
    read: str
    automated: AutomatedAccess
    note: str


def read_sources(document: Entry, base: tuple[Source, ...] = ()) -> tuple[Source, ...]:
    """Make the sources of a TOML document; one of ``base`` with the same host is replaced."""
    sources = {source.host: source for source in base}
    for entry in document.take_entries("source", "host"):
        source = Source(
            host=entry.take("host", str).casefold(),
            name=entry.take("name", str, ""),
            license=entry.take("license", str, ""),
            conflict=entry.take("conflict", str, ""),
            terms=entry.take("terms", str, ""),
            read=entry.take("read", str, ""),
            automated=entry.take_enum("automated", AutomatedAccess, AutomatedAccess.UNKNOWN),
            note=entry.take("note", str, ""),
        )
        entry.done()
        sources[source.host] = source
    return tuple(sources.values())
