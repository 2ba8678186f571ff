"""Rules on file names, and on files against rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType
from covidcurate.imaging.filetype import extension_of
from covidcurate.model import Fix, Severity, Target
from covidcurate.rules.columns import keys_that_differ
from covidcurate.rules.inventory import Inventory
from covidcurate.rules.registry import Finding, Scope, of_type, rule
from covidcurate.rules.renames import find_renames, name_by_content, stem_of
from covidcurate.rules.view import TableView
from covidcurate.spec import Column, ColumnType, Specification

_ROWS = ("filename", "folder")
_SAFE = re.compile(r"[\w.-]*\w\.\w+")
_UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f]')


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
    elif not extension_of(name):
        yield Finding(f"{text!r} has no extension")


@rule("FILE-DOUBLE", Severity.ERROR, Scope.TABLE, columns=_ROWS, remedy="Remove one of the rows, or rename its file.")
def check_double(view: TableView, _: Specification) -> Iterator[Finding]:
    """Two rows name the same file.

    One row stands for one image. Names that differ only in case are one file on many systems.
    """
    names = view.column("filename")
    twice = keys_that_differ(map(str.casefold, names), range(len(names)))
    firsts: dict[str, int] = {}
    for row, name in enumerate(names) if twice else ():
        folded = name.casefold()
        first = firsts.setdefault(folded, row) if name and hash(folded) in twice else row
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
    for folder, count in Counter(view.column("folder")).items():
        if folder and not inventory.dataset.has_folder(folder):
            line = view.lines[view.column("folder").index(folder)]
            message = f"there is no folder {folder}, in which {count} rows have their files"
            yield Finding(message, column="folder", value=folder, line=line)


@rule("FILE-MISSING", Severity.ERROR, Scope.FILES, columns=_ROWS, remedy="Add the file, or correct the name.")
def check_missing(inventory: Inventory, view: TableView, _: Specification) -> Iterator[Finding]:
    """A row names a file that is not there.

    A loader stops at it, mostly after an hour.
    """
    present = {(file.folder, file.name) for file in inventory.files}
    for row, (folder, name) in enumerate(zip(view.column("folder"), view.column("filename"), strict=True)):
        folder = folder or inventory.dataset.media_folders[0]
        if name and (folder, name) not in present and inventory.dataset.has_folder(folder):
            remedy = _remedy_for_missing(inventory, folder, name)
            message = f"{folder}/{name} is not there"
            yield Finding(message, remedy, column="filename", value=name, line=view.lines[row], key=name)


def _remedy_for_missing(inventory: Inventory, folder: str, name: str) -> str:
    """Say where the file might be: in another folder, in another case, with another extension."""
    for file in inventory.files:
        if file.name == name:
            return f"It stands in {file.folder}: correct the folder."
    for file in inventory.files:
        if file.folder == folder and (file.name.casefold() == name.casefold() or stem_of(file.name) == stem_of(name)):
            return f"There is {file.name!r}: correct the name."
    return ""


@rule(
    "FILE-UNLINKED",
    Severity.WARNING,
    Scope.FILES,
    columns=_ROWS,
    remedy="Add a row, with the finding todo if nothing is known; do not delete the file.",
)
def check_unlinked(inventory: Inventory, _: TableView, __: Specification) -> Iterator[Finding]:
    """A file has no row.

    Nobody finds it, and its license is not on record.
    """
    for file in inventory.files:
        if not file.line:
            yield file.finding("has no row")


@rule(
    "FILE-TYPE",
    Severity.ERROR,
    Scope.FILES,
    columns=_ROWS,
    remedy="Rename the file by its content, and the row with it.",
)
def check_type(inventory: Inventory, view: TableView, _: Specification) -> Iterator[Finding]:
    """The content of a file is not what its extension says.

    Strict readers refuse it: a PNG called .jpg, a WebP called .png, a web page saved in place of an image.
    """
    renames: dict[tuple[str, str], str] | None = None
    for file in inventory.files:
        extension = extension_of(file.name)
        if isinstance(file.kind, UnreadableError):
            yield file.finding(file.kind.message.rpartition(": ")[2], "Check the file and its permissions.")
        elif file.kind in (FileType.UNKNOWN, FileType.GZIP):
            yield file.finding("is no image of a known kind", "Get the file again.")
        elif (new := name_by_content(file)) != file.name:
            renames = find_renames(inventory, view) if renames is None else renames
            is_right = extension.casefold() in file.kind.extensions
            message = "has its extension in capitals" if is_right else f"is {file.kind.value}"
            finding = file.finding(message, f"Rename it to {new}, in the row too.")
            free = (file.folder, file.name) in renames
            fix = Fix(new, target=Target.FILE, old=file.name, folder=file.folder) if free else None
            yield finding._replace(severity=Severity.INFO if is_right else None, fix=fix)


@rule(
    "FILE-COLOR",
    Severity.INFO,
    Scope.FILES,
    columns=_ROWS,
    remedy="Nothing to do; loaders should turn the image to gray.",
)
def check_color(inventory: Inventory, _: TableView, __: Specification) -> Iterator[Finding]:
    """An image has a palette or an alpha channel.

    Loaders that expect gray or RGB show palette numbers as gray levels, or stop.
    """
    modes = {"P": "a palette", "PA": "a palette with alpha", "LA": "an alpha channel", "RGBA": "an alpha channel"}
    for file in inventory.files:
        if file.mode() in modes:
            yield file.finding(f"has {modes[file.mode()]}")


@rule(
    "FILE-METADATA",
    Severity.INFO,
    Scope.FILES,
    columns=_ROWS,
    remedy="Look at what it says before the image is released; ingest removes it from new images.",
)
def check_metadata(inventory: Inventory, _: TableView, __: Specification) -> Iterator[Finding]:
    """An image carries EXIF, XMP, text or bytes after its end.

    It can name a person, a place or a device. What it says is not shown here on purpose.
    """
    for file in inventory.files:
        try:
            kinds = file.metadata()
        except UnreadableError as error:
            yield file.finding(f"is damaged: {error.message}", "Get the file again.")._replace(severity=Severity.ERROR)
            continue
        if kinds:
            yield file.finding(f"carries {', '.join(kinds)}")
