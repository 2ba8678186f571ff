"""Write a page for each rule of the catalogue, and an index: what it says of itself, and what it finds in its bad case.

Run it from the root of a checkout to make ``docs/rules`` anew: ``make rules``. A test fails where a page lags behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from covidcurate.dataset import Dataset
from covidcurate.dedupe import check_pixels
from covidcurate.model import Issue
from covidcurate.rules import Rule, Scope, all_rules, check_dataset
from covidcurate.rules.changes import change_between

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "rules"
_SHOWN = 5
_LOOKED_AT = {
    Scope.CELL: "each cell",
    Scope.ROW: "each row",
    Scope.TABLE: "the whole table",
    Scope.FILES: "the image files beside the table",
    Scope.CHANGE: "what a change does to the table (`--against`, `--staged`)",
}


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file of ``docs/rules``."""
    yield "README.md", "\n".join(_index()) + "\n"
    for code, rule in all_rules().items():
        yield f"{code}.md", "\n".join(_page(rule)) + "\n"


def _index() -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "What `covidcurate validate` can find. Written from the catalogue by `make rules`; do not edit."
    yield ""
    yield "| code | weight | what is wrong |"
    yield "| --- | --- | --- |"
    for code, rule in all_rules().items():
        yield f"| [{code}]({code}.md) | {rule.severity.value} | {rule.title} |"


def _page(rule: Rule) -> Iterator[str]:
    yield f"# {rule.code}"
    yield ""
    yield f"**{rule.title}.** Weight: {rule.severity.value}. Looks at {_LOOKED_AT[rule.scope]}."
    yield ""
    yield rule.why
    yield ""
    yield f"What to do: {rule.remedy}"
    yield ""
    yield f"In its synthetic bad case (`tests/cases/{rule.code}/bad`) it finds:"
    yield ""
    yield "```text"
    found = _findings(rule)
    for issue in found[:_SHOWN]:
        place = ":".join(filter(None, (Path(issue.file).name, str(issue.line or ""), issue.column)))
        yield f"{place}: {issue.severity.value} {issue.message}. {issue.remedy}".rstrip().replace("?.", "?")
    if len(found) > _SHOWN:
        yield f"and {len(found) - _SHOWN} more"
    yield "```"
    yield ""
    yield "A dataset sets its weight in `covidcurate.toml`:"
    yield ""
    yield "```toml"
    yield "[rules.severity]"
    yield f'{rule.code} = "info"  # or "error", "warning", "off"'
    yield "```"


def _findings(rule: Rule) -> list[Issue]:
    folder = ROOT / "tests" / "cases" / rule.code / "bad"
    dataset, base = Dataset.open(folder), folder / "base.csv"
    pixels = check_pixels(dataset) if rule.scope is Scope.FILES else None
    change = None
    if base.exists():
        change = change_between(base.read_bytes(), dataset.table.read_bytes(), dataset.specification)
    report = check_dataset(dataset, files=rule.scope is Scope.FILES, pixels=pixels, change=change)
    return [issue for issue in report.issues if issue.code == rule.code]


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.glob("*.md"):
        old.unlink()
    for name, text in pages():
        (PAGES / name).write_text(text, encoding="utf-8")
