"""covidcurate ingest."""

from __future__ import annotations

from pathlib import Path

import click

from covidcurate.cli.options import Settings, common_options, format_option, output_option, write_output


@click.command("ingest", short_help="Add reviewed images and their rows to a dataset.")
@click.argument("inputs", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="INPUT...")
@click.option("--dry-run", is_flag=True, help="Print the plan and change nothing.")
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
@click.option("--jobs", type=click.IntRange(min=0), default=0, help="Processes that open files; by default one a core.")
@output_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    inputs: tuple[Path, ...],
    dry_run: bool,
    keep_patient_ids: bool,
    check_pixels: bool,
    allow_similar: bool,
    no_cache: bool,
    format_: str,
    jobs: int,
    output: Path | None,
) -> int:
    """Add images to a dataset, each with its row.

    INPUT is a candidate folder (case.json and its files), a folder of such folders, or a folder with images and a CSV
    that has a row for each. Every file is opened to its end and loses its metadata, every row is held against the
    rules of `covidcurate validate`; what they call an error is refused. A DICOM film becomes PNG, the slices of a
    series (a folder named by a row, or the files of a study) one .nii.gz, and what identifies somebody in their headers
    is looked for in all that would enter. Bytes and pixels that are there already are skipped; an image that is there
    in another form, such as resized, inverted or written on, is refused. No file name is ever overwritten, and either
    everything that the plan adds is added, or nothing.
    """
    from contextlib import closing

    from covidcurate.dataset.folder import STATE_FOLDER
    from covidcurate.ingest import PLAN_RENDERERS, Seen, apply_plan, make_plan, read_inputs

    dataset = settings.open_dataset()
    # A dry run changes nothing, so that it fills a cache that there is, and makes none.
    remembers = not no_cache and (not dry_run or (dataset.root / STATE_FOLDER).is_dir())
    key, _ = settings.find_key(make=False)
    with closing(settings.open_cache(dataset.root, wanted=remembers)) as cache:
        plan = make_plan(
            dataset,
            read_inputs(inputs, dataset.specification),
            keep_patient_ids=keep_patient_ids,
            check_pixels=check_pixels,
            seen=Seen(allow_similar, cache, key, jobs),
            workers=jobs,
        )
    if not dry_run and (recovered := apply_plan(dataset, plan)):
        settings.note(f"note: {recovered}")
    write_output(PLAN_RENDERERS[format_](plan), output)
    settings.note(
        "Nothing was changed (--dry-run)." if dry_run else f"Done; see it with: covidcurate validate {dataset.root}"
    )
    return plan.exit_code()
