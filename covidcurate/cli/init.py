"""covidcurate init."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from covidcurate.cli.options import Settings, common_options


@click.command("init", short_help="Make an empty dataset.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name of the dataset; by default that of the folder.")
@common_options
@click.pass_obj
def command(settings: Settings, folder: Path, name: str) -> None:
    """Make an empty dataset in FOLDER, which must be new or empty.

    It gets metadata.csv with the header, images/, volumes/, covidcurate.toml, a README with a block for statistics, a
    GitHub workflow and a pre-commit hook that run `covidcurate validate`.
    """
    from covidcurate.dataset.new import create_dataset

    dataset = create_dataset(folder, name)
    settings.note(f"Made {dataset.root}. Next: covidcurate ingest INPUT -d {quote(str(dataset.root))}")
