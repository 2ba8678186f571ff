"""Modalities, and the projections and planes that belong to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from covidcurate.spec.toml import Entry


@dataclass(frozen=True, slots=True)
class Modality:
    """How an image is made, and the folders its files may stand in."""

    value: str
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A projection of an X-ray or a plane of a CT image."""

    value: str
    modality: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Views:
    """What ``schema/views.toml`` says; wordings are folded (lower case, single blanks)."""

    views: Mapping[str, View]
    modalities: Mapping[str, Modality]
    view_wordings: Mapping[str, str]
    modality_wordings: Mapping[str, str]
    undecided: Mapping[str, str]

    def view_of(self, wording: str) -> str:
        """Return the view that a wording means; an empty string if it is unknown or does not decide."""
        return self.view_wordings.get(fold(wording), "")

    def modality_of(self, wording: str) -> str:
        """Return the modality that a wording means; an empty string if it is unknown."""
        return self.modality_wordings.get(fold(wording), "")


def fold(wording: str) -> str:
    """Return a wording in the form in which wordings are compared."""
    return " ".join(wording.casefold().split())


def read_views(document: Entry, base: Views | None = None) -> Views:
    """Make the views of a TOML document; those of ``base`` stay and are added to."""
    modalities = dict(base.modalities) if base else {}
    modality_wordings = dict(base.modality_wordings) if base else {}
    for entry in document.take_entries("modality", "value"):
        modality = Modality(entry.take("value", str), entry.take_strings("folders"))
        modalities[modality.value] = modality
        modality_wordings.update(_wordings(entry, modality.value))
        entry.done()
    views = dict(base.views) if base else {}
    view_wordings = dict(base.view_wordings) if base else {}
    for entry in document.take_entries("view", "value"):
        view = View(entry.take("value", str), entry.take("modality", str), entry.take("description", str, ""))
        views[view.value] = view
        view_wordings.update(_wordings(entry, view.value))
        entry.done()
    undecided = dict(base.undecided) if base else {}
    for entry in document.take_entries("undecided", "because"):
        because = entry.take("because", str)
        undecided.update({fold(word): because for word in entry.take_strings("wordings")})
        entry.done()
    return Views(views, modalities, view_wordings, modality_wordings, undecided)


def _wordings(entry: Entry, value: str) -> dict[str, str]:
    """Return every folded wording of an entry, whatever its language, with the value it means."""
    words = {fold(value): value}
    languages = entry.take_entry("wordings")
    for language in languages.remaining():
        words.update({fold(word): value for word in languages.take_strings(language)})
    languages.done()
    return words
