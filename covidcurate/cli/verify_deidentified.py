"""covidcurate verify-deidentified."""

from __future__ import annotations

from pathlib import Path

import click

from covidcurate.cli.options import Settings, common_options, format_option, jobs_option, output_option
from covidcurate.cli.output import write_output


@click.command("verify-deidentified", short_help="Search outputs for identities of their inputs.")
@click.argument("outputs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="OUTPUT...")
@click.option(
    "--against",
    "inputs",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    metavar="INPUT",
    help="A file or folder that the outputs were made from; repeat it for more.",
)
@jobs_option
@format_option("text", "json")
@output_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    outputs: tuple[Path, ...],
    inputs: tuple[Path, ...],
    jobs: int,
    format_: str,
    output: Path | None,
) -> int:
    """Search every byte and every name of OUTPUT for what identifies somebody in INPUT.

    Names, ids, dates, UIDs and texts of headers at any depth, of metadata, sidecars and file names are looked for in
    many spellings and encodings, and in what is packed. This knows nothing of how the outputs were made. It says where
    something stands and what it is, never the value; exit code 1 means that something was found.
    """
    from covidcurate.leakcheck import RENDERERS, verify

    del settings
    check = verify(outputs, inputs, jobs)
    write_output(RENDERERS[format_](check), output)
    return check.exit_code()
