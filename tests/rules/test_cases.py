"""Every rule on small datasets made for it, and what holds for the catalogue as a whole."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from covidcurate.dataset import Dataset
from covidcurate.dedupe import check_pixels
from covidcurate.errors import ConfigError
from covidcurate.model import Report, Severity
from covidcurate.rules import Scope, all_rules, check_dataset, columns, find_rule
from covidcurate.rules.changes import change_between
from covidcurate.rules.registry import describe
from covidcurate.table import reader

CASES = Path(__file__).resolve().parent.parent / "cases"
ABOUT_PIXELS = {"FILE-COPY", "FILE-SIMILAR", "FILE-BROKEN"}
CODES = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())


def cases(kind: str) -> list[object]:
    """Return the folders whose name begins with ``kind`` as parameters of a test."""
    return [
        pytest.param(folder, id=f"{folder.parent.name}/{folder.name}") for folder in sorted(CASES.glob(f"*/{kind}*"))
    ]


def check_case(folder: Path, code: str) -> Report:
    # Rules on tables need no files, and without this each of their cases would have to bring some.
    dataset, files = Dataset.open(folder), all_rules()[code].scope is Scope.FILES
    pixels = check_pixels(dataset) if code in ABOUT_PIXELS else None
    base = folder / "base.csv"
    change = (
        change_between(base.read_bytes(), dataset.table.read_bytes(), dataset.specification) if base.exists() else None
    )
    return check_dataset(dataset, files=files, pixels=pixels, change=change)


def found(report: Report, code: str) -> Counter[str]:
    return Counter(
        f"{issue.line} {issue.column or '-'} {issue.severity.value}" for issue in report.issues if issue.code == code
    )


@pytest.mark.parametrize("folder", cases("bad"))
def test_a_bad_case_has_exactly_the_findings_it_is_made_for(folder: Path) -> None:
    code = folder.parent.name
    expected = Counter((folder / "expected.txt").read_text(encoding="utf-8").splitlines())
    actual = found(check_case(folder, code), code)
    assert {"missing": expected - actual, "unexpected": actual - expected} == {"missing": {}, "unexpected": {}}


@pytest.mark.parametrize("folder", cases("good"))
def test_a_good_case_has_no_finding_of_its_code_and_no_error_at_all(folder: Path) -> None:
    code = folder.parent.name
    # Errors of other codes would mean that the case is bad in a way nobody meant. There is no exception today.
    wrong = [
        issue for issue in check_case(folder, code).issues if issue.code == code or issue.severity is Severity.ERROR
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", [*cases("bad"), *cases("good")])
def test_a_case_is_judged_alike_where_a_table_is_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = check_case(folder, folder.parent.name).issues
    monkeypatch.setattr(reader, "LARGE", 0)
    monkeypatch.setattr(columns, "MANY", 0)
    assert check_case(folder, folder.parent.name).issues == small


def test_every_rule_has_cases_and_every_case_a_rule() -> None:
    assert set(CODES) == set(all_rules())
    for code in CODES:
        names = {folder.name for folder in (CASES / code).iterdir()}
        assert {"good", "bad"} <= names, code
        assert all(name.startswith(("good", "bad")) for name in names), code


def test_expectations_stand_where_they_are_read() -> None:
    for path in CASES.rglob("expected.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert path.parent.name.startswith("bad")
        assert lines, path
        assert all(re.fullmatch(r"\d+ \S.* (error|warning|info)", line) for line in lines), path


@pytest.mark.parametrize("code", CODES)
def test_every_rule_has_a_page(code: str) -> None:
    rule = find_rule(code)
    assert re.fullmatch(r"[A-Z]+-[A-Z]+", code)
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.why
    assert rule.remedy
    page = describe(rule)
    assert page["code"] == code
    assert all(isinstance(text, str) and text for text in page.values())


@pytest.mark.parametrize("weight", ["error", "warning", "info", "off"])
@pytest.mark.parametrize("code", CODES)
def test_a_dataset_sets_the_weight_of_a_rule(code: str, weight: str, tmp_path: Path) -> None:
    """It wins over that of the rule and of a single finding, and of no other code."""
    copy = tmp_path / "dataset"
    shutil.copytree(CASES / code / "bad", copy)
    before = check_case(copy, code)
    with (copy / "covidcurate.toml").open("a", encoding="utf-8") as stream:
        stream.write(f'\n[rules.severity]\n{code} = "{weight}"\n')
    after = check_case(copy, code)
    weights = [issue.severity.value for issue in after.issues if issue.code == code]
    assert weights == ([] if weight == "off" else [weight] * found(before, code).total())
    assert [issue for issue in after.issues if issue.code != code] == [
        issue for issue in before.issues if issue.code != code
    ]


def dataset_with(config: str, folder: Path) -> Dataset:
    shutil.copyfile(CASES / "LICENSE-BLANK" / "bad" / "metadata.csv", folder / "metadata.csv")
    (folder / "covidcurate.toml").write_text(config, encoding="utf-8")
    return Dataset.open(folder)


def test_a_weight_for_a_code_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    dataset = dataset_with('[rules.severity]\nLICENCE-BLANK = "off"\n', tmp_path)
    with pytest.raises(ConfigError, match="there is no rule 'LICENCE-BLANK'") as caught:
        check_dataset(dataset)
    assert caught.value.remedy == "Did you mean LICENSE-BLANK?"


def test_a_weight_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="LICENSE-BLANK is 'fatal', but should be"):
        check_dataset(dataset_with('[rules.severity]\nLICENSE-BLANK = "fatal"\n', tmp_path))


def test_a_code_in_small_letters_is_not_ignored(tmp_path: Path) -> None:
    report = check_dataset(dataset_with('[rules.severity]\nlicense-blank = "off"\n', tmp_path), files=False)
    assert found(report, "LICENSE-BLANK").total() == 0


def test_a_rule_is_found_in_any_case() -> None:
    assert find_rule("csv-quote") is all_rules()["CSV-QUOTE"]


@pytest.mark.parametrize(
    ("typed", "remedy"),
    [
        ("CSV-QOUTE", "Did you mean CSV-QUOTE?"),
        ("licence-blank", "Did you mean LICENSE-BLANK?"),
        ("QQQQ", "See the list with: covidcurate explain"),
        ("", "See the list with: covidcurate explain"),
    ],
)
def test_a_code_that_does_not_exist_is_answered_with_the_nearest(typed: str, remedy: str) -> None:
    with pytest.raises(ConfigError, match="there is no rule") as caught:
        find_rule(typed)
    assert caught.value.remedy == remedy
