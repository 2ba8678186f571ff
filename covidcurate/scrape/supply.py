"""Where the pages of a reading come from: the site, pages that a person saved, or the cache alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from covidcurate.errors import CovidcurateError, NotThereError
from covidcurate.scrape.saved import SavedPages
from covidcurate.sources import Ask, Page
from covidcurate.web import Client, Response, Saved

SEARCH_MAX_AGE = 3600.0
"""Seconds for which a list of cases is taken from the cache; a case page is kept until somebody asks for another."""


class PlannedError(CovidcurateError):
    """A dry run came to a page that only the site has."""


class Supply(Protocol):
    """Hands over pages and files."""

    def page(self, ask: Ask, *, max_age: float | None = None) -> Page | None:
        """Return a page; None where it is not to be had and others may still be."""

    def file(self, url: str, part: Path, validators: dict[str, str]) -> Saved:
        """Fetch a file to a temporary name; raises as :meth:`Client.save` does."""


class SiteSupply:
    """Takes everything from the site, or from the cache where that is good enough."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def page(self, ask: Ask, *, max_age: float | None = None) -> Page | None:
        """Return a page of the site; None where the site has none."""
        try:
            response = self._client.page(ask.url) if max_age is None else self._client.page(ask.url, max_age=max_age)
        except NotThereError:
            return None
        return _to_page(response)

    def file(self, url: str, part: Path, validators: dict[str, str]) -> Saved:
        """Fetch a file from the site."""
        return self._client.save(url, part, validators=validators)


class SavedSupply:
    """Takes pages from what a person saved; files too, and where one is missing there, from the site if it allows.

    Parameters
    ----------
    make_client
        Called when the first file is missing; raises where no network is wanted or allowed.
    """

    def __init__(self, saved: SavedPages, make_client: Callable[[], Client]) -> None:
        self._saved, self._make_client = saved, make_client

    def page(self, ask: Ask, *, max_age: float | None = None) -> Page | None:
        """Return a saved page; never asks the site."""
        del max_age
        return self._saved.page(ask.url)

    def file(self, url: str, part: Path, validators: dict[str, str]) -> Saved:
        """Write a saved file; fetch it if it was not saved."""
        content = self._saved.file(url)
        if content is None:
            return self._make_client().save(url, part, validators=validators)
        part.write_bytes(content)
        return Saved(part, url, size=len(content))


class DrySupply:
    """Asks nobody: pages come from the cache, and the first that is not there ends the reading."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def page(self, ask: Ask, *, max_age: float | None = None) -> Page | None:
        """Return a page of the cache."""
        del max_age
        response = self._client.known_page(ask.url)
        if response is None:
            raise PlannedError(f"would ask for {ask.url} ({ask.why}) after robots.txt, and then for what it names")
        return _to_page(response)

    def file(self, url: str, part: Path, validators: dict[str, str]) -> Saved:
        """Never fetch anything."""
        del part, validators
        raise PlannedError(f"would ask for {url}")


def _to_page(response: Response) -> Page:
    charset = re.search(r"charset=[\"']?([\w.:-]+)", response.headers.get("content-type", ""), re.IGNORECASE)
    return Page(response.final_url, response.body, charset[1] if charset else "")
