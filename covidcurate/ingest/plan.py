"""Decide for each candidate what becomes of it, without changing anything."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from covidcurate.dataset import Dataset
from covidcurate.dataset.ahead import Disk
from covidcurate.dedupe.pictures import keep_fingerprints
from covidcurate.duplicates import Fingerprint
from covidcurate.errors import CovidcurateError, ExitCode, PolicyError, UnreadableError
from covidcurate.imaging.burned_in import require_ocr
from covidcurate.imaging.film import get_ready
from covidcurate.ingest.candidates import Candidate, Inputs
from covidcurate.ingest.content import Opening, open_candidate
from covidcurate.ingest.planned import PlannedImage, Verdict
from covidcurate.ingest.rows import make_row
from covidcurate.ingest.series import gather_series
from covidcurate.ingest.similar import Seen
from covidcurate.ingest.verdicts import Terms, highest_patient, judge
from covidcurate.jobs import begin_aside, run_isolated
from covidcurate.table import Table

_SHORT = 3
"""Letters of a file name that says nothing, and may be a word of any sentence."""


@dataclass
class Plan:
    """What an ingest would do to a dataset, or has done; ``before`` and ``after`` are the bytes of its table.

    ``opened`` are the images before they were held against the dataset, which is what a plan file keeps; ``terms``
    are those on which they enter.
    """

    images: list[PlannedImage]
    opened: list[PlannedImage]
    before: bytes
    after: bytes
    problems: list[CovidcurateError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    applied: bool = False
    terms: Terms = field(default_factory=Terms, repr=False)  # with the secret

    def having(self, verdict: Verdict) -> list[PlannedImage]:
        """Return the images with a verdict."""
        return [image for image in self.images if image.verdict is verdict]

    def exit_code(self) -> ExitCode:
        """Return how a run with this plan ends: clean, in need of a person, or refused by policy alone."""
        refused = self.having(Verdict.REFUSED)
        if refused and not self.problems and all(image.by_policy for image in refused):
            return ExitCode.REFUSED
        waits = any(image.verdict is Verdict.REVIEW or image.waiting for image in self.images)
        return ExitCode.NEEDS_ATTENTION if refused or self.problems or waits else ExitCode.CLEAN


def make_plan(
    dataset: Dataset,
    inputs: Inputs,
    terms: Terms | None = None,
    *,
    check_pixels: bool = False,
    workers: int = 0,
    ahead: Path | None = None,
) -> Plan:
    """Open each file to its end, make the row of each image, and hold the result against the dataset and the rules.

    Parameters
    ----------
    dataset
        Where the images would go; it is read only.
    inputs
        The candidates.
    terms
        On which terms they enter.
    check_pixels
        Read the pixels of pictures for text that is burned in; what is found waits for a person.
    workers
        Processes that open files; 0 for one a core.
    ahead
        A folder of :func:`covidcurate.dataset.ahead.folder_ahead`, for a plan that is carried out at once.
    """
    if check_pixels:
        require_ocr()
    before = dataset.read_table()
    terms = terms or Terms()
    table = Table.load(before, str(dataset.table))
    opening = Opening(dataset.specification.views, check_pixels, ahead)
    aside: list[Future[int]] = []

    def read_table() -> None:
        """Read a large table while processes open images, and not after them."""
        if not terms.keep_patient_ids:
            aside.append(begin_aside(partial(highest_patient, table)))

    opened = _open_images(inputs, opening, table, terms.seen, workers, read_table)
    opened = [_without_identity(image, terms) for image in opened]
    highest = aside[0].result() if aside else None
    return plan_of(dataset, opened, terms, problems=inputs.problems, notes=inputs.notes, known=(table, highest))


def plan_of(
    dataset: Dataset,
    opened: Sequence[PlannedImage],
    terms: Terms | None = None,
    *,
    problems: Sequence[CovidcurateError] = (),
    notes: Sequence[str] = (),
    known: tuple[Table | None, int | None] = (None, None),
) -> Plan:
    """Return the plan of images that were opened, now or in an earlier run, for the dataset as it is now.

    Parameters
    ----------
    known
        Its table, where it was read already, and its :func:`highest_patient`; both are read again if it was changed
        since.
    """
    before = dataset.read_table()
    terms = terms or Terms()
    table, highest = known
    if table is None or table.to_bytes() != before:
        table, highest = Table.load(before, str(dataset.table)), None
    images, after = judge(opened, dataset, table, terms, highest)
    return Plan(images, list(opened), before, after, list(problems), list(notes), terms=terms)


def _open_images(
    inputs: Inputs, opening: Opening, table: Table, seen: Seen, workers: int, meanwhile: Callable[[], None]
) -> list[PlannedImage]:
    """Open candidates, and make their rows; ``meanwhile`` is called once, when processes are at work."""
    begun = time.time()
    candidates, refused = gather_series(inputs.candidates, workers)
    images = [_refuse(candidate, error) for candidate, error in refused]
    digests: dict[Path, bytes] = {}
    prints: dict[bytes, Fingerprint] = {}
    get_ready()
    with seen.progress("Opening", len(candidates)) as advance, Disk() as disk:
        outcomes = run_isolated(partial(open_candidate, opening=opening), candidates, workers=workers)
        for number, outcome in enumerate(outcomes):
            if number == 0:
                meanwhile()
            advance()
            candidate, opened = outcome.item, outcome.value
            if opened is None:
                images.append(_refuse(candidate, outcome.error or UnreadableError("could not be opened")))
                continue
            images.append(replace(make_row(candidate, opened.content, table), ahead=opened.ahead))
            if opened.ahead is not None:
                disk.wait_for(opened.ahead)
            digests |= opened.digests
            if opened.fingerprint is not None:
                prints[opened.digests[candidate.path]] = opened.fingerprint
        refused_by_disk = disk.refused()
    # Whoever compares them with others need not read them again.
    seen.cache.remember(digests, begun)
    keep_fingerprints(prints, seen.cache)
    images = [replace(image, ahead=None) if image.ahead in refused_by_disk else image for image in images]
    order = {candidate.path: number for number, candidate in enumerate(inputs.candidates)}
    images.sort(key=lambda image: order[image.candidate.path])
    return _with_ids(images)


def _refuse(candidate: Candidate, error: CovidcurateError) -> PlannedImage:
    text = f"{error.message.rstrip('.')}. {error.remedy}".strip()
    if candidate.base is not None:
        # Readers name the file that they stumble over, which may be called after the patient.
        for path in (candidate.path, *(part.path for part in candidate.parts)):
            text = text.replace(str(path), "the file").removeprefix(f"{path.name}: ")
            if len(path.name) > _SHORT:
                text = text.replace(path.name, "a file")
    by_policy = isinstance(error, PolicyError)
    return PlannedImage(candidate, Verdict.REFUSED, name=candidate.name, reasons=(text,), by_policy=by_policy)


def _without_identity(image: PlannedImage, terms: Terms) -> PlannedImage:
    """Return an image whose patient is told apart by a keyed digest, and who the patient was there is forgotten."""
    candidate, cells = image.candidate, dict(image.cells)
    values = dict(candidate.values)
    if not terms.keep_patient_ids:
        values.pop("patientid", None)
        cells.pop("patientid", None)
    patient = hmac.new(terms.seen.key, candidate.patient.encode("utf-8", "backslashreplace"), "sha256").hexdigest()
    return replace(image, candidate=replace(candidate, values=values, patient=patient), cells=cells)


def _with_ids(images: Sequence[PlannedImage]) -> list[PlannedImage]:
    """Name each image by its content, and by its place where there is none or another has the same."""
    counts: dict[str, int] = {}
    result = []
    for image in images:
        origin = image.candidate.origin.encode("utf-8", "surrogateescape")
        seed = image.content.sha256 if image.content else hashlib.sha256(origin).hexdigest()
        counts[seed] = counts.get(seed, 0) + 1
        suffix = f"-{counts[seed]}" if counts[seed] > 1 else ""
        result.append(replace(image, id=f"{seed[:16]}{suffix}"))
    return result
