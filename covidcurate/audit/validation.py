"""One run of ``covidcurate validate``: the dataset, what is looked at, and what of the findings counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from covidcurate.dataset import Dataset
from covidcurate.model import PixelCheck, Report
from covidcurate.rules import Means, Selection, check_dataset

if TYPE_CHECKING:
    from covidcurate.audit.against import Since


@dataclass(frozen=True)
class Validation:
    """What is checked, and which findings count.

    Parameters
    ----------
    dataset
        The dataset as it lies on the disk.
    selection
        Which rules are at work, where the run says more than the dataset.
    files
        Whether to compare rows with image files.
    against
        A commit or a branch: only what changed since counts; blank for everything.
    staged
        Check what is staged in place of what lies there, and count only what the commit changes.
    means
        With what files are looked at; by default nothing is remembered of them.
    """

    dataset: Dataset
    selection: Selection = field(default_factory=Selection)
    files: bool = True
    against: str = ""
    staged: bool = False
    means: Means = field(default_factory=Means)

    def report(self, pixels: PixelCheck | None = None) -> Report:
        """Check the dataset as it is now.

        Raises
        ------
        DatasetError
            It is in no repository although a commit is named, or there is no such commit.
        """
        since = self._since()
        report = check_dataset(
            self.dataset,
            files=self.files,
            table=since.after if since else None,
            pixels=pixels,
            selection=self.selection,
            change=since.change if since else None,
            absent=since.absent if since else (),
            means=self.means,
        )
        return since.keep(report, self.selection) if since else report

    def edited_check(self, baseline: Path | None) -> Callable[[Dataset, bytes], Report]:
        """Return how the dataset is checked with other names and another table, as on the way to the last fix.

        What counts is what would be shown in the end: what the baseline knows does not.
        """
        from covidcurate.audit.baseline import read_baseline, without_known

        since, known = self._since(), read_baseline(baseline) if baseline else None

        def check(state: Dataset, table: bytes) -> Report:
            report = check_dataset(state, files=self.files, table=table, selection=self.selection, means=self.means)
            report = since.after_edit(table).keep(report, self.selection) if since else report
            return report if known is None else without_known(report, known)

        return check

    def _since(self) -> Since | None:
        if not (self.staged or self.against):
            return None
        # Only who asks git for something waits for what speaks to it.
        from covidcurate.audit.against import since_commit, since_head

        return since_head(self.dataset) if self.staged else since_commit(self.dataset, self.against)
