"""The tree of findings, the wordings that lead to it, and the flat values of earlier files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from covidcurate.spec.toml import Entry


@dataclass(frozen=True, slots=True)
class Findings:
    """What ``schema/findings.toml`` says.

    ``paths`` are the places of the tree in order; ``synonyms`` maps folded wordings to a path; ``historical`` maps
    whole cells of earlier files to paths; ``in_progress`` maps cells that are no finding to their meaning.
    """

    paths: tuple[str, ...]
    synonyms: Mapping[str, str]
    historical: Mapping[str, tuple[str, ...]]
    in_progress: Mapping[str, str]

    def split(self, cell: str) -> tuple[str, ...]:
        """Return the findings of a cell: parted at commas, except where the whole cell is a known name.

        Outer blanks and empty parts go; nothing is looked up. A cell that is in progress has no findings.
        """
        text = cell.strip()
        if not text or text in self.in_progress:
            return ()
        if text in self.paths:
            return (text,)
        return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)

    def resolve(self, cell: str) -> tuple[str, ...]:
        """Return the findings of a cell as paths of the tree where ``schema/`` says which; others as they stand."""
        text = cell.strip()
        if text in self.historical:
            return self.historical[text]
        paths: list[str] = []
        for part in self.split(cell):
            paths.extend(self.historical.get(part, (part,)))
        return tuple(dict.fromkeys(paths))

    def suggest(self, wording: str) -> str:
        """Return the path, list of paths or state that a wording means; an empty string if it is not known."""
        text = wording.strip()
        if text in self.historical:
            return ", ".join(self.historical[text])
        folded = text.casefold()
        if folded in self.synonyms:
            return self.synonyms[folded]
        return next((name for name in (*self.paths, *self.in_progress) if name.casefold() == folded), "")

    @staticmethod
    def labels(path: str) -> tuple[str, ...]:
        """Return the labels that hold with a path: its pieces, so every ancestor too."""
        return tuple(piece for piece in (part.strip() for part in path.split("/")) if piece)


def read_findings(document: Entry, base: Findings | None = None) -> Findings:
    """Make the findings of a TOML document; those of ``base`` stay and are added to."""
    paths = list(base.paths) if base else []
    synonyms = dict(base.synonyms) if base else {}
    for entry in document.take_entries("finding", "path"):
        path = entry.take("path", str)
        if path not in paths:
            paths.append(path)
        for wording in entry.take_strings("synonyms"):
            synonyms[wording.casefold()] = path
        entry.done()
    historical = dict(base.historical) if base else {}
    table = document.take_entry("historical")
    for cell in table.remaining():
        historical[cell] = table.take_strings(cell)
    table.done()
    in_progress = dict(base.in_progress) if base else {}
    states = document.take_entry("in_progress")
    for cell in states.remaining():
        in_progress[cell] = states.take(cell, str)
    states.done()
    return Findings(tuple(paths), synonyms, historical, in_progress)
