"""Findings on what a change touches: rows that are new or other than they were, and files that are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote

from covidcurate.audit.git import Repository
from covidcurate.dataset import Dataset
from covidcurate.errors import CovidcurateError, DatasetError
from covidcurate.model import Issue, Report
from covidcurate.report.fingerprint import fingerprints
from covidcurate.rules import Selection, check_dataset
from covidcurate.rules.changes import Change, change_between
from covidcurate.words import counted


@dataclass(frozen=True)
class Since:
    """What became of a dataset since a commit.

    ``before`` and ``after`` are the bytes of its table; ``files`` are those of its media folders that are not as they
    were, ``absent`` those that lie in a folder but are no part of the commit. Without a ``change`` every row counts as
    changed, and ``notes`` say why.
    """

    dataset: Dataset
    before: bytes
    after: bytes
    files: frozenset[Path]
    change: Change | None = None
    notes: list[str] = field(default_factory=list)
    absent: frozenset[Path] = frozenset()

    def keep(self, report: Report, selection: Selection) -> Report:
        """Return the findings on what changed, with a note that counts the others.

        A finding stays if its row is new or changed, if it is related to such a row, if the file of its row changed, or
        if it is about the table as a whole and was not there before.
        """
        if self.change is None:
            return replace(report, notes=[*report.notes, *self.notes])
        known = self._known_on_the_whole(report, selection)
        issues = [
            issue
            for place, issue in enumerate(report.issues)
            if (place not in known if self._is_on_the_whole(issue) else self._is_touched(issue, self.change))
        ]
        change, hidden = self.change, len(report.issues) - len(issues)
        counts = f"{counted(change.added, 'new row')}, {change.changed} changed, {len(change.removed)} gone"
        note = f"{counts}; not shown, as this change does not touch it: {counted(hidden, 'finding')}"
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

    def _known_on_the_whole(self, report: Report, selection: Selection) -> set[int]:
        """Return the places of findings on the table as a whole that were there before."""
        places = [place for place, issue in enumerate(report.issues) if self._is_on_the_whole(issue)]
        if not places:
            return set()
        # Only the rules that spoke of the whole are asked what they said before; the others may cost much.
        asked = replace(selection, select=tuple(sorted({report.issues[place].code for place in places})))
        before = check_dataset(self.dataset, files=False, table=self.before, selection=asked).issues
        old = set(fingerprints([issue for issue in before if self._is_on_the_whole(issue)]))
        marks = fingerprints([report.issues[place] for place in places])
        return {place for place, mark in zip(places, marks, strict=True) if mark in old}

    def _is_touched(self, issue: Issue, change: Change) -> bool:
        # A file whose row is gone has none now, which is what the change did.
        if issue.line in change.lines or issue.related_line in change.lines or issue.key in change.removed:
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
    before, former = _table_before(repository, commit, dataset)
    since = _since(dataset, before, dataset.table.read_bytes(), files)
    since = replace(since, notes=[*since.notes, former]) if former else since
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
        raise DatasetError(
            f"{dataset.table}: git does not know it yet", remedy=f"Stage it: git add {quote(str(dataset.table))}"
        )
    commit = "HEAD" if repository.has_commits() else repository.empty_tree()
    files = repository.changed_files(commit, _media_folders(dataset), in_index=True)
    before, former = _table_before(repository, commit, dataset, in_index=True)
    since = _since(dataset, before, table, files)
    since = replace(since, notes=[*since.notes, former]) if former else since
    absent = frozenset(repository.unknown_files(_media_folders(dataset)))
    if absent:
        note = f"{len(absent)} image files are not staged, and count as if they were not there: git add them"
        since = replace(since, absent=absent, notes=[*since.notes, note])
    unstaged = repository.unstaged_files(_media_folders(dataset))
    if unstaged:
        note = f"{len(unstaged)} image files are not as they are staged; they were checked as they are in the folder"
        since = replace(since, notes=[*since.notes, note])
    return since


def _table_before(
    repository: Repository, commit: str, dataset: Dataset, *, in_index: bool = False
) -> tuple[bytes | None, str]:
    """Return the table as it was, and a note if it had another name."""
    # What is staged is compared as git holds it, what lies in the folder as git would lay it there.
    before = repository.read(commit, dataset.table, as_on_disk=not in_index)
    if before is not None:
        return before, ""
    former = repository.former_place(commit, dataset.table, in_index=in_index)
    if former is None:
        return None, ""
    before = repository.read(commit, former, as_on_disk=not in_index)
    return before, f"{dataset.table.name} was {former.name} before: git sees a renamed file"


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
