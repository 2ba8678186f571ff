"""Rights as text, Markdown, CSV and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from covidcurate.audit.rights import Place, Rights
from covidcurate.report.tables import csv_line, markdown_cell
from covidcurate.rules.issues import show
from covidcurate.spec.licenses import Permission
from covidcurate.words import to_json

_HEADER = ("license", "images", "redistribute", "commercial", "change", "attribution", "share alike")
_USES = {"redistribute": "redistributed", "commercial": "used commercially", "derivatives": "changed"}
_FEW = 10


def as_text(rights: Rights, *, all_places: bool = False) -> Iterator[str]:
    """Yield a table of licenses, what may be done with how many images, what does not go together, and what is open.

    Parameters
    ----------
    all_places
        Name every such row; otherwise the first ten of each kind.
    """
    rows = [_HEADER, *_rows(rights)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADER))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield ""
    yield from _totals(rights)
    for title, places in (*_apart(rights), *_open_ends(rights)):
        shown = places if all_places else places[:_FEW]
        more = f", and {len(places) - len(shown)} more (-v)" if len(places) > len(shown) else ""
        named = ", ".join(f"{show(place.image) or '(no name)'} (line {place.line})" for place in shown)
        yield f"{title}: {named}{more}"


def as_markdown(rights: Rights, **_: object) -> Iterator[str]:
    """Yield the table and the totals as Markdown."""
    yield f"| {' | '.join(_HEADER)} |"
    yield f"| {' | '.join('---' for _ in _HEADER)} |"
    for row in _rows(rights):
        yield f"| {' | '.join(markdown_cell(cell) for cell in row)} |"
    yield ""
    yield from (f"- {markdown_cell(line)}" for line in _totals(rights))


def as_csv(rights: Rights, **_: object) -> Iterator[str]:
    """Yield the table as CSV."""
    yield csv_line(_HEADER)
    yield from map(csv_line, _rows(rights))


def as_json(rights: Rights, **_: object) -> Iterator[str]:
    """Yield one JSON document with every row without a license, with one that is not known, or that does not mix."""
    document = {
        "format": 1,
        "images": rights.images,
        "licenses": [dict(zip(_HEADER, row, strict=True)) for row in _rows(rights)],
        "uses": {use: {may.value: count for may, count in rights.count(use).items()} for use in _USES},
        "attribution": rights.under("attribution"),
        "share_alike": rights.under("share_alike"),
        "without_version": rights.without_version(),
        "conflicts": [list(pair) for pair in rights.conflicts()],
        "conflict_images": {name: [_plain(place) for place in rights.licenses[name]] for name in _left_out(rights)},
        "unchangeable": rights.unchangeable(),
        "blank": [_plain(place) for place in rights.blank],
        "unknown": {wording: [_plain(place) for place in places] for wording, places in rights.unknown.items()},
        "broken_rows": rights.skipped,
    }
    yield to_json(document, indent=1)


def _rows(rights: Rights) -> Iterator[tuple[str, ...]]:
    for name, places in sorted(rights.licenses.items(), key=lambda item: (-len(item[1]), item[0])):
        terms = rights.terms[name]
        may = (terms.redistribute.value, terms.commercial.value, terms.derivatives.value)
        yield name, str(len(places)), *may, *("yes" if one else "no" for one in (terms.attribution, terms.share_alike))
    for wording, places in sorted(rights.unknown.items()):
        yield f"{show(repr(wording), 42)} (not known)", str(len(places)), *["unknown"] * 5
    if rights.blank:
        yield "(blank)", str(len(rights.blank)), *["unknown"] * 5


def _totals(rights: Rights) -> Iterator[str]:
    for use, words in _USES.items():
        counts = rights.count(use)
        yes, no, open_ = (counts[may] for may in (Permission.YES, Permission.NO, Permission.UNKNOWN))
        yield f"{yes} of {rights.images} images may be {words}, {no} may not, of {open_} it is not known"
    named, alike = rights.under("attribution"), rights.under("share_alike")
    yield f"{named} need their author named, {alike} stay under their license when changed"
    if rights.without_version():
        yield f"{rights.without_version()} leave the exact terms of their license open, mostly for lack of a version"
    if names := rights.unchangeable():
        yield f"in no work made of several: {', '.join(_counted(rights, name) for name in names)}"
    for one, other in rights.conflicts():
        yield f"not in one work made of both: {_counted(rights, one)} and {_counted(rights, other)}"
    if rights.skipped:
        yield f"{rights.skipped} broken rows are not counted; covidcurate validate says which"


def _counted(rights: Rights, name: str) -> str:
    return f"{name} ({len(rights.licenses[name])})"


def _left_out(rights: Rights) -> list[str]:
    """Return the licenses that have fewer images than one that they do not go with."""
    return sorted({fewer for _, fewer in rights.conflicts()})


def _apart(rights: Rights) -> Iterator[tuple[str, Sequence[Place]]]:
    for name in _left_out(rights):
        others = " or ".join(more for more, fewer in rights.conflicts() if fewer == name)
        yield f"{name} does not go with {others}", rights.licenses[name]


def _open_ends(rights: Rights) -> Iterator[tuple[str, Sequence[Place]]]:
    if rights.blank:
        yield "no license stated", rights.blank
    for wording, places in sorted(rights.unknown.items()):
        yield f"license {show(repr(wording))} is not known", places


def _plain(place: Place) -> dict[str, object]:
    return {"line": place.line, "image": place.image}


RENDERERS: dict[str, Callable[..., Iterator[str]]] = {
    "text": as_text,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
}
"""Each format of ``covidcurate licenses`` with the function that writes it."""
