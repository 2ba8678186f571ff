"""covidcurate scrape."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from covidcurate.cli.options import Settings, common_options, format_option, output_option
from covidcurate.cli.output import write_output

if TYPE_CHECKING:
    from covidcurate.scrape import Outcome, Progress
    from covidcurate.sources import Slices

_NOTICEABLE = 3.0
"""A wait of more seconds is spoken of."""


class _SlicesType(click.ParamType["Slices"]):
    name = "key|all|N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Slices:
        from covidcurate.sources import Slices

        text = str(value)
        if text in {"key", "all"}:
            return Slices(text)
        if text.isascii() and text.isdigit() and int(text) > 0:
            return Slices("count", int(text))
        return self.fail(f"{text!r} is neither 'key' nor 'all' nor a number of slices", param, ctx)


@click.command("scrape", short_help="Make candidates of published cases.")
@click.argument("words", nargs=-1, metavar="[SOURCE] [CASE]...")
@click.option("--search", metavar="TERM", help="Take the cases that the site's own search finds.")
@click.option("--limit", type=click.IntRange(min=1), help="Most cases of a run; those done before do not count.")
@click.option(
    "--from",
    "saved",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="PATH",
    help="Read pages saved with a browser (.html, .mhtml, .har, or a folder of them); repeat it for more.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("candidates"), show_default=True, help="Where candidates go."
)
@click.option(
    "--slices", type=_SlicesType(), default="key", show_default=True, help="Which images of a stack: key, all, or N."
)
@click.option("--dry-run", is_flag=True, help="Ask nobody and write nothing; say what would be asked and made.")
@click.option("--no-images", is_flag=True, help="Make candidates without their images; a later run fetches those.")
@click.option("--refresh", is_flag=True, help="Ask again for what was fetched before.")
@click.option(
    "--allow-private-hosts", is_flag=True, help="Ask mirrors on this machine or network too; for copies and tests."
)
@format_option("text", "json")
@output_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    words: tuple[str, ...],
    search: str | None,
    limit: int | None,
    saved: tuple[Path, ...],
    out: Path,
    slices: Slices,
    dry_run: bool,
    no_images: bool,
    refresh: bool,
    allow_private_hosts: bool,
    format_: str,
    output: Path | None,
) -> int:
    """Make a candidate of each CASE, an address or a case number of SOURCE; `covidcurate sources` lists the sources.

    A candidate is a folder with the images and a case.json, in which every value says where it was found; `covidcurate
    ingest` takes it. Sites are asked slowly, one request at a time, as their robots.txt allows and never past a gate or
    a term that forbids. What was done before is not done again, and an interrupted run is gone on with by the next.
    """
    from collections import Counter

    from covidcurate.scrape import RENDERERS, Wish, exit_code_of, scrape

    home, specification = settings.find_home()
    wish = Wish(words, search, saved, out, limit or 0, slices, dry_run, not no_images, refresh, allow_private_hosts)
    counts: Counter[str] = Counter()
    outcomes: list[Outcome] = []
    with _progress(settings) as progress:
        # Cases that are done stay done if the run ends early; they are listed then too.
        try:
            outcomes.extend(scrape(home, specification, wish, counts, progress))
        finally:
            if outcomes:
                write_output(RENDERERS[format_](outcomes, counts), output)
    if not outcomes:
        write_output(RENDERERS[format_](outcomes, counts), output)
    if dry_run:
        settings.note("Nothing was asked or written (--dry-run).")
    elif any(outcome.folder is not None for outcome in outcomes):
        settings.note(f"Next: covidcurate ingest {quote(str(out))} --dry-run")
    return exit_code_of(outcomes)


@contextmanager
def _progress(settings: Settings) -> Iterator[Progress]:
    """Yield what shows the progress: a bar on a terminal, a line for each long wait elsewhere."""
    import sys

    from covidcurate.scrape import Progress

    def on_wait(host: str, seconds: float) -> None:
        if seconds > _NOTICEABLE and (settings.verbose or seconds > 10 * _NOTICEABLE):
            settings.note(f"waiting {seconds:.0f} s, as is owed to {host}")

    if settings.quiet or not sys.stderr.isatty():
        yield Progress(on_wait)
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True, no_color=not settings.color), transient=True) as bar:
        tasks: dict[object, object] = {}

        def on_image(ref: object, done: int, total: int) -> None:
            if ref not in tasks:
                tasks[ref] = bar.add_task(f"{getattr(ref, 'source', '')} {getattr(ref, 'id', '')}", total=total)
            bar.update(tasks[ref], completed=done, visible=done < total)  # type: ignore[arg-type]

        yield Progress(on_wait, on_image)
