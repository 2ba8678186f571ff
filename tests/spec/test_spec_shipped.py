"""The specification as it ships: complete, free of contradictions, and as the collection has it."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest

from covidcurate.model import Severity
from covidcurate.spec import ColumnType, Permission, Specification, load_specification
from covidcurate.spec.specification import fold_header, schema_folder
from covidcurate.spec.views import fold

COLUMNS = [
    *("patientid", "offset", "sex", "age", "finding", "RT_PCR_positive", "survival", "intubated"),
    *("intubation_present", "went_icu", "in_icu", "needed_supplemental_O2", "extubated", "temperature"),
    *("pO2_saturation", "leukocyte_count", "neutrophil_count", "lymphocyte_count", "view", "modality", "date"),
    *("location", "folder", "filename", "doi", "url", "license", "clinical_notes", "other_notes", ""),
]


@pytest.fixture(scope="module")
def specification() -> Specification:
    return load_specification()


def document(name: str) -> dict[str, Any]:
    """Return a file of ``schema/`` as plain TOML: what a dictionary would swallow is still there."""
    return tomllib.loads((schema_folder() / name).read_text(encoding="utf-8"))


def owners(entries: list[tuple[str, str]]) -> dict[str, set[str]]:
    """Return for each wording whose it is."""
    found = defaultdict(set)
    for wording, owner in entries:
        found[wording].add(owner)
    return found


def test_the_thirty_columns_stand_in_their_order(specification: Specification) -> None:
    assert len(COLUMNS) == 30
    assert [column.name for column in specification.columns] == COLUMNS


def test_only_the_unnamed_column_is_legacy(specification: Specification) -> None:
    assert [column.name for column in specification.columns if column.legacy] == [""]


def test_every_column_is_described(specification: Specification) -> None:
    assert all(column.description.endswith(".") for column in specification.columns)


def test_every_example_keeps_to_its_column(specification: Specification) -> None:
    for column in specification.columns:
        if column.pattern:
            assert column.pattern.fullmatch(column.example), column.name
        if column.values:
            assert column.example in column.values, column.name
        for low, high in column.ranges.values():
            assert low <= float(column.example) <= high, column.name


def test_ranges_grow_with_their_weight(specification: Specification) -> None:
    for column in specification.columns:
        intervals = [column.ranges[severity] for severity in Severity if severity in column.ranges]
        for (low, high), (inner_low, inner_high) in pairwise(intervals):
            assert low <= inner_low <= inner_high <= high, column.name


def test_spellings_of_a_choice_lead_to_its_values(specification: Specification) -> None:
    for column in specification.columns:
        assert set(column.spellings.values()) <= set(column.values), column.name
        assert not {*column.meaning_blank, *column.accepted_blank} & set(column.values), column.name


def test_no_two_columns_share_a_header(specification: Specification) -> None:
    entries = [(fold_header(name), c.name) for c in specification.columns for name in (c.name, *c.aliases)]
    assert all(len(names) == 1 for names in owners(entries).values())
    assert specification.by_alias["clinical_notes"] == "clinical_notes"
    assert specification.by_alias[fold_header(" Clinical  Notes")] == "clinical_notes"


def test_consistency_statements_name_columns_and_values(specification: Specification) -> None:
    assert specification.consistencies
    for statement in specification.consistencies:
        for name, value in {**statement.when, **statement.expect}.items():
            assert value in specification.by_name[name].values


def test_folders_of_modalities_are_values_of_folder(specification: Specification) -> None:
    folders = {folder for modality in specification.views.modalities.values() for folder in modality.folders}
    assert folders == set(specification.by_name["folder"].values)


def test_the_key_is_a_column(specification: Specification) -> None:
    assert specification.table_file == "metadata.csv"
    assert specification.by_name[specification.key].type is ColumnType.FILENAME
    assert specification.minimum_age == 18


def test_historical_values_lead_into_the_tree(specification: Specification) -> None:
    findings = specification.findings
    for cell, paths in findings.historical.items():
        assert paths, cell
        assert set(paths) <= set(findings.paths), cell


def test_every_ancestor_of_a_finding_is_one(specification: Specification) -> None:
    paths = set(specification.findings.paths)
    for path in paths:
        pieces = path.split("/")
        # ARDS and its like have no ancestor; a path of the tree never skips one.
        assert all("/".join(pieces[:depth]) in paths for depth in range(1, len(pieces))), path


def test_no_two_findings_share_a_label() -> None:
    leaves = [(entry["path"].rpartition("/")[2], entry["path"]) for entry in document("findings.toml")["finding"]]
    assert all(len(paths) == 1 for paths in owners(leaves).values())


def test_no_two_findings_share_a_synonym() -> None:
    entries = [
        (wording.casefold(), entry["path"])
        for entry in document("findings.toml")["finding"]
        for wording in entry.get("synonyms", [])
    ]
    assert len(entries) == len(set(entries)), "a synonym stands twice"
    assert all(len(paths) == 1 for paths in owners(entries).values())


def test_haemophilus_is_a_bacterium(specification: Specification) -> None:
    assert specification.findings.suggest("Haemophilus influenzae") == "Pneumonia/Bacterial/Haemophilus"


def test_every_view_belongs_to_a_modality(specification: Specification) -> None:
    views = specification.views
    assert {view.modality for view in views.views.values()} <= set(views.modalities)
    assert set(views.modalities) == {"X-ray", "CT"}


@pytest.mark.parametrize("kind", ["view", "modality"])
def test_no_wording_means_two_things(kind: str) -> None:
    entries = [
        (fold(wording), entry["value"])
        for entry in document("views.toml")[kind]
        for words in ([entry["value"]], *entry.get("wordings", {}).values())
        for wording in words
    ]
    assert all(len(values) == 1 for values in owners(entries).values())


def test_words_that_decide_nothing_are_no_view(specification: Specification) -> None:
    views = specification.views
    assert "frontal" in views.undecided
    assert not set(views.undecided) & set(views.view_wordings)


def test_no_spelling_belongs_to_two_licenses() -> None:
    entries = [
        (" ".join(re.sub(r"[-_\s]+", " ", wording.casefold()).split()), entry["id"])
        for entry in document("licenses.toml")["license"]
        for wording in (entry["id"], *entry["spellings"])
    ]
    assert all(len(ids) == 1 for ids in owners(entries).values())
    assert len({entry["id"] for entry in document("licenses.toml")["license"]}) == len(
        document("licenses.toml")["license"]
    )


def test_permissions_follow_from_what_a_license_is_called(specification: Specification) -> None:
    for license_ in specification.licenses:
        if not license_.id.removeprefix("LicenseRef-").startswith("CC-"):
            continue
        terms = license_.id.removeprefix("LicenseRef-").split("-")
        assert (license_.commercial is Permission.NO) == ("NC" in terms), license_.id
        assert (license_.derivatives is Permission.NO) == ("ND" in terms), license_.id
        assert license_.share_alike == ("SA" in terms), license_.id
        assert license_.attribution == ("BY" in terms), license_.id
        assert license_.redistribute is Permission.YES, license_.id
        assert license_.version_known == license_.is_spdx, license_.id


def test_licenses_of_sources_exist(specification: Specification) -> None:
    known = {license_.id for license_ in specification.licenses} | {""}
    for source in specification.sources:
        assert {source.license, source.conflict} <= known, source.host
        assert source.host == source.host.casefold()
