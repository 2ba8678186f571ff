"""Do what a plan says, all of it or nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

from covidcurate.dataset import Dataset
from covidcurate.dataset.lock import Patience
from covidcurate.dataset.runs import Accepted, Errand
from covidcurate.dataset.staging import NewFile
from covidcurate.dataset.transaction import Edit, Transaction
from covidcurate.errors import DatasetError, UnreadableError
from covidcurate.imaging.deidentify import load_key
from covidcurate.ingest.content import clean_bytes
from covidcurate.ingest.patients import remember_patients
from covidcurate.ingest.plan import Plan, plan_of
from covidcurate.ingest.planned import PlannedImage, Verdict


def apply_plan(dataset: Dataset, plan: Plan, *, who: str = "", patience: Patience | None = None) -> str:
    """Add the files and rows of a plan in one transaction.

    Where the table was changed since the plan was made, everything is held against the new one. If the same images
    enter as before, they are added to it; other patient ids are not another image. The plan becomes what was done.

    Parameters
    ----------
    who
        On record as the one who did it.
    patience
        How long to wait for another run.

    Returns
    -------
    str
        What people should know: that an earlier run was settled, or that the table had changed; empty if nothing.

    Raises
    ------
    DatasetError
        The dataset is locked, was changed so that the plan is another, or cannot be written; it is as it was before.
    UnreadableError
        A file of the input was changed after it had been checked; nothing was changed.
    """
    if not plan.having(Verdict.ADD):
        plan.applied = True
        return ""
    with Transaction(dataset, patience) as transaction:
        notes = [transaction.recovered, _follow(plan, dataset)]
        for image in plan.images:
            if image.ahead is not None and image.verdict is not Verdict.ADD:
                image.ahead.drop()
        # Read while others are staged, so that memory holds a few images, not all.
        added = plan.having(Verdict.ADD)
        with plan.terms.seen.progress("Writing", len(added)) as advance:
            staged = transaction.stage((_read(image) for image in added), advance)
        # Of many images that takes a while, in which people go on with their work.
        notes.append(_follow(plan, dataset))
        key = plan.terms.seen.key
        # Without a secret, whoever has a list of patients could find out who is here.
        if key and load_key(dataset.state_folder(), key) == key:
            remember_patients(dataset, plan.having(Verdict.ADD))
        errand = Errand("ingest", who, _sources_of(plan), accepted=_accepted_of(plan))
        transaction.commit(Edit(plan.before, plan.after, staged, errand=errand))
        plan.applied = True
        return " ".join(dict.fromkeys(filter(None, notes)))


def _follow(plan: Plan, dataset: Dataset) -> str:
    """Make a plan one for the table as it is now, and say so if it was another.

    Raises
    ------
    DatasetError
        It would not add the same any more, so that nobody has said yes to it.
    """
    if dataset.read_table() == plan.before:
        return ""
    again = plan_of(dataset, plan.opened, plan.terms, problems=plan.problems, notes=plan.notes)
    now = {image.id: image for image in again.images}
    for image in plan.images:
        other = now[image.id]
        if (image.verdict is Verdict.ADD or other.verdict is Verdict.ADD) and _gist(image) != _gist(other):
            raise DatasetError(
                f"{dataset.table}: was changed since the plan was made, and {image.candidate.origin} is by now: "
                f"{other.verdict.value}{''.join(f', because {reason}' for reason in other.reasons[:1])}; "
                "nothing was changed",
                remedy="Run the command again, and look at the new plan.",
            )
    plan.images, plan.before, plan.after = again.images, again.before, again.after
    return f"{dataset.table} was changed since the plan was made; all was held against it again, and added to it."


def _gist(image: PlannedImage) -> tuple[object, ...]:
    """Return what people say yes to: all but the new patient id, which is the next that is free."""
    cells = {column: text for column, text in image.cells.items() if column != "patientid"}
    return image.verdict, image.folder, image.name, cells


def _read(image: PlannedImage) -> NewFile:
    candidate, content = image.candidate, image.content
    if content is None:
        raise UnreadableError(f"{candidate.shown}: was never opened", remedy="Make the plan again.")
    try:
        clean = image.ahead or clean_bytes(candidate, content)
        return NewFile(image.folder, image.name, clean, content.clean_sha256, candidate.shown)
    except OSError as error:
        place = error.filename if error.filename and candidate.base is None else candidate.shown
        raise UnreadableError(
            f"{place}: {error.strerror}; nothing was changed", remedy="Run it again with the inputs that are there."
        ) from error


def _sources_of(plan: Plan) -> tuple[str, ...]:
    """Return where the images of a plan come from, with no path of an input, which may name a patient."""
    hosts = set()
    for image in plan.having(Verdict.ADD):
        kind = image.content.source.value if image.content else ""
        try:
            hosts.add(urlsplit(image.cells.get("url", "")).hostname or f"{kind} files")
        except ValueError:
            hosts.add(f"{kind} files")
    return tuple(sorted(hosts))


def _accepted_of(plan: Plan) -> tuple[Accepted, ...]:
    """Return what people decided one by one, so that entered values can be told from those read."""
    decided = [(image, image.decision) for image in plan.having(Verdict.ADD) if image.decision is not None]
    return tuple(
        Accepted(image.folder, image.name, {column: image.cells[column] for column in said.cells}, said.by, said.when)
        for image, said in decided
    )
