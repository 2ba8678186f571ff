"""covidcurate inspect."""

from __future__ import annotations

from pathlib import Path

import click

from covidcurate.cli.options import Settings, common_options, format_option, jobs_option, output_option
from covidcurate.cli.output import progress_bar, write_output


@click.command("inspect", short_help="Say what image files are, and what in them names a person.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--show-phi", is_flag=True, help="Show what identifies a person, too (protected health information).")
@jobs_option
@format_option("text", "json")
@output_option
@common_options
@click.pass_obj
def command(
    settings: Settings, paths: tuple[str, ...], show_phi: bool, jobs: int, format_: str, output: Path | None
) -> int:
    """Say what each file is: format by content, size, bits, geometry, window, view, and what is odd about it.

    PATH is a file, a folder, a pattern or an archive; many files are summed up by patient (as a pseudonym), study and
    series. What identifies a person is named by its place, and its value hidden. A broken file says where it breaks.
    """
    from covidcurate.convert.inputs import unpacked_inputs
    from covidcurate.inspection import RENDERERS, exit_code_of, inspect_files

    # Nothing is written where one only looks.
    key, lasts = settings.find_key(make=False)
    with unpacked_inputs(paths) as sources:
        found = []
        with progress_bar(settings, "inspecting", len(sources)) as advance:
            for one in inspect_files(sources, key, show_phi=show_phi, workers=jobs):
                found.append(one)
                advance()
    write_output(RENDERERS[format_](found), output)
    if not lasts and any(one.patient for one in found):
        settings.note("Pseudonyms are those of this run alone: there is no key in .covidcurate here.")
    return exit_code_of(found)
