"""What of the options of validate does not go together."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def refuse_contradictions(format_: str, asked: dict[str, Any], *, fix: bool, diff: bool, unsafe: bool) -> None:
    """Refuse options that exclude each other, or have no effect without another."""
    from covidcurate.errors import UsageError

    if unsafe and not (fix or diff):
        raise UsageError("--unsafe-fixes fixes nothing by itself", remedy="Add --fix, or --diff to look first.")
    if (fix or diff) and asked["staged"]:
        raise UsageError("--fix and --diff are about the dataset as it is, --staged is not", remedy="Use one of them.")
    if diff and format_ != "text":
        raise UsageError("--diff has one form, which patch and git apply read", remedy="Leave --format out.")
    if asked["against"] and asked["staged"]:
        raise UsageError("--against and --staged exclude each other", remedy="Use one of them.")


def is_partial(asked: dict[str, Any]) -> bool:
    """Whether less is looked at than a dataset's own configuration says."""
    names = ("against", "staged", "select", "ignore", "severity")
    return asked["files"] is False or any(asked[name] for name in names)


def refuse_beside_load(path: Path | None, asked: dict[str, Any], *, fix: bool, diff: bool) -> None:
    """Refuse what would be silently without effect on a report that is made already."""
    if path or fix or diff or asked["files"] is not None or is_partial(asked):
        from covidcurate.errors import UsageError

        raise UsageError(
            "--load checks nothing, so it takes no PATH and nothing that says what is checked or fixed",
            remedy="Leave out --load, or PATH and the options that say what is checked or fixed.",
        )
