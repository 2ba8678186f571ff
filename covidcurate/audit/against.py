"""Findings on what a change touches: rows that are new or other than they were, and files that are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote

from covidcurate.audit.git import Repository
from covidcurate.dataset import Dataset
from covidcurate.errors import CovidcurateError, DatasetError
from covidcurate.model import Issue, Report, printable
from covidcurate.report.fingerprint import fingerprints
from covidcurate.rules import Selection, check_dataset
from covidcurate.rules.changes import Change, change_between
from covidcurate.rules.issues import show_name
from covidcurate.rules.registry import Scope, find_rule
from covidcurate.spec.specification import CONFIG_NAME
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
        touched = _Touched(self.change, self.files, self.dataset)
        others = [issue for issue in report.issues if not touched.holds(issue)]
        known = self._known_on_the_whole(others, selection)
        hidden = {id(issue) for issue in others if not self._is_on_the_whole(issue) or id(issue) in known}
        issues = [issue for issue in report.issues if id(issue) not in hidden]
        change = self.change
        counts = f"{counted(change.added, 'new row')}, {change.changed} changed, {len(change.removed)} gone"
        note = f"{counts}; not shown, as this change does not touch it: {counted(len(hidden), 'finding')}"
        rules = {code: report.rules[code] for code in sorted({issue.code for issue in issues})}
        return replace(report, issues=issues, notes=[*report.notes, *self.notes, note], rules=rules)

    def after_edit(self, table: bytes) -> Since:
        """Return the same with another table of today, as after a fix."""
        if self.change is None:
            return replace(self, after=table)
        names = {path.name for path in self.files}
        return replace(self, after=table, change=change_between(self.before, table, self.dataset.specification, names))

    def _is_on_the_whole(self, issue: Issue) -> bool:
        """Whether a finding is about the table, or about lines of it that are no row which could be followed."""
        if issue.line > 1 and (issue.key or issue.column):
            return False
        # What files say is not asked of the state before, of which there is the table alone.
        return issue.file == printable(str(self.dataset.table)) and not _is_on_files(issue)

    def _known_on_the_whole(self, issues: list[Issue], selection: Selection) -> set[int]:
        """Return the ids of findings on the table as a whole that were there before."""
        whole = [issue for issue in issues if self._is_on_the_whole(issue)]
        if not whole:
            return set()
        # Only the rules that spoke of the whole are asked what they said before; the others may cost much.
        # Of a change nothing was found before, and its findings are all new.
        asked = replace(selection, select=tuple(sorted({issue.code for issue in whole})))
        before = check_dataset(self.dataset, files=False, table=self.before, selection=asked).issues
        old = set(fingerprints([issue for issue in before if self._is_on_the_whole(issue)]))
        return {id(issue) for issue, mark in zip(whole, fingerprints(whole), strict=True) if mark in old}


class _Touched:
    """What a change touches, in the words of findings."""

    def __init__(self, change: Change, files: frozenset[Path], dataset: Dataset) -> None:
        self._lines = change.lines
        # A file whose row is gone has none now, which is what the change did.
        self._names = {show_name(name) for name in (*change.removed, *(path.name for path in files)) if name}
        root = dataset.root.resolve()
        places = {*files, *(path.parent for path in files)}
        self._folders = {folder for folder in dataset.media_folders if root / folder in places}

    def holds(self, issue: Issue) -> bool:
        """Whether a finding is on, or related to, a row or a file that changed, or on the folder of such a file."""
        if issue.line in self._lines or issue.related_line in self._lines or issue.key in self._names:
            return True
        return not issue.key and issue.value in self._folders and _is_on_files(issue)


def _is_on_files(issue: Issue) -> bool:
    return find_rule(issue.code).scope is Scope.FILES


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
    notes = (former, _note_on_configuration(repository, commit, dataset), note)
    return replace(since, notes=[*since.notes, *filter(None, notes)])


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
    notes = [former, _note_on_configuration(repository, commit, dataset, in_index=True)]
    absent = frozenset(repository.unknown_files(_media_folders(dataset)))
    if absent:
        words = counted(len(absent), "image file is not staged, and counts", "image files are not staged, and count")
        notes.append(f"{words} as if not there: git add what belongs to the commit")
    unstaged = repository.unstaged_files(_media_folders(dataset))
    if unstaged:
        words = counted(len(unstaged), "image file is not as it is", "image files are not as they are")
        notes.append(f"{words} staged, and what is in the folder was checked")
    return replace(since, absent=absent, notes=[*since.notes, *filter(None, notes)])


def _note_on_configuration(repository: Repository, commit: str, dataset: Dataset, *, in_index: bool = False) -> str:
    """Return a note if the dataset's configuration changed, which can mean something for rows that did not."""
    if not repository.changed_files(commit, [dataset.root / CONFIG_NAME], in_index=in_index):
        return ""
    return f"{CONFIG_NAME} changed: what that means for all other rows, a run on the whole dataset says"


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
        change = change_between(before, after, dataset.specification, {path.name for path in files})
    except CovidcurateError as error:
        note = f"the table cannot be compared row by row, so that every row counts as changed: {error.message}"
        return Since(dataset, before, after, frozenset(files), notes=[note])
    return Since(dataset, before, after, frozenset(files), change)
