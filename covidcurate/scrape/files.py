"""Get the images of a case into its folder: each once, whole, and an image by its content."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from covidcurate.dataset.folder import sha256_of
from covidcurate.durable import sync_folder
from covidcurate.errors import (
    CovidcurateError,
    DatasetError,
    HostError,
    NotThereError,
    PolicyError,
    UnreadableError,
)
from covidcurate.imaging import verify_image
from covidcurate.imaging.filetype import FileType, sniff_file
from covidcurate.scrape.journal import Journal, KeptFile
from covidcurate.scrape.supply import Supply
from covidcurate.sources import CaseRef, DraftCase, DraftImage
from covidcurate.web import Saved


@dataclass
class Fetched:
    """The images of a case that are there, by the name their draft gives them, and why the others are not."""

    files: dict[str, KeptFile] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    new: int = 0


def fetch_images(
    draft: DraftCase,
    folder: Path,
    supply: Supply,
    journal: Journal,
    *,
    refresh: bool = False,
    saved_only: bool = False,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Fetched:
    """Fetch the images of a case; what the journal knows and the folder still has is not fetched again.

    Parameters
    ----------
    refresh
        Ask the site whether it has other versions of what is there.
    saved_only
        The pages were saved by a person: an image that the site refuses to programs is missing, and no more.

    Raises
    ------
    PolicyError, HostError
        The site wants no more requests; what was fetched stays and is known to the journal.
    """
    images = [image for study in draft.studies for image in study.images]
    fetched = Fetched()
    fetcher = _Fetcher(draft.ref, folder, supply, journal, refresh=refresh)
    for number, image in enumerate(images, start=1):
        try:
            kept, is_new = fetcher.fetch(image)
            fetched.files[image.name] = kept
            fetched.new += is_new
        except (PolicyError, HostError) as error:
            if not saved_only:
                raise
            fetched.missing[image.name] = error.message
        except CovidcurateError as error:
            if isinstance(error, DatasetError):
                raise
            fetched.missing[image.name] = error.message
        on_progress(number, len(images))
    fetcher.clear_away(set(fetched.missing))
    return fetched


class _Fetcher:
    def __init__(self, ref: CaseRef, folder: Path, supply: Supply, journal: Journal, *, refresh: bool) -> None:
        self._ref, self._folder, self._supply, self._journal, self._refresh = ref, folder, supply, journal, refresh

    def fetch(self, image: DraftImage) -> tuple[KeptFile, bool]:
        """Return the file of an image, and whether it is a new one.

        Raises
        ------
        FetchError, UnreadableError
            None of its addresses has an image; the message is that of the last one tried. An answer that fails ends
            the search: a site in trouble is not asked for the next size.
        """
        known = [kept for url in image.urls if (kept := self._at_hand(url)) is not None]
        if known and not self._refresh:
            return known[0], False
        problem: CovidcurateError = NotThereError(f"{image.name}: the page names no address for it")
        for url in image.urls:
            if self._journal.is_gone(self._ref.source, self._ref.id, url) and not self._refresh:
                problem = NotThereError(f"{url} was not there when it was last asked for")
                continue
            try:
                return self._take(image, url, next((kept for kept in known if kept.url == url), None))
            except NotThereError as error:
                problem = error
                self._note("gone", url)
            except UnreadableError as error:
                problem = error
        raise problem

    def clear_away(self, unfinished: set[str]) -> None:
        """Remove what is left of downloads that are done with; those that may go on stay."""
        for part in self._folder.glob(".*.part*"):
            if part.name.partition(".part")[0].removeprefix(".") not in unfinished:
                with contextlib.suppress(OSError):
                    part.unlink()

    def _at_hand(self, url: str) -> KeptFile | None:
        kept = self._journal.kept(self._ref.source, self._ref.id, url)
        if kept is None:
            return None
        path = self._folder / kept.file
        try:
            whole = path.stat().st_size == kept.size and sha256_of(path) == kept.sha256
        except OSError:
            return None
        return kept if whole else None

    def _take(self, image: DraftImage, url: str, known: KeptFile | None) -> tuple[KeptFile, bool]:
        part = self._folder / f".{image.name}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            saved = self._supply.file(url, part, known.validators if known else {})
            if saved.unchanged and known is not None:
                return known, False
            kept = self._keep(image, url, saved)
        except OSError as error:
            raise DatasetError(f"{self._folder}: cannot be written: {error.strerror}") from error
        self._note(
            "kept",
            url,
            file=kept.file,
            sha256=kept.sha256,
            bytes=kept.size,
            etag=kept.etag,
            last_modified=kept.last_modified,
        )
        return kept, True

    def _keep(self, image: DraftImage, url: str, saved: Saved) -> KeptFile:
        """Look at a file that was fetched, and give it the name that its content deserves."""
        kind = sniff_file(saved.path)
        try:
            if kind is not FileType.DICOM:
                verify_image(saved.path)
        except UnreadableError as error:
            saved.path.unlink(missing_ok=True)
            what = error.message.partition(": ")[2] or error.message
            raise UnreadableError(f"{url} is no image: {what}", remedy="Look at the address in a browser.") from error
        name = f"{image.name}{kind.extensions[0]}"
        digest, size = saved.sha256 or sha256_of(saved.path), saved.path.stat().st_size
        saved.path.replace(self._folder / name)
        sync_folder(self._folder)
        return KeptFile(name, url, digest, size, saved.etag, saved.last_modified)

    def _note(self, event: str, url: str, **facts: object) -> None:
        record = {"event": event, "source": self._ref.source, "case": self._ref.id, "url": url, **facts}
        self._journal.add({key: value for key, value in record.items() if value != ""})
