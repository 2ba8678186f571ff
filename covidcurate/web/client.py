"""Fetch pages and files of known sources: permission, robots.txt, pace, limits, cache."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from covidcurate import __version__
from covidcurate.errors import FetchError, HostError, PolicyError
from covidcurate.spec import Source
from covidcurate.web.cache import PageCache, Response
from covidcurate.web.exchange import Exchange
from covidcurate.web.gates import LARGEST_GATE, describe_status, require_welcome
from covidcurate.web.guard import make_session, require_web_address
from covidcurate.web.mirrors import Mirrors
from covidcurate.web.pace import Pace
from covidcurate.web.permission import require_permission, user_agent
from covidcurate.web.receive import Answer, FileReceiver, Limits, PageReceiver, Saved
from covidcurate.web.robots import Robots

_DAY, _HOUR = 86_400.0, 3_600.0
_KEPT_HEADERS = ("etag", "last-modified", "content-type", "x-robots-tag")


class Client:
    """Fetches from the hosts of known sources, and from no others.

    Parameters
    ----------
    contact
        Mail address or page that sites can write to.
    sources
        What is known of each site, with its permission if there is one.
    state
        Folder for the page cache and the pauses of hosts; made if it is missing.
    mirrors
        Copies of sites, by origin.
    allow_private_hosts
        Ask addresses of this machine and of private networks too. A mirror is then owed no pause of ours.
    refresh
        Ask the site even for what is cached, with its validators.
    record
        Called with the facts of each answer.
    """

    def __init__(
        self,
        *,
        contact: str,
        sources: Iterable[Source],
        state: Path,
        mirrors: Mapping[str, str] | None = None,
        allow_private_hosts: bool = False,
        refresh: bool = False,
        limits: Limits | None = None,
        record: Callable[[dict[str, Any]], None] = lambda *_: None,
        on_wait: Callable[[str, float], None] = lambda *_: None,
    ) -> None:
        self._sources = tuple(sources)
        self._limits = limits or Limits()
        self._mirrors = Mirrors(mirrors or {})
        self._private, self._refresh, self._record = allow_private_hosts, refresh, record
        self._cache = PageCache(state / "pages")
        self._robots: dict[str, Robots] = {}
        self._session = make_session(allow_private_hosts=allow_private_hosts)
        self._session.headers.update({"User-Agent": user_agent(contact, __version__), "Accept": "*/*"})
        pace = Pace(state / "hosts.json", on_wait=on_wait)
        self._exchange = Exchange(self._session, pace, self._mirrors, self._limits)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def known_page(self, url: str) -> Response | None:
        """Return a page from the cache, however old, without asking anybody."""
        known = self._cache.load(url)
        return known if known is not None and known.status == 200 else None

    def page(self, url: str, *, max_age: float = math.inf) -> Response:
        """Return a page: from the cache if it is younger than ``max_age`` seconds, else from the site.

        Raises
        ------
        PolicyError
            Permission, robots.txt, the page itself or a gate in its place forbid it.
        NotThereError
            The site has no such page, or none for everybody.
        FetchError
            There was no whole answer.
        """
        require_permission(require_web_address(url), self._sources)
        known = self._cache.load(url)
        age = math.inf if known is None else abs(time.time() - known.retrieved)
        # That a page is missing is believed for an hour only: cases are published later.
        if known is not None and not self._refresh and age < (max_age if known.status == 200 else min(max_age, _HOUR)):
            return self._welcome(known)
        receiver = PageReceiver(self._limits, known.validators if known is not None and known.status == 200 else {})
        answer = self._exchange.ask(url, receiver, self._check)
        if answer.status == 304 and known is not None:
            response = replace(known, retrieved=time.time(), asked=True)
        else:
            headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
            response = Response(url, answer.url, answer.status, headers, receiver.body, time.time())
        self._note("page", url, answer, sha256=response.sha256, size=len(response.body))
        if answer.status in {401, 403, 451}:
            require_welcome(answer.url, answer.headers, receiver.body)
            raise PolicyError(
                f"{urlsplit(url).hostname} refuses {url} to programs (HTTP {answer.status})",
                remedy="Open the page in a browser, save it, and give it to: covidcurate scrape --from FILE",
            )
        self._welcome(response, live=answer.headers)
        self._cache.save(response)
        return response

    def save(self, url: str, part: Path, *, validators: Mapping[str, str] | None = None) -> Saved:
        """Fetch a file to the temporary name ``part``; what an earlier run has left there is gone on with.

        The caller looks at the content and gives it its final name.

        Raises
        ------
        PolicyError, NotThereError, FetchError
            As for :meth:`page`. Nothing but ``part`` was written.
        """
        receiver = FileReceiver(part, url, self._limits, validators or {})
        answer = self._exchange.ask(url, receiver, self._check)
        if answer.status == 416:
            # What is there is longer than what the site has: another version.
            receiver.discard()
            answer = self._exchange.ask(url, receiver, self._check)
        if answer.status == 304:
            self._note("file", url, answer)
            return Saved(part, answer.url, unchanged=True)
        self._note("file", url, answer, sha256=receiver.sha256, size=receiver.size)
        try:
            head = part.read_bytes() if receiver.size <= LARGEST_GATE else b""
            require_welcome(answer.url, answer.headers, head)
            if answer.status not in {200, 206}:
                raise describe_status(url, answer.status)
        except (FetchError, PolicyError):
            receiver.discard()
            raise
        etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        return Saved(part, answer.url, receiver.sha256, receiver.size, etag, modified)

    def _welcome(self, response: Response, live: Mapping[str, str] | None = None) -> Response:
        require_welcome(response.final_url, live or response.headers, response.body)
        if response.status != 200:
            if response.status in {404, 410} and response.asked:
                self._cache.save(response)
            raise describe_status(response.url, response.status)
        return response

    def _check(self, url: str) -> float:
        """Return the pause that a host is owed, if the address may be asked for."""
        source = require_permission(require_web_address(url), self._sources)
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._fetch_robots(f"{origin}/robots.txt")
        robots = self._robots[origin]
        robots.require_allowed(url)
        return max(self._interval(source, url), robots.interval())

    def _interval(self, source: Source, url: str) -> float:
        mirrored = self._mirrors.address_of(url) != url
        return 0.0 if mirrored and self._private else source.interval

    def _fetch_robots(self, url: str) -> Robots:
        """Return the rules of a host; RFC 9309 says what counts when they cannot be had."""

        def check(address: str) -> float:
            return self._interval(require_permission(require_web_address(address), self._sources), address)

        known = self._cache.load(url)
        if known is not None and abs(time.time() - known.retrieved) < _DAY and not self._refresh:
            return Robots.parse(known.body) if known.status == 200 else Robots()
        receiver = PageReceiver(self._limits, {})
        try:
            answer = self._exchange.ask(url, receiver, check)
        except HostError:
            raise
        except FetchError as error:
            return Robots(refusal=f"{url} cannot be read: {error.message}")
        self._note("robots", url, answer, size=len(receiver.body))
        if answer.status in {401, 403}:
            # RFC 9309 would allow this; a site that shows its rules to nobody we take at its word.
            require_welcome(url, answer.headers, receiver.body)
            return Robots(refusal=f"{url} is refused to programs (HTTP {answer.status})")
        if answer.status >= 500:
            return Robots(refusal=f"{url} answers with HTTP {answer.status}")
        if answer.status == 200:
            require_welcome(url, {}, receiver.body)
        self._cache.save(Response(url, answer.url, answer.status, {}, receiver.body, time.time()))
        return Robots.parse(receiver.body) if answer.status == 200 else Robots()

    def _note(self, event: str, url: str, answer: Answer, *, sha256: str = "", size: int = 0) -> None:
        facts = {
            "event": event,
            "url": url,
            "final_url": answer.url,
            "status": answer.status,
            "etag": answer.headers.get("etag", ""),
            "last_modified": answer.headers.get("last-modified", ""),
            "sha256": sha256,
            "bytes": size,
        }
        self._record({key: value for key, value in facts.items() if value not in ("", 0)})
