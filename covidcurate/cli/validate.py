"""covidcurate validate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from covidcurate.cli.options import (
    Settings,
    common_options,
    format_option,
    jobs_option,
    output_option,
    split_codes,
    write_output,
)
from covidcurate.errors import ExitCode

if TYPE_CHECKING:
    from covidcurate.audit import Since
    from covidcurate.dataset import Dataset
    from covidcurate.mend import Check, Mending
    from covidcurate.model import Report
    from covidcurate.rules import Selection


_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("validate", short_help="Check a dataset, or a metadata table alone.")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@format_option("text", "json", "jsonl", "github", "sarif", "junit", "codeclimate", "markdown", "csv")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="Findings of this weight or graver end with exit code 1; by default errors, or what covidcurate.toml says.",
)
@click.option("--against", metavar="REF", help="Report only what changed since this commit or branch (git).")
@click.option("--staged", is_flag=True, help="Check what is staged, and report only what the commit changes.")
@click.option("--baseline", type=_FILE, help="Leave out the findings that this file knows.")
@click.option("--write-baseline", type=_FILE, help="Write the findings to a file as known, and report none of them.")
@click.option("--select", callback=split_codes, metavar="CODE,...", help="Only these rules; LICENSE means LICENSE-*.")
@click.option("--ignore", callback=split_codes, metavar="CODE,...", help="All rules but these.")
@click.option("--severity", multiple=True, metavar="CODE=LEVEL", help="Weight of a rule in this run; may be repeated.")
@click.option("--max-per-code", type=click.IntRange(min=0), default=0, help="How many of a code text shows; 0: all.")
@click.option("--fix", is_flag=True, help="Fix first what has one answer and changes no meaning; then check.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also what a person should look at.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option(
    "--load",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Check nothing; show a report saved as JSON.",
)
@click.option(
    "--files/--no-files",
    default=None,
    help="Decode every image: what is broken, and which show the same; or look at no file. By default names, types, "
    "metadata and copies are checked.",
)
@click.option("--no-cache", is_flag=True, help="With --files, read every image anew, and remember nothing.")
@jobs_option
@output_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    path: Path | None,
    format_: str,
    fail_on: str | None,
    against: str | None,
    staged: bool,
    baseline: Path | None,
    write_baseline: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    severity: tuple[str, ...],
    max_per_code: int,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    load: Path | None,
    files: bool | None,
    no_cache: bool,
    jobs: int,
    output: Path | None,
) -> int:
    """Check the dataset at PATH (a folder, or a metadata CSV), by default the one the current folder is in.

    Text shows errors and warnings, with -v notes too, with -q errors only; the last line counts everything. All other
    forms always hold all. `covidcurate explain CODE` says what a finding means.
    """
    from contextlib import closing

    from covidcurate.model import Severity
    from covidcurate.report import REPORTERS
    from covidcurate.rules import Selection, check_dataset, read_weights

    _refuse_contradictions(format_, fix=fix, unsafe=unsafe_fixes, diff=diff, staged=staged)
    if load is not None:
        from covidcurate.report.load import load_report

        _refuse_beside_load(path, against, staged, select, ignore, severity, fix or diff, files)
        report, root = load_report(load)
        fail_on = fail_on or "error"
    else:
        dataset = settings.open_dataset(path)
        selection = Selection(select, ignore, read_weights(severity))
        if fix or diff:
            from covidcurate.mend import diff_lines

            check = _checker(dataset, selection, against, baseline, files=files is not False)
            mending = _mend(settings, dataset, check, unsafe=unsafe_fixes, write=not diff)
            if diff:
                write_output(diff_lines(mending, dataset.table, escaped=output is None and sys.stdout.isatty()), output)
                return _exit_code(mending.first, fail_on or dataset.specification.fail_on or "error")
        pixels = None
        if files:
            from covidcurate.dedupe import check_pixels

            with closing(settings.open_cache(dataset.root, wanted=not no_cache)) as cache:
                pixels = check_pixels(dataset, cache=cache, workers=jobs)
        since = _since(dataset, against, staged=staged)
        report = check_dataset(
            dataset,
            files=files is not False,
            table=since.after if since else None,
            pixels=pixels,
            selection=selection,
            change=since.change if since else None,
            absent=since.absent if since else (),
        )
        report = since.keep(report, selection) if since else report
        root, fail_on = str(dataset.root), fail_on or dataset.specification.fail_on or "error"
    report = _without_known(settings, report, baseline, write_baseline)
    lowest = Severity.ERROR if settings.quiet else Severity.INFO if settings.verbose else Severity.WARNING
    colors = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}

    def style(text: str, severity: Severity) -> str:
        return settings.paint(text, colors[severity], to_file=output is not None)

    write_output(REPORTERS[format_](report, root, lowest=lowest, style=style, most=max_per_code), output)
    if format_ == "github":
        settings.add_step_summary(REPORTERS["markdown"](report, root))
    return _exit_code(report, fail_on)


def _exit_code(report: Report, fail_on: str) -> int:
    from covidcurate.model import Severity

    if fail_on != "never" and report.at_or_above(Severity(fail_on)):
        return ExitCode.FINDINGS
    return ExitCode.CLEAN


def _refuse_contradictions(format_: str, *, fix: bool, unsafe: bool, diff: bool, staged: bool) -> None:
    from covidcurate.errors import UsageError

    if unsafe and not (fix or diff):
        raise UsageError("--unsafe-fixes fixes nothing by itself", remedy="Add --fix, or --diff to look first.")
    if (fix or diff) and staged:
        raise UsageError("--fix and --diff are about the dataset as it is, --staged is not", remedy="Use one of them.")
    if diff and format_ != "text":
        raise UsageError("--diff has one form, which patch and git apply read", remedy="Leave --format out.")


def _checker(
    dataset: Dataset, selection: Selection, against: str | None, baseline: Path | None, *, files: bool
) -> Check:
    """Return how a state of the dataset is checked on the way to the last fix: what counts is what would be shown."""
    from covidcurate.rules import check_dataset

    since = _since(dataset, against, staged=False)
    known = None
    if baseline is not None:
        from covidcurate.audit import read_baseline, without_known

        known = read_baseline(baseline)

    def check(state: Dataset, table: bytes) -> Report:
        report = check_dataset(state, files=files, table=table, selection=selection)
        report = since.after_edit(table).keep(report, selection) if since else report
        return report if known is None else without_known(report, known)

    return check


def _mend(settings: Settings, dataset: Dataset, check: Check, *, unsafe: bool, write: bool) -> Mending:
    """Fix a dataset, or find what there is to fix, and say how much that is."""
    from covidcurate.mend import count_line, find_mending, write_mending

    if write:
        mending, recovered = write_mending(dataset, check, unsafe=unsafe)
        if recovered:
            settings.note(recovered)
    else:
        mending = find_mending(dataset, check, unsafe=unsafe)
    settings.note(count_line(mending, done=write))
    return mending


def _refuse_beside_load(*asked: object) -> None:
    """Refuse what would be silently without effect on a report that is made already."""
    if any(value not in (None, "", False, ()) for value in asked):
        from covidcurate.errors import UsageError

        raise UsageError(
            "--load checks nothing, so it takes no PATH and nothing that says what is checked or fixed",
            remedy="Leave out --load, or PATH and the options that say what is checked or fixed.",
        )


def _since(dataset: Dataset, against: str | None, *, staged: bool) -> Since | None:
    """Return what the findings are to be held against; None where all count."""
    if not against and not staged:
        return None
    from covidcurate.audit import since_commit, since_head
    from covidcurate.errors import UsageError

    if against and staged:
        raise UsageError("--against and --staged exclude each other", remedy="Use one of them.")
    return since_commit(dataset, against) if against else since_head(dataset)


def _without_known(settings: Settings, report: Report, baseline: Path | None, write: Path | None) -> Report:
    """Return a report without what a baseline knows, or is to know from now on."""
    if write is not None:
        from covidcurate.audit import write_baseline

        settings.note(f"{write_baseline(write, report)} findings are known from now on: --baseline {write}")
    known = write or baseline
    if known is None:
        return report
    from covidcurate.audit import read_baseline, without_known

    return without_known(report, read_baseline(known))
