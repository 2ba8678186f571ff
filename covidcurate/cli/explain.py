"""covidcurate explain."""

from __future__ import annotations

import click

from covidcurate.cli.options import Settings, common_options, format_option


@click.command("explain", short_help="Say what a rule checks, why, and what to do.")
@click.argument("code", required=False)
@format_option("text", "json")
@common_options
@click.pass_obj
def command(settings: Settings, code: str | None, format_: str) -> None:
    """Say what the rule CODE checks, why that matters and what to do; without CODE, list all rules."""
    import json
    import textwrap

    from covidcurate.rules import all_rules, find_rule
    from covidcurate.rules.registry import describe

    del settings
    rules = [find_rule(code)] if code else list(all_rules().values())
    if format_ == "json":
        pages = [describe(rule) for rule in rules]
        click.echo(json.dumps(pages[0] if code else pages, indent=1))
    elif code:
        page = rules[0]
        click.echo(f"{page.code} ({page.severity.value}): {page.title}.\n")
        for text in (page.why, page.remedy):
            click.echo(textwrap.fill(text, 100) + "\n")
        click.echo(f'Its weight in a dataset is set in covidcurate.toml: [rules.severity] "{page.code}" = "info"')
    else:
        for page in rules:
            click.echo(f"{page.code:<22} {page.severity.value:<8} {page.title}")
