"""Pages that addresses lead to: all addresses of one page have one name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote

from covidcurate.rules.patterns import is_digit_blind

_NO_PLACE = re.compile(r"(?:lang|utm_\w+|fbclid|gclid)(?:=|\Z)", re.IGNORECASE)
"""Parts of a query that lead to the same page with and without them."""
_HEAD = re.compile("[^#/]*#?")
_MOST_HOSTS = 4096
"""Hosts that are remembered; few tables have more than some hundred."""


class Naming(NamedTuple):
    """How a page is called by a part of its address, from one place to another: see :func:`parts_of`."""

    before: str
    start: int
    end: int
    after: str
    zeros: str = ""
    """What counts for nothing where the part begins with it."""


class Pages:
    """Name pages: all addresses of one have the same name, and what is worked out of a host is kept.

    Parameters
    ----------
    cases
        By host, the pattern of what follows it if it leads to a case; then all addresses of the case are one page.
    """

    def __init__(self, cases: Mapping[str, re.Pattern[str]] = MappingProxyType({})) -> None:
        self._cases = cases
        self._hosts: dict[str, tuple[str, str, re.Pattern[str] | None]] = {}

    def __call__(self, url: str) -> str:
        """Return host without ``www``, path, and the query that counts; or the site and what it calls the case."""
        rest = url.strip().partition("://")[2]
        if not rest:
            return url
        host, _, path = rest.partition("/")
        name, site, pattern = self._hosts.get(host) or self._look_at(host)
        if pattern is not None and (case := pattern.match(rest, len(host))) and case[1] is not None:
            return f"{site}#{_case_of(case[1])}"
        query = ""
        if "?" in rest or "#" in rest:
            rest, _, query = rest.partition("#")[0].partition("?")
            query = "&".join(part for part in query.split("&") if part and _NO_PLACE.match(part) is None)
            host, _, path = rest.partition("/")
            name = _name_of(host)
        # Hardly any path has something to be unquoted, and to look costs much less than to try.
        return f"{name}/{(unquote(path) if '%' in path else path).rstrip('/')}?{query}"

    def naming(self, url: str) -> Naming | None:
        """Return where an address names its page; None if others that differ in digits alone may do so elsewhere."""
        before, middle, after = parts_of(self(url))
        start = url.find("://") + 3
        host = url[start:].partition("/")[0]
        if not url.startswith("http") or "%" in url or url != url.strip() or any(map(str.isdecimal, host)):
            return None
        name, site, pattern = self._hosts.get(host) or self._look_at(host)
        start += len(host)
        if pattern is None:
            end = start + len(middle)
            return Naming(before, start, end, after) if (before, middle) == (name, url[start:end]) else None
        case = pattern.match(url, start) if is_digit_blind(pattern) else None
        # A case that is not written small is not named in its own letters.
        if case is None or case[1] is None:
            return None
        naming = Naming(before, *case.span(1), after, "0" if case[1].isdecimal() else "")
        return naming if (before, middle) == (f"{site}#", case[1].lstrip(naming.zeros)) else None

    def _look_at(self, host: str) -> tuple[str, str, re.Pattern[str] | None]:
        name = _name_of(host)
        site = name if name in self._cases else name.partition(".")[2]
        if len(self._hosts) < _MOST_HOSTS:
            self._hosts[host] = (name, site, self._cases.get(site))
        return name, site, self._cases.get(site)


def parts_of(page: str) -> tuple[str, str, str]:
    """Return the host or site that a page begins with, what follows, and the one question mark that may end it."""
    head = _HEAD.match(page)
    before = head[0] if head else ""
    middle, mark, query = page[len(before) :].partition("?")
    return (before, f"{middle}?{query}", "") if query else (before, middle, mark)


def _case_of(name: str) -> str:
    """Return what a site calls a case, as it is compared: numbers are the same with zeros before them."""
    return name.lstrip("0") if name.isdecimal() else name.casefold()


def _name_of(host: str) -> str:
    return host.lower().removeprefix("www.")
