"""covidcurate ingest."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from covidcurate.cli.options import (
    Settings,
    common_options,
    format_option,
    jobs_option,
    output_option,
    person_option,
    wait_option,
)
from covidcurate.cli.output import progress_bar, write_output
from covidcurate.errors import ExitCode

if TYPE_CHECKING:
    from covidcurate.cache import ContentCache
    from covidcurate.dataset import Dataset
    from covidcurate.ingest import Decisions, Plan

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("ingest", short_help="Add reviewed images and their rows to a dataset.")
@click.argument("inputs", type=click.Path(path_type=Path), nargs=-1, metavar="[INPUT]...")
@click.option("--dry-run", is_flag=True, help="Print the plan and change nothing.")
@click.option("--plan", "plan_file", type=_FILE, help="Write the plan to a file; nothing is added without --yes.")
@click.option("--review", type=_FILE, help="Write a page on which to decide; nothing is added without --yes.")
@click.option("--apply", "apply_file", type=_FILE, help="Carry out a plan that was saved, in place of INPUT.")
@click.option("--decisions", "decisions_file", type=_FILE, help="What was decided on the page; it is carried out.")
@click.option("--yes", is_flag=True, help="Add what the plan adds without asking; needed where there is no terminal.")
@click.option("--unreviewed", is_flag=True, help="Add also what should be reviewed; cells that wait stay blank.")
@person_option
@wait_option
@click.option("--map", "map_name", metavar="MAP", help="How CSV of another layout is read: hannover, or a TOML file.")
@click.option(
    "--keep-patient-ids", is_flag=True, help="The patient ids of the input are those of the dataset; give no new ones."
)
@click.option(
    "--check-pixels", is_flag=True, help="Look for text burned into pictures (needs the extra `ocr`); it waits for you."
)
@click.option(
    "--allow-similar", is_flag=True, help="Add images although the dataset has them in another form; each is noted."
)
@click.option("--no-cache", is_flag=True, help="Read every image of the dataset anew, and remember nothing.")
@format_option("text", "json")
@jobs_option
@output_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    inputs: tuple[Path, ...],
    plan_file: Path | None,
    review: Path | None,
    decisions_file: Path | None,
    format_: str,
    output: Path | None,
    **asked: Any,
) -> int:
    """Add images to a dataset, each with its row.

    INPUT is a candidate folder (case.json and its files), a folder of such folders, a folder with images and a CSV
    that has a row for each, a folder of DICOM files, or a zip or tar archive of one of these. Every file is opened
    to its end and loses its metadata, every row is held against the rules of `covidcurate validate`; what they call
    an error is refused. A DICOM film becomes PNG, the slices of a series (a folder named by a row, or the files of
    a study) one .nii.gz, and what identifies somebody in their headers is looked for in all that would enter. Bytes
    and pixels that are there already are skipped; an image that is there in another form, such as resized, inverted
    or written on, needs a review, as does one of which a cell was read from free text. No file name is ever
    overwritten, and either everything that the plan adds is added, or nothing.
    """
    from contextlib import closing, nullcontext

    from covidcurate.dataset.ahead import folder_ahead
    from covidcurate.ingest import PLAN_RENDERERS, Decisions, read_decisions
    from covidcurate.scratch import scratch_folder

    dataset = settings.open_dataset()
    decided = read_decisions(decisions_file, settings.person(asked["person"])) if decisions_file else Decisions()
    saved = plan_file or (review.with_suffix(".plan.json") if review else None)
    sure = asked["yes"] or bool(decisions_file)
    only_shown = asked["dry_run"] or (saved is not None and not asked["yes"])
    with (
        scratch_folder() as scratch,
        closing(_open_cache(settings, dataset, asked)) as cache,
        # Whoever has yet to say yes is not to find anything written.
        folder_ahead(dataset) if sure and inputs and not only_shown else nullcontext() as ahead,
    ):
        asked |= {"keeps": saved, "scratch": scratch, "sure": sure, "ahead": ahead}
        plan = _make_plan(settings, dataset, inputs, decided, cache, asked)
        _save(settings, plan, dataset, saved, review, asked)
        if not only_shown:
            _carry_out(settings, plan, dataset, asked)
        write_output(PLAN_RENDERERS[format_](plan, dataset), output)
        return _end(settings, plan, dataset, only_shown=only_shown)


def _save(
    settings: Settings, plan: Plan, dataset: Dataset, saved: Path | None, review: Path | None, asked: dict[str, Any]
) -> None:
    """Write the plan, and the page to decide on."""
    if saved is None:
        return
    from covidcurate.ingest import PLAN_RENDERERS

    write_output(PLAN_RENDERERS["json"](plan, dataset), saved)
    if review is not None:
        from covidcurate.ingest.review import write_review

        write_review(review, plan, dataset, saved, by=settings.person(asked["person"]), workers=asked["jobs"])
        settings.note(
            f"Decide on {review}, save the decisions, and carry them out: covidcurate ingest --decisions FILE"
        )


def _carry_out(settings: Settings, plan: Plan, dataset: Dataset, asked: dict[str, Any]) -> None:
    """Add what the plan adds if that is wanted."""
    from covidcurate.dataset.lock import Patience
    from covidcurate.ingest import apply_plan

    if _is_wanted(settings, plan, dataset, sure=asked["sure"]):
        who, patience = settings.person(asked["person"]), Patience(asked["wait"], settings.note)
        if said := apply_plan(dataset, plan, who=who, patience=patience):
            settings.note(f"note: {said}")


def _end(settings: Settings, plan: Plan, dataset: Dataset, *, only_shown: bool) -> int:
    from covidcurate.ingest import Verdict

    if plan.applied and plan.having(Verdict.ADD):
        settings.note(f"Done; see it with: covidcurate validate {quote(str(dataset.root))}")
        return plan.exit_code()
    settings.note("Nothing was added.")
    if only_shown or not plan.having(Verdict.ADD):
        return plan.exit_code()
    settings.note("Say --yes to add what the plan adds, or look at it first: --review FILE.html")
    return ExitCode.NEEDS_ATTENTION


def _open_cache(settings: Settings, dataset: Dataset, asked: dict[str, Any]) -> ContentCache:
    from covidcurate.dataset.folder import STATE_FOLDER

    # A dry run changes nothing, so that it fills a cache that there is, and makes none.
    if asked["no_cache"] or (asked["dry_run"] and not (dataset.root / STATE_FOLDER).is_dir()):
        from covidcurate.cache import ContentCache

        # What was decoded to be checked need not be decoded again to be compared.
        return ContentCache.of_one_run()
    return settings.open_cache(dataset.root)


def _make_plan(
    settings: Settings,
    dataset: Dataset,
    inputs: tuple[Path, ...],
    decided: Decisions,
    cache: ContentCache,
    asked: dict[str, Any],
) -> Plan:
    """Make a plan of the inputs, or of a plan that was saved."""
    from covidcurate.errors import UsageError
    from covidcurate.ingest import Reading, Seen, Terms, digest_of, find_map, load_plan, make_plan, plan_of, read_inputs

    saved = asked["apply_file"] or (decided.plan if not inputs else None)
    if bool(inputs) is bool(saved):
        problem = "--apply takes no INPUT: the plan has them" if inputs else "there is no INPUT, and no plan to apply"
        raise UsageError(problem, remedy="Name folders of candidates, or a plan: --apply FILE.")
    # A plan that is kept has to tell the same patients apart tomorrow.
    key, _ = settings.find_key(make=bool(saved or asked["keeps"]))
    seen = Seen(asked["allow_similar"], cache, key, asked["jobs"], partial(progress_bar, settings))
    terms = Terms(asked["keep_patient_ids"], asked["unreviewed"], decided.images, seen)
    if saved is None:
        map_ = find_map(asked["map_name"], dataset.specification) if asked["map_name"] else None
        reading = Reading(dataset.specification, asked["scratch"], map_, key, asked["jobs"])
        found = read_inputs(inputs, reading)
        how = {"check_pixels": asked["check_pixels"], "workers": asked["jobs"], "ahead": asked["ahead"]}
        return make_plan(dataset, found, terms, **how)
    images, problems, notes, table = load_plan(saved, asked["scratch"])
    plan = plan_of(dataset, images, terms, problems=problems, notes=notes)
    if digest_of(plan.before) != table:
        settings.note("The dataset has changed since the plan was made; everything was held against it again.")
    return plan


def _is_wanted(settings: Settings, plan: Plan, dataset: Dataset, *, sure: bool) -> bool:
    """Whether to add what the plan adds; asked on a terminal alone."""
    from covidcurate.ingest import Verdict, count_line

    added = len(plan.having(Verdict.ADD))
    if sure or not added:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    _show_summary(settings, plan)
    settings.note(count_line(plan))
    return click.confirm(f"Add {added} images to {dataset.root}?", err=True)


def _show_summary(settings: Settings, plan: Plan) -> None:
    from rich.console import Console
    from rich.table import Table

    from covidcurate.ingest import Verdict
    from covidcurate.model import printable

    table = Table("verdict", "images", "patients", "for example")
    for verdict in Verdict:
        images = plan.having(verdict)
        if images:
            reason = next((reason for image in images for reason in (*image.reasons, *image.waiting)), "")
            patients = len({image.candidate.patient for image in images})
            table.add_row(verdict.value, str(len(images)), str(patients), printable(reason))
    Console(stderr=True, no_color=not settings.color, markup=False).print(table)
