"""Build the page of a plan: a card for each image."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from covidcurate.convert.inputs import Source
from covidcurate.dataset import Dataset
from covidcurate.dedupe.page import Shown, show_file
from covidcurate.durable import replace_durably
from covidcurate.errors import CovidcurateError
from covidcurate.ingest.decisions import FORMAT, OURS
from covidcurate.ingest.plan import Plan
from covidcurate.ingest.planned import PlannedImage, Verdict
from covidcurate.ingest.review.highlight import mark_texts
from covidcurate.jobs import run_isolated
from covidcurate.model import EvidenceKind, Value
from covidcurate.report.page import exact, page, safe
from covidcurate.table import Table

MOST_PICTURES = 500
"""Files that are shown; a page with more would be slow to open."""
_ALWAYS = (
    "finding",
    "view",
    "modality",
    "sex",
    "age",
    "offset",
    "date",
    "location",
    "license",
    "url",
    "clinical_notes",
)
"""Columns that are shown also where they are blank."""
_LONG = ("clinical_notes", "other_notes")
_READ = (EvidenceKind.INFERRED, EvidenceKind.HINT)
_KEYS = (
    ("j", "next"), ("k", "previous"), ("a", "accept"), ("r", "reject"), ("u", "undecided"), ("e", "edit"),
    ("Esc", "leave a field"), ("s", "save decisions"),
)  # fmt: skip


def write_review(path: Path, plan: Plan, dataset: Dataset, plan_file: Path, *, by: str, workers: int = 0) -> None:
    """Write the page of a plan.

    Parameters
    ----------
    plan_file
        Where the plan was saved, which the decisions will name.
    by
        Who decides, as far as is known; the page asks.

    Raises
    ------
    CovidcurateError
        The file cannot be written.
    """
    text = "\n".join(as_html(plan, dataset, plan_file, by=by, workers=workers)) + "\n"
    try:
        replace_durably(path, text.encode("ascii"))
    except OSError as error:
        raise CovidcurateError(f"{path}: cannot be written: {error.strerror}") from error


def as_html(plan: Plan, dataset: Dataset, plan_file: Path, *, by: str = "", workers: int = 0) -> Iterator[str]:
    """Yield the page of a plan, pictures and script inside."""
    yield from page(
        f"Review for {dataset.root.resolve().name}", __package__, _body(plan, dataset, plan_file, by, workers)
    )


def _body(plan: Plan, dataset: Dataset, plan_file: Path, by: str, workers: int) -> Iterator[str]:
    header = Table.load(plan.before, str(dataset.table)).header
    yield from _head(plan, dataset, plan_file, by)
    yield "<main>"
    pictures = _read_pictures(plan, workers)
    for number, image in enumerate(sorted(plan.images, key=_importance), start=1):
        yield from _card(number, image, header, pictures)
    failed = [f"{problem.message}. {problem.remedy}".strip() for problem in plan.problems]
    for title, lines in (("Not readable", failed), ("Notes", plan.notes)):
        if lines:
            yield f"<h2>{title}</h2><ul>{''.join(f'<li>{safe(line)}</li>' for line in lines)}</ul>"
    yield "</main>"


def _importance(image: PlannedImage) -> int:
    return [Verdict.REVIEW, Verdict.ADD, Verdict.DUPLICATE, Verdict.REFUSED, Verdict.REJECTED].index(image.verdict)


def _head(plan: Plan, dataset: Dataset, plan_file: Path, by: str) -> Iterator[str]:
    yield (
        f'<header class="top" data-format="{FORMAT}" data-plan="{exact(str(plan_file.absolute()))}"><div>'
        f"<h1>Review for {safe(dataset.root.resolve().name)}</h1>"
        '<div class="bar"><label>Who decides <input id="by" autocomplete="name" '
        f'value="{exact(by)}"></label><button type="button" id="save">Save decisions</button>'
        '<span id="status" role="status"></span></div>'
        '<div class="filters" role="group" aria-label="Show">'
    )
    for verdict in Verdict:
        count = len(plan.having(verdict))
        if count:
            yield (
                f'<label><input type="checkbox" value="{verdict.name}" checked>{safe(verdict.value)} ({count})</label>'
            )
    yield "</div>"
    keys = " ".join(f"<span><kbd>{key}</kbd> {what}</span>" for key, what in _KEYS)
    yield f'<div class="keys">{keys}</div></div></header>'


def _read_pictures(plan: Plan, workers: int) -> dict[Path, Shown]:
    """Return the pictures of the images and of what they resemble, those that wait first."""
    paths: dict[Path, None] = {}
    for image in sorted(plan.images, key=_importance):
        if image.content is not None:
            paths.update(dict.fromkeys([_first_file(image), *(one.first for one in image.resembles)]))
    wanted = list(paths)[:MOST_PICTURES]
    sources = [Source(path, path.name) for path in wanted]
    outcomes = run_isolated(show_file, sources, workers=workers)
    return {
        path: outcome.value or Shown(text=outcome.error.message if outcome.error else "")
        for path, outcome in zip(wanted, outcomes, strict=True)
    }


def _first_file(image: PlannedImage) -> Path:
    """Return the file that stands for an image: of a volume the slice in the middle."""
    parts = image.candidate.parts
    return parts[len(parts) // 2].path if parts else image.candidate.path


def _card(number: int, image: PlannedImage, header: list[str], pictures: dict[Path, Shown]) -> Iterator[str]:
    open_ = image.is_open
    decision = "accept" if image.verdict is Verdict.ADD else ""
    yield (
        f'<article id="image-{number}" tabindex="-1" data-verdict="{image.verdict.name}" data-id="{safe(image.id)}" '
        f'data-proposal="{image.proposal}" data-decision="{decision}" {"data-open" if open_ else ""} '
        f'aria-labelledby="title-{number}"><header><h3 id="title-{number}">{safe(image.name)}</h3>'
        f'<span class="verdict">{safe(image.verdict.value)}</span>'
        f'<span class="quiet origin">{safe(image.candidate.origin)}</span></header>'
    )
    for reason in image.reasons:
        yield f'<p class="reason">{safe(reason)}</p>'
    yield '<div class="body"><div>'
    yield from _films(image, pictures)
    yield from _lists(image)
    yield "</div>"
    if open_:
        yield "<div>"
        yield from _decision(number)
        yield from _fields(number, image, header)
        yield "</div>"
    yield "</div></article>"


def _films(image: PlannedImage, pictures: dict[Path, Shown]) -> Iterator[str]:
    shown = [(image.name, _first_file(image), "")]
    shown += [(one.called or one.first.name, one.first, one.words) for one in image.resembles]
    yield f'<div class="films{" pair" if len(shown) > 1 else ""}">'
    for name, path, words in shown:
        picture = pictures.get(path, Shown(text="not read"))
        film = f'<img src="{picture.address}" alt="{safe(name)}" decoding="async">' if picture.address else ""
        said = safe(picture.text) if picture.address else f"No picture: {safe(picture.text)}"
        caption = f"{safe(name)}<br>{said}" + (f'<br><span class="alike">{safe(words)}</span>' if words else "")
        yield f'<figure><div class="film">{film}</div><figcaption>{caption}</figcaption></figure>'
    yield "</div>"


def _decision(number: int) -> Iterator[str]:
    yield f'<div class="decide" role="radiogroup" aria-label="Decision on image {number}">'
    for value, words in (("accept", "Accept"), ("reject", "Reject"), ("", "Undecided")):
        yield f'<label><input type="radio" name="decision-{number}" value="{value}"> {words}</label>'
    yield "</div>"


def _fields(number: int, image: PlannedImage, header: list[str]) -> Iterator[str]:
    columns = [column for column in header if column and column not in OURS]
    read = image.candidate.values
    asked = {question.column for question in image.candidate.questions}
    first = [column for column in columns if image.cells.get(column) or column in {*read, *asked, *_ALWAYS}]
    yield '<div class="fields">'
    for column in first:
        yield from _field(number, column, image)
    rest = [column for column in columns if column not in first]
    if rest:
        yield f"<details><summary>{len(rest)} blank columns</summary>"
        for column in rest:
            yield from _field(number, column, image)
        yield "</details>"
    yield "</div>"


def _field(number: int, column: str, image: PlannedImage) -> Iterator[str]:
    value, cell = image.candidate.values.get(column), image.cells.get(column, "")
    name = f"cell-{number}-{safe(column)}"
    shared = f'id="{name}" data-column="{exact(column)}" data-proposed="{exact(cell)}"'
    yield f'<div class="field"><label for="{name}">{safe(column)}</label>'
    if column in _LONG:
        yield f'<textarea {shared} rows="4">{exact(cell)}</textarea>'
    else:
        yield f'<input {shared} value="{exact(cell)}">'
    if value is not None:
        yield _evidence(value, offered=value.evidence.kind in _READ and not cell)
    for question in image.candidate.questions:
        if question.column == column and not cell:
            yield f'<span class="evidence">{safe(question.text)}</span>'
            yield from (_evidence(option, offered=True) for option in question.options)
    yield "</div>"


def _evidence(value: Value, *, offered: bool) -> str:
    evidence = value.evidence
    words = f" from <q>{safe(evidence.text)}</q>" if evidence.text and evidence.text != value.text else ""
    where = f' <span class="where">{safe(evidence.where)}</span>' if evidence.where else ""
    use = (
        f'<button type="button" class="use" data-value="{exact(value.text)}">Use {safe(value.text)}</button> '
        if offered
        else ""
    )
    return f'<span class="evidence">{use}{safe(evidence.kind.value)}{words}{where}</span>'


def _lists(image: PlannedImage) -> Iterator[str]:
    for title, lines in (("Rules", image.findings), ("Waits for you", image.waiting), ("Notes", image.remarks)):
        if lines:
            yield f"<h4>{title}</h4><ul>{''.join(f'<li>{safe(line)}</li>' for line in lines)}</ul>"
    if image.candidate.texts:
        yield "<details open><summary>Words of the source</summary>"
        for name, text in mark_texts(image.candidate.texts, image.candidate.values):
            yield f'<h4>{safe(name)}</h4><p class="words">{text}</p>'
        yield "</details>"
