"""Find what to fix: check, apply, and check again until nothing is left to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from covidcurate.dataset import Dataset
from covidcurate.dataset.moves import Move
from covidcurate.errors import CovidcurateError, TableEncodingError
from covidcurate.mend.edits import Edits, choose_edits
from covidcurate.mend.lines import mend_lines
from covidcurate.mend.renamed import Place, RenamedDataset
from covidcurate.model import Issue, Report
from covidcurate.spec.specification import fold_header
from covidcurate.table import Table
from covidcurate.words import counted

_ROUNDS = 10
"""A cell rarely needs more than two: a blank, then the word. More than this is a circle."""

Check = Callable[[Dataset, bytes], Report]
"""Check a dataset with this content of its table; only what the report holds is fixed."""


@dataclass(frozen=True)
class Mending:
    """What the fixes make of a dataset: its table before and after, new names of files, and the findings that go.

    ``first`` is the report before any fix; ``left`` counts the fixes that would need leave to be unsafe.
    """

    before: bytes
    after: bytes
    first: Report
    moves: tuple[Move, ...] = ()
    fixed: tuple[Issue, ...] = ()
    left: int = 0

    def __bool__(self) -> bool:
        return self.after != self.before or bool(self.moves)


def count_line(mending: Mending, *, done: bool = True) -> str:
    """Return one line that counts what was fixed, or would be, and what is left for those who take the risk."""
    more = f", {mending.left} more with --unsafe-fixes" if mending.left else ""
    return (
        f"{len(mending.fixed)} {'' if done else 'would be '}fixed ({counted(len(mending.moves), 'file')} renamed){more}"
    )


@dataclass
class _State:
    """Where the rounds have come to."""

    table: bytes
    names: dict[Place, str] = field(default_factory=dict)
    fixed: list[Issue] = field(default_factory=list)


def find_mending(dataset: Dataset, check: Check, *, unsafe: bool) -> Mending:
    """Return what the fixes of a dataset come to; nothing is written.

    Raises
    ------
    TableEncodingError, TableStructureError
        The table is not UTF-8, or broken, so that an edit might hit the wrong cell.
    CovidcurateError
        Fixes undo each other, which would be a mistake of ours.
    """
    before = dataset.read_table()
    state, first = _State(before), _report_on_bytes(dataset, before, check) if unsafe else None
    if first is not None:
        state.table, state.fixed = mend_lines(before, first.issues)
    table = _load(dataset, state.table, mended=first is not None)
    table.require_sound()
    for _ in range(_ROUNDS):
        here = RenamedDataset(dataset, state.names)
        report = check(here, state.table)
        first = first or report
        files = [(file.folder, file.name) for file in here.list_files()]
        edits = choose_edits(report.issues, table, files, _key_place(table, dataset), unsafe=unsafe)
        if not edits.issues:
            moves = tuple(Move(*place, new) for place, new in sorted(state.names.items()))
            left = 0 if unsafe else report.fixable(unsafe=True)
            return Mending(before, state.table, first, moves, tuple(state.fixed), left)
        table = _apply(edits, table, state)
    codes = ", ".join(sorted({issue.code for issue in edits.issues}))
    raise CovidcurateError(
        f"{dataset.table}: the fixes of {codes} come to no end; nothing was changed",
        remedy=f"Leave one of them out, as with --ignore {edits.issues[0].code}, and please report this.",
    )


def _load(dataset: Dataset, content: bytes, *, mended: bool) -> Table:
    """Return a table; where bytes are left that no fix was certain of, say just that of the first of them."""
    try:
        return Table.load(content, str(dataset.table))
    except TableEncodingError as error:
        if not mended:
            raise
        remedy = (
            "No answer is certain there, so that nothing is fixed. Correct these lines first: covidcurate validate "
            "--select CSV-ENCODING says what their bytes can be."
        )
        raise TableEncodingError(error.message, remedy=remedy, line=error.line) from error


def _report_on_bytes(dataset: Dataset, content: bytes, check: Check) -> Report | None:
    """Return the report on a table that is not UTF-8; None for one that is."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return check(RenamedDataset(dataset, {}), content)
    return None


def _apply(edits: Edits, table: Table, state: _State) -> Table:
    """Apply the edits of a round, and return the table as it reads afterwards, which must be as it was meant."""
    edits.apply(table)
    state.table = table.to_bytes()
    today = {(folder, new): (folder, old) for (folder, old), new in state.names.items()}
    for place, new in edits.names.items():
        state.names[today.get(place, place)] = new
    state.fixed += edits.issues
    again = Table.load(state.table, table.name)
    if again.header != table.header or [row.fields for row in again.rows] != [row.fields for row in table.rows]:
        raise CovidcurateError(f"{table.name}: would not read back as it was meant; nothing was changed")
    return again


def _key_place(table: Table, dataset: Dataset) -> int:
    specification = dataset.specification
    names = [specification.by_alias.get(fold_header(name), name) for name in table.header]
    return names.index(specification.key) if specification.key in names else -1
