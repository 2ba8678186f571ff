"""covidcurate deidentify."""

from __future__ import annotations

from pathlib import Path
from shlex import join, quote

import click

from covidcurate.cli.options import Settings, common_options, format_option, jobs_option
from covidcurate.cli.output import progress_bar, write_output


@click.command("deidentify", short_help="Take identities out of DICOM and other images.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.argument("output", type=click.Path(path_type=Path, file_okay=False), metavar="OUTPUT")
@click.option(
    "--profile",
    type=click.Choice(["basic"]),
    default="basic",
    show_default=True,
    help="The Basic Application Level Confidentiality Profile of DICOM PS3.15, Annex E.",
)
@click.option(
    "--keep-dates",
    type=click.Choice(["shifted", "removed"]),
    default="shifted",
    show_default=True,
    help="Move all dates of a patient by as many days, or take them out.",
)
@click.option("--check-pixels", is_flag=True, help="Look for text burned into pixels (needs the extra `ocr`).")
@click.option("--mask", is_flag=True, help="Blacken such text, but not markers of side and projection; look again.")
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Make pseudonyms with the key of this file, as another dataset has it, instead of the own one.",
)
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the account as JSON to a file.")
@click.option("--overwrite", is_flag=True, help="Replace outputs that are there.")
@jobs_option
@format_option("text", "json")
@common_options
@click.pass_obj
def command(
    settings: Settings,
    inputs: tuple[str, ...],
    output: Path,
    profile: str,
    keep_dates: str,
    check_pixels: bool,
    mask: bool,
    key_file: Path | None,
    report: Path | None,
    overwrite: bool,
    jobs: int,
    format_: str,
) -> int:
    """Write INPUT (files, folders, patterns, archives) to the folder OUTPUT without what identifies a person.

    DICOM keeps what is needed to read an image, and nothing else: attributes that are not allowed go, those that the
    profile names are replaced. Patients, studies and files get pseudonyms made from the secret .covidcurate/
    deidentify.key, the same in each run; whoever has the key can tie them to the people. Reports, documents and images
    that say that text is burned into them are refused; pixels are looked at with --check-pixels or --mask alone. Check
    the result with: covidcurate verify-deidentified OUTPUT --against INPUT.
    """
    from covidcurate.convert.inputs import unpacked_inputs
    from covidcurate.deidentify import deidentify, plan_tasks
    from covidcurate.deidentify.pixels import PixelCheck
    from covidcurate.deidentify.render import RENDERERS, as_json, exit_code_of
    from covidcurate.imaging.deidentify import Dates, read_key

    del profile  # there is one
    key = read_key(key_file) if key_file else settings.find_key(make=True)[0]
    pixels = PixelCheck.MASK if mask else PixelCheck.LOOK if check_pixels else PixelCheck.NONE
    done = []
    with unpacked_inputs(inputs, output) as sources:
        tasks = plan_tasks(sources, output, key, dates=Dates(keep_dates), overwrite=overwrite, pixels=pixels)
        with progress_bar(settings, "de-identifying", len(tasks)) as advance:
            for one in deidentify(tasks, jobs):
                done.append(one)
                advance()
    write_output(RENDERERS[format_](done), None)
    if report is not None:
        write_output(as_json(done), report)
    settings.note(f"Next: covidcurate verify-deidentified {quote(str(output))} --against {join(inputs)}")
    return exit_code_of(done)
