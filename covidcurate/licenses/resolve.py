"""Find the license that a wording means."""

from __future__ import annotations

import difflib
import re

from covidcurate.spec import License, Source, Specification

_ADDRESS = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#:]+)(?::\d+)?(/[^?#]*)?", re.IGNORECASE)


class LicenseBook:
    """The licenses and sources of a specification, to be asked by wording and by address."""

    def __init__(self, specification: Specification) -> None:
        self._sources: dict[str, list[Source]] = {}
        self._places: dict[str, list[Source]] = {}
        for source in specification.sources:
            self._sources.setdefault(source.host.partition("/")[0], []).append(source)
        self.shared_hosts = {
            host for host, sources in self._sources.items() if any("/" in source.host for source in sources)
        }
        self._by_id = {license_.id: license_ for license_ in specification.licenses}
        self._by_wording: dict[str, License] = {}
        self._spelling: dict[str, str] = {}
        self._resolved: dict[str, License | None] = {}
        for license_ in specification.licenses:
            for wording in (license_.id, *license_.spellings):
                self._by_wording[_fold(wording)] = license_
                self._spelling[_fold(wording)] = wording

    def resolve(self, wording: str) -> License | None:
        """Return the license that a wording means; None if it is blank or not known."""
        if wording not in self._resolved:
            self._resolved[wording] = self._by_wording.get(_fold(wording))
        return self._resolved[wording]

    def suggest(self, wording: str) -> str:
        """Return the known wording nearest to one that is not known; an empty string if none is near."""
        close = difflib.get_close_matches(_fold(wording), self._by_wording, n=1, cutoff=0.75)
        return self._spelling[close[0]] if close else ""

    def expected_for(self, url: str) -> tuple[Source, tuple[License, ...]] | None:
        """Return the source an address belongs to with the licenses said of its images; None if it is not known.

        No license at all means that the source states none.
        """
        match = _ADDRESS.match(url)
        if match is None:
            return None
        host = match[1]
        if host not in self._places:
            # A subdomain belongs to its source too, so the host is looked up label by label.
            labels = host.casefold().split(".")
            domains = (".".join(labels[start:]) for start in range(len(labels) - 1))
            self._places[host] = [source for domain in domains for source in self._sources.get(domain, ())]
        for source in self._places[host]:
            _, _, path = source.host.partition("/")
            if not path or (match[2] or "").strip("/").casefold().startswith(path):
                ids = (source.license, source.conflict)
                return source, tuple(self._by_id[id_] for id_ in ids if id_ in self._by_id)
        return None


def family_of(license_: License) -> str:
    """Return a license without its version, so that ``CC BY 4.0`` and ``CC BY`` can be compared."""
    return re.sub(r"-\d+(\.\d+)*$", "", license_.id.removeprefix("LicenseRef-"))


def _fold(wording: str) -> str:
    return " ".join(re.sub(r"[-_\s]+", " ", wording.casefold()).split())
