"""Every rule has a page in the documents, which says what the catalogue and the case of the rule say."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_pages_are_up_to_date() -> None:
    script = runpy.run_path(str(DOCS / "make_rule_pages.py"))
    expected = dict(script["pages"]())
    there = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "rules").glob("*.md")}
    assert sorted(there) == sorted(expected)
    for name, text in expected.items():
        assert there[name] == text, f"{name} lags behind: run make rules"
