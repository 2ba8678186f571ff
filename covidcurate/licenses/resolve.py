"""Find the license that a wording means."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import Any

from covidcurate.spec import License, Source, Specification

_MOST_LABELS = 8
_MOST_HOSTS = 4096
_ADDRESS = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#:]+)(?::\d+)?(/[^?#]*)?", re.IGNORECASE)


class LicenseBook:
    """The licenses and sources of a specification, to be asked by wording and by address."""

    def __init__(self, specification: Specification) -> None:
        self._by_id = {license_.id: license_ for license_ in specification.licenses}
        self._by_wording: dict[str, License] = {}
        self._spelling: dict[str, str] = {}
        for license_ in specification.licenses:
            for wording in (license_.id, *license_.spellings):
                self._by_wording[_fold(wording)] = license_
                self._spelling[_fold(wording)] = wording
        self._resolved: dict[str, License | None] = {}
        self._sources: dict[str, list[Source]] = {}
        for source in specification.sources:
            self._sources.setdefault(source.host.partition("/")[0], []).append(source)
        self._by_host: dict[str, tuple[Source, ...]] = {}

    def resolve(self, wording: str) -> License | None:
        """Return the license that a wording means; None if it is blank or not known."""
        if wording not in self._resolved:
            self._resolved[wording] = self._by_wording.get(_fold(wording))
        return self._resolved[wording]

    def spelling_of(self, wording: str) -> tuple[str, bool]:
        """Return how a wording is written, and whether that says the same in the same words.

        Its license's identifier and first spelling stand as they are; all others become the first spelling. Where the
        wording is not known, it is returned as it is.
        """
        license_, word = self.resolve(wording), wording.strip()
        if license_ is None or word == license_.id or not license_.spellings:
            return word, True
        label = license_.spellings[0]
        return label, _fold(word) in {_fold(label), _fold(license_.id)}

    def suggest(self, wording: str) -> str:
        """Return the known wording nearest to one that is not known; an empty string if none is near."""
        close = difflib.get_close_matches(_fold(wording), self._by_wording, n=1, cutoff=0.75)
        return self._spelling[close[0]] if close else ""

    def is_told_by_host(self, url: str) -> bool:
        """Whether all addresses of its host belong to the same source, or to none."""
        match = _ADDRESS.match(url)
        return match is None or not any("/" in source.host for source in self._sources_at(match[1]))

    def expected_for(self, url: str) -> tuple[Source, tuple[License, ...]] | None:
        """Return the source an address belongs to with the licenses said of its images; None if it is not known.

        No license at all means that the source states none.
        """
        match = _ADDRESS.match(url)
        if match is None:
            return None
        for source in self._sources_at(match[1]):
            _, _, path = source.host.partition("/")
            if not path or f"{(match[2] or '').casefold()}/".startswith(f"/{path}/"):
                ids = (source.license, source.conflict)
                return source, tuple(self._by_id[id_] for id_ in ids if id_ in self._by_id)
        return None

    def _sources_at(self, host: str) -> tuple[Source, ...]:
        """Return the sources that a host belongs to, those of its own name first."""
        found = self._by_host.get(host)
        if found is None:
            _make_room(self._by_host)
            # A subdomain belongs to its source too, so the host is looked up label by label.
            # The longest name is the one with the most labels; an endless one is no host.
            labels = host.casefold().split(".")[-_MOST_LABELS:]
            domains = (".".join(labels[start:]) for start in range(len(labels) - 1))
            found = self._by_host[host] = tuple(source for name in domains for source in self._sources.get(name, ()))
        return found


def family_of(license_: License) -> str:
    """Return a license without its version, so that ``CC BY 4.0`` and ``CC BY`` can be compared."""
    return _without_version(license_.id)


@lru_cache
def _without_version(identifier: str) -> str:
    return re.sub(r"-\d+(\.\d+)*$", "", identifier.removeprefix("LicenseRef-"))


def _make_room(remembered: dict[str, Any]) -> None:
    """Forget what is remembered of hosts if it has become too much: a table can name any number of them."""
    if len(remembered) >= _MOST_HOSTS:
        remembered.clear()


def _fold(wording: str) -> str:
    return " ".join(re.sub(r"[-_\s]+", " ", wording.casefold()).split())
