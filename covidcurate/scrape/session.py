"""Put a run of scrape together from a dataset, its specification and what the command line asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from covidcurate import __version__
from covidcurate.dataset.folder import state_folder_in
from covidcurate.dataset.lock import Lock
from covidcurate.errors import CovidcurateError, UsageError
from covidcurate.scrape.journal import JOURNAL_NAME, Journal
from covidcurate.scrape.run import Outcome, Scraping, Status
from covidcurate.scrape.saved import SavedPages, read_saved
from covidcurate.scrape.supply import DrySupply, PlannedError, SavedSupply, SiteSupply, Supply
from covidcurate.sources import CaseRef, DraftCase, Options, Site, Slices, find_case, find_site, site_names
from covidcurate.spec import Specification
from covidcurate.table import TableReader
from covidcurate.web import Client, contact_from, require_permission


@dataclass(frozen=True)
class Wish:
    """What somebody wants scraped, as the command line says it."""

    words: tuple[str, ...] = ()
    search: str | None = None
    saved: tuple[Path, ...] = ()
    out: Path = Path("candidates")
    limit: int = 0
    slices: Slices = field(default_factory=Slices)
    dry_run: bool = False
    images: bool = True
    refresh: bool = False
    allow_private_hosts: bool = False


@dataclass
class Progress:
    """Called while a run is at work; each does nothing unless it is replaced."""

    on_wait: Callable[[str, float], None] = lambda *_: None
    on_image: Callable[[CaseRef, int, int], None] = lambda *_: None


def scrape(
    home: Path, specification: Specification, wish: Wish, counts: Counter[str], progress: Progress
) -> Iterator[Outcome]:
    """Yield what becomes of each case that is wished for.

    Parameters
    ----------
    home
        Folder of the dataset; journal and cache are kept in its state folder.
    counts
        ``answers`` counts the answers of sites.

    Raises
    ------
    UsageError
        The wish names no case, or something that is none.
    PolicyError, FetchError
        A search could not go on.
    """
    site, words = _split(wish)
    saved = read_saved(list(wish.saved)) if wish.saved else None
    cases = list(_named(site, words, saved))
    if saved is None:
        # Said before anything else, so that a refusal does not wait for a lock or a contact.
        for one in {*(named for named, _ in cases), *([site] if site is not None else [])}:
            require_permission(urlsplit(one.examples[0]).hostname or "", specification.sources)
    with ExitStack() as stack:
        scraping = stack.enter_context(_open(home, specification, wish, saved, counts, progress))
        yield from scraping.run(cases, limit=wish.limit)
        if site is not None and wish.search is not None:
            try:
                yield from scraping.run(scraping.find(site, wish.search), limit=wish.limit, named=False)
            except PlannedError as error:
                yield Outcome(CaseRef(site.id, "search", ""), Status.PLANNED, reason=error.message)


def _split(wish: Wish) -> tuple[Site | None, tuple[str, ...]]:
    """Return the site that the first word names, if it does, and the other words."""
    site = find_site(wish.words[0]) if wish.words else None
    words = wish.words[1:] if site is not None else wish.words
    if wish.search is not None and site is None:
        raise UsageError("--search needs the site that is to be searched", remedy=f"One of {', '.join(site_names())}.")
    if not words and wish.search is None and not wish.saved:
        raise UsageError(
            "no case is named", remedy="Name cases by address or number, or give --search TERM or --from PATH."
        )
    return site, words


def _named(site: Site | None, words: Sequence[str], saved: SavedPages | None) -> Iterator[tuple[Site, CaseRef]]:
    """Yield the cases that were named; without names, those that the saved pages show."""
    seen: set[str] = set()
    for word in words:
        found = find_case(word, site)
        name = found[1].url or found[1].id
        if name not in seen:
            seen.add(name)
            yield found
    if saved is None or words:
        return
    for page in saved.pages:
        try:
            found = find_case(page.url, site)
        except UsageError:
            continue
        if found[1].url not in seen:
            seen.add(found[1].url)
            yield found
    if not seen:
        pages = ", ".join(page.url for page in saved.pages[:3])
        raise UsageError(f"none of the saved pages shows a case (they are of {pages})")


@contextmanager
def _open(
    home: Path,
    specification: Specification,
    wish: Wish,
    saved: SavedPages | None,
    counts: Counter[str],
    progress: Progress,
) -> Iterator[Scraping]:
    state = state_folder_in(home)
    web = state / "web"
    web.mkdir(exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(Lock(web / "lock"))
        journal = Journal(state / JOURNAL_NAME)

        def record(facts: dict[str, Any]) -> None:
            counts["answers"] += 1
            # The next run goes by what is kept and which case is done; an answer lost to a crash costs nothing.
            journal.add(facts, durably=False)

        clients: list[Client] = []

        def client() -> Client:
            if not clients:
                clients.append(_make_client(specification, wish, web, record, progress))
                stack.callback(clients[0].close)
            return clients[0]

        supply: Supply
        if saved is not None:
            supply = SavedSupply(saved, client)
        else:
            supply = DrySupply(client()) if wish.dry_run else SiteSupply(client())
        yield Scraping(
            supply,
            Options(specification, wish.slices),
            journal,
            home,
            wish.out,
            lambda draft: _provenance(draft, specification, saved=saved is not None),
            _addresses_in(home / specification.table_file),
            refresh=wish.refresh,
            dry_run=wish.dry_run,
            images=wish.images,
            saved_only=saved is not None,
            on_progress=progress.on_image,
        )


def _make_client(
    specification: Specification, wish: Wish, web: Path, record: Callable[[dict[str, Any]], None], progress: Progress
) -> Client:
    return Client(
        contact=contact_from(specification.contact),
        sources=specification.sources,
        state=web,
        mirrors=specification.mirrors,
        allow_private_hosts=wish.allow_private_hosts,
        refresh=wish.refresh,
        record=record,
        on_wait=progress.on_wait,
    )


def _provenance(draft: DraftCase, specification: Specification, *, saved: bool) -> dict[str, str]:
    """Return how a case was got: with which tool, when, by whose leave."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    facts = {"url": draft.ref.url, "retrieved": now, "tool": f"covidcurate {__version__}"}
    host = urlsplit(draft.ref.url).hostname or ""
    source = next((one for one in specification.sources if one.serves(host)), None)
    if saved:
        facts["retrieved_by"] = "a person, who saved the pages with a browser"
    elif source is not None and source.permission:
        facts["permission"] = source.permission
    origin = f"https://{host}"
    if not saved and origin in specification.mirrors:
        facts["mirror"] = specification.mirrors[origin]
    return facts


def _addresses_in(table: Path) -> Callable[[str], bool]:
    """Return a function that says whether a page's address is in a table, which is read when first asked."""

    @cache
    def known() -> frozenset[str]:
        try:
            with TableReader(table) as reader:
                places = [place for place, name in enumerate(reader.header) if name.strip() == "url"]
                return frozenset(
                    _fold(row.fields[place]) for row in reader for place in places if place < len(row.fields)
                )
        except CovidcurateError:
            # No table, or a broken one, has no say here; what is wrong with it is another command's business.
            return frozenset()

    return lambda url: _fold(url) in known()


def _fold(url: str) -> str:
    return url.strip().partition("?")[0].partition("://")[2].removeprefix("www.").rstrip("/").casefold()
