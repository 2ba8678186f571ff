"""covidcurate undo."""

from __future__ import annotations

import sys

import click

from covidcurate.cli.options import Settings, common_options, person_option, wait_option
from covidcurate.errors import ExitCode


@click.command("undo", short_help="Take a run back: its rows and its files.")
@click.argument("run", required=False, default="")
@click.option("--dry-run", is_flag=True, help="Say what would be taken back, and change nothing.")
@click.option("--yes", is_flag=True, help="Take it back without asking; needed where there is no terminal.")
@person_option
@wait_option
@common_options
@click.pass_obj
def command(settings: Settings, run: str, dry_run: bool, yes: bool, person: str | None, wait: float) -> int:
    """Take RUN back, by default the newest that is not taken back: rows and files are byte for byte what they were.

    RUN is an id of `covidcurate log`, or its beginning. What others added or edited meanwhile stays. If a row or a file
    of the run itself was edited since, nothing is changed, and the message names it. Git is not needed.
    """
    from covidcurate.dataset.lock import Patience
    from covidcurate.history import find_run, find_undoing, undo_run

    dataset = settings.open_dataset()
    found = find_run(dataset, run)
    undoing = find_undoing(dataset, found, settings.person(person))
    click.echo(f"{found.id}, {found.errand.command} of {found.errand.who or 'somebody'}:")
    for line in undoing.lines():
        click.echo(f"  {line}")
    if dry_run:
        settings.note("Nothing was changed.")
        return ExitCode.CLEAN
    asks = sys.stdin.isatty() and sys.stderr.isatty()
    if not yes and not (asks and click.confirm(f"Take this back in {dataset.root}?", err=True)):
        settings.note("Nothing was changed." if asks else "Nothing was changed. Say --yes to take it back.")
        return ExitCode.NEEDS_ATTENTION
    done = undo_run(undoing, patience=Patience(wait, settings.note))
    settings.note(f"Taken back, and on record as {done.id}.")
    return ExitCode.CLEAN
