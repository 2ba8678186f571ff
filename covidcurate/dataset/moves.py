"""Rename files as part of a transaction: a second link to each under the state folder, the old name goes last.

A file has its new name before the table is replaced, and its old name until after that. Where a new name is the old one
of another file, or differs from its own only in case on a system that takes both for one, it is *late*: it is given
when the old names are gone, and until then the staged link holds the file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from covidcurate.durable import sync_folder
from covidcurate.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Move:
    """A file to rename within its folder."""

    folder: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class StagedMove:
    """A rename under way: its paths, and the second link to the file."""

    old: Path
    new: Path
    staged: Path
    late: bool


def stage_moves(moves: Sequence[Move], root: Path, staging: Path) -> list[StagedMove]:
    """Link each file under the state folder a second time; no name in the dataset changes.

    Raises
    ------
    DatasetError
        A new name is taken by a file that keeps it; or a file is not there, or cannot be linked.
    """
    leaving = {(root / move.folder / move.old) for move in moves}
    staged_moves = []
    for number, move in enumerate(moves):
        old, new = root / move.folder / move.old, root / move.folder / move.new
        late = new in leaving or is_same(new, old)
        if not late and os.path.lexists(new):
            raise DatasetError(
                f"{new}: the name is taken, so {move.old} cannot have it; nothing was changed",
                remedy="Rename one of the two by hand.",
            )
        staged = staging / f"move-{number:06d}"
        try:
            os.link(old, staged)
        except OSError as error:
            raise DatasetError(f"{old}: {error.strerror}; nothing was changed") from error
        staged_moves.append(StagedMove(old, new, staged, late))
    return staged_moves


def to_plain(moves: Sequence[StagedMove], root: Path) -> list[list[object]]:
    """Return moves as a journal keeps them."""
    return [
        [os.fspath(move.old.relative_to(root)), os.fspath(move.new.relative_to(root)), move.staged.name, move.late]
        for move in moves
    ]


def from_plain(entries: list[list[object]], root: Path, staging: Path) -> list[StagedMove]:
    """Return the moves of a journal."""
    return [
        StagedMove(root / str(old), root / str(new), staging / str(staged), bool(late))
        for old, new, staged, late in entries
    ]


def complete_moves(moves: Sequence[StagedMove]) -> None:
    """Take the old names away and give the late ones; done again after a kill, it comes to the same end.

    An old name goes only if it is still that of the staged file, and if the file is safe under its new one.

    Raises
    ------
    DatasetError
        The disk refuses, or somebody took a late name; the staged links are still there.
    """
    try:
        for move in moves:
            if is_same(move.old, move.staged) and (move.late or is_same(move.new, move.staged)):
                move.old.unlink()
        for move in moves:
            if move.late and not is_same(move.new, move.staged):
                os.link(move.staged, move.new)
    except OSError as error:
        raise DatasetError(
            f"{error.filename2 or error.filename}: {error.strerror}; the table is changed, but not every file has its "
            "new name alone",
            remedy="Mend the cause; the next command goes on with it first.",
        ) from error
    for folder in {move.new.parent for move in moves}:
        sync_folder(folder)


def is_same(first: Path, second: Path) -> bool:
    """Whether two names lead to one file; links are not followed."""
    try:
        return os.path.samestat(first.lstat(), second.lstat())
    except FileNotFoundError:
        return False
