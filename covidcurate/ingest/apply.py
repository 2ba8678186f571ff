"""Do what a plan says, all of it or nothing."""

from __future__ import annotations

from covidcurate.dataset import Dataset
from covidcurate.dataset.transaction import NewFile, Transaction
from covidcurate.imaging.deidentify import load_key
from covidcurate.ingest.content import clean_bytes
from covidcurate.ingest.patients import remember_patients
from covidcurate.ingest.plan import Plan
from covidcurate.ingest.planned import Verdict


def apply_plan(dataset: Dataset, plan: Plan) -> str:
    """Add the files and rows of a plan in one transaction.

    Returns
    -------
    str
        What an earlier run that was killed had left and what was done about it; empty if there was nothing.

    Raises
    ------
    DatasetError
        The dataset is locked, was changed meanwhile, or cannot be written; it is as it was before.
    UnreadableError
        A file of the input was changed after it had been checked; nothing was changed.
    """
    added = plan.having(Verdict.ADD)
    if not added:
        plan.applied = True
        return ""
    with Transaction(dataset) as transaction:
        # Read one by one while they are staged, so that memory holds one image, not all.
        files = (
            NewFile(image.folder, image.name, clean_bytes(image.candidate, image.content))
            for image in added
            if image.content is not None
        )
        staged = transaction.stage(files)
        # Without a secret, whoever has a list of patients could find out who is here.
        if plan.key and load_key(dataset.state_folder(), plan.key) == plan.key:
            remember_patients(dataset, added)
        transaction.commit(staged, plan.after, before=plan.before)
        plan.applied = True
        return transaction.recovered
