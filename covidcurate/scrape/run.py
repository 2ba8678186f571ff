"""Scrape cases one after the other: find them, read them, fetch their images, write their candidates."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from covidcurate.errors import CovidcurateError, ExitCode, HostError, PolicyError
from covidcurate.model import Case
from covidcurate.scrape.candidate import CASE_FILE, folder_name, make_case, plan_files, write_case
from covidcurate.scrape.files import Fetched, fetch_images
from covidcurate.scrape.journal import Journal
from covidcurate.scrape.supply import SEARCH_MAX_AGE, PlannedError, Supply
from covidcurate.sources import Ask, CaseRef, DraftCase, Options, Site


class Status(Enum):
    """What became of a case."""

    DONE = "done"
    """Its candidate is complete."""
    INCOMPLETE = "incomplete"
    """Its candidate is there, without some of its images."""
    PRESENT = "present"
    """An earlier run did it, or the dataset has its address."""
    PLANNED = "planned"
    """A dry run looked at it."""
    FAILED = "failed"
    """It could not be read, or has no images."""
    REFUSED = "refused"
    """The site does not want it fetched by a program; the run ends with it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case with what became of it; ``reason`` says why it is not done, ``missing`` which images are not there."""

    ref: CaseRef
    status: Status
    case: Case | None = None
    folder: Path | None = None
    reason: str = ""
    remedy: str = ""
    missing: dict[str, str] = field(default_factory=dict)
    error: CovidcurateError | None = None


@dataclass
class Scraping:
    """How a run works: where its candidates go, and what it may do.

    ``provenance_of`` says for a draft what is on record about how it was fetched; ``is_in_dataset`` whether an address
    is in the dataset already.
    """

    supply: Supply
    options: Options
    journal: Journal
    home: Path
    out: Path
    provenance_of: Callable[[DraftCase], dict[str, str]]
    is_in_dataset: Callable[[str], bool] = lambda _: False
    refresh: bool = False
    dry_run: bool = False
    images: bool = True
    saved_only: bool = False
    on_progress: Callable[[CaseRef, int, int], None] = lambda *_: None

    def run(self, cases: Iterable[tuple[Site, CaseRef]], *, limit: int = 0, named: bool = True) -> Iterator[Outcome]:
        """Yield the outcome of each case; the first that is refused, or whose host is not to be had, is the last.

        Parameters
        ----------
        cases
            May come from a search, which goes on asking pages while it is read.
        limit
            Most cases that are asked for; those done before do not count. 0 for all.
        named
            A person named these cases, so that one whose folder has gone is fetched again.
        """
        asked = 0
        for site, ref in cases:
            present = self._present(ref, named=named)
            if present is not None:
                yield present
                continue
            asked += 1
            outcome = self._attempt(site, ref)
            yield outcome
            # Before the next case is looked for, which may ask for another page of a search.
            if isinstance(outcome.error, PolicyError | HostError) or asked == limit:
                return

    def find(self, site: Site, term: str) -> Iterator[tuple[Site, CaseRef]]:
        """Yield the cases that a site's own search finds, each once."""
        search = site.search(term)
        seen = set()
        answer = None
        while True:
            try:
                step = search.send(answer)
            except StopIteration:
                return
            answer = None
            if isinstance(step, Ask):
                answer = self.supply.page(step, max_age=SEARCH_MAX_AGE)
            elif (step.id, step.url) not in seen:
                seen.add((step.id, step.url))
                yield site, step

    def _present(self, ref: CaseRef, *, named: bool) -> Outcome | None:
        """Return the outcome of a case that needs no work; None if it does."""
        if self.refresh:
            return None
        known = self.journal.finished(ref.source, ref.url) or self.journal.finished(ref.source, ref.id)
        if known is not None and known.slices == str(self.options.slices) and not (known.missing and self.images):
            folder = self.home / known.folder
            if (folder / CASE_FILE).is_file():
                return Outcome(ref, Status.PRESENT, folder=folder, reason="was scraped before")
            if not named:
                return Outcome(ref, Status.PRESENT, reason="was scraped before, and its folder has been taken away")
        if not named and ref.url and self.is_in_dataset(ref.url):
            return Outcome(ref, Status.PRESENT, reason="its address is in the dataset already")
        return None

    def _attempt(self, site: Site, ref: CaseRef) -> Outcome:
        try:
            return self._scrape(site, ref)
        except PlannedError as error:
            return Outcome(ref, Status.PLANNED, reason=error.message)
        except CovidcurateError as error:
            status = Status.REFUSED if isinstance(error, PolicyError) else Status.FAILED
            self._note(f"{status.value}", ref, reason=error.message)
            return Outcome(ref, status, reason=error.message, remedy=error.remedy, error=error)

    def _scrape(self, site: Site, ref: CaseRef) -> Outcome:
        draft = read_case_of(site, ref, self.options, self.supply)
        folder = self.out / folder_name(draft.ref)
        fetched = Fetched()
        if self.dry_run or not self.images:
            fetched.files = plan_files(draft)
        else:

            def progress(done: int, total: int) -> None:
                self.on_progress(draft.ref, done, total)

            fetched = fetch_images(
                draft,
                folder,
                self.supply,
                self.journal,
                refresh=self.refresh,
                saved_only=self.saved_only,
                on_progress=progress,
            )
        case = make_case(draft, fetched.files, self.provenance_of(draft))
        if not case.studies:
            reason = next(iter(fetched.missing.values()), "its pages name no images")
            self._note("failed", draft.ref, reason=reason)
            return Outcome(draft.ref, Status.FAILED, case, reason=f"no image of it is to be had: {reason}")
        if self.dry_run:
            return Outcome(draft.ref, Status.PLANNED, case, folder)
        write_case(case, folder)
        missing = fetched.missing or ({} if self.images else dict.fromkeys(fetched.files, "--no-images"))
        self._finish(ref, draft.ref, folder, len(fetched.files), len(missing))
        complete = not missing or not self.images
        return Outcome(draft.ref, Status.DONE if complete else Status.INCOMPLETE, case, folder, missing=missing)

    def _finish(self, asked: CaseRef, ref: CaseRef, folder: Path, images: int, missing: int) -> None:
        names = sorted({name for name in (asked.url, asked.id, ref.url) if name and name != ref.id})
        where = os.path.relpath(folder, self.home)
        slices = str(self.options.slices)
        self._note("case", ref, asked=names, folder=where, images=images, missing=missing, slices=slices)

    def _note(self, event: str, ref: CaseRef, **facts: object) -> None:
        if not self.dry_run:
            self.journal.add({"event": event, "source": ref.source, "case": ref.id, "url": ref.url, **facts})


def read_case_of(site: Site, ref: CaseRef, options: Options, supply: Supply) -> DraftCase:
    """Drive the reading of a case: hand over each page it asks for."""
    reading = site.read(ref, options)
    page = None
    while True:
        try:
            ask = reading.send(page)
        except StopIteration as stop:
            draft: DraftCase = stop.value
            return draft
        page = supply.page(ask)


def exit_code_of(outcomes: Iterable[Outcome]) -> ExitCode:
    """Return how a run with these outcomes ends."""
    outcomes = list(outcomes)
    statuses = {outcome.status for outcome in outcomes}
    if Status.REFUSED in statuses:
        return ExitCode.REFUSED
    if statuses == {Status.FAILED} and all(isinstance(outcome.error, HostError) for outcome in outcomes):
        return ExitCode.COULD_NOT_RUN
    return ExitCode.NEEDS_ATTENTION if statuses & {Status.FAILED, Status.INCOMPLETE} else ExitCode.CLEAN
