"""covidcurate licenses."""

from __future__ import annotations

from pathlib import Path

import click

from covidcurate.cli.options import Settings, common_options, format_option, output_option
from covidcurate.cli.output import refuse_to_replace, write_output


@click.command("licenses", short_help="Say what may be done with how many images.")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@format_option("text", "json", "csv", "markdown")
@output_option
@common_options
@click.pass_obj
def command(settings: Settings, path: Path | None, format_: str, output: Path | None) -> None:
    """Count the licenses of the dataset at PATH (a folder, or a metadata CSV): what each allows, and asks for.

    Wordings are read as the specification knows them; rows without a license, or with one that is not known, are
    named, ten of each kind, or all with -v. What is counted is what the table says: whether it is right, covidcurate
    validate holds against the source.
    """
    from covidcurate.audit.rights import read_rights
    from covidcurate.audit.rights_render import RENDERERS

    dataset = settings.open_dataset(path)
    refuse_to_replace(dataset, output)
    rights = read_rights(dataset)
    write_output(RENDERERS[format_](rights, all_places=settings.verbose), output)
