"""Groups of files that show one image, and which of them is worth keeping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from covidcurate.convert.inputs import Source
from covidcurate.dedupe.model import Group, Kind, Pair

_GROUPING = (Kind.BYTES, Kind.PIXELS, Kind.VOLUME, Kind.INSTANCE, Kind.IMAGE)


@dataclass(frozen=True, slots=True)
class Worth:
    """What makes one copy better than another; greater is better, the first that differs decides.

    ``pixels`` are their number, ``bits`` those of a grey level, ``carrier`` is how much else the file says (DICOM says
    how it was made), ``lossless`` whether it was never compressed with loss, ``unmarked`` how free of burned-in marks
    it is, ``licensed`` how clear the license of its row is.
    """

    pixels: int = 0
    bits: int = 0
    unmarked: int = 0
    lossless: int = 0
    carrier: int = 0
    licensed: int = 0


_REASONS = {
    "pixels": "most pixels",
    "bits": "most bits to a grey level",
    "unmarked": "no marks burned in",
    "lossless": "not compressed with loss",
    "carrier": "DICOM, which says how it was made",
    "licensed": "clearest license",
}
Appraise = Callable[[Source, Sequence[Pair]], Worth]


def group_pairs(pairs: Sequence[Pair], appraise: Appraise) -> list[Group]:
    """Return groups in which every file is a direct match of one of them, the medoid.

    That A looks like B, and B like C, makes no group of A and C: files with the most matches become medoids first, and
    take what matches them. A copy, byte by byte, matches what its original does. Ordered by the names of the medoids.

    Parameters
    ----------
    appraise
        Says what a file is worth, given the pairs that it is in.
    """
    matches: dict[Source, dict[Source, Pair]] = {}
    for pair in pairs:
        if pair.kind in _GROUPING:
            matches.setdefault(pair.first, {})[pair.second] = pair
            matches.setdefault(pair.second, {})[pair.first] = pair
    for pair in pairs:
        if pair.kind is Kind.BYTES:
            for other, match in list(matches[pair.first].items()):
                if other is not pair.second:
                    matches[pair.second].setdefault(other, match)
                    matches[other].setdefault(pair.second, match)
    groups, grouped = [], set()
    for medoid in sorted(matches, key=lambda one: (-len(matches[one]), one.shown)):
        others = [one for one in matches[medoid] if one not in grouped]
        if medoid in grouped or not others:
            continue
        members = sorted([medoid, *others], key=lambda one: one.shown)
        grouped.update(members)
        groups.append(_with_best(medoid, members, {one: list(matches[one].values()) for one in members}, appraise))
    return sorted(groups, key=lambda group: group.medoid.shown)


def _with_best(medoid: Source, members: list[Source], pairs: dict[Source, list[Pair]], appraise: Appraise) -> Group:
    worth = {one: appraise(one, pairs[one]) for one in members}

    def rank(one: Source) -> tuple[int, ...]:
        return tuple(getattr(worth[one], name) for name in _REASONS)

    # Of equals the one that was there first: new files come by names of their own.
    best = max(members, key=lambda one: (rank(one), [-ord(sign) for sign in one.shown]))
    return Group(medoid, tuple(members), best, tuple(_reasons(worth[best], [worth[one] for one in members])))


def _reasons(best: Worth, all_of_them: list[Worth]) -> Iterator[str]:
    """Yield in what the best copy is better than another one."""
    for name, words in _REASONS.items():
        if any(getattr(best, name) > getattr(other, name) for other in all_of_them):
            yield words
