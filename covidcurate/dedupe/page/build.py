"""Build the page: every text escaped, every picture inside, nothing asked of anybody."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources

from covidcurate.convert.inputs import Source
from covidcurate.dedupe.model import Group, Kind, Pair, Search
from covidcurate.dedupe.page.pictures import PairPictures, Shown, read_pictures
from covidcurate.jobs import run_isolated

MOST_PICTURES = 200
"""Pairs that are shown with pictures; more would make a page that no browser opens."""
_KEYS = (("j", "next pair"), ("k", "previous pair"), ("s", "side by side"), ("b", "blink"), ("d", "difference"))


def as_html(search: Search) -> Iterator[str]:
    """Yield one page with all pairs, pictures and script inside; the policy in it forbids everything from outside."""
    style, script = _read("page.css"), _read("page.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash_of(style)}'; script-src '{_hash_of(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>Duplicates</title><style>{style}</style></head><body>"
    yield from _head(search)
    yield "<main>"
    yield from _pairs(search)
    yield from _groups(search.groups)
    yield from _left_out(search)
    yield f"</main><script>{script}</script></body></html>"


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash_of(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _head(search: Search) -> Iterator[str]:
    counts = Counter(pair.kind for pair in search.pairs)
    found = ", ".join(f"{counts[kind]} {kind.value}" for kind in Kind if counts[kind]) or "no duplicates"
    yield '<div class="top"><div><h1>Duplicates</h1>'
    yield f"<p>{search.files} files: {found}; {len(search.problems)} not read.</p>"
    yield '<div class="filters" role="group" aria-label="Filters">'
    for kind in (one for one in Kind if counts[one]):
        yield f'<label><input type="checkbox" value="{kind.name}" checked>{kind.value} ({counts[kind]})</label>'
    yield '<label>Text <input type="search" id="text" placeholder="file name or evidence"></label>'
    yield '<span class="quiet" id="shown" role="status"></span></div>'
    keys = " ".join(f"<kbd>{key}</kbd> {escape(what)}" for key, what in _KEYS)
    yield f'<p class="keys">{keys}. Nothing was deleted; which file stays is for a person to say.</p></div></div>'


def _pairs(search: Search) -> Iterator[str]:
    best = {source: group for group in search.groups for source in group.members}
    pictured = [done.value for done in run_isolated(read_pictures, search.pairs[:MOST_PICTURES])]
    for number, pair in enumerate(search.pairs, start=1):
        pictures = pictured[number - 1] if number <= len(pictured) else None
        group = best.get(pair.first)
        yield from _card(number, pair, pictures, group.best if group and group is best.get(pair.second) else None)
    if len(search.pairs) > MOST_PICTURES:
        yield f"<p>The first {MOST_PICTURES} pairs have pictures: look at fewer files at a time to see the others.</p>"


def _card(number: int, pair: Pair, pictures: PairPictures | None, best: Source | None) -> Iterator[str]:
    first, second = escape(pair.first.shown), escape(pair.second.shown)
    yield (
        f'<article id="pair-{number}" tabindex="-1" data-kind="{pair.kind.name}" data-view="side" data-shown="1" '
        f'aria-labelledby="title-{number}"><header><h3 id="title-{number}">{number}. {first} and {second}</h3>'
        f'<span class="kind">{pair.kind.value}</span><span class="score">{pair.score:.2f} '
        f'<meter min="0" max="1" value="{pair.score:.3f}" aria-label="agreement"></meter></span></header>'
    )
    if pictures is not None:
        yield from _views(pair, pictures, best)
    if pair.evidence:
        yield f'<ul class="evidence">{"".join(f"<li>{escape(words)}</li>" for words in pair.evidence)}</ul>'
    yield "</article>"


def _views(pair: Pair, pictures: PairPictures, best: Source | None) -> Iterator[str]:
    off = "" if pictures.over else ' disabled title="there is nothing to lay one over the other by"'
    yield (
        '<div class="views" role="group" aria-label="View">'
        '<button type="button" data-view="side" aria-pressed="true">Side by side</button>'
        f'<button type="button" data-view="blink" aria-pressed="false"{off}>Blink</button>'
        f'<button type="button" data-view="difference" aria-pressed="false"{off}>Difference</button></div>'
    )
    yield '<div class="side">'
    for source, shown in ((pair.first, pictures.first), (pair.second, pictures.second)):
        mark = ' <span class="best">best copy</span>' if source == best else ""
        size = f"<br>{escape(shown.text)}" if shown.address else ""
        yield f"<figure>{_film(shown, source.shown)}"
        yield f"<figcaption>{escape(source.shown)}{size}{mark}</figcaption></figure>"
    yield "</div>"
    if pictures.over:
        first, second, difference = pictures.over
        names = escape(pair.first.shown), escape(pair.second.shown)
        yield (
            '<figure class="over of-blink"><div class="film">'
            f'<img class="is-first" src="{first.address}" alt="{names[0]}">'
            f'<img class="is-second" src="{second.address}" alt="{names[1]}, laid over the first"></div>'
            f'<figcaption><span class="says-first">First: {names[0]}</span>'
            f'<span class="says-second">Second, laid over it: {names[1]}</span></figcaption></figure>'
            f'<figure class="over of-difference"><div class="film"><img src="{difference.address}" '
            f'alt="difference of {names[0]} and {names[1]}"></div><figcaption>In what they differ, three times as '
            "strong, after the one was given the grey levels of the other; black is no difference</figcaption></figure>"
        )


def _film(shown: Shown, name: str) -> str:
    if not shown.address:
        return f'<div class="film"><p>No picture: {escape(shown.text)}</p></div>'
    return f'<div class="film"><img src="{shown.address}" alt="{escape(name)}"></div>'


def _groups(groups: Sequence[Group]) -> Iterator[str]:
    if groups:
        yield "<h2>Groups</h2><table><thead><tr><th>Best copy</th><th>Because</th><th>The others</th></tr></thead>"
        yield "<tbody>"
        for group in groups:
            others = "<br>".join(escape(one.shown) for one in group.members if one != group.best)
            reasons = escape(", ".join(group.reasons) or "all are worth the same")
            yield f"<tr><td>{escape(group.best.shown)}</td><td>{reasons}</td><td>{others}</td></tr>"
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
            yield f"<h2>{title}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
