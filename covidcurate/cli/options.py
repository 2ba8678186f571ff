"""Options that all commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from covidcurate.cache import ContentCache
    from covidcurate.dataset import Dataset
    from covidcurate.spec import Specification

F = TypeVar("F", bound=Callable[..., Any])


def _takes_colors() -> bool:
    """Whether the environment has nothing against colors (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@dataclass
class Settings:
    """What the shared options say, wherever on the line they stand."""

    dataset: Path | None = None
    quiet: bool = False
    verbose: bool = False
    color: bool = field(default_factory=_takes_colors)

    def open_dataset(self, path: Path | None = None) -> Dataset:
        """Return the dataset at ``path``, else that of ``-d``, else the one the current folder is in."""
        from covidcurate.dataset import Dataset

        where = path or self.dataset
        return self._settled(Dataset.open(where) if where else Dataset.find(Path()))

    def _settled(self, dataset: Dataset) -> Dataset:
        """Return a dataset of which no change is half done any more, or of which it was said that one is."""
        if dataset.has_files_ahead():
            from covidcurate.dataset.ahead import remove_ahead

            remove_ahead(dataset.root)
        if dataset.is_unsettled():
            from covidcurate.dataset.recovery import settle

            if said := settle(dataset.root):
                self.note(f"note: {said}")
        return dataset

    def find_home(self) -> tuple[Path, Specification]:
        """Return the folder whose configuration and state count: the dataset's, else the current one."""
        from covidcurate.dataset import Dataset
        from covidcurate.errors import DatasetError
        from covidcurate.spec import load_specification

        if self.dataset is not None:
            dataset = self._settled(Dataset.open(self.dataset))
        else:
            try:
                dataset = self._settled(Dataset.find(Path()))
            except DatasetError:
                return Path(), load_specification(Path())
        return dataset.root, dataset.specification

    def find_key(self, *, make: bool) -> tuple[bytes, bool]:
        """Return the secret that pseudonyms are made from, and whether it lasts.

        Parameters
        ----------
        make
            Make one if there is none; otherwise nothing is written, and one is invented for this run.
        """
        import secrets

        from covidcurate.dataset.folder import STATE_FOLDER, state_folder_in
        from covidcurate.imaging.deidentify import KEY_NAME, load_key

        home = self.find_home()[0]
        if make:
            return load_key(state_folder_in(home)), True
        lasts = (home / STATE_FOLDER / KEY_NAME).is_file()
        return (load_key(home / STATE_FOLDER) if lasts else secrets.token_bytes(32)), lasts

    def person(self, name: str | None) -> str:
        """Return who is at work: the name that was given, else the one that git knows, else that of the account."""
        import getpass
        import subprocess

        if name:
            return name
        try:
            asked = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, check=False)
            return asked.stdout.strip() or getpass.getuser()
        except (OSError, KeyError):
            return ""

    def open_cache(self, home: Path | None = None, *, wanted: bool = True) -> ContentCache:
        """Return the cache of a folder, by default the dataset at hand; one without memory if none is possible."""
        from covidcurate.cache import ContentCache
        from covidcurate.dataset.folder import STATE_FOLDER, is_ours, state_folder_in
        from covidcurate.errors import DatasetError

        if not wanted:
            return ContentCache()
        home = home or self.find_home()[0]
        try:
            if (home / STATE_FOLDER).is_dir() or is_ours(home):
                return ContentCache(state_folder_in(home))
            reason = f"{home} belongs to another user"
        except DatasetError as error:
            reason = error.message
        # Such a dataset is read every time.
        if self.verbose:
            self.note(f"Nothing is remembered of files: {reason}.")
        return ContentCache()

    def note(self, message: str) -> None:
        """Say something to people on standard error, unless ``-q``; names in it speak to no terminal."""
        if not self.quiet:
            from covidcurate.model import printable

            click.echo(printable(message), err=True)

    def add_step_summary(self, lines: Iterable[str]) -> None:
        """Add lines to the summary of a step of GitHub Actions, if this is one."""
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if path:
            try:
                with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as stream:
                    stream.writelines(f"{line}\n" for line in lines)
            except OSError as error:
                # The findings are out already, and the exit code speaks of them.
                self.note(f"the summary of the step is missing: {path}: {error.strerror}")

    def paint(self, text: str, color: str, *, to_file: bool = False) -> str:
        """Return a text in a color if standard output is a terminal and colors are wanted."""
        wanted = self.color and not to_file and sys.stdout.isatty()
        return click.style(text, fg=color) if wanted else text


def common_options(function: F) -> F:
    """Add ``-d``, ``-q``, ``-v`` and ``--no-color``; they work before the command and after it."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        settings = ctx.ensure_object(Settings)
        if value is not None and value is not False:
            setattr(settings, name, False if name == "color" else value)

    return callback


_OPTIONS = (
    click.option(
        "-d",
        "--dataset",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_set("dataset"),
        help="Dataset folder; by default the one the current folder is in.",
    ),
    click.option(
        "-q", "--quiet", is_flag=True, expose_value=False, callback=_set("quiet"), help="Say only what was asked for."
    ),
    click.option("-v", "--verbose", is_flag=True, expose_value=False, callback=_set("verbose"), help="Say more."),
    click.option("--no-color", is_flag=True, expose_value=False, callback=_set("color"), help="No colors."),
)


def codes_option(name: str, help: str) -> Callable[[F], F]:  # noqa: A002 - named as in click
    """Add an option that takes codes, with commas between them; it may be repeated."""

    def split(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(filter(None, (code.strip() for value in values for code in value.split(","))))

    return click.option(name, multiple=True, callback=split, metavar="CODE,...", help=help)


def format_option(*names: str, help: str = "") -> Callable[[F], F]:  # noqa: A002 - named as in click
    """Add ``--format`` with these names; the first is the default."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help=f"Form of the output; {help}" if help else "Form of the output.",
    )


def jobs_option(function: F) -> F:
    """Add ``--jobs N``."""
    return click.option(
        "--jobs", type=click.IntRange(min=0), default=0, help="Processes at work; by default one a core."
    )(function)


def person_option(function: F) -> F:
    """Add ``--as NAME``."""
    return click.option("--as", "person", metavar="NAME", help="Who you are; by default the user name that git knows.")(
        function
    )


def wait_option(function: F) -> F:
    """Add ``--wait SECONDS``."""
    return click.option(
        "--wait",
        type=click.FloatRange(min=0),
        default=0,
        metavar="SECONDS",
        help="How long to wait for another run that holds the dataset.",
    )(function)


def output_option(function: F) -> F:
    """Add ``--output FILE``."""
    return report_option("--output")(function)


def report_option(name: str) -> Callable[[F], F]:
    """Add an option that names a file for the report; ``--report`` where a command calls something else its output."""
    return click.option(
        name,
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write the report to a file instead of standard output.",
    )
