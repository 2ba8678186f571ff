"""Rules on file names, and on files against rows."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

from covidcurate.imaging.filetype import extension_of
from covidcurate.model import Severity
from covidcurate.rules.columns import rows_that_repeat
from covidcurate.rules.inventory import ImageFile, Inventory
from covidcurate.rules.registry import Finding, Scope, of_type, rule
from covidcurate.rules.renames import stem_of
from covidcurate.rules.view import TableView
from covidcurate.spec import Column, ColumnType, Specification
from covidcurate.words import counted

_ROWS = ("filename", "folder")
_RESERVED = r"(?i:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])"
"""Names of devices, which Windows refuses with any extension."""
_SAFE = re.compile(rf"(?!{_RESERVED}\.)[A-Za-z0-9_.-]{{0,230}}[A-Za-z0-9_]\.[A-Za-z0-9_]{{1,9}}")
_UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
_DEVICE = re.compile(rf"{_RESERVED}(?: *\.|$)")
_LONGEST = 255
"""Bytes of the longest name that common file systems take."""


@rule(
    "FILE-NAME",
    Severity.ERROR,
    Scope.CELL,
    applies=of_type(ColumnType.FILENAME),
    fine=lambda _: _SAFE,
    remedy="Rename the file: letters, digits, '.', '-' and '_', with the extension of its content.",
)
def check_name(text: str, _: Column, __: Specification) -> Iterator[Finding]:
    """A file name cannot be used on every system, or has no extension.

    A path in it would leave the folder, and without an extension loaders do not know what it is.
    """
    name = text.strip()
    if not name:
        return
    if _UNSAFE.search(name) or name in {".", ".."}:
        yield Finding(f"{text!r} holds a character that file names may not have everywhere, or a path")
    elif name.endswith("."):
        yield Finding(f"{text!r} ends with a dot, which Windows drops")
    elif _DEVICE.match(name):
        yield Finding(f"{text!r} is the name of a device on Windows, whatever its extension")
    elif len(name.encode("utf-8", "surrogatepass")) > _LONGEST:
        yield Finding(f"{text!r} is longer than the {_LONGEST} bytes that file systems take")
    elif not extension_of(name):
        yield Finding(f"{text!r} has no extension")


@rule("FILE-DOUBLE", Severity.ERROR, Scope.TABLE, columns=_ROWS, remedy="Remove one of the rows, or rename its file.")
def check_double(view: TableView, _: Specification) -> Iterator[Finding]:
    """Two rows name the same file.

    One row stands for one image. Names that differ only in case, or in how an accent is encoded, are one file on many
    systems: a copy made there overwrites one with the other.
    """
    names = view.column("filename")
    firsts: dict[str, int] = {}
    for row in rows_that_repeat(names, fold_name):
        name = names[row]
        first = firsts.setdefault(fold_name(name), row)
        if first != row:
            same = "the same name" if names[first] == name else f"the name {names[first]!r}"
            line = view.lines[first]
            message = f"the row in line {line} has {same}"
            yield Finding(message, column="filename", value=name, line=view.lines[row], related_line=line, key=name)


@rule(
    "FILE-FOLDER",
    Severity.ERROR,
    Scope.FILES,
    columns=_ROWS,
    remedy="Get the folder: git lfs pull, or the release that has the images.",
)
def check_folder(inventory: Inventory, view: TableView, _: Specification) -> Iterator[Finding]:
    """A folder that rows name is not there.

    Reported once, in place of each of its rows.
    """
    folders = view.column("folder")
    lasts = dict(zip(folders, view.lines, strict=True))
    for folder, count in Counter(folders).items():
        if folder and not inventory.dataset.has_folder(folder):
            line = view.lines[folders.index(folder)]
            rows = counted(count, "row has its file", "rows have their files")
            message = f"there is no folder {folder}, in which {rows}"
            # New rows stand at the end: by the last of them a change is known to have part in it.
            last = lasts[folder] if count > 1 else 0
            yield Finding(message, column="folder", value=folder, line=line, related_line=last)


@rule("FILE-MISSING", Severity.ERROR, Scope.FILES, columns=_ROWS, remedy="Add the file, or correct the name.")
def check_missing(inventory: Inventory, view: TableView, _: Specification) -> Iterator[Finding]:
    """A row names a file that is not there.

    A loader stops at it, mostly after an hour.
    """
    present = {(file.folder, file.name) for file in inventory.files}
    has_folder, near = cache(inventory.dataset.has_folder), _NearNames(inventory)
    for row, (folder, name) in enumerate(zip(view.column("folder"), view.column("filename"), strict=True)):
        folder = folder or inventory.dataset.media_folders[0]
        if name and (folder, name) not in present and has_folder(folder):
            remedy = near.remedy(folder, name)
            message = f"{folder}/{name} is not there"
            yield Finding(message, remedy, column="filename", value=name, line=view.lines[row], key=name)


class _NearNames:
    """Where a file that is missing might be; each row of a table can miss its file, so that they are looked up."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def remedy(self, folder: str, name: str) -> str:
        """Say where the file might be: in another folder, in another case, with another extension."""
        if name in self._folders:
            return f"It stands in {self._folders[name]}: correct the folder."
        other = self._names.get((folder, name.casefold())) or self._names.get((folder, stem_of(name)))
        return f"There is {other!r}: correct the name." if other else ""

    @cached_property
    def _folders(self) -> dict[str, str]:
        """The first folder that has a file of a name."""
        return {file.name: file.folder for file in reversed(self._inventory.files)}

    @cached_property
    def _names(self) -> dict[tuple[str, str], str]:
        """The first file of a folder by its name in small letters, and by its name without extension."""
        files = self._inventory.files[::-1]
        by_stem = {(file.folder, stem_of(file.name)): file.name for file in files}
        return by_stem | {(file.folder, file.name.casefold()): file.name for file in files}


