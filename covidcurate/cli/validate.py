"""covidcurate validate."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from covidcurate.cli.contradictions import is_partial, refuse_beside_load, refuse_contradictions
from covidcurate.cli.options import (
    Settings,
    codes_option,
    common_options,
    format_option,
    jobs_option,
    output_option,
    person_option,
    wait_option,
)
from covidcurate.cli.output import refuse_to_replace, write_output
from covidcurate.errors import ExitCode

if TYPE_CHECKING:
    from covidcurate.audit.validation import Validation
    from covidcurate.dataset import Dataset
    from covidcurate.mend import Mending
    from covidcurate.model import PixelCheck, Report, Severity
    from covidcurate.rules import Means


_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("validate", short_help="Check a dataset, or a metadata table alone.")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@format_option("text", "concise", "json", "jsonl", "github", "sarif", "junit", "codeclimate", "markdown", "csv")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="Findings of this weight or graver end with exit code 1; by default errors, or what covidcurate.toml says.",
)
@click.option("--against", metavar="REF", help="Report only what changed since this commit or branch (git).")
@click.option("--staged", is_flag=True, help="Check what is staged, and report only what the commit changes.")
@click.option("--baseline", type=_FILE, help="Leave out the findings that this file knows.")
@click.option("--write-baseline", type=_FILE, help="Write the findings to a file as known, and report none of them.")
@codes_option("--select", "Only these rules; LICENSE means LICENSE-*.")
@codes_option("--ignore", "All rules but these.")
@click.option("--severity", multiple=True, metavar="CODE=LEVEL", help="Weight of a rule in this run; may be repeated.")
@click.option("--max-per-code", type=click.IntRange(min=0), default=0, help="How many of a code text shows; 0: all.")
@click.option("--fix", is_flag=True, help="Fix first what has one answer and changes no meaning; then check.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also what a person should look at.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--rule-pages", metavar="URL", help="Where docs/rules is read on the web, so that findings link there.")
@click.option("--load", type=_FILE, help="Check nothing; show a report saved as JSON.")
@click.option(
    "--files/--no-files",
    default=None,
    help="Decode every image: what is broken, and which show the same; or look at no file. By default names, types, "
    "metadata and copies are checked.",
)
@click.option("--no-cache", is_flag=True, help="Look at every file anew, and remember nothing.")
@person_option
@wait_option
@jobs_option
@output_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    path: Path | None,
    format_: str,
    fail_on: str | None,
    baseline: Path | None,
    write_baseline: Path | None,
    max_per_code: int,
    load: Path | None,
    rule_pages: str | None,
    output: Path | None,
    **asked: Any,
) -> int:
    """Check the dataset at PATH (a folder, or a metadata CSV), by default the one the current folder is in.

    Text shows errors and warnings, with -v notes too, with -q errors only; the last line counts everything. All other
    forms always hold all. `covidcurate explain CODE` says what a finding means.
    """
    fix, diff, unsafe = asked.pop("fix"), asked.pop("diff"), asked.pop("unsafe_fixes")
    refuse_contradictions(format_, asked, fix=fix, diff=diff, unsafe=unsafe)
    if load is not None:
        from covidcurate.report.load import load_report

        refuse_beside_load(path, asked, fix=fix, diff=diff)
        report, root = load_report(load)
    else:
        if not asked["files"]:
            # Matrices are multiplied where pixels are compared alone, and threads for that cost a tenth of a second.
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        validation = _validation(settings, path, asked, diff=diff)
        refuse_to_replace(validation.dataset, output, write_baseline)
        specification = validation.dataset.specification
        fail_on, rule_pages = fail_on or specification.fail_on, rule_pages or specification.rule_pages
        if fix or diff:
            mending = _mend(settings, validation, baseline, asked, unsafe=unsafe, write=not diff)
            if diff:
                _write_diff(mending, validation, output)
                return _exit_code(mending.first, fail_on)
        pixels = _look_at_pixels(validation) if asked["files"] else None
        report, root = validation.report(pixels), str(validation.dataset.root)
    whole = load is None and not is_partial(asked)
    report = _without_known(settings, report, baseline, write_baseline, whole=whole).with_pages(rule_pages or "")
    _write_report(settings, report, root, format_, max_per_code, output)
    return _exit_code(report, fail_on)


def _validation(settings: Settings, path: Path | None, asked: dict[str, Any], *, diff: bool) -> Validation:
    from covidcurate.audit.validation import Validation
    from covidcurate.rules import Selection, read_weights

    dataset = settings.open_dataset(path)
    return Validation(
        dataset,
        Selection(asked["select"], asked["ignore"], read_weights(asked["severity"])),
        files=asked["files"] is not False,
        against=asked["against"] or "",
        staged=asked["staged"],
        means=_means(settings, dataset, asked, leaves=not diff),
    )


def _means(settings: Settings, dataset: Dataset, asked: dict[str, Any], *, leaves: bool) -> Means:
    """Return with what files are looked at; beside a table that is checked alone, and by --diff, nothing is left."""
    from functools import partial

    from covidcurate.dataset.folder import STATE_FOLDER
    from covidcurate.rules import Means

    keeps = (leaves and not dataset.table_only) or (dataset.root / STATE_FOLDER).is_dir()
    open_cache = partial(settings.open_cache, dataset.root, wanted=keeps and not asked["no_cache"])
    return Means(open_cache, asked["jobs"])


def _mend(
    settings: Settings,
    validation: Validation,
    baseline: Path | None,
    asked: dict[str, Any],
    *,
    unsafe: bool,
    write: bool,
) -> Mending:
    """Fix a dataset, or find what there is to fix, and say how much that is."""
    from covidcurate.mend import count_line, find_mending, write_mending

    check = validation.edited_check(baseline)
    if write:
        from covidcurate.dataset.lock import Patience

        who, patience = settings.person(asked["person"]), Patience(asked["wait"], settings.note)
        mending, recovered = write_mending(validation.dataset, check, unsafe=unsafe, who=who, patience=patience)
        if recovered:
            settings.note(recovered)
    else:
        mending = find_mending(validation.dataset, check, unsafe=unsafe)
    settings.note(count_line(mending, done=write))
    return mending


def _write_diff(mending: Mending, validation: Validation, output: Path | None) -> None:
    from covidcurate.mend import diff_lines

    write_output(diff_lines(mending, validation.dataset.table, escaped=output is None and sys.stdout.isatty()), output)


def _look_at_pixels(validation: Validation) -> PixelCheck:
    """Decode all files."""
    from contextlib import closing

    from covidcurate.dedupe import check_pixels

    with closing(validation.means.open_cache()) as cache:
        return check_pixels(validation.dataset, cache=cache, workers=validation.means.workers)


def _without_known(
    settings: Settings, report: Report, baseline: Path | None, write: Path | None, *, whole: bool
) -> Report:
    """Return a report without what a baseline knows, or is to know from now on."""
    known = write or baseline
    if known is None:
        return report
    from covidcurate.audit.baseline import read_baseline, without_known, write_baseline
    from covidcurate.words import counted

    if write is not None:
        count = counted(write_baseline(write, report), "finding is", "findings are")
        settings.note(f"{count} known from now on: --baseline {write}")
    return without_known(report, read_baseline(known), whole=whole)


def _write_report(
    settings: Settings, report: Report, root: str, format_: str, max_per_code: int, output: Path | None
) -> None:
    from covidcurate.model import Severity
    from covidcurate.report import REPORTERS

    lowest = Severity.ERROR if settings.quiet else Severity.INFO if settings.verbose else Severity.WARNING
    colors = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}

    def style(text: str, severity: Severity) -> str:
        return settings.paint(text, colors[severity], to_file=output is not None)

    write_output(REPORTERS[format_](report, root, lowest=lowest, style=style, most=max_per_code), output)
    if format_ == "github":
        settings.add_step_summary(REPORTERS["markdown"](report, root))


def _exit_code(report: Report, fail_on: str | None) -> int:
    from covidcurate.model import Severity

    if fail_on != "never" and report.at_or_above(Severity(fail_on or "error")):
        return ExitCode.FINDINGS
    return ExitCode.CLEAN
