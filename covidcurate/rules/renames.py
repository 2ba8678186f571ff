"""Which files can get the extension of their content: the name is free, and at most one row has to follow."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from covidcurate.imaging import FileType
from covidcurate.imaging.filetype import extension_of
from covidcurate.rules.inventory import ImageFile, Inventory
from covidcurate.rules.view import TableView

Place = tuple[str, str]
"""Folder and name of a file."""

_KNOWN = {"", *(extension for kind in FileType for extension in kind.extensions)}
"""Extensions that say what a file is, and may be replaced; in others a name may go on, as in ``film.2020``."""


def name_by_content(file: ImageFile) -> str:
    """Return a file's name with the extension of its content in small letters; blank where that cannot be known."""
    extension = extension_of(file.name)
    if not isinstance(file.kind, FileType) or file.kind in (FileType.UNKNOWN, FileType.GZIP):
        return ""
    if extension.casefold() in file.kind.extensions:
        return stem_of(file.name) + extension.casefold()
    return stem_of(file.name) + file.kind.extensions[0]


def find_renames(inventory: Inventory, view: TableView) -> dict[Place, str]:
    """Return the files that can be renamed by their content, all of them together, with their new names."""
    if view.canonical.count("filename") != 1 or view.canonical.count("folder") > 1:
        return {}
    rows: dict[str, list[Place]] = defaultdict(list)
    for folder, name in zip(view.column("folder"), view.column("filename"), strict=True):
        rows[name.casefold()].append((folder, name))
    files = Counter(file.name.casefold() for file in inventory.files)
    present = {(file.folder, file.name) for file in inventory.files}
    wanted = {}
    for file in inventory.looked_at:
        named = [row for row in rows[file.name.casefold()] if row[0] == file.folder or row not in present]
        if _can_be_renamed(file) and _follows(file, named, alone=files[file.name.casefold()] == 1):
            wanted[file.folder, file.name] = name_by_content(file)
    taken = [*present, *_other_rows(rows, wanted), *_unlisted(inventory, wanted)]
    return free_renames(wanted, taken)


def free_renames(wanted: Mapping[Place, str], taken: Iterable[Place]) -> dict[Place, str]:
    """Return the renames that lead to free names, also to one that another of them frees.

    A name counts in all folders, since rows are known by it, and some name no folder; names that differ only in case
    are one on many systems. Of two files that want one name, neither gets it.
    """
    left, taken = dict(wanted), list(taken)
    while True:
        staying = {place[1].casefold() for place in taken if place not in left}
        targets = {place: new.casefold() for place, new in left.items()}
        counts = Counter(targets.values())
        blocked = [place for place, target in targets.items() if counts[target] > 1 or target in staying]
        if not blocked:
            return left
        for place in blocked:
            del left[place]


def stem_of(name: str) -> str:
    """Return a file name without its extension."""
    return name.removesuffix(extension_of(name))


def _can_be_renamed(file: ImageFile) -> bool:
    new = name_by_content(file)
    return (
        new not in ("", file.name)
        and extension_of(file.name).casefold() in _KNOWN
        # The header of a pair has a partner of the same name, and a link belongs to whoever made it.
        and file.kind is not FileType.NIFTI_PAIR
        and not file.path.is_symlink()
    )


def _follows(file: ImageFile, rows: list[Place], *, alone: bool) -> bool:
    """Whether no row names the file, or exactly one, in its folder or in none where one file alone has the name."""
    if not rows:
        return True
    folder, name = rows[0]
    return len(rows) == 1 and name == file.name and (folder == file.folder or (alone and not folder))


def _other_rows(rows: Mapping[str, list[Place]], wanted: Mapping[Place, str]) -> Iterable[Place]:
    """Return the names that rows have for files which are not to be renamed; they may be missing."""
    leaving = {name.casefold() for _, name in wanted}
    return [("", name) for name in rows if name not in leaving]


def _unlisted(inventory: Inventory, wanted: Mapping[Place, str]) -> Iterable[Place]:
    """Yield new names at which something stands that is no listed file, such as a folder."""
    listed = {(file.folder, file.name.casefold()) for file in inventory.files}
    for (folder, _), new in wanted.items():
        if (folder, new.casefold()) not in listed and os.path.lexists(inventory.dataset.root / folder / new):
            yield folder, new
