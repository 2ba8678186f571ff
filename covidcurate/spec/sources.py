"""Where images come from, and what is known of each place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from covidcurate.errors import ConfigError
from covidcurate.spec.toml import Entry

DEFAULT_INTERVAL = 5.0
"""Seconds between two requests to a site of which nothing else is known."""


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
    """One place that publishes images; ``host`` may carry the first part of a path.

    ``id`` is its name on the command line, where covidcurate can read its pages; ``hosts`` are others that serve its
    files; ``interval`` is the shortest pause between two requests in seconds; ``ask`` says where permission is to be
    had, and ``permission`` is the one that a dataset has on record. ``credit`` is a regular expression whose first
    group is the number of the case that a credit line names; that of ``case`` is the name of the case that an address
    leads to, in what follows the host. ``release`` says that many patients stand under one address.
    """

    host: str
    name: str
    id: str
    hosts: tuple[str, ...]
    license: str
    conflict: str
    terms: str
    read: str
    automated: AutomatedAccess
    note: str
    interval: float
    ask: str
    permission: str = ""
    credit: str = ""
    case: str = ""
    release: bool = False

    def serves(self, host: str) -> bool:
        """Whether a host name is one of the source's, or a subdomain of one."""
        folded = host.casefold().rstrip(".")
        return any(folded == one or folded.endswith(f".{one}") for one in (self.host, *self.hosts))


def read_sources(document: Entry, base: tuple[Source, ...] = ()) -> tuple[Source, ...]:
    """Make the sources of a TOML document; one of ``base`` with the same host is replaced."""
    sources = {source.host: source for source in base}
    for entry in document.take_entries("source", "host"):
        source = Source(
            host=entry.take("host", str).casefold(),
            name=entry.take("name", str, ""),
            id=entry.take("id", str, ""),
            hosts=tuple(host.casefold() for host in entry.take_strings("hosts")),
            license=entry.take("license", str, ""),
            conflict=entry.take("conflict", str, ""),
            terms=entry.take("terms", str, ""),
            read=entry.take("read", str, ""),
            automated=entry.take_enum("automated", AutomatedAccess, AutomatedAccess.UNKNOWN),
            note=entry.take("note", str, ""),
            interval=entry.take("interval", float, DEFAULT_INTERVAL),
            ask=entry.take("ask", str, ""),
            credit=_read_pattern(entry, "credit"),
            case=_read_pattern(entry, "case"),
            release=entry.take("release", bool, False),
        )
        entry.done()
        sources[source.host] = source
    return tuple(sources.values())


def _read_pattern(entry: Entry, key: str) -> str:
    """Return a regular expression with one group; blank where none stands there."""
    text = entry.take(key, str, "")
    try:
        if text and re.compile(text).groups != 1:
            raise ConfigError(f"{entry.where}: {key!r} should have one group, for the number or name of the case")
    except re.error as error:
        raise ConfigError(f"{entry.where}: {key!r} is no regular expression: {error}") from error
    return text


def read_arrangements(document: Entry, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Add what a dataset has arranged with sources: ``[sources.ID]`` with a ``permission`` or a longer ``interval``.

    Raises
    ------
    ConfigError
        There is no source of that id, or the interval is shorter than the one that is known to be polite.
    """
    named = {source.id: source for source in sources if source.id}
    arranged = {}
    for id_ in document.remaining():
        if id_ not in named:
            raise ConfigError(
                f"{document.where}: there is no source {id_!r}", remedy=f"Known sources: {', '.join(sorted(named))}."
            )
        entry = document.take_entry(id_)
        source = named[id_]
        interval = entry.take("interval", float, source.interval)
        if interval < source.interval:
            raise ConfigError(
                f"{entry.where}: 'interval' is {interval:g} s, but at least {source.interval:g} s are owed to the site"
            )
        permission = entry.take("permission", str, "").strip()
        entry.done()
        arranged[source.host] = replace(source, permission=permission, interval=interval)
    return tuple(arranged.get(source.host, source) for source in sources)
