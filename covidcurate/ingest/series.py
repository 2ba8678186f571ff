"""Bring the DICOM files of an input together: the slices of a series are one volume, a film is a picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from covidcurate.convert.decode import compare_slices
from covidcurate.errors import CovidcurateError, UnreadableError
from covidcurate.imaging.dicom.layout import has_pixels
from covidcurate.imaging.dicom.read import quiet, read_header
from covidcurate.imaging.dicom.series import VolumePlan, plan_volumes
from covidcurate.imaging.dicom.slices import Slice, slices_of
from covidcurate.imaging.filetype import FileType, extension_of, sniff_file
from covidcurate.ingest.candidates import Candidate, Part
from covidcurate.jobs import run_jobs
from covidcurate.model import Value

_LONG_ENOUGH = 6
"""Letters of a name that says more than that it is a slice."""

Refused = tuple[Candidate, CovidcurateError]


def gather_series(candidates: Sequence[Candidate], workers: int = 0) -> tuple[list[Candidate], list[Refused]]:
    """Return candidates in which each series of slices is one, and those of which none can be made, with the reason.

    Slices belong together if they are of one person and one place of the input. Films and single slices stay what they
    are, and so does everything that is no DICOM.
    """
    kept: list[tuple[int, Candidate]] = []
    refused: list[Refused] = []
    groups: dict[tuple[str, str], list[tuple[int, Candidate, list[Slice]]]] = {}
    may_be_slices = [number for number, candidate in enumerate(candidates) if _may_be_slices(candidate.path)]
    kept += [(number, candidates[number]) for number in sorted({*range(len(candidates))}.difference(may_be_slices))]
    outcomes = run_jobs(slices_in, [candidates[number].path for number in may_be_slices], workers=workers)
    for number, outcome in zip(may_be_slices, outcomes, strict=True):
        candidate = candidates[number]
        if outcome.error is not None:
            refused.append((candidate, outcome.error))
        elif not outcome.value:
            kept.append((number, candidate))
        else:
            groups.setdefault((candidate.patient, candidate.group), []).append((number, candidate, outcome.value))
    for members in groups.values():
        made, failed = _make_volumes(members)
        kept += made
        refused += failed
    return [candidate for _, candidate in sorted(kept, key=lambda pair: pair[0])], refused


def _may_be_slices(path: Path) -> bool:
    """Whether a file or folder is worth a look for slices; to see what is none is quicker than to ask a process."""
    try:
        return path.is_dir() or sniff_file(path) is FileType.DICOM
    except UnreadableError:
        return True


def slices_in(path: Path) -> list[Slice] | None:
    """Return the slices of a file or folder; None if it is no DICOM, or none that has a place in the patient.

    Raises
    ------
    UnreadableError
        It is DICOM, but broken, or no image.
    """
    if path.is_dir():
        return [one for file in sorted(path.iterdir()) if file.is_file() for one in slices_in(file) or ()]
    if sniff_file(path) is not FileType.DICOM:
        return None
    with quiet():
        dataset, end = read_header(path)
        if not has_pixels(dataset) and "Rows" not in dataset:
            raise UnreadableError(f"{path.name}: is DICOM, but has no pixel data", remedy="Leave it out.")
        try:
            return list(slices_of(path, dataset, end))
        except UnreadableError:
            return None  # a film


def _make_volumes(
    members: list[tuple[int, Candidate, list[Slice]]],
) -> tuple[list[tuple[int, Candidate]], list[Refused]]:
    owners = {one.path: (number, candidate) for number, candidate, slices in members for one in slices}
    plans = plan_volumes([one for _, _, slices in members for one in slices], compare_slices)
    made: list[tuple[int, Candidate]] = []
    refused: list[Refused] = []
    for plan in plans:
        own = list(dict.fromkeys(owners[one.path][0] for one in plan.slices))
        candidates = [candidate for number, candidate, _ in members if number in own]
        merged = _merge(candidates, plan)
        if plan.left_out or plan.grid is None:
            refused.append((merged, UnreadableError(plan.reason, remedy=plan.remedy or "Leave it out.")))
        elif len(plan.slices) == 1 and not candidates[0].path.is_dir():
            made.append((own[0], candidates[0]))  # a single slice is a picture
        else:
            made.append((own[0], merged))
    return made, refused


def _merge(candidates: list[Candidate], plan: VolumePlan) -> Candidate:
    """Return one candidate for all slices of a volume, with the values that all of them have."""
    first = candidates[0]
    values: dict[str, Value] = {
        column: value
        for column, value in first.values.items()
        if all(other.values.get(column, value).text == value.text for other in candidates)
    }
    digests = {candidate.path: candidate.sha256 for candidate in candidates}
    paths = dict.fromkeys(one.path for one in plan.slices)
    parts = tuple(Part(path, digests.get(path, "")) for path in sorted(paths))
    many = f" and {len(parts) - 1} more" if len(parts) > 1 else ""
    name = f"{_name_of(candidates, plan)}.nii.gz"
    return replace(first, name=name, values=values, origin=f"{first.origin}{many}", parts=parts, volume=plan, sha256="")


def _name_of(candidates: list[Candidate], plan: VolumePlan) -> str:
    """Return a name for a volume: what the names of its slices have in common, or that of its folder."""
    first = candidates[0]
    if first.path.is_dir():
        stem = first.path.name
    else:
        stems = [candidate.name.removesuffix(extension_of(candidate.name)) for candidate in candidates]
        common = os.path.commonprefix(stems)  # noqa: RUF071 - letters are meant
        stem = common.rstrip("-_. 0123456789")
        if len(stem) < _LONG_ENOUGH:
            stem = f"{first.path.parent.name}-{stem}".strip("-")
    part = plan.part_of_name
    return f"{stem}-{part}" if part else stem
