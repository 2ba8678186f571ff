"""Make the row of a candidate from its own values and those that its header states."""

from __future__ import annotations

from covidcurate.imaging import FileType
from covidcurate.imaging.filetype import extension_of
from covidcurate.ingest.candidates import Candidate
from covidcurate.ingest.content import Content
from covidcurate.ingest.planned import PlannedImage, Verdict
from covidcurate.model import EvidenceKind, Value
from covidcurate.table import Table


def make_row(candidate: Candidate, content: Content, table: Table) -> PlannedImage:
    """Make the row of an image: what is stated or decided goes in, what is inferred waits, what is unknown is blank."""
    extension = extension_of(candidate.name)
    name, remarks = candidate.name, []
    if extension.casefold() not in content.kind.extensions:
        name = candidate.name.removesuffix(extension) + content.kind.extensions[0]
        remarks.append(f"named {name}, since it is {content.kind.value}")
    if content.removed:
        remarks.append(f"without its {', '.join(content.removed)}")
    folder = "volumes" if content.kind in (FileType.NIFTI, FileType.NIFTI_GZIP) else "images"
    cells = {"folder": folder, "filename": name}
    remarks += content.remarks
    waiting = list(content.waiting)
    for column, value in _with_header_values(candidate, content, remarks).items():
        if value.evidence.kind in (EvidenceKind.INFERRED, EvidenceKind.HINT):
            only = ", a hint only" if value.evidence.kind is EvidenceKind.HINT else ""
            waiting.append(f"{column}={value.text} (read from {value.evidence.text!r}{only})")
        elif column not in table.header and column != "patientid":
            remarks.append(f"{column}={value.text} stays behind: the dataset has no such column")
        else:
            cells[column] = value.text
    for question in candidate.questions:
        # What a person has written into the cell since is the answer.
        if question.column not in cells:
            options = " or ".join(option.text for option in question.options)
            waiting.append(f"{question.column}{f' ({options})' if options else ''}: {question.text}")
    cells = {column: text for column, text in cells.items() if column in table.header}
    return PlannedImage(candidate, Verdict.ADD, folder, name, cells, content, (), tuple(remarks), tuple(waiting))


def _with_header_values(candidate: Candidate, content: Content, remarks: list[str]) -> dict[str, Value]:
    """Return the values of a candidate with those that its DICOM header states where it has none of its own."""
    values = dict(candidate.values)
    for column, value in content.values.items():
        own = values.get(column)
        if own is None or own.evidence.kind is EvidenceKind.HINT:
            values[column] = value
            remarks.append(f"{column}={value.text} is stated by {value.evidence.where}")
        elif own.text != value.text:
            remarks.append(f"{column}={own.text}, though {value.evidence.where} says {value.text}")
    return values
