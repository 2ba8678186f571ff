"""Decide for each candidate what becomes of it, without changing anything."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from covidcurate.dataset import Dataset
from covidcurate.dataset.folder import sha256_of
from covidcurate.errors import CovidcurateError, ExitCode, PolicyError, UnreadableError
from covidcurate.imaging import FileType
from covidcurate.imaging.burned_in import require_ocr
from covidcurate.ingest.candidates import Candidate, Inputs
from covidcurate.ingest.content import Opening, open_candidate
from covidcurate.ingest.planned import PlannedImage, Verdict
from covidcurate.ingest.rows import make_row
from covidcurate.ingest.series import gather_series
from covidcurate.ingest.similar import Seen, compare_with_dataset
from covidcurate.jobs import run_isolated
from covidcurate.licenses import LicenseBook
from covidcurate.model import Severity
from covidcurate.rules import check_dataset
from covidcurate.spec.licenses import Permission
from covidcurate.table import Table

_POLICY_CODES = {"LICENSE-ALLOWED", "LICENSE-UNKNOWN"}


@dataclass
class Plan:
    """What an ingest would do to a dataset, or has done; ``before`` and ``after`` are the bytes of its table."""

    images: list[PlannedImage]
    before: bytes
    after: bytes
    problems: list[CovidcurateError]
    notes: list[str]
    applied: bool = False

    def having(self, verdict: Verdict) -> list[PlannedImage]:
        """Return the images with a verdict."""
        return [image for image in self.images if image.verdict is verdict]

    def exit_code(self) -> ExitCode:
        """Return how a run with this plan ends: clean, in need of a person, or refused by policy alone."""
        refused = self.having(Verdict.REFUSED)
        if refused and not self.problems and all(image.by_policy for image in refused):
            return ExitCode.REFUSED
        waits = any(image.waiting for image in self.images)
        return ExitCode.NEEDS_ATTENTION if refused or self.problems or waits else ExitCode.CLEAN


def make_plan(
    dataset: Dataset,
    inputs: Inputs,
    *,
    keep_patient_ids: bool = False,
    check_pixels: bool = False,
    seen: Seen | None = None,
    workers: int = 0,
) -> Plan:
    """Open each file to its end, make the row of each image, and hold the result against the rules.

    Parameters
    ----------
    dataset
        Where the images would go; it is read only.
    inputs
        The candidates.
    keep_patient_ids
        Take the patient ids of the input, which must then be the dataset's own; by default each person of the input
        gets a new one.
    check_pixels
        Read the pixels of pictures for text that is burned in; what is found waits for a person.
    seen
        How candidates are compared with the images that are there.
    workers
        Processes that open files; 0 for one a core.
    """
    if check_pixels:
        require_ocr()
    before = dataset.table.read_bytes()
    table = Table.load(before, str(dataset.table))
    candidates, refused = gather_series(inputs.candidates, workers)
    images = [_refuse(candidate, error) for candidate, error in refused]
    openings = [Opening(candidate, dataset.specification.views, check_pixels) for candidate in candidates]
    for candidate, outcome in zip(candidates, run_isolated(open_candidate, openings, workers=workers), strict=True):
        if outcome.value is None:
            images.append(_refuse(candidate, outcome.error or UnreadableError("could not be opened")))
        else:
            images.append(make_row(candidate, outcome.value, table))
    order = {candidate.path: number for number, candidate in enumerate(inputs.candidates)}
    images.sort(key=lambda image: order[image.candidate.path])
    images = _without_forbidden_changes(images, dataset)
    images = _without_present(images, dataset)
    images = compare_with_dataset(images, dataset, seen or Seen(workers=workers))
    images = _with_free_names(images, dataset)
    if not keep_patient_ids:
        images = _with_new_patients(images, table)
    images, after = _hold_against_rules(images, dataset, before)
    return Plan(images, before, after, list(inputs.problems), list(inputs.notes))


def _refuse(candidate: Candidate, error: CovidcurateError) -> PlannedImage:
    text = f"{error.message.rstrip('.')}. {error.remedy}".strip()
    by_policy = isinstance(error, PolicyError)
    return PlannedImage(candidate, Verdict.REFUSED, name=candidate.name, reasons=(text,), by_policy=by_policy)


def _without_forbidden_changes(images: list[PlannedImage], dataset: Dataset) -> list[PlannedImage]:
    """Refuse what would have to be converted, under a license that forbids changes."""
    book = LicenseBook(dataset.specification)
    result = []
    for image in images:
        license_ = book.resolve(image.cells.get("license", ""))
        converted = image.content is not None and image.content.source is FileType.DICOM
        if converted and license_ is not None and license_.derivatives is Permission.NO:
            error = PolicyError(
                f"is DICOM, which enters converted, and {license_.id} forbids that",
                remedy="Ask the holder of the rights, or leave it out.",
            )
            image = replace(_refuse(image.candidate, error), remarks=image.remarks)
        result.append(image)
    return result


def _without_present(images: list[PlannedImage], dataset: Dataset) -> list[PlannedImage]:
    """Mark images whose bytes the dataset has, or that come twice; files are hashed only where a size fits."""
    sizes = {size for image in images if image.content for size in (image.content.size, image.content.clean_size)}
    known: dict[str, str] = {}
    for file in dataset.list_files():
        if file.size in sizes:
            known.setdefault(sha256_of(file.path), f"{file.folder}/{file.name} of the dataset")
    result = []
    for image in images:
        if image.content is not None:
            digests = (image.content.sha256, image.content.clean_sha256)
            twin = next((known[digest] for digest in digests if digest in known), "")
            if twin:
                image = replace(image, verdict=Verdict.PRESENT, reasons=(f"has the same bytes as {twin}",))
            for digest in digests:
                known.setdefault(digest, str(image.candidate.origin))
        result.append(image)
    return result


def _with_free_names(images: list[PlannedImage], dataset: Dataset) -> list[PlannedImage]:
    """Refuse images whose file name is taken; names that differ only in case are one name on many systems."""
    taken = {file.name.casefold(): f"{file.folder}/{file.name}" for file in dataset.list_files()}
    result = []
    for image in images:
        if image.verdict is Verdict.ADD:
            holder = taken.setdefault(image.name.casefold(), image.candidate.origin)
            if holder != image.candidate.origin:
                reason = f"the file name {image.name} is taken by {holder}, which has other bytes"
                image = replace(image, verdict=Verdict.REFUSED, reasons=(f"{reason}. Rename the file.",))
        result.append(image)
    return result


def _with_new_patients(images: list[PlannedImage], table: Table) -> list[PlannedImage]:
    """Give each person of the input a new id above the highest of the table."""
    if "patientid" not in table.header:
        return images
    place = table.header.index("patientid")
    numbers = (re.match(r"[0-9]{1,18}", row.fields[place].strip()) for row in table.rows if place < len(row.fields))
    highest = max((int(number[0]) for number in numbers if number), default=0)
    ids: dict[str, str] = {}
    result = []
    for image in images:
        if image.verdict is Verdict.ADD:
            key = image.candidate.patient
            if key not in ids:
                highest += 1
                ids[key] = str(highest)
            image = replace(image, cells={**image.cells, "patientid": ids[key]})
        result.append(image)
    return result


def _hold_against_rules(
    images: list[PlannedImage], dataset: Dataset, before: bytes
) -> tuple[list[PlannedImage], bytes]:
    """Check the table as it would be; refuse rows with errors until none is left. Warnings become remarks."""
    while True:
        added = [place for place, image in enumerate(images) if image.verdict is Verdict.ADD]
        table = Table.load(before, str(dataset.table))
        first = len(table.rows)
        table.append(images[place].cells for place in added)
        places = {row.first_line: place for row, place in zip(table.rows[first:], added, strict=True)}
        after = table.to_bytes()
        report = check_dataset(dataset, files=False, table=after)
        errors: dict[int, list[str]] = {}
        warnings: dict[int, list[str]] = {}
        policy: set[int] = set()
        for issue in report.issues:
            if issue.line in places and issue.severity is not Severity.INFO:
                place = places[issue.line]
                text = f"{issue.code} {issue.message}. {issue.remedy}".strip()
                (errors if issue.severity is Severity.ERROR else warnings).setdefault(place, []).append(text)
                if issue.code in _POLICY_CODES:
                    policy.add(place)
        for place, reasons in errors.items():
            by_policy = place in policy
            images[place] = replace(images[place], verdict=Verdict.REFUSED, reasons=tuple(reasons), by_policy=by_policy)
        if not errors:
            for place, remarks in warnings.items():
                images[place] = replace(images[place], remarks=(*images[place].remarks, *remarks))
            return images, after
