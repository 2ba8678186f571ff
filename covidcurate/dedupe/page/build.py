"""Build the page: every text escaped, every picture inside, nothing asked of anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from covidcurate.convert.inputs import Source
from covidcurate.dedupe.model import Group, Kind, Pair, Search
from covidcurate.dedupe.page.pictures import PairPictures, Shown, read_pictures
from covidcurate.duplicates.overlay import GAIN
from covidcurate.jobs import run_isolated
from covidcurate.report.page import page, safe
from covidcurate.words import counted

MOST_PICTURES = 500
"""Pairs that are shown with pictures, about 0.1 MB each; the others are text."""
_NO_OVERLAY = {
    Kind.BYTES: "No difference: the files have the same bytes.",
    Kind.PIXELS: "No difference: all pixels are equal.",
    Kind.VOLUME: "Volumes are not laid over each other here.",
    Kind.SLICE: "A volume is not laid over a picture here.",
    Kind.CASE: "Images of one case, which need not show the same.",
}
_COLUMNS = ("Best copy", "Because", "Middle", "The others")
_KEYS = (
    ("j", "next pair"),
    ("k", "previous pair"),
    ("s", "side by side"),
    ("b", "blink, again: hold and flip by hand"),
    ("d", "difference"),
)


def as_html(search: Search) -> Iterator[str]:
    """Yield one page with all pairs, pictures and script inside; the policy in it forbids everything from outside."""
    yield from page("Duplicates", __package__, _body(search))


def _body(search: Search) -> Iterator[str]:
    yield from _head(search)
    yield "<main>"
    yield from _pairs(search)
    yield from _groups(search.groups)
    yield from _left_out(search)
    yield "</main>"


def _head(search: Search) -> Iterator[str]:
    counts = Counter(pair.kind for pair in search.pairs)
    found = ", ".join(f"{counts[kind]} {kind.value}" for kind in Kind if counts[kind]) or "no duplicates"
    yield '<header class="top"><div><h1>Duplicates</h1>'
    yield f"<p>{counted(search.files, 'file')}: {found}; {len(search.problems)} not read.</p>"
    yield '<div class="filters" role="group" aria-label="Filters">'
    for kind in (one for one in Kind if counts[one]):
        yield f'<label><input type="checkbox" value="{kind.name}" checked>{kind.value} ({counts[kind]})</label>'
    yield '<label>Text <input type="search" id="text" placeholder="file name or evidence"></label>'
    yield '<span class="quiet" id="count" role="status"></span></div>'
    keys = " ".join(f"<span><kbd>{key}</kbd> {escape(what)}</span>" for key, what in _KEYS)
    yield (
        f'<div class="keys">{keys}<label>Strength of differences <input type="range" id="gain" min="1" max="5" '
        'value="1"></label></div></div></header>'
    )


def _pairs(search: Search) -> Iterator[str]:
    if search.pairs:
        yield "<h2>Pairs</h2><p>Nothing was deleted; which file stays is for a person to say.</p>"
    # Of copies there is least to be seen.
    order = sorted(range(len(search.pairs)), key=lambda place: (search.pairs[place].kind.is_exact, place))
    pictured = sorted(order[:MOST_PICTURES])
    if len(order) > MOST_PICTURES:
        yield f"<p>Only {MOST_PICTURES} of the {len(order)} pairs have pictures, exact copies the last. Look at fewer "
        yield "files at a time to see the others.</p>"
    pictures = dict.fromkeys(pictured)
    outcomes = run_isolated(read_pictures, [search.pairs[place] for place in pictured])
    best = {source: group for group in search.groups for source in group.members}
    for place, pair in enumerate(search.pairs):
        shown = None
        if place in pictures:
            done = next(outcomes)
            reason = Shown(text=done.error.message if done.error else "")
            shown = done.value or PairPictures(reason, reason)
        group = best.get(pair.first)
        yield from _card(place + 1, pair, shown, group.best if group and group is best.get(pair.second) else None)


def _card(number: int, pair: Pair, pictures: PairPictures | None, best: Source | None) -> Iterator[str]:
    first, second = (f'<span class="file">{safe(source.shown)}</span>' for source in (pair.first, pair.second))
    yield (
        f'<article id="pair-{number}" tabindex="-1" data-kind="{pair.kind.name}" data-view="side" data-seen="1" '
        f'aria-labelledby="title-{number}"><header><h3 id="title-{number}">{number}. {first} and {second}</h3>'
        f'<span class="kind">{pair.kind.value}</span><span class="score">agreement {pair.score:.2f} '
        f'<meter min="0" max="1" value="{pair.score:.3f}" aria-label="agreement"></meter></span></header>'
    )
    if pictures is not None:
        yield from _views(pair, pictures, best)
    if pair.evidence:
        yield f'<ul class="evidence">{"".join(f"<li>{safe(words)}</li>" for words in pair.evidence)}</ul>'
    yield "</article>"


def _views(pair: Pair, pictures: PairPictures, best: Source | None) -> Iterator[str]:
    if pictures.over:
        yield (
            '<div class="views" role="group" aria-label="View">'
            '<button type="button" data-view="side" aria-pressed="true">Side by side</button>'
            '<button type="button" data-view="blink" aria-pressed="false">Blink</button>'
            '<button type="button" data-view="difference" aria-pressed="false">Difference</button></div>'
        )
    elif pictures.first.address and pictures.second.address:
        words = _NO_OVERLAY.get(pair.kind, "The one cannot be laid over the other.")
        yield f'<p class="quiet">{words}</p>'
    yield '<div class="side">'
    for source, shown in ((pair.first, pictures.first), (pair.second, pictures.second)):
        mark = ' <span class="best">best copy</span>' if source == best else ""
        size = f"<br>{safe(shown.text)}" if shown.address else ""
        yield f"<figure>{_film(shown, source.shown)}"
        yield f"<figcaption>{safe(source.shown)}{size}{mark}</figcaption></figure>"
    yield "</div>"
    if pictures.over:
        yield _laid_over(pair, pictures.over)


def _film(shown: Shown, name: str) -> str:
    if not shown.address:
        return f'<div class="film"><p>No picture: {safe(shown.text)}</p></div>'
    return f'<div class="film">{_image(shown, name)}</div>'


def _image(shown: Shown, text: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f'<img{marked} src="{shown.address}" alt="{safe(text)}" decoding="async">'


def _laid_over(pair: Pair, over: tuple[Shown, Shown, Shown]) -> str:
    first, second = pair.first.shown, pair.second.shown
    return (
        f'<figure class="over of-blink"><div class="film">{_image(over[0], f"{first}, on one grid", "is-first")}'
        f"{_image(over[1], f'{second}, on the same grid', 'is-second')}</div><figcaption>"
        f'<span class="is-first">First: {safe(first)}</span><span class="is-second">Second: {safe(second)}</span>'
        "<br>The one is laid over the other as it was found: turned, mirrored, inverted, scaled.</figcaption></figure>"
        f'<figure class="over of-difference"><div class="film">{_image(over[2], f"difference of {first} and {second}")}'
        f'</div><figcaption>In what they differ, <span class="gain">{GAIN}</span> times as strong, after the one was '
        "given the grey levels of the other. Black is no difference; blue is where only one of them is.</figcaption>"
        "</figure>"
    )


def _groups(groups: Sequence[Group]) -> Iterator[str]:
    if not groups:
        return
    yield "<h2>Groups</h2><p>Files that show one image, and which is worth keeping. The middle of a group is the file "
    yield "that the others match directly.</p><table><thead><tr>"
    yield "".join(f'<th scope="col">{title}</th>' for title in _COLUMNS)
    yield "</tr></thead><tbody>"
    for group in groups:
        cells = (
            safe(group.best.shown),
            safe(", ".join(group.reasons) or "all are worth the same"),
            safe(group.medoid.shown),
            "<br>".join(safe(one.shown) for one in group.members if one != group.best),
        )
        yield "<tr>"
        for title, cell in zip(_COLUMNS, cells, strict=True):
            # A narrow window shows one cell below the other, each with its title.
            yield f'<td data-title="{title}"><span>{cell}</span></td>'
        yield "</tr>"
    yield "</tbody></table>"


def _left_out(search: Search) -> Iterator[str]:
    parts = (
        ("Not read", [error.message for error in search.problems.values()]),
        ("Nothing to be known by", [source.shown for source in search.featureless]),
        ("Compared byte by byte alone", [source.shown for source in search.others]),
        ("Notes", search.notes),
    )
    for title, lines in parts:
        if lines:
            yield f"<h2>{title}</h2><ul>{''.join(f'<li>{safe(line)}</li>' for line in lines)}</ul>"
