"""Rules on findings and on what clinical cells say about each other."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from covidcurate.model import Fix, Severity
from covidcurate.rules.registry import Finding, Scope, of_type, rule
from covidcurate.spec import Column, ColumnType, Specification
from covidcurate.spec.findings import Findings


def _consistency_columns(specification: Specification) -> tuple[str, ...]:
    return tuple({name for one in specification.consistencies for name in (*one.when, *one.expect)})


_A_DIAGNOSIS = "it says more of the patient than the cell did: a path has all its ancestors"
_UNCERTAIN = re.compile(
    r"\b(?:suspect\w*|suspici\w*|possibl\w*|probabl\w*|presum\w*|likely|unlikely|excluded|rule[ds]? out|r/o|negative"
    r"|not|without|no (?:evidence|signs?))\b|\?",
    re.IGNORECASE,
)
"""Words that make another statement of the finding beside them."""
_IS_FINDING = of_type(ColumnType.FINDING)


@rule(
    "FINDING-UNKNOWN",
    Severity.ERROR,
    Scope.CELL,
    applies=_IS_FINDING,
    remedy="Use a path of the tree, or add the finding to covidcurate.toml as a [[finding]].",
)
def check_known(text: str, _: Column, specification: Specification) -> Iterator[Finding]:
    """A finding is not in the tree.

    A misspelled label is a label of its own to every program, with one image.
    """
    findings = specification.findings
    cell = text.strip()
    if cell in findings.historical:
        return
    if any(not part.strip() for part in cell.split(",")) and cell:
        yield Finding(f"{text!r} has a comma with no finding on one side", "Remove the comma.")
    fix = _fix(cell, findings)
    for part in findings.split(cell):
        if part in findings.paths or part in findings.historical:
            continue
        meant = findings.suggest(part)
        if not meant and _UNCERTAIN.search(part):
            hint = "Enter what was found; what was suspected or excluded belongs into clinical_notes."
        else:
            meant = meant or _nearest(part, findings)
            hint = f"Did you mean {meant!r}?" if meant else ""
        yield Finding(f"{part!r} is not in the tree of findings", hint, fix=fix)


def _nearest(part: str, findings: Findings) -> str:
    """Return the path that a misspelled one may mean; blank if none is near."""
    folded = {path.casefold(): path for path in findings.paths}
    leaves = {path.rsplit("/", 1)[-1].casefold(): path for path in findings.paths}
    close = difflib.get_close_matches(part.casefold(), [*folded, *leaves], n=1)
    return (folded | leaves)[close[0]] if close else ""


def _fix(cell: str, findings: Findings) -> Fix | None:
    """Return a cell with all its findings as paths; none if a part of it is not known."""
    parts = [part.strip() for part in cell.split(",")]
    known = [
        part if part in findings.paths or part in findings.historical else findings.suggest(part) for part in parts
    ]
    if len(known) > 1 and any(part in findings.in_progress for part in known):
        return None
    return Fix(", ".join(dict.fromkeys(known)), _A_DIAGNOSIS) if all(known) else None


@rule("FINDING-FLAT", Severity.INFO, Scope.CELL, applies=_IS_FINDING, remedy="Write the path.")
def check_flat(text: str, _: Column, specification: Specification) -> Iterator[Finding]:
    """A finding is written as earlier versions of the collection had it.

    Its ancestors are not in the cell, so counts of Pneumonia or Viral miss the image.
    """
    findings = specification.findings
    paths = findings.resolve(text)
    if paths and paths != tuple(dict.fromkeys(findings.split(text))) and all(path in findings.paths for path in paths):
        written = ", ".join(paths)
        yield Finding(f"{text!r} has no path", f"Write {written!r}.", fix=Fix(written, _A_DIAGNOSIS))


@rule(
    "FINDING-LIST",
    Severity.INFO,
    Scope.CELL,
    applies=_IS_FINDING,
    remedy="Leave it if both are true; loaders that take the cell for one label miss both.",
)
def check_list(text: str, _: Column, specification: Specification) -> Iterator[Finding]:
    """A cell holds several findings.

    That is legal, but loaders differ: one counts both, another takes the list for a label of its own.
    """
    parts = specification.findings.split(text)
    if len(parts) > 1:
        yield Finding(f"the cell holds {len(parts)} findings: {', '.join(parts)}")


@rule("FINDING-TODO", Severity.INFO, Scope.CELL, applies=_IS_FINDING, remedy="Enter the finding when it is known.")
def check_in_progress(text: str, _: Column, specification: Specification) -> Iterator[Finding]:
    """The work on a row is not finished.

    Such rows are kept, so that an image stays traced, and are left out of statistics.
    """
    if meaning := specification.findings.in_progress.get(text.strip()):
        yield Finding(f"{text.strip()!r}: {meaning}")


@rule(
    "CLINICAL-IMPLIES",
    Severity.WARNING,
    Scope.ROW,
    columns=_consistency_columns,
    remedy="Correct the cell that is wrong.",
)
def check_implications(cells: Mapping[str, str], specification: Specification) -> Iterator[Finding]:
    """Two clinical cells of a row do not agree.

    What held at the time of the image also held at some point in the illness. The pairs stand in the specification
    as [[consistency]].
    """
    texts = {column: text.strip() for column, text in cells.items()}
    for statement in specification.consistencies:
        if not all(texts.get(column) == value for column, value in statement.when.items()):
            continue
        for column, value in statement.expect.items():
            if column in texts and texts[column] != value and not (statement.may_be_blank and not texts[column]):
                when = ", ".join(f"{name}={text}" for name, text in statement.when.items())
                has = f"is {texts[column]}" if texts[column] else "is blank"
                yield Finding(
                    f"{when}, but {column} {has}: {statement.because}",
                    f"Write {column}={value}, or correct {when}.",
                    column=column,
                    value=texts[column],
                )
