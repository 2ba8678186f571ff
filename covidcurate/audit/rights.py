"""What may be done with the images of a dataset, by the licenses in its table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from covidcurate.dataset import Dataset
from covidcurate.errors import UnreadableError
from covidcurate.licenses import LicenseBook, cannot_be_mixed
from covidcurate.spec import License
from covidcurate.spec.licenses import Permission
from covidcurate.spec.specification import fold_header
from covidcurate.table import RowProblem, TableReader


@dataclass(frozen=True, slots=True)
class Place:
    """A row by its physical line, and the image that it is of."""

    line: int
    image: str


@dataclass
class Rights:
    """The images of a table by license; ``blank`` ones state none, ``unknown`` ones one that nobody knows here.

    ``skipped`` counts rows that are broken, of which nothing can be said.
    """

    images: int = 0
    licenses: dict[str, list[Place]] = field(default_factory=dict)
    blank: list[Place] = field(default_factory=list)
    unknown: dict[str, list[Place]] = field(default_factory=dict)
    terms: dict[str, License] = field(default_factory=dict)
    skipped: int = 0

    def count(self, use: str) -> dict[Permission, int]:
        """Return how many images may be put to a use, may not, and of how many that is not known.

        Parameters
        ----------
        use
            ``redistribute``, ``commercial`` or ``derivatives``.
        """
        counts = dict.fromkeys(Permission, 0)
        for name, places in self.licenses.items():
            counts[getattr(self.terms[name], use)] += len(places)
        counts[Permission.UNKNOWN] += len(self.blank) + sum(map(len, self.unknown.values()))
        return counts

    def under(self, condition: str) -> int:
        """Return how many images come with a condition: ``attribution`` or ``share_alike``."""
        return sum(len(places) for name, places in self.licenses.items() if getattr(self.terms[name], condition))

    def without_version(self) -> int:
        """Return of how many images the license leaves its exact terms open, mostly for lack of a version."""
        return sum(len(places) for name, places in self.licenses.items() if not self.terms[name].version_known)

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yield pairs of licenses whose images cannot go into one work that is made of them.

        Each license stands first that has more images, so that those under the second are the ones to leave out.
        """
        for one, other in cannot_be_mixed(self.terms.values()):
            yield (one, other) if len(self.licenses[one]) >= len(self.licenses[other]) else (other, one)

    def unchangeable(self) -> list[str]:
        """Return the licenses that forbid changes, whose images go into no work that is made of several."""
        return sorted(name for name, terms in self.terms.items() if terms.derivatives is Permission.NO)


def read_rights(dataset: Dataset) -> Rights:
    """Count the licenses of a dataset's table.

    Raises
    ------
    UnreadableError
        The table has no column for licenses, or more than one.
    """
    specification, book, rights = dataset.specification, LicenseBook(dataset.specification), Rights()
    with TableReader(dataset.table) as reader:
        names = [specification.by_alias.get(fold_header(name), name) for name in reader.header]
        if "license" not in names:
            raise UnreadableError(
                f"{dataset.table}:1: there is no column 'license', so that nothing is known of what may be done",
                remedy="Add the column: covidcurate validate says which headers are expected.",
            )
        if names.count("license") > 1:
            raise UnreadableError(
                f"{dataset.table}:1: two columns mean 'license', so that nobody knows which of them counts",
                remedy="Keep one of the columns.",
            )
        for row in reader:
            if not any(row.fields):
                continue
            if row.problem is not RowProblem.NONE or len(row.fields) != len(names):
                rights.skipped += 1
                continue
            cells = dict(zip(names, row.fields, strict=True))
            _add(rights, cells["license"].strip(), Place(row.first_line, cells.get("filename", "").strip()), book)
    return rights


def _add(rights: Rights, wording: str, place: Place, book: LicenseBook) -> None:
    rights.images += 1
    license_ = book.resolve(wording)
    if license_ is not None:
        rights.terms[license_.id] = license_
        rights.licenses.setdefault(license_.id, []).append(place)
    elif wording:
        rights.unknown.setdefault(wording, []).append(place)
    else:
        rights.blank.append(place)
