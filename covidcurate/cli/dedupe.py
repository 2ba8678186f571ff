"""covidcurate dedupe."""

from __future__ import annotations

from pathlib import Path

import click

from covidcurate.cli.options import Settings, common_options, format_option, jobs_option, output_option
from covidcurate.cli.output import progress_bar, write_output
from covidcurate.errors import ExitCode


@click.command("dedupe", short_help="Find the same image twice, also where it was changed.")
@click.argument("paths", nargs=-1, metavar="[DATASET|PATH]...")
@click.option(
    "--against", multiple=True, metavar="PATH", help="Compare PATH with what lies there; repeat it for more folders."
)
@click.option("--exact/--near", "exact", help="Only the same bytes, pixels or header, or changed images too (default).")
@click.option("--thorough", is_flag=True, help="Look for crops too; time grows with the square of the number of files.")
@click.option(
    "--threshold",
    type=click.FloatRange(0.5, 1.0),
    default=0.72,
    show_default=True,
    help="Agreement of fine contrast from which on two pictures are one image, changed.",
)
@click.option(
    "--explain", nargs=2, metavar="A B", help="Say of two files how far they agree and in what, whatever comes of it."
)
@click.option(
    "--fail-on",
    type=click.Choice(["exact", "near", "never"]),
    default="exact",
    show_default=True,
    help="What makes the exit code 1.",
)
@click.option("--no-cache", is_flag=True, help="Read every file anew, and remember nothing.")
@jobs_option
@format_option("text", "json", "csv", "html")
@output_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    paths: tuple[str, ...],
    against: tuple[str, ...],
    exact: bool,
    thorough: bool,
    threshold: float,
    explain: tuple[str, str] | None,
    fail_on: str,
    no_cache: bool,
    jobs: int,
    format_: str,
    output: Path | None,
) -> int:
    """Find files that show the same image.

    They may be copies, the same pixels in other files, a volume in another format, or images that were resized,
    recompressed, windowed, inverted, mirrored, turned, framed, or written on; with --thorough, cropped too. PATH is a
    file, a folder, a pattern or an archive; by default the images of the dataset. Fingerprints find candidates, the
    pixels decide, and each pair says why. The best copy of each image is named, and nothing is ever deleted. What was
    read is remembered in .covidcurate, so that a second run is quick.
    """
    from contextlib import closing

    from covidcurate.dedupe import RENDERERS, Wish, exit_code_of, explain_pair, files_to_compare, find_duplicates

    if explain:
        with files_to_compare(explain) as named:
            write_output(explain_pair(named, threshold), output)
        return ExitCode.CLEAN
    key, _ = settings.find_key(make=False)
    wish = Wish(not exact, thorough, threshold, jobs)
    with files_to_compare(paths or [str(settings.open_dataset().root)]) as named, files_to_compare(against) as known:
        old = {source.path.resolve() for source in known}
        sources = [one for one in named if one.path.resolve() not in old]
        with (
            closing(settings.open_cache(wanted=not no_cache)) as cache,
            progress_bar(settings, "Looking", len(sources) + len(known)) as advance,
        ):
            search = find_duplicates(sources, wish, known, cache, key, advance=advance)
        write_output(RENDERERS[format_](search), output)
    return exit_code_of(search, fail_on)
