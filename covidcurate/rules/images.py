"""Rules on view, modality, folder and origin of an image."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from covidcurate.model import Fix, Severity
from covidcurate.rules.articles import doi_of_address
from covidcurate.rules.registry import Finding, Scope, of_type, rule
from covidcurate.rules.text_column import TextColumn
from covidcurate.rules.values import says_unknown
from covidcurate.rules.view import TableView
from covidcurate.spec import Column, ColumnType, Specification
from covidcurate.spec.views import fold

_FRONTAL = frozenset({"PA", "AP", "AP Supine", "AP Erect"})
_LATERAL_MARKS = ("l.", "t.")
_LATERAL_NAME = re.compile(r"[-_. ](l|lat|lateral)(\.\w+)+$", re.IGNORECASE)


@rule(
    "VIEW-VALUE",
    Severity.ERROR,
    Scope.CELL,
    applies=of_type(ColumnType.VIEW),
    remedy="Use a view of the specification, or leave the cell blank.",
)
def check_view(text: str, column: Column, specification: Specification) -> Iterator[Finding]:
    """A view is not in the vocabulary.

    The view is the strongest confounder of chest films: statistics and loaders select by it, letter by letter.
    """
    views = specification.views
    word = text.strip()
    if not word or word in views.views or says_unknown(word, column):
        return
    if because := views.undecided.get(fold(word)):
        yield Finding(f"{text!r} is not a view: {because}", "Leave the cell blank until somebody knows the view.")
    elif view := views.view_of(word):
        yield Finding(f"{text!r} is not written as the specification has it", f"Write {view!r}.", fix=Fix(view))
    else:
        close = difflib.get_close_matches(fold(word), views.view_wordings, n=1)
        hint = f"Did you mean {views.view_wordings[close[0]]!r}?" if close else f"Use one of {', '.join(views.views)}."
        yield Finding(f"{text!r} is not a view", hint)


@rule("MODALITY-VALUE", Severity.ERROR, Scope.CELL, applies=of_type(ColumnType.MODALITY), remedy="Use X-ray or CT.")
def check_modality(text: str, column: Column, specification: Specification) -> Iterator[Finding]:
    """A modality is not in the vocabulary.

    "How do I get only the CTs?" is answered by this column alone.
    """
    views = specification.views
    word = text.strip()
    if word and word not in views.modalities and not says_unknown(word, column):
        meant = views.modality_of(word)
        yield Finding(
            f"{text!r} is not a modality",
            f"Write {meant!r}." if meant else f"Use one of {', '.join(views.modalities)}.",
            fix=Fix(meant) if meant else None,
        )


@rule("VIEW-MODALITY", Severity.ERROR, Scope.ROW, columns=("view", "modality"), remedy="Correct the one that is wrong.")
def check_view_modality(cells: Mapping[str, str], specification: Specification) -> Iterator[Finding]:
    """A view does not belong to the modality.

    A PA projection is made of an X-ray, an axial plane of a CT.
    """
    view, modality = cells.get("view", "").strip(), cells.get("modality", "").strip()
    known = specification.views.views.get(view)
    if known and modality in specification.views.modalities and known.modality != modality:
        yield Finding(
            f"{known.value} is a view of {known.modality}, but the modality is {modality}", column="view", value=view
        )


@rule(
    "FOLDER-MODALITY",
    Severity.ERROR,
    Scope.ROW,
    columns=("folder", "modality"),
    remedy="Correct the folder, and move the file.",
)
def check_folder_modality(cells: Mapping[str, str], specification: Specification) -> Iterator[Finding]:
    """A folder does not hold files of this modality.

    Volumes are CT; a film among them breaks every loader.
    """
    known = specification.views.modalities.get(cells.get("modality", "").strip())
    folder = cells.get("folder", "").strip()
    if known and folder and folder not in known.folders:
        message = f"{known.value} files stand in {' or '.join(known.folders)}, not in {folder}"
        yield Finding(message, column="folder", value=folder)


@rule("VIEW-NAME", Severity.INFO, Scope.TABLE, columns=("view", "filename"), remedy="Look at the image.")
def check_view_name(view: TableView, _: Specification) -> Iterator[Finding]:
    """The file name says lateral, the view says otherwise.

    Lateral films that were labeled PA have been found by their names.
    """
    names = view.column("filename")
    # What the pattern asks for stands in few names, and to look into hundreds at once costs less than into each.
    runs = names.runs_with(_LATERAL_MARKS) if isinstance(names, TextColumn) else [(0, names)]
    named = ((row, name) for start, run in runs for row, name in enumerate(run, start) if _LATERAL_NAME.search(name))
    for row, name in named:
        if (value := view.column("view")[row]) in _FRONTAL:
            message = f"the name {name!r} ends as those of lateral films do, but the view is {value}"
            yield Finding(message, column="view", value=value, line=view.lines[row], key=name)


@rule(
    "ORIGIN-NONE",
    Severity.WARNING,
    Scope.TABLE,
    columns=("filename", "lack of doi and url"),
    remedy="Enter the page or the article that the image came from.",
)
def check_origin(view: TableView, _: Specification) -> Iterator[Finding]:
    """Neither DOI nor address says where the image came from.

    An image without an origin can neither be licensed nor checked.
    """
    for row, lacks in enumerate(view.numbers("lack of doi and url")):
        if lacks:
            yield view.finding(row, "url", "doi and url are both blank", value="")


@rule(
    "DOI-URL",
    Severity.WARNING,
    Scope.TABLE,
    columns=("filename", "url", "other doi in url"),
    remedy="Open both, and correct the one that leads to another article.",
)
def check_article(view: TableView, _: Specification) -> Iterator[Finding]:
    """The address is that of another article than the DOI.

    Addresses of articles mostly name their DOI. Where it is not the one in the row, the image is linked to an article
    that does not show it: its license, its authors and its patient are those of somebody else.
    """
    for row, is_other in enumerate(view.numbers("other doi in url")):
        if is_other:
            doi = doi_of_address(view.column("url")[row])
            yield view.finding(row, "url", f"the address names the DOI {doi}, which is not the one in doi")
