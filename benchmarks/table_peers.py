"""What other programs say about the same table: this file is run by their own Python, where they are installed.

    PEER_PYTHON benchmarks/table_peers.py pandas|pandera|frictionless TABLE.csv SCHEMA.json FOUND.txt

Each gets the checks of covidcurate as far as it can express them: columns, vocabularies, numbers, patterns and unique
names from the Table Schema that is generated from the specification, the rest from here. FOUND.txt gets a line for each
cell that is said to be wrong: number of the row from 0, and column. Nothing of covidcurate is imported.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DATE = r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"
URL = r"https?://[^\s/]+\.[^\s/]+(/\S*)?"
DOI = r"10\.[0-9]{4,9}/\S+"
FINDING = r"No Finding|Pneumonia(/(Viral|Bacterial|Fungal)(/[A-Za-z0-9-]+)*)?"
LICENSE = r"CC0|CC BY(-NC)?(-SA|-ND)? [2-4]\.0"
SOUND = r"(?!\s)[^\ufffd]*(?<!\s)"
PATTERNS = {"date": DATE, "url": URL, "doi": DOI, "finding": FINDING, "license": LICENSE}
NEEDED = ("finding", "view", "license")
RANGES = {
    "age": (18, 105), "offset": (-400, 400), "temperature": (34, 42.5), "pO2_saturation": (50, 100),
    "leukocyte_count": (0.5, 100), "neutrophil_count": (0.1, 60), "lymphocyte_count": (0.05, 20),
}  # fmt: skip
IMPLIED = (("extubated", "intubated"), ("intubation_present", "intubated"), ("in_icu", "went_icu"))
OF_ONE_PERSON = ("sex", "age", "location", "finding")
CT_VIEWS = ("Axial", "Coronal", "Sagittal")


def schema_of(path: Path) -> dict[str, Any]:
    """Return the Table Schema, with what it leaves open filled from above, and the unnamed column."""
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for field in schema["fields"]:
        limits = field.setdefault("constraints", {})
        name = field["name"]
        if name in RANGES:
            limits["minimum"], limits["maximum"] = RANGES[name]
        if name in PATTERNS:
            limits["pattern"] = PATTERNS[name]
        elif field["type"] == "string" and not limits:
            limits["pattern"] = SOUND
        if name in NEEDED:
            limits["required"] = True
        if "enum" in limits:
            limits["enum"] = [value for value in limits["enum"] if value != "Unclear"]
    return schema


def rows_that_disagree(frame: Any) -> Iterator[tuple[Any, str]]:
    """Yield masks of rows, each with its column, for what one cell says about another or one row about others."""
    for column, implied in IMPLIED:
        yield (frame[column] == "Y") & (frame[implied] != "Y"), implied
    is_ct = frame["modality"] == "CT"
    yield frame["view"].isin(CT_VIEWS) != is_ct, "view"
    yield (frame["folder"] == "volumes") & ~is_ct, "folder"
    for by, columns in (("patientid", OF_ONE_PERSON), ("url", ("patientid",))):
        grouped = frame.groupby(by, sort=False)
        for column in columns:
            differs = grouped[column].transform("nunique") > 1
            yield differs & ~frame.duplicated([by, column]) & frame.duplicated(by), "url" if by == "url" else column


def ask_pandas(table: str, schema: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Check columns with vectorized operations."""
    import pandas as pd

    frame = pd.read_csv(table, dtype=str, keep_default_na=False)
    for field in schema["fields"]:
        column, limits = frame[field["name"]], field["constraints"]
        blank = column == ""
        wrong = blank & bool(limits.get("required"))
        if "enum" in limits:
            wrong |= ~blank & ~column.isin(limits["enum"])
        if "pattern" in limits:
            wrong |= ~blank & ~column.str.fullmatch(limits["pattern"])
        if "minimum" in limits:
            wrong |= ~blank & ~pd.to_numeric(column, errors="coerce").between(limits["minimum"], limits["maximum"])
        if limits.get("unique"):
            wrong |= ~blank & column.str.casefold().duplicated()
        yield from ((row, field["name"]) for row in frame.index[wrong])
    for disagree, name in rows_that_disagree(frame):
        yield from ((row, name) for row in frame.index[disagree])


def ask_pandera(table: str, schema: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Check with a schema of columns, read lazily so that all failures are told."""
    import pandas as pd
    import pandera.pandas as pa

    frame = pd.read_csv(table, dtype=str, keep_default_na=False)
    columns = {}
    for field in schema["fields"]:
        limits, checks = field["constraints"], []
        if "enum" in limits:
            checks.append(pa.Check.isin([*limits["enum"], *([] if limits.get("required") else [""])]))
        if "pattern" in limits:
            pattern = limits["pattern"] if limits.get("required") else f"(?:{limits['pattern']})?"
            checks.append(pa.Check(lambda column, pattern=pattern: column.str.fullmatch(pattern)))
        if "minimum" in limits:
            low, high = limits["minimum"], limits["maximum"]
            checks.append(
                pa.Check(
                    lambda column, low=low, high=high: (
                        (column == "") | pd.to_numeric(column, errors="coerce").between(low, high)
                    )
                )
            )
        columns[field["name"]] = pa.Column(
            None, checks, unique=bool(limits.get("unique")), report_duplicates="exclude_first"
        )
    across = [
        pa.Check(lambda frame, number=number: ~list(rows_that_disagree(frame))[number][0], name=name)
        for number, (_, name) in enumerate(rows_that_disagree(frame.head(100)))
    ]
    try:
        pa.DataFrameSchema(columns, checks=across).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.dropna(subset=["index"])
        # Where a check is about rows, each cell of them is a case of its own, under the name of the check.
        of_rows = cases["schema_context"] == "DataFrameSchema"
        places = cases["column"].where(~of_rows, cases["check"])
        yield from set(zip(cases["index"].astype(int), places, strict=True))


def ask_frictionless(table: str, schema: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Check row by row against the Table Schema; what rows say about each other it cannot express."""
    from frictionless import Checklist, Dialect, Resource, Schema, checks, system

    schema = {**schema, "fields": [*schema["fields"], {"name": "field30", "type": "string"}]}
    implied = [checks.row_constraint(formula=f"{one} != 'Y' or {other} == 'Y'") for one, other in IMPLIED]
    views = f"(view in {CT_VIEWS!r}) == (modality == 'CT')"
    checklist = Checklist(checks=[*implied, checks.row_constraint(formula=views)])
    with system.use_context(trusted=True):
        resource = Resource(table, schema=Schema.from_descriptor(schema), dialect=Dialect(), encoding="utf-8")
        report = resource.validate(checklist, limit_errors=10_000_000)
    columns = {0: "intubated", 1: "intubated", 2: "went_icu", 3: "view"}
    formulas = {check.formula: columns[number] for number, check in enumerate(checklist.checks)}
    for error in report.tasks[0].errors:
        row = getattr(error, "row_number", 0)
        name = getattr(error, "field_name", "") or next(
            (column for formula, column in formulas.items() if formula in error.note), ""
        )
        if row:
            yield row - 2, name or ("filename" if error.type == "primary-key" else "")


PEERS: dict[str, Callable[[str, dict[str, Any]], Iterator[tuple[int, str]]]] = {
    "pandas": ask_pandas,
    "pandera": ask_pandera,
    "frictionless": ask_frictionless,
}


def main() -> None:
    peer, table, schema, found = sys.argv[1:]
    with Path(found).open("w", encoding="utf-8") as stream:
        stream.writelines(f"{row} {column}\n" for row, column in PEERS[peer](table, schema_of(Path(schema))))


if __name__ == "__main__":
    main()
