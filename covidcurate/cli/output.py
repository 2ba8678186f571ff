"""What a command says: reports to a file or to standard output, and how far long work has come."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from covidcurate.cli.options import Settings

if TYPE_CHECKING:
    from covidcurate.dataset import Dataset

_BLINK = 0.1
"""Seconds after which a bar moves again."""


@contextmanager
def progress_bar(settings: Settings, text: str, total: int) -> Iterator[Callable[[], None]]:
    """Yield a function that counts one item as done; on a terminal it moves a bar with rate and time left."""
    if settings.quiet or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    console = Console(stderr=True, no_color=not settings.color)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(text, total=total, rate="")
        done, shown = 0, 0.0

        def advance() -> None:
            nonlocal done, shown
            done += 1
            now = time.monotonic()
            # What is known already is counted by the thousand, and would wait for its own bar.
            if done == total or now - shown >= _BLINK:
                shown, speed = now, bar.tasks[0].speed
                bar.update(task, completed=done, rate=f"{speed:.1f}/s" if speed else "")

        yield advance


def write_output(lines: Iterable[str], output: Path | None) -> None:
    """Write lines to a file, or to standard output, which gets the same bytes if it is no terminal.

    Whoever reads standard output may go away, as ``head`` does; then the rest is for nobody.
    """
    from covidcurate.errors import CovidcurateError

    try:
        if output is not None:
            with output.open("wb") as stream:
                stream.writelines(_encoded(line) + b"\n" for line in lines)
        elif sys.stdout.isatty():
            for line in lines:
                # Whoever paints knows whether colors are wanted; what looks like one in a cell is data.
                click.echo(line if _is_text(line) else _encoded(line), color=True)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.writelines(_encoded(line) + b"\n" for line in lines)
            sys.stdout.buffer.flush()
    except OSError as error:
        if output is None and isinstance(error, BrokenPipeError):
            drop_output()
            return
        raise CovidcurateError(f"{output or 'standard output'}: cannot be written: {error.strerror}") from error


def refuse_to_replace(dataset: Dataset, *outputs: Path | None) -> None:
    """Raise if a file to write would take the place of a dataset's table, configuration or image.

    Raises
    ------
    UsageError
        It would.
    """
    for output in outputs:
        if output is None or not output.is_file():
            continue
        folders = [dataset.root / name for name in dataset.media_folders if dataset.has_folder(name)]
        own = [path for path in (dataset.table, dataset.specification.config_path) if path is not None]
        if any(map(output.samefile, own)) or any(map(output.resolve().parent.samefile, folders)):
            from covidcurate.errors import UsageError

            message = f"{output}: is a file of the dataset, which would be lost"
            raise UsageError(message, remedy="Write to a file of another name.")


def drop_output() -> None:
    """Let standard output lead nowhere; Python would complain of a broken pipe again when it closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_text(line: str) -> bool:
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _encoded(line: str) -> bytes:
    """Return a line in UTF-8; bytes of a file that are not, as a diff has them, as they are."""
    try:
        return line.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return line.encode("utf-8", "backslashreplace")
