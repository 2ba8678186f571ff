"""Rules on what image files are and carry, by their content."""

from __future__ import annotations

from collections.abc import Iterator

from covidcurate.errors import UnreadableError
from covidcurate.imaging import FileType, Shade
from covidcurate.imaging.filetype import extension_of
from covidcurate.model import Fix, Severity, Target
from covidcurate.rules.inventory import Inventory
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.renames import find_renames, name_by_content
from covidcurate.rules.view import TableView
from covidcurate.spec import Specification

_ROWS = ("filename", "folder")
_NO_IMAGE = (FileType.UNKNOWN, FileType.GZIP)
_ODD_MODES = {
    "P": "a palette", "PA": "a palette with alpha", "LA": "an alpha channel", "RGBA": "an alpha channel"
}  # fmt: skip
_SAVE_AS_GRAY = "Save it as gray, which loses nothing; loaders should turn it to gray as well."


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
    for file in inventory.looked_at:
        extension = extension_of(file.name)
        if isinstance(file.kind, UnreadableError):
            yield file.finding(file.kind.message.rpartition(": ")[2], "Check the file and its permissions.")
        elif not file.size:
            yield file.finding("is empty", "Get the file again.")
        elif file.kind in _NO_IMAGE:
            yield file.finding("is no image of a known kind", "Get the file again.")
        elif not file.name.endswith(file.kind.extensions) and (new := name_by_content(file)) != file.name:
            renames = find_renames(inventory, view) if renames is None else renames
            is_right = extension.casefold() in file.kind.extensions
            message = "has its extension in capitals" if is_right else f"is {file.kind.value}"
            finding = file.finding(message, f"Rename it to {new}, in the row too.")
            free = (file.folder, file.name) in renames
            fix = Fix(new, target=Target.FILE, old=file.name, folder=file.folder) if free else None
            yield finding._replace(severity=Severity.INFO if is_right else None, fix=fix)


@rule(
    "FILE-SIZE",
    Severity.ERROR,
    Scope.FILES,
    columns=_ROWS,
    remedy="Look at it: is it an image, and need it be that large? Limits: [files] in covidcurate.toml.",
)
def check_size(inventory: Inventory, _: TableView, specification: Specification) -> Iterator[Finding]:
    """A file is larger or smaller than the dataset takes.

    GitHub refuses a push with a file of more than 100 MB, and what has a few bytes only is an icon or a placeholder.
    """
    limits = specification.file_limits
    for file in inventory.looked_at:
        if limits.most_bytes and file.size > limits.most_bytes:
            yield file.finding(
                f"has {_in_words(file.size)}, more than the {_in_words(limits.most_bytes)} that are taken"
            )
        elif limits.many_bytes and file.size > limits.many_bytes:
            message = (
                f"has {_in_words(file.size)}; more than {_in_words(limits.many_bytes)} is a burden to whoever clones it"
            )
            yield file.finding(message)._replace(severity=Severity.INFO)
        elif 0 < file.size < limits.least_bytes and file.kind not in _NO_IMAGE:
            message = f"has {file.size} bytes only, less than the {limits.least_bytes} of the smallest image"
            yield file.finding(message)._replace(severity=Severity.WARNING)


def _in_words(size: int) -> str:
    return f"{size / (1 << 20):.4g} MB" if size >= 1 << 20 else f"{size} bytes"


@rule(
    "FILE-PIXELS",
    Severity.WARNING,
    Scope.FILES,
    columns=_ROWS,
    remedy="Get the image in the size in which it was published, not its preview ([files] in covidcurate.toml).",
)
def check_pixels(inventory: Inventory, _: TableView, specification: Specification) -> Iterator[Finding]:
    """An image has too few pixels to show a finding, or more than any radiograph.

    A preview saved in place of the image shows no infiltrate; and decoders refuse what looks like an attack on memory.
    """
    limits = specification.file_limits
    for file in inventory.looked_at:
        columns, rows = (0, 0) if isinstance(file.look, UnreadableError) else (file.look.columns, file.look.rows)
        if limits.most_pixels and columns * rows > limits.most_pixels:
            message = f"has {columns} x {rows} pixels, more than any radiograph"
            remedy = "Get the file again, or the image in a smaller size."
            yield file.finding(message, remedy)._replace(severity=Severity.ERROR)
        elif 0 < min(columns, rows) < limits.smallest_side:
            yield file.finding(f"has {columns} x {rows} pixels: no side should have less than {limits.smallest_side}")


@rule(
    "FILE-COLOR",
    Severity.INFO,
    Scope.FILES,
    columns=_ROWS,
    remedy="Nothing to do; loaders should turn the image to gray.",
)
def check_color(inventory: Inventory, _: TableView, __: Specification) -> Iterator[Finding]:
    """An image has a palette or an alpha channel.

    Loaders that expect gray or RGB show palette numbers as gray levels, or stop. Mostly such an image is gray all the
    same, and can be saved as what it is: of a palette that is seen at once, else by ``validate --files`` alone.
    """
    for file in inventory.looked_at:
        look = file.look
        if isinstance(look, UnreadableError) or look.mode not in _ODD_MODES:
            continue
        what = _ODD_MODES[look.mode]
        if look.shade is Shade.LEVELS:
            yield file.finding(f"has {what} whose numbers are the gray levels", _SAVE_AS_GRAY)
        elif look.shade is Shade.GRAY and "palette" in what:
            yield file.finding(f"has {what} that hides a gray picture: its numbers are no gray levels", _SAVE_AS_GRAY)
        elif look.shade is Shade.GRAY or look.mode == "LA":
            yield file.finding(f"has {what}, and is gray", _SAVE_AS_GRAY)
        else:
            yield file.finding(f"has {what}")


@rule(
    "FILE-METADATA",
    Severity.INFO,
    Scope.FILES,
    columns=_ROWS,
    remedy="Look at what it says before the image is released; ingest removes it from new images.",
)
def check_metadata(inventory: Inventory, _: TableView, __: Specification) -> Iterator[Finding]:
    """An image carries EXIF, XMP, text or bytes after its end.

    It can name a person, a place or a device. What it says is not shown here on purpose; what names a program alone is
    left out. A JPEG file that ends as it
    should is not read to its end, so that what stands between its scans is found by ``validate --files`` alone.
    """
    for file in inventory.looked_at:
        if isinstance(look := file.look, UnreadableError):
            continue
        if look.damage:
            yield file.finding(f"is damaged: {look.damage}", "Get the file again.")._replace(severity=Severity.ERROR)
        elif look.metadata:
            yield file.finding(f"carries {', '.join(look.metadata)}")