@rule(
    "FILE-UNLINKED",
    Severity.WARNING,
    Scope.FILES,
    columns=_ROWS,
    remedy="Add a row, with the finding todo if nothing is known; do not delete the file.",
)
def check_unlinked(inventory: Inventory, _: TableView, __: Specification) -> Iterator[Finding]:
    """A file has no row.

    Nobody finds it, and its license is not on record. It is an error if its name differs from that of another file only
    in case, or in how an accent is encoded: both are one name on macOS and Windows, and one overwrites the other.
    """
    unlinked = [file for file in inventory.files if not file.line]
    firsts: dict[tuple[str, str], ImageFile] = {}
    for file in sorted(inventory.files, key=lambda file: not file.line) if unlinked else ():
        firsts.setdefault((file.folder, fold_name(file.name)), file)
    for file in unlinked:
        first = firsts[file.folder, fold_name(file.name)]
        if first is file:
            yield file.finding("has no row")
        else:
            message = f"has no row, and is one file with {first.name} on macOS and Windows: one overwrites the other"
            yield file.finding(message, "Rename it, and add a row.", first.line)._replace(severity=Severity.ERROR)


@rule(
    "FILE-LINK",
    Severity.ERROR,
    Scope.FILES,
    columns=_ROWS,
    remedy="Put the file itself in its place.",
)
def check_links(inventory: Inventory, view: TableView, _: Specification) -> Iterator[Finding]:
    """A symbolic link leads out of the dataset.

    Whoever gets the dataset gets a link to nothing, or to some file of their own. Of a folder it is a warning: that the
    files of a working copy stand on another disk is a matter of that machine.
    """
    root = os.path.realpath(inventory.dataset.root)
    for folder in inventory.dataset.media_folders:
        path = inventory.dataset.root / folder
        if path.is_symlink() and _leads_out(path, root):
            rows = view.column("folder")
            line = view.lines[rows.index(folder)] if folder in rows else 0
            message = f"the folder {folder} is a link that leads out of the dataset"
            remedy = "Never commit it, and put the files in its place before the dataset is handed on."
            yield Finding(message, remedy, Severity.WARNING, column="folder", value=folder, line=line)
    for file in inventory.files:
        if file.is_link and _leads_out(file.path, root):
            # Where to is not said: such paths name people.
            yield file.finding("is a link that leads out of the dataset")


def _leads_out(path: Path, root: str) -> bool:
    """Whether a link leads to anything but a place under a folder; one with an absolute path does on other machines."""
    if os.path.isabs(path.readlink()):  # noqa: PTH117 - of whatever the link says
        return True
    return os.path.commonpath((os.path.realpath(path), root)) != root


def fold_name(name: str) -> str:
    """Return a file name as systems take it for the same that know neither case nor how an accent is encoded."""
    return name.casefold() if name.isascii() else unicodedata.normalize("NFC", name).casefold()
