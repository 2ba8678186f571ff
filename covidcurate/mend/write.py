"""Write what was found to fix, under the lock of the dataset, all of it or nothing."""

from __future__ import annotations

from covidcurate.dataset import Dataset
from covidcurate.dataset.lock import Patience
from covidcurate.dataset.runs import Errand
from covidcurate.dataset.transaction import Edit, Transaction
from covidcurate.errors import DatasetError
from covidcurate.mend.find import Check, Mending, find_mending


def write_mending(
    dataset: Dataset, check: Check, *, unsafe: bool, who: str = "", patience: Patience | None = None
) -> tuple[Mending, str]:
    """Fix a dataset; return what was fixed, and what was done about an earlier run that was stopped, if anything.

    Where there is nothing to do nothing is written, not even the lock. ``who`` is on record as the one who did it.

    Raises
    ------
    DatasetError
        Another run holds the dataset, or it cannot be written; nothing was changed.
    TableEncodingError, TableStructureError
        The table is not UTF-8, or broken.
    """
    if dataset.table.is_symlink():
        raise DatasetError(
            f"{dataset.table}: is a link, which a fix would replace by a file",
            remedy=f"Name the table itself: {dataset.table.resolve()}",
        )
    mending = find_mending(dataset, check, unsafe=unsafe)
    if not mending and not dataset.is_unsettled():
        return mending, ""
    with Transaction(dataset, patience) as transaction:
        if transaction.recovered or dataset.read_table() != mending.before:
            mending = find_mending(dataset, check, unsafe=unsafe)
        if mending:
            errand = Errand("validate --fix", who)
            transaction.commit(Edit(mending.before, mending.after, moves=mending.moves, errand=errand))
    return mending, transaction.recovered
