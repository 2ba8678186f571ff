"""covidcurate sources."""

from __future__ import annotations

import click

from covidcurate.cli.options import Settings, common_options, format_option


@click.command("sources", short_help="Say what is known of the sites that cases come from.")
@click.argument("source", required=False)
@format_option("text", "json")
@common_options
@click.pass_obj
def command(settings: Settings, source: str | None, format_: str) -> None:
    """Say of each site, or of SOURCE: license, terms, whether a program may ask it, pauses, and what is needed."""
    import json

    from covidcurate.sources.facts import all_facts, describe

    _, specification = settings.find_home()
    pages = all_facts(specification, source)
    if format_ == "json":
        click.echo(json.dumps(pages, indent=1, ensure_ascii=False))
        return
    for number, facts in enumerate(pages):
        if number:
            click.echo()
        for line in describe(facts):
            click.echo(line)
