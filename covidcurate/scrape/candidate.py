"""Make the candidate of a case: its images, and a case.json that says where every value came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from covidcurate.casefile import case_to_json, read_case
from covidcurate.durable import replace_durably
from covidcurate.errors import DatasetError, UnreadableError
from covidcurate.model import Case, EvidenceKind, Image, Study, Value
from covidcurate.scrape.journal import KeptFile
from covidcurate.sources import CaseRef, DraftCase, DraftImage

CASE_FILE = "case.json"


def folder_name(ref: CaseRef) -> str:
    """Return the name of a candidate's folder; only letters, digits and hyphens of the case's id enter it."""
    return f"{ref.source}-{re.sub('[^a-z0-9]+', '-', ref.id.casefold()).strip('-')[:80] or 'case'}"


def make_case(draft: DraftCase, files: Mapping[str, KeptFile], provenance: Mapping[str, str]) -> Case:
    """Return the case of a draft with the images that are there; studies without any are left out."""
    studies = []
    for study in draft.studies:
        images = tuple(_image(image, files[image.name]) for image in study.images if image.name in files)
        if images:
            studies.append(Study(study.id, images, study.values))
    return Case(
        draft.ref.source,
        draft.ref.id,
        tuple(studies),
        draft.values,
        questions=draft.questions,
        texts=draft.texts,
        provenance={**draft.provenance, **provenance},
        warnings=draft.warnings,
    )


def plan_files(draft: DraftCase) -> dict[str, KeptFile]:
    """Return how the images of a draft would be called, for a candidate that is made without them."""
    images = [image for study in draft.studies for image in study.images if image.urls]
    return {image.name: KeptFile(_likely_name(image), image.urls[0], "", 0) for image in images}


def _likely_name(image: DraftImage) -> str:
    ending = re.search(r"\.(png|jpe?g|gif|bmp|tiff?|webp|dcm)$", image.urls[0].partition("?")[0], re.IGNORECASE)
    return f"{image.name}.{ending[1].casefold() if ending else 'jpg'}"


def _image(image: DraftImage, kept: KeptFile) -> Image:
    return Image(kept.file, image.values, kept.sha256, kept.url)


def write_case(case: Case, folder: Path) -> None:
    """Write ``case.json`` in one step; what a person decided in an earlier one stays.

    Raises
    ------
    DatasetError
        The folder cannot be written.
    """
    path = folder / CASE_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            case = _with_decisions(case, path)
        # A lone surrogate, which JSON of a site may hold, is written as the escape that JSON has for it.
        replace_durably(path, case_to_json(case).encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written: {error.strerror}") from error


def _with_decisions(case: Case, path: Path) -> Case:
    """Return a case with the values of kind ``human`` of the case.json that is there."""
    try:
        before = read_case(path)
    except UnreadableError:
        # Somebody may be in the middle of editing it: nothing of theirs is lost.
        path.replace(path.with_name(f"{CASE_FILE}.unreadable"))
        return case
    images = {image.file: image.values for study in before.studies for image in study.images}
    studies = {study.id: study.values for study in before.studies}
    return replace(
        case,
        values=_decided(case.values, before.values),
        studies=tuple(
            replace(
                study,
                values=_decided(study.values, studies.get(study.id, {})),
                images=tuple(
                    replace(image, values=_decided(image.values, images.get(image.file, {}))) for image in study.images
                ),
            )
            for study in case.studies
        ),
    )


def _decided(new: Mapping[str, Value], old: Mapping[str, Value]) -> dict[str, Value]:
    human = {column: value for column, value in old.items() if value.evidence.kind is EvidenceKind.HUMAN}
    return {**new, **human}
