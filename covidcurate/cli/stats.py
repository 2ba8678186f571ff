"""covidcurate stats."""

from __future__ import annotations

from pathlib import Path

import click

from covidcurate.cli.options import Settings, common_options, format_option, output_option
from covidcurate.cli.output import refuse_to_replace, write_output


@click.command("stats", short_help="Count labels per view.")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option(
    "--views",
    multiple=True,
    metavar="VIEW[,VIEW]...",
    help="Views to count together; repeat it for further blocks. By default PA,AP and AP Supine.",
)
@format_option("table", "json", "csv", "markdown", "xrv", help="xrv is the block that torchxrayvision publishes.")
@click.option(
    "--compat", type=click.Choice(["xrv"]), help="Count as torchxrayvision's loader does, and say where that differs."
)
@click.option(
    "--resolve", is_flag=True, help="Read historical flat values as paths, so that COVID-19 counts as Viral too."
)
@click.option(
    "--update",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Write a Markdown table into the marked block of a file.",
)
@output_option
@common_options
@click.pass_obj
def command(
    settings: Settings,
    path: Path | None,
    views: tuple[str, ...],
    format_: str,
    compat: str | None,
    resolve: bool,
    update: Path | None,
    output: Path | None,
) -> None:
    """Count the labels of the dataset at PATH (a folder, or a metadata CSV), view by view.

    A label holds for an image if it is a piece of its finding's path, so ancestors hold too. An image whose finding is
    blank or not finished counts as unknown, never as absent.
    """
    from covidcurate.labels import RENDERERS, count_labels, read_label_table
    from covidcurate.labels.update import update_marked_block

    dataset = settings.open_dataset(path)
    refuse_to_replace(dataset, output)
    table = read_label_table(dataset.table, dataset.specification)
    wanted = [group.split(",") for group in views] or [["PA", "AP"], ["AP Supine"]]
    blocks = [[table.known_view(view.strip(), dataset.specification) for view in group] for group in wanted]
    findings = dataset.specification.findings
    counted = count_labels(table, blocks, findings, compat=compat == "xrv", resolve=resolve)
    if update is not None:
        update_marked_block(update, RENDERERS["markdown"](counted))
        settings.note(f"Wrote the statistics into {update}.")
    else:
        write_output(RENDERERS[format_](counted).splitlines(), output)
    for note in table.notes(findings, resolve=resolve):
        settings.note(f"note: {note}")
    for block in counted:
        for note in block.notes:
            settings.note(f"note: {' + '.join(block.views)}: {note}")
