"""Rules on files that show the same, and on files whose pixels cannot be read.

Whether bytes are equal is seen here; what pixels show is handed in, where somebody has looked at them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from covidcurate.imaging import Look
from covidcurate.model import Severity
from covidcurate.rules.inventory import ImageFile, Inventory
from covidcurate.rules.registry import Finding, Scope, rule
from covidcurate.rules.view import TableView
from covidcurate.spec import Specification

_ROWS = ("filename", "folder")


@rule(
    "FILE-COPY",
    Severity.ERROR,
    Scope.FILES,
    columns=_ROWS,
    remedy="Keep one of the files; which one is for a person to say.",
)
def check_copies(inventory: Inventory, _: TableView, __: Specification) -> Iterator[Finding]:
    """Two files have the same bytes, or the same pixels.

    The image counts twice, and may stand in both parts of a split. Pixels are compared by ``validate --files``.
    """
    # Few files agree in size, start and end; only of those the rest is read.
    looks = [(file, file.look) for file in inventory.looked_at]
    sketches = [(file, (file.size, look.sketch)) for file, look in looks if isinstance(look, Look)]
    counts = Counter(sketch for _, sketch in sketches)
    # Of a file with a row and one without, the latter is the copy: it is the one that came in.
    alike = sorted((file for file, sketch in sketches if counts[sketch] > 1), key=lambda file: not file.line)
    digests = inventory.digests(alike)
    seen: dict[bytes, ImageFile] = {}
    for file in alike:
        if file.path in digests:
            first = seen.setdefault(digests[file.path], file)
            if first is not file:
                yield file.finding(f"has the same bytes as {first.shown}", related_line=first.line)
    yield from _resembling(inventory, exact=True)


@rule(
    "FILE-SIMILAR",
    Severity.WARNING,
    Scope.FILES,
    columns=_ROWS,
    remedy="Look at both: covidcurate dedupe --format html; keep the better one, or say in the row why both are there.",
)
def check_similar(inventory: Inventory, _: TableView, __: Specification) -> Iterator[Finding]:
    """Two files show the same image, one of them changed.

    Resized, cropped, windowed, inverted or written on, the image counts twice, and may stand in both parts of a split,
    mostly under two patients. Looked for by ``validate --files`` alone, since every image has to be decoded.
    """
    yield from _resembling(inventory, exact=False)


def _resembling(inventory: Inventory, *, exact: bool) -> Iterator[Finding]:
    if inventory.pixels is None or not inventory.pixels.pairs:
        return
    by_path = {file.path: file for file in inventory.files}
    for pair in inventory.pixels.pairs:
        first, second = by_path.get(pair.first), by_path.get(pair.second)
        if first is not None and second is not None and pair.exact is exact:
            yield second.finding(f"{pair.words} {first.shown}{pair.details}", related_line=first.line)


@rule("FILE-BROKEN", Severity.ERROR, Scope.FILES, columns=_ROWS, remedy="Get the file again, from where it came first.")
def check_broken(inventory: Inventory, _: TableView, __: Specification) -> Iterator[Finding]:
    """The pixels of a file cannot be read.

    A loader stops at it, or shows a film of which half is grey. Found by ``validate --files`` alone, since every image
    has to be decoded to its end.
    """
    broken: dict[Path, str] = dict(inventory.pixels.broken) if inventory.pixels else {}
    for file in inventory.files if broken else ():
        if file.path in broken:
            yield file.finding(broken[file.path])
