"""The program ``covidcurate``: finds the command, and turns every failure into a message and an exit code."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from covidcurate import __version__
from covidcurate.cli.options import common_options
from covidcurate.cli.output import drop_output
from covidcurate.errors import CovidcurateError, ExitCode

# Module and one-line help of each command. The help stands here so that `covidcurate --help` imports none of them;
# a test compares it with the commands' own.
COMMANDS = {
    "convert": ("covidcurate.cli.convert", "Make PNG, JPEG or NIfTI of DICOM and other images."),
    "dedupe": ("covidcurate.cli.dedupe", "Find the same image twice, also where it was changed."),
    "deidentify": ("covidcurate.cli.deidentify", "Take identities out of DICOM and other images."),
    "explain": ("covidcurate.cli.explain", "Say what a rule checks, why, and what to do."),
    "ingest": ("covidcurate.cli.ingest", "Add reviewed images and their rows to a dataset."),
    "init": ("covidcurate.cli.init", "Make an empty dataset."),
    "inspect": ("covidcurate.cli.inspect", "Say what image files are, and what in them names a person."),
    "licenses": ("covidcurate.cli.licenses", "Say what may be done with how many images."),
    "log": ("covidcurate.cli.log", "List the runs that changed a dataset."),
    "scrape": ("covidcurate.cli.scrape", "Make candidates of published cases."),
    "sources": ("covidcurate.cli.sources", "Say what is known of the sites that cases come from."),
    "stats": ("covidcurate.cli.stats", "Count labels per view."),
    "undo": ("covidcurate.cli.undo", "Take a run back: its rows and its files."),
    "verify-deidentified": ("covidcurate.cli.verify_deidentified", "Search outputs for identities of their inputs."),
    "validate": ("covidcurate.cli.validate", "Check a dataset, or a metadata table alone."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and name the nearest one if there is none."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else f" Commands: {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="covidcurate")
@common_options
def cli() -> None:
    r"""Keep a public collection of chest X-ray and CT images correct, legal and useful.

    \b
    Exit codes: 0 clean, 1 findings, 2 wrong usage, 3 could not run, 4 finished but
    something needs a person, 5 refused by license or policy, 130 interrupted.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the program and end the process with its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # Whoever closed it wants nothing of it.
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end of the process
    for stream in (sys.stdout, sys.stderr):
        # Values of broken tables can hold what no terminal can show; they are shown escaped.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    # A command makes many objects and no cycles worth collecting; fewer passes over them save about 8 % of a check.
    gc.set_threshold(100_000, 50, 1_000)
    # Who is told to end cleans up, as after Ctrl-C: what was unpacked of a hospital must not stay.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = run(arguments)
    _remove_leftovers()
    sys.exit(code)


def run(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code; every failure has been said on standard error by then."""
    try:
        code = cli.main(args=arguments, prog_name="covidcurate", standalone_mode=False)
        # Closes the pipe here, where a reader that has gone away can be told from a bug.
        sys.stdout.flush()
        return code if isinstance(code, int) else ExitCode.CLEAN
    except SystemExit:
        # So click ends where the reader of a pipe has gone away.
        return ExitCode.CLEAN
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except CovidcurateError as error:
        _say("error", error.message)
        if error.remedy:
            _say("what to do", error.remedy)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted", "nothing was left half done")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return ExitCode.CLEAN
    except OSError as error:
        # A disk or a file that fails where nobody could expect it: what was begun is settled by the next command.
        _say("error", f"{error.filename2 or error.filename or 'a file'}: {error.strerror or type(error).__name__}")
        return ExitCode.COULD_NOT_RUN
    except Exception as error:
        _report_bug(error)
        return ExitCode.COULD_NOT_RUN


def _remove_leftovers() -> None:
    """Remove what runs that were killed had unpacked, whatever the command: it may be of patients."""
    from covidcurate.durable import SCRATCH_PREFIX

    # The modules that know it all take long to load, and mostly nothing is left.
    home = next(filter(None, map(os.environ.get, ("TMPDIR", "TEMP", "TMP"))), "/tmp")  # noqa: S108 - as tempfile has it
    with suppress(OSError), os.scandir(home) as entries:
        if any(entry.name.startswith(SCRATCH_PREFIX) and entry.is_dir() for entry in entries):
            from covidcurate.scratch import remove_left

            remove_left(Path(home))


def _say(label: str, message: str) -> None:
    from covidcurate.model import printable

    # A message names files and values as they are, and those can hold commands to a terminal or a runner.
    click.echo(f"covidcurate: {label}: {printable(message)}", err=True)


def _report_bug(error: Exception) -> None:
    """Say that this is a bug and what to send; the text of the error may hold a patient's data, so it is left out."""
    import traceback

    frames: list[Any] = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "covidcurate" in frame.filename] or frames
    path = "/".join(ours[-1].filename.replace("\\", "/").split("/")[-3:])
    _say("bug", f"{type(error).__name__} at {path}:{ours[-1].lineno} in {ours[-1].name}()")
    _say("what to do", f"please report this line with the command you typed; covidcurate {__version__}, {sys.platform}")
    if os.environ.get("COVIDCURATE_DEBUG"):
        traceback.print_exception(error)
