"""covidcurate dedupe."""

from __future__ import annotations

from pathlib import Path

import click

from covidcurate.cli.options import Settings, common_options, format_option, output_option, write_output


@click.command("dedupe", short_help="Find the same image twice, also where it was changed.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--against", multiple=True, metavar="PATH", help="Compare PATH with what lies there; repeat it for more folders."
)
@click.option("--exact", is_flag=True, help="Only copies, byte by byte.")
@click.option("--thorough", is_flag=True, help="Look for crops too; time grows with the square of the number of files.")
@click.option(
    "--fail-on",
    type=click.Choice(["exact", "near", "never"]),
    default="exact",
    show_default=True,
    help="What makes the exit code 1.",
)
@click.option("--jobs", type=click.IntRange(min=0), default=0, help="Processes at work; by default one a core.")
@format_option("text", "json")
@output_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    paths: tuple[str, ...],
    against: tuple[str, ...],
    exact: bool,
    thorough: bool,
    fail_on: str,
    jobs: int,
    format_: str,
    output: Path | None,
) -> int:
    """Find files that show the same image.

    They may be copies, or images that were resized, recompressed, windowed, inverted, mirrored, turned, framed, or
    written on; with --thorough, cropped too. PATH is a file, a folder, a pattern or an archive; by default the images
    of the dataset. Fingerprints find candidates, the pixels decide, and each pair says what was changed. Nothing is
    ever deleted.
    """
    import tempfile

    from covidcurate.convert.inputs import Source, find_inputs
    from covidcurate.dedupe import RENDERERS, Wish, exit_code_of, find_duplicates

    of_dataset = [] if paths else [Source(file.path, str(file.path)) for file in settings.open_dataset().list_files()]
    with tempfile.TemporaryDirectory(prefix="covidcurate-") as scratch:
        known = find_inputs(against, Path(scratch)) if against else []
        old = {source.path.resolve() for source in known}
        named = find_inputs(paths, Path(scratch)) if paths else of_dataset
        sources = [one for one in named if one.path.resolve() not in old]
        search = find_duplicates(sources, Wish(not exact, thorough, jobs), known)
    write_output(RENDERERS[format_](search), output)
    return exit_code_of(search, fail_on)
