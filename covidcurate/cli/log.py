"""covidcurate log."""

from __future__ import annotations

from pathlib import Path

import click

from covidcurate.cli.options import Settings, common_options, format_option, output_option
from covidcurate.cli.output import write_output
from covidcurate.errors import ExitCode


@click.command("log", short_help="List the runs that changed a dataset.")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@format_option("text", "json")
@output_option
@common_options
@click.pass_obj
def command(settings: Settings, path: Path | None, format_: str, output: Path | None) -> int:
    """List the runs that changed the dataset at PATH, newest first: id, when, who, command, counts, and sources.

    The record is of this machine: it stands in `.covidcurate/runs`, which git does not keep.
    """
    from covidcurate.dataset.runs import read_runs
    from covidcurate.history import LOG_RENDERERS

    runs, problems = read_runs(settings.open_dataset(path).root)
    write_output(LOG_RENDERERS[format_](runs), output)
    for problem in problems:
        settings.note(f"note: {problem.message}. {problem.remedy}".rstrip())
    return ExitCode.NEEDS_ATTENTION if problems else ExitCode.CLEAN
