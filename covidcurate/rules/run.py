"""Check a whole dataset: its table, and its files where they are there."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from covidcurate.dataset import Dataset
from covidcurate.model import PixelCheck, Report
from covidcurate.rules.engine import check_table, table_issues
from covidcurate.rules.inventory import Inventory
from covidcurate.rules.looks import Means
from covidcurate.rules.registry import Scope, active_rules, find_rule
from covidcurate.rules.selection import Selection
from covidcurate.spec import Specification
from covidcurate.table import Table, TableReader


def check_dataset(
    dataset: Dataset,
    *,
    files: bool = True,
    table: bytes | Table | None = None,
    since: int = 0,
    pixels: PixelCheck | None = None,
    selection: Selection | None = None,
    change: object = None,
    absent: Collection[Path] = (),
    means: Means | None = None,
) -> Report:
    """Run the catalogue over a dataset.

    Parameters
    ----------
    files
        Whether to compare rows with image files; where the dataset has no folder of them, the report's notes say so.
    table
        What to check in place of the table on disk, as before an ingest: its bytes, or a table that was read.
    since
        The first line on which findings are wanted; to look at no cell before it takes half of the time.
    pixels
        What somebody saw who looked at the pixels of the files; the rules that need it find nothing without.
    selection
        Which rules are at work, where the run says more than the dataset.
    change
        A :class:`covidcurate.rules.changes.Change`, where there is an earlier state of the table.
    absent
        Files, by resolved folders, that lie in the folder but count as if they did not, as they are not staged.
    means
        With what files are looked at; by default nothing is remembered of them.

    Returns
    -------
    Report
        Issues in the order of their lines, those of whole files after them.
    """
    check_severities(dataset.specification)
    specification = (selection or Selection()).apply(dataset.specification)
    if isinstance(table, Table):
        report, view = check_table(table, specification, since)
    else:
        with TableReader(dataset.table if table is None else table, str(dataset.table)) as reader:
            report, view = check_table(reader, specification, since)
    if files and dataset.table_only and not dataset.has_files():
        report.notes.append(
            f"Files were not checked: there is no {' or '.join(dataset.media_folders)} beside the table."
        )
    elif files:
        rules = [rule_ for rule_ in active_rules(specification) if rule_.scope is Scope.FILES]
        inventory = Inventory(dataset, view, pixels, absent, means)
        report.files = len(inventory.files)
        report.issues.extend(table_issues(rules, view, specification, inventory))
    if change is not None:
        rules = [rule_ for rule_ in active_rules(specification) if rule_.scope is Scope.CHANGE]
        report.issues.extend(table_issues(rules, view, specification, change))
    if since:
        report.issues = [issue for issue in report.issues if issue.file != view.name or issue.line >= since]
    report.issues.sort(key=lambda issue: (issue.file != view.name, issue.file, issue.line, issue.code))
    report.rules = {code: find_rule(code).text for code in sorted({issue.code for issue in report.issues})}
    return report


def check_severities(specification: Specification) -> None:
    """Raise if ``covidcurate.toml`` sets the severity of a code that does not exist."""
    for code in specification.severities:
        find_rule(code, f"{specification.config_path} [rules.severity]: ")
