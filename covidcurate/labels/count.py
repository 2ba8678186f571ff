"""Count labels: exactly, by the pieces of each path; or as torchxrayvision's loader does, by containment.

The loader's way (torchxrayvision ``COVID19_Dataset``, read in its source): rows whose finding is ``todo`` or
``Unknown`` go; labels are the pieces of ``finding.split("/")``; a label holds where the finding *contains* the piece as
a regular expression. So ``SARS`` also counts ``SARS-CoV-2``, and a list ``COVID-19, ARDS`` is a third label.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from covidcurate.labels.source import LabelTable
from covidcurate.spec import Findings

if TYPE_CHECKING:
    import pandas as pd

# What the loader leaves out by name, whatever a dataset's own specification says.
_XRV_LEFT_OUT = ("todo", "Unknown")


@dataclass(frozen=True, slots=True)
class LabelCount:
    """One label in some views: how many images, and how many patients, have it, lack it, or are not known to.

    A patient whose images differ is counted under each state.
    """

    label: str
    present: int
    absent: int
    unknown: int
    patients_present: int
    patients_absent: int
    patients_unknown: int


@dataclass(frozen=True, slots=True)
class ViewBlock:
    """The label counts of the images that were made in one of ``views``.

    ``samples`` counts images without those whose row is not finished (``todo``), ``images`` all of them.
    """

    views: tuple[str, ...]
    images: int
    samples: int
    patients: int
    labels: tuple[LabelCount, ...]
    notes: tuple[str, ...] = field(default=())


def count_labels(
    table: LabelTable,
    blocks: Sequence[Sequence[str]],
    findings: Findings,
    *,
    compat: bool = False,
    resolve: bool = False,
) -> list[ViewBlock]:
    """Count every label of the file in each block of views.

    Parameters
    ----------
    table
        What was read of the dataset.
    blocks
        Groups of views, each counted together.
    findings
        The tree of findings, and which cells are no finding.
    compat
        Count by containment as the loader does; notes name each label on which that differs from the exact count.
    resolve
        Read historical flat values by the specification, so that ``COVID-19`` also holds ``Pneumonia`` and ``Viral``.

    Returns
    -------
    list of ViewBlock
        One for each block, its labels sorted; the label list is that of the whole file, so all blocks have the same.
    """
    import pandas as pd

    frame = pd.DataFrame(
        {
            "finding": pd.Series(table.findings, dtype=object),
            "view": pd.Series([view.strip() for view in table.views], dtype=object),
            "patient": pd.Series(table.patients, dtype=object),
        }
    )
    exact = _exact_matrix(frame["finding"], findings, resolve=resolve)
    counted = _containment_matrix(frame["finding"]) if compat else exact
    finished = (
        ~frame["finding"].isin(_XRV_LEFT_OUT)
        if compat
        else ~frame["finding"].str.strip().isin(list(findings.in_progress))
    )
    counts = []
    for views in blocks:
        selected = frame["view"].isin(list(views))
        block = _block(tuple(views), frame[selected], counted[selected], finished[selected], compat=compat)
        if compat:
            notes = _differences(
                block, _block(tuple(views), frame[selected], exact[selected], finished[selected], compat=False)
            )
            block = ViewBlock(block.views, block.images, block.samples, block.patients, block.labels, tuple(notes))
        counts.append(block)
    return counts


def _exact_matrix(cells: pd.Series, findings: Findings, *, resolve: bool) -> pd.DataFrame:
    """Return one column a label and one row an image: True, False, or None where the finding is not known."""
    read: Callable[[str], tuple[str, ...]] = findings.resolve if resolve else findings.split
    held = {cell: _labels_of(cell, read, findings) for cell in cells.unique()}
    labels = sorted({label for labels in held.values() for label in labels})
    return _matrix(cells, labels, lambda label, cell: label in held[cell] if held[cell] else None)


def _labels_of(cell: str, read: Callable[[str], tuple[str, ...]], findings: Findings) -> frozenset[str]:
    paths = read(cell) if cell.strip() not in findings.in_progress else ()
    return frozenset(label for path in paths for label in findings.labels(path))


def _containment_matrix(cells: pd.Series) -> pd.DataFrame:
    """Return the matrix that the loader makes; a blank finding has no label (pandas 3 there turns it into 0)."""
    finished = [cell for cell in cells.unique() if cell not in _XRV_LEFT_OUT]
    labels = sorted({piece for cell in finished if cell for piece in cell.split("/")})
    patterns = {label: _as_pattern(label) for label in labels}
    return _matrix(
        cells, labels, lambda label, cell: None if cell in _XRV_LEFT_OUT else patterns[label].search(cell) is not None
    )


def _as_pattern(label: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            # Python warns of expressions that will mean something else one day.
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(label)
    except (re.error, OverflowError, RecursionError):
        # The loader stops with an error here; the literal text is what it means to look for.
        return re.compile(re.escape(label))


def _matrix(cells: pd.Series, labels: list[str], state: Callable[[str, str], bool | None]) -> pd.DataFrame:
    import pandas as pd

    # Cells repeat, so each different one is judged once.
    unique = list(cells.unique())
    columns = {label: cells.map({cell: state(label, cell) for cell in unique}).astype(object) for label in labels}
    return pd.DataFrame(columns, index=cells.index)


def _block(
    views: tuple[str, ...], frame: pd.DataFrame, matrix: pd.DataFrame, finished: pd.Series, *, compat: bool
) -> ViewBlock:
    patients = frame["patient"]
    labels = []
    for label in matrix.columns:
        states = matrix[label]
        chosen = [states == True, states == False, states.isna()]  # noqa: E712 - elementwise on objects
        in_images = [int(choice.sum()) for choice in chosen]
        in_patients = [_people(patients[choice]) for choice in chosen]
        labels.append(LabelCount(str(label), *in_images, *in_patients))
    samples = int(finished.sum())
    images = samples if compat else len(frame)
    return ViewBlock(views, images, samples, _people(patients), tuple(labels))


def _people(patients: pd.Series) -> int:
    return int(patients[patients != ""].nunique())


def _differences(compat: ViewBlock, exact: ViewBlock) -> list[str]:
    """Say for each label on which the two ways differ what each of them counts."""
    ours = {count.label: count.present for count in exact.labels}
    theirs = {count.label: count.present for count in compat.labels}
    notes = []
    for label in sorted(ours | theirs):
        if label not in ours:
            notes.append(f"{label!r}: {theirs[label]} by containment; it is no label by exact count")
        elif label not in theirs:
            notes.append(f"{label!r}: {ours[label]} by exact count; it is no label by containment")
        elif ours[label] != theirs[label]:
            notes.append(f"{label!r}: {theirs[label]} by containment, {ours[label]} by exact count")
    return notes
