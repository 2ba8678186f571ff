"""Hold opened images against a dataset, what people decided, and the rules; nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from covidcurate.dataset import Dataset
from covidcurate.dataset.folder import sha256_of
from covidcurate.errors import PolicyError
from covidcurate.imaging import FileType
from covidcurate.ingest.decisions import decide
from covidcurate.ingest.patients import find_known_patients
from covidcurate.ingest.planned import OPEN_VERDICTS, Decision, PlannedImage, Verdict
from covidcurate.ingest.similar import Seen, compare_with_dataset
from covidcurate.licenses import LicenseBook
from covidcurate.model import Issue, Severity
from covidcurate.rules import check_dataset
from covidcurate.spec.licenses import Permission
from covidcurate.table import Table

_MOST_DIGITS = 18
_NUMBER = re.compile(rf"[0-9]{{1,{_MOST_DIGITS}}}")
_POLICY_CODES = {"LICENSE-ALLOWED", "LICENSE-UNKNOWN"}


@dataclass(frozen=True)
class Terms:
    """On which terms images enter.

    Parameters
    ----------
    keep_patient_ids
        Take the patient ids of the input, which must then be the dataset's own; by default each person of the input
        gets a new one.
    unreviewed
        What needs a review enters as it is, what waits left blank.
    decisions
        What people said, by the id of the image.
    seen
        How images are compared with those that are there.
    """

    keep_patient_ids: bool = False
    unreviewed: bool = False
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    seen: Seen = field(default_factory=Seen)


def judge(
    images: Sequence[PlannedImage], dataset: Dataset, table: Table, terms: Terms, highest: int | None = None
) -> tuple[list[PlannedImage], bytes]:
    """Return images with their verdicts, and the table as it would be with those that enter.

    Parameters
    ----------
    images
        As :func:`covidcurate.ingest.rows.make_row` makes them, or refused when they were opened.
    table
        That of the dataset; it is only read.
    highest
        The :func:`highest_patient` of it, where somebody has found that out.
    """
    judged = _without_forbidden_changes(images, dataset)
    judged = _without_present(judged, dataset)
    judged = compare_with_dataset(judged, dataset, terms.seen)
    judged = _with_free_names(judged, dataset)
    judged = [_asking(image, terms) for image in judged]
    judged = decide(judged, terms.decisions, table.header)
    if not terms.keep_patient_ids:
        known = find_known_patients(dataset, table, {image.candidate.patient for image in judged})
        judged = _with_new_patients(judged, table, known, highest)
    judged, after = _hold_against_rules(judged, dataset, table, OPEN_VERDICTS)
    if any(image.verdict is Verdict.REVIEW for image in judged):
        # What enters has to be sound without what waits.
        return _hold_against_rules(judged, dataset, table, (Verdict.ADD,))
    return judged, after


def _asking(image: PlannedImage, terms: Terms) -> PlannedImage:
    """Return an image that needs a review if something of it waits, unless nobody is to be asked."""
    if image.verdict is Verdict.ADD and image.waiting and not terms.unreviewed:
        return replace(image, verdict=Verdict.REVIEW)
    if image.verdict is Verdict.REVIEW and terms.unreviewed and not image.reasons:
        return replace(image, verdict=Verdict.ADD)
    return image


def _without_forbidden_changes(images: Sequence[PlannedImage], dataset: Dataset) -> list[PlannedImage]:
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
            image = image.refused_for(error)
        result.append(image)
    return result


def _without_present(images: Sequence[PlannedImage], dataset: Dataset) -> list[PlannedImage]:
    """Mark images whose bytes the dataset has, or that come twice; files are hashed only where a size fits."""
    sizes = {size for image in images if image.content for size in (image.content.size, image.content.clean_size)}
    known: dict[str, str] = {}
    for file in dataset.list_files():
        if file.size in sizes:
            known.setdefault(sha256_of(file.path), f"{file.folder}/{file.name} of the dataset")
    result = []
    for image in images:
        if image.content is not None and image.verdict is Verdict.ADD:
            digests = (image.content.sha256, image.content.clean_sha256)
            twin = next((known[digest] for digest in digests if digest in known), "")
            if twin:
                image = replace(image, verdict=Verdict.DUPLICATE, reasons=(f"has the same bytes as {twin}",))
            for digest in digests:
                known.setdefault(digest, str(image.candidate.origin))
        result.append(image)
    return result


def _with_free_names(images: Sequence[PlannedImage], dataset: Dataset) -> list[PlannedImage]:
    """Refuse images whose file name is taken; names that differ only in case are one name on many systems."""
    taken = {file.name.casefold(): f"{file.folder}/{file.name}" for file in dataset.list_files()}
    result = []
    for image in images:
        if image.verdict in OPEN_VERDICTS:
            holder = taken.setdefault(image.name.casefold(), image.candidate.origin)
            if holder != image.candidate.origin:
                reason = f"the file name {image.name} is taken by {holder}, which has other bytes"
                image = replace(image, verdict=Verdict.REFUSED, reasons=(f"{reason}. Rename the file.",))
        result.append(image)
    return result


def highest_patient(table: Table) -> int:
    """Return the highest number that a patient id of a table begins with, 0 if there is none."""
    if "patientid" not in table.header:
        return 0
    texts = set(table.texts("patientid"))
    plain = {text for text in texts if text.isdecimal() and len(text) <= _MOST_DIGITS}
    others = (_NUMBER.match(text.strip()) for text in texts - plain)
    return max([*map(int, plain), *(int(number[0]) for number in others if number)], default=0)


def _with_new_patients(
    images: Sequence[PlannedImage], table: Table, known: Mapping[str, str], highest: int | None
) -> list[PlannedImage]:
    """Give each person of the input the id they are known by, or one above the highest; those who enter come first."""
    if "patientid" not in table.header:
        return list(images)
    highest = highest_patient(table) if highest is None else highest
    ids = dict(known)
    for verdict in OPEN_VERDICTS:
        for image in images:
            if image.verdict is verdict and image.candidate.patient not in ids:
                highest += 1
                ids[image.candidate.patient] = str(highest)
    # Whoever does not enter has none, and that of the input is shown to nobody.
    return [
        replace(image, cells={**image.cells, "patientid": ids.get(image.candidate.patient, "")}) for image in images
    ]


def _hold_against_rules(
    images: list[PlannedImage], dataset: Dataset, known: Table, verdicts: Collection[Verdict]
) -> tuple[list[PlannedImage], bytes]:
    """Check the table as it would be; refuse rows with errors until none is left. Others become findings."""
    images = list(images)
    while True:
        table = known.copy()
        added = [place for place, image in enumerate(images) if image.verdict in verdicts]
        rows = table.append(images[place].cells for place in added)
        places = {row.first_line: place for row, place in zip(rows, added, strict=True)}
        found: dict[int, list[Issue]] = {}
        since = min(places, default=0)
        for issue in check_dataset(dataset, files=False, table=table, since=since).issues if added else ():
            if issue.line in places and issue.severity is not Severity.INFO:
                found.setdefault(places[issue.line], []).append(issue)
        faulty = False
        for place, issues in found.items():
            errors = [issue for issue in issues if issue.severity is Severity.ERROR]
            # What waits for a person can still be mended by one.
            faulty = faulty or (bool(errors) and images[place].verdict is Verdict.ADD)
            images[place] = _with_issues(images[place], errors or issues, refused=bool(errors))
        if not faulty:
            return images, table.to_bytes()


def _with_issues(image: PlannedImage, issues: Sequence[Issue], *, refused: bool) -> PlannedImage:
    said = tuple(f"{issue.code} {issue.message}. {issue.remedy}".strip() for issue in issues)
    if not refused or image.verdict is Verdict.REVIEW:
        return replace(image, findings=said)
    by_policy = any(issue.code in _POLICY_CODES for issue in issues)
    return replace(image, verdict=Verdict.REFUSED, reasons=said, by_policy=by_policy, by_rules=True)
