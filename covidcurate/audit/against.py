"""Findings on what a change touches: rows that are new or other than they were, and files that are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from covidcurate.audit.git import Repository
from covidcurate.dataset import Dataset
from covidcurate.errors import CovidcurateError, DatasetError
from covidcurate.model import Issue, Report
from covidcurate.report.fingerprint import fingerprints
from covidcurate.rules import Selection, check_dataset
from covidcurate.rules.changes import Change, change_between


@dataclass(frozen=True)
class Since:
    """What became of a dataset since a commit.

    ``before`` and ``after`` are the bytes of its table; ``files`` are those of its media folders that are not as they
    were. Without a ``change`` every row counts as changed, and ``notes`` say why.
    """

    dataset: Dataset
    before: bytes
    after: bytes
    files: frozenset[Path]
    change: Change | None = None
    notes: list[str] = field(default_factory=list)

    def keep(self, report: Report, selection: Selection) -> Report:
        """Return the findings on what changed, with a note that counts the others.

        A finding stays if its row is new or changed, if it is related to such a row, if the file of its row changed, or
        if it is about the table as a whole and was not there before.
        """
        if self.change is None:
            return replace(report, notes=[*report.notes, *self.notes])
        old = self._findings_on_the_whole(selection) if any(map(self._is_on_the_whole, report.issues)) else set()
        issues = [
            issue
            for issue, mark in zip(report.issues, fingerprints(report.issues), strict=True)
            if (mark not in old if self._is_on_the_whole(issue) else self._is_touched(issue, self.change))
        ]
        change, hidden = self.change, len(report.issues) - len(issues)
        counts = f"{change.added} rows are new, {change.changed} changed, {len(change.removed)} gone"
        note = f"{counts}; {hidden} findings on what this change does not touch are not shown"
        rules = {code: report.rules[code] for code in sorted({issue.code for issue in issues})}
        return replace(report, issues=issues, notes=[*report.notes, *self.notes, note], rules=rules)

    def after_edit(self, table: bytes) -> Since:
        """Return the same with another table of today, as after a fix."""
        if self.change is None:
            return replace(self, after=table)
        return replace(self, after=table, change=change_between(self.before, table, self.dataset.specification))

    def _is_on_the_whole(self, issue: Issue) -> bool:
        # Of a change nothing was found before, and its findings are all new.
        return issue.line <= 1 and issue.file == str(self.dataset.table)

    def _findings_on_the_whole(self, selection: Selection) -> set[str]:
        before = check_dataset(self.dataset, files=False, table=self.before, selection=selection).issues
        pairs = zip(before, fingerprints(before), strict=True)
        return {mark for issue, mark in pairs if self._is_on_the_whole(issue)}

    def _is_touched(self, issue: Issue, change: Change) -> bool:
        if issue.line in change.lines or issue.related_line in change.lines:
            return True
        return Path(issue.file) in self.files or bool(issue.key and issue.key in {path.name for path in self.files})


def since_commit(dataset: Dataset, ref: str) -> Since:
    """Return what became of a dataset since the last commit that the current one and ``ref`` have in common.

    Raises
    ------
    DatasetError
        The dataset is in no repository, or there is no such commit.
    """
    repository = Repository(dataset.root)
    commit, note = repository.base_of(ref)
    files = repository.changed_files(commit, _media_folders(dataset))
    since = _since(dataset, repository.read(commit, dataset.table), dataset.table.read_bytes(), files)
    return replace(since, notes=[*since.notes, note]) if note else since


def since_head(dataset: Dataset) -> Since:
    """Return what the next commit, as it is staged, does to a dataset.

    Raises
    ------
    DatasetError
        The dataset is in no repository, or its table is not staged.
    """
    repository = Repository(dataset.root)
    table = repository.read("", dataset.table)
    if table is None:
        raise DatasetError(f"{dataset.table}: git does not know it yet", remedy=f"Stage it: git add {dataset.table}")
    commit = "HEAD" if repository.has_commits() else repository.empty_tree()
    files = repository.changed_files(commit, _media_folders(dataset), in_index=True)
    since = _since(dataset, repository.read(commit, dataset.table), table, files)
    unstaged = repository.unstaged_files(_media_folders(dataset))
    if unstaged:
        note = f"{len(unstaged)} image files are not as they are staged; they were checked as they are in the folder"
        since = replace(since, notes=[*since.notes, note])
    return since


def _media_folders(dataset: Dataset) -> list[Path]:
    return [dataset.root / folder for folder in dataset.media_folders]


def _since(dataset: Dataset, before: bytes | None, after: bytes, files: set[Path]) -> Since:
    if before is None:
        note = f"{dataset.table.name} was not there before: every row counts as changed"
        return Since(dataset, b"", after, frozenset(files), notes=[note])
    try:
        change = change_between(before, after, dataset.specification)
    except CovidcurateError as error:
        note = f"the table cannot be compared row by row, so that every row counts as changed: {error.message}"
        return Since(dataset, before, after, frozenset(files), notes=[note])
    return Since(dataset, before, after, frozenset(files), change)
