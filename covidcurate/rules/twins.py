"""Words that lost a character, and the same words where they are still intact."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from covidcurate.model import Issue

Reread = Callable[[], Iterator[str]]
"""Read the lines of a table once more, those that hold more than ASCII; bytes that are no text are surrogates."""

_RUN = re.compile(r"[A-Za-z0-9\x80-\U0010ffff]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_NUMBER = re.compile(r"[0-9]+")
_LOST = re.compile("[\ufffd\udc80-\udcff]")
_HOLE = "\ufffd"
_FEWEST_KNOWN = 2
"""Characters that a word must still have: a sign alone fits everywhere."""
_FEW_SHAPES = 4
_SHOWN = 3
_REMEMBERED = 10_000
"""Words that are not looked at twice: the same few stand in most lines."""
_BECAUSE = "the same word elsewhere in the table has it, and no other does"


def damaged_words(text: str) -> list[str]:
    """Return the words of a text that lost a character but have enough others to be known by."""
    return [word for word in _RUN.findall(text) if _LOST.search(word) and _can_be_known(word)]


def find_twins(words: Collection[str], reread: Reread) -> dict[str, tuple[str, ...]]:
    """Return for each damaged word that stands intact in the table, too, the ways in which it does.

    Numbers in a word may be others: 38.5 degrees tell what stood in 37.2 degrees. The table is read once more, and only
    if there are words to look for.
    """
    shapes = {_shape(word) for word in words}
    fills: dict[str, dict[str, None]] = {}
    seen: set[str] = set()
    may_hold = _search_for(shapes)
    for line in reread() if shapes else ():
        for word in _words_beyond_ascii(line) if may_hold(line) else ():
            if word in seen:
                continue
            if len(seen) < _REMEMBERED:
                seen.add(word)
            if not _LOST.search(word) and (shape := _shape(word)) in shapes:
                fills.setdefault(shape, {})["".join(_BEYOND_ASCII.findall(word))] = None
    twins = {}
    for word in words:
        found = {_filled(word, fill) for fill in fills.get(_shape(word), ())} - {""}
        if found:
            twins[word] = tuple(sorted(found))
    return twins


def _search_for(shapes: Collection[str]) -> Callable[[str], object]:
    """Return a test that a line may hold one of the shapes, which costs little where there are few to look for."""
    if len(shapes) > _FEW_SHAPES:
        return bool
    parts = (re.escape(shape).replace("0", "[0-9]+").replace(_HOLE, _BEYOND_ASCII.pattern) for shape in shapes)
    return re.compile("|".join(parts)).search


def _words_beyond_ascii(line: str) -> Iterator[str]:
    """Yield the words with a character beyond ASCII, of which a line mostly has few: all others are not looked at."""
    end = 0
    while (found := _BEYOND_ASCII.search(line, end)) is not None:
        start = found.start()
        while start > end and line[start - 1].isascii() and line[start - 1].isalnum():
            start -= 1
        match = _RUN.match(line, start)
        end = match.end() if match else found.end()
        yield line[start:end]


def answer_lost(issues: list[Issue], reread: Reread) -> None:
    """Complete the fixes that change nothing: those of cells which lost characters, in place.

    A word has one answer if it stands intact elsewhere in one way; a cell in which none has gets no fix.
    """
    waiting = [
        (place, issue)
        for place, issue in enumerate(issues)
        if issue.fix is not None and issue.fix.new == issue.fix.old and _HOLE in issue.fix.old
    ]
    words = {word for _, issue in waiting if issue.fix is not None for word in damaged_words(issue.fix.old)}
    twins = {word: ways[0] for word, ways in find_twins(words, reread).items() if len(ways) == 1}
    for place, issue in waiting:
        issues[place] = _answered(issue, twins)


def _answered(issue: Issue, twins: dict[str, str]) -> Issue:
    assert issue.fix is not None  # noqa: S101 - the caller has seen to it
    new = _RUN.sub(lambda match: twins.get(match[0], match[0]), issue.fix.old)
    if new == issue.fix.old:
        return replace(issue, fix=None)
    found = dict.fromkeys(twins[word] for word in damaged_words(issue.fix.old) if word in twins)
    rest = " The others look up at the source." if _HOLE in new else ""
    said = f"Write {_listed(found)}, as elsewhere in the table.{rest}"
    return replace(issue, fix=replace(issue.fix, new=new, unsafe=_BECAUSE), remedy=said)


def _listed(words: Iterable[str]) -> str:
    quoted = [repr(word) for word in words]
    return ", ".join(quoted[:_SHOWN]) + (f" and {len(quoted) - _SHOWN} more" if len(quoted) > _SHOWN else "")


def _shape(word: str) -> str:
    """Return a word in which all that is not ASCII is a hole, and each number the same."""
    return _NUMBER.sub("0", _BEYOND_ASCII.sub(_HOLE, word))


def _can_be_known(word: str) -> bool:
    known = _shape(word).replace(_HOLE, "")
    return len(known) >= _FEWEST_KNOWN and any(char.isalpha() for char in known)


def _filled(word: str, fill: str) -> str:
    """Return a word with its holes filled; blank where the fill does not fit what is there, or cannot be printed."""
    chars = iter(fill)
    filled = "".join(char if char.isascii() else next(chars) for char in word)
    fits = all(_LOST.match(old) or old == new for old, new in zip(word, filled, strict=True))
    return filled if fits and filled.isprintable() else ""
