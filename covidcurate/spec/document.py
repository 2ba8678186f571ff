"""Write ``schema/SCHEMA.md`` for people and ``schema/metadata.schema.json`` (Frictionless Table Schema) for programs.

Run it with ``make schema`` after a change of a TOML file; a test fails where the two lag behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from covidcurate.spec.columns import Column, ColumnType
from covidcurate.spec.specification import Specification, load_specification, schema_folder

_TABLE_SCHEMA_TYPES = {ColumnType.INTEGER: "integer", ColumnType.NUMBER: "number"}


def table_schema(specification: Specification) -> dict[str, Any]:
    """Return the columns as a Frictionless Table Schema (https://specs.frictionlessdata.io/table-schema/).

    It says what an error is; what is a warning here has no place in that format.
    """
    fields = [_table_schema_field(column, specification) for column in specification.columns if not column.legacy]
    return {"fields": fields, "missingValues": [""], "primaryKey": specification.key}


def schema_markdown(specification: Specification) -> str:
    """Return the specification as a Markdown document."""
    sections = (_columns(specification), _views(specification), _findings(specification), _licenses(specification))
    return "\n".join(line for section in (_head(specification), *sections, _sources(specification)) for line in section)


def main() -> None:
    """Write both files into the schema folder."""
    folder, specification = schema_folder(), load_specification()
    (folder / "SCHEMA.md").write_text(schema_markdown(specification), encoding="utf-8")
    text = json.dumps(table_schema(specification), indent=2, ensure_ascii=False)
    (folder / "metadata.schema.json").write_text(text + "\n", encoding="utf-8")


def _table_schema_field(column: Column, specification: Specification) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.blank is not None and column.blank.rank == 0:
        constraints["required"] = True
    if column.name == specification.key:
        constraints["unique"] = True
    if column.pattern is not None:
        constraints["pattern"] = column.pattern.pattern
    if values := _vocabulary(column, specification):
        constraints["enum"] = list(values)
    if errors := [interval for severity, interval in column.ranges.items() if severity.rank == 0]:
        constraints["minimum"], constraints["maximum"] = errors[0]
    described = column.description + (f" Unit: {column.unit}." if column.unit else "")
    kind = _TABLE_SCHEMA_TYPES.get(column.type, "string")
    field: dict[str, Any] = {"name": column.name, "type": kind, "description": described}
    if column.example:
        field["example"] = column.example
    if constraints:
        field["constraints"] = constraints
    return field


def _vocabulary(column: Column, specification: Specification) -> tuple[str, ...]:
    if column.type is ColumnType.VIEW:
        return tuple(specification.views.views)
    if column.type is ColumnType.MODALITY:
        return tuple(specification.views.modalities)
    return (*column.values, *column.accepted_blank) if column.values else ()


def _head(specification: Specification) -> Iterator[str]:
    yield "# What a dataset must look like"
    yield ""
    yield "Made from the TOML files of this folder by `make schema`; change those, not this file."
    yield ""
    yield f"A dataset is a folder with a table, `{specification.table_file}`, and the files that its rows name."
    yield f"One row is one image; `{specification.key}` is its key. What is not known is blank."
    yield "A dataset can add to all of this in its `covidcurate.toml`."
    yield ""


def _columns(specification: Specification) -> Iterator[str]:
    yield "## Columns"
    yield ""
    yield "| column | holds | if blank | expected | meaning | example |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for column in specification.columns:
        name = f"`{column.name}`" if column.name else "(unnamed)"
        blank = column.blank.value if column.blank else "ok"
        kind = column.type.value + (f", {column.unit}" if column.unit else "")
        expected = "; ".join(_expected(column))
        example = f"`{column.example}`" if column.example else ""
        cells = (name, kind, blank, expected, column.description, example)
        yield f"| {' | '.join(_cell(text) for text in cells)} |"
    yield ""
    yield "Headers of earlier versions, which are reported with the name of today:"
    yield ""
    for column in specification.columns:
        if column.aliases:
            yield f"- `{column.name}`: {', '.join(f'`{alias}`' for alias in column.aliases)}"
    yield ""


def _expected(column: Column) -> Iterator[str]:
    if column.values:
        yield ", ".join(f"`{value}`" for value in column.values)
    if column.pattern is not None:
        yield column.pattern_help or f"`{column.pattern.pattern}`"
    for severity, (low, high) in column.ranges.items():
        yield f"{low:g} to {high:g} (else {severity.value})"
    if column.accepted_blank:
        yield f"{', '.join(f'`{word}`' for word in column.accepted_blank)} means blank"


def _views(specification: Specification) -> Iterator[str]:
    views = specification.views
    yield "## Modalities and views"
    yield ""
    for modality in views.modalities.values():
        yield f"- **{modality.value}**, in {' or '.join(f'`{folder}/`' for folder in modality.folders)}:"
        for view in views.views.values():
            if view.modality == modality.value:
                wordings = [word for word, value in views.view_wordings.items() if value == view.value]
                yield f"  - `{view.value}`: {view.description} Written: {', '.join(wordings)}."
    yield ""
    yield f"These words decide nothing and leave the view blank: {', '.join(views.undecided)}."
    yield ""


def _findings(specification: Specification) -> Iterator[str]:
    findings = specification.findings
    yield "## Findings"
    yield ""
    yield "A cell holds a path of this tree, or several with `, ` between them."
    yield "With a path all its pieces hold as labels."
    yield ""
    for path in findings.paths:
        words = [word for word, meant in findings.synonyms.items() if meant == path]
        also = f": {', '.join(words)}" if words else ""
        yield f"- `{path}`{also}"
    yield ""
    yield "Not a finding: " + "; ".join(f"`{cell}` ({meaning})" for cell, meaning in findings.in_progress.items()) + "."
    yield ""
    yield "Values of earlier versions, and what they mean:"
    yield ""
    for cell, paths in findings.historical.items():
        yield f"- `{cell}` is {', '.join(f'`{path}`' for path in paths)}"
    yield ""


def _licenses(specification: Specification) -> Iterator[str]:
    yield "## Licenses"
    yield ""
    heads = ("identifier", "written", "redistribute", "commercial", "derivatives", "share-alike", "attribution")
    yield f"| {' | '.join((*heads, 'version known'))} |"
    yield "|" + " --- |" * (len(heads) + 1)
    for license_ in specification.licenses:
        uses = (license_.redistribute, license_.commercial, license_.derivatives)
        facts = (license_.share_alike, license_.attribution, license_.version_known)
        cells = [license_.id, ", ".join(license_.spellings), *(use.value for use in uses)]
        cells += ["yes" if fact else "no" for fact in facts]
        yield f"| {' | '.join(_cell(text) for text in cells)} |"
    yield ""


def _sources(specification: Specification) -> Iterator[str]:
    yield "## Sources"
    yield ""
    yield "| host | license | terms | read | a program may fetch cases | note |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for source in specification.sources:
        license_ = " or ".join(one for one in (source.license, source.conflict) if one) or "none stated"
        cells = (source.host, license_, source.terms, source.read, source.automated.value, source.note)
        yield f"| {' | '.join(_cell(text) for text in cells)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
