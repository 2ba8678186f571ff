"""What the tables of datasets say about files: whose they are, of which day, from which page, under which license."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from covidcurate.convert.inputs import Source
from covidcurate.dataset import Dataset
from covidcurate.errors import CovidcurateError
from covidcurate.licenses import LicenseBook
from covidcurate.spec.licenses import Permission
from covidcurate.spec.specification import fold_header
from covidcurate.table import TableReader


@dataclass(frozen=True, slots=True)
class RowFacts:
    """The row of a file; ``patient`` holds the dataset too, since ids are a dataset's own.

    ``days`` are the day of the image as written, counted from a symptom and of the calendar, ``person`` age and sex;
    ``licensed`` says how clear the license is: 2 if it allows redistribution, 1 if it is known, 0 else.
    """

    patient: tuple[Path, str]
    days: tuple[str, str]
    url: str
    doi: str
    person: tuple[str, str]
    notes: str
    licensed: int

    def is_other_day(self, other: RowFacts) -> bool:
        """Whether both are images of one patient, and stated to be of different days."""
        return bool(self.patient[1]) and self.patient == other.patient and _differ(self.days, other.days)

    def is_other_person(self, other: RowFacts) -> bool:
        """Whether both rows state an age or a sex, and not the same."""
        return _differ(self.person, other.person)


def _differ(stated: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether two rows contradict each other; what one leaves blank contradicts nothing."""
    return any(one and other and one != other for one, other in zip(stated, others, strict=True))


def read_row_facts(sources: Sequence[Source]) -> dict[Source, RowFacts]:
    """Return the row of each file that lies in a media folder of a dataset and has one; tables are read once."""
    tables: dict[Path, dict[str, RowFacts]] = {}
    found = {}
    for source in sources:
        path = source.path.absolute()
        if path.parent not in tables:
            tables[path.parent] = _read_folder(path.parent)
        facts = tables[path.parent].get(path.name)
        if facts is not None:
            found[source] = facts
    return found


def _read_folder(folder: Path) -> dict[str, RowFacts]:
    """Return the rows of the files of one media folder; none if it is none, or the table cannot be read."""
    try:
        dataset = Dataset.open(folder.parent)
        if folder.name not in dataset.media_folders:
            return {}
        specification, book = dataset.specification, LicenseBook(dataset.specification)
        facts: dict[str, RowFacts] = {}
        with TableReader(dataset.table) as reader:
            names = [specification.by_alias.get(fold_header(name), name) for name in reader.header]
            for row in reader:
                cells = {name: cell.strip() for name, cell in zip(names, row.fields, strict=False)}
                # A row without a folder, as in old tables, stands for a file of the first.
                if (cells.get("folder") or dataset.media_folders[0]) == folder.name:
                    patient = dataset.root, cells.get("patientid", "")
                    facts.setdefault(cells.get("filename", ""), facts_of(cells, patient, book))
        return facts
    except (CovidcurateError, OSError):
        return {}


def facts_of(cells: Mapping[str, str], patient: tuple[Path, str], book: LicenseBook) -> RowFacts:
    """Return what a row says; ``patient`` is the place in which the patient has an id, and the id."""
    license_ = book.resolve(cells.get("license", ""))
    return RowFacts(
        patient,
        (cells.get("offset", ""), cells.get("date", "")),
        cells.get("url", ""),
        cells.get("doi", ""),
        (cells.get("age", ""), cells.get("sex", "")),
        cells.get("clinical_notes", ""),
        0 if license_ is None else 1 + (license_.redistribute is Permission.YES),
    )
