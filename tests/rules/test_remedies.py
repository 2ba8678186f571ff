"""What findings tell people to do is right where the rule knows it, and open where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from covidcurate.dataset import Dataset
from covidcurate.rules import check_dataset


@pytest.mark.parametrize(
    ("column", "text", "code", "remedy"),
    [
        ("temperature", "37,5", "NUMBER-FORM", "Write '37.5' with a decimal point."),
        (
            "leukocyte_count",
            "4,500",
            "NUMBER-FORM",
            "Look up whether it is 4.500 or 4500: the comma can part thousands.",
        ),
        ("doi", "see 10.1056/nejmc2001272", "DOI-FORM", "Write '10.1056/nejmc2001272'."),
        # What stands before a blank would be the DOI of another article.
        ("doi", "10.1016/j.hrcr. 2020.04.015", "DOI-FORM", "Write the DOI alone, as in 10.1056/nejmc2001272."),
    ],
)
def test_what_to_do(column: str, text: str, code: str, remedy: str, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(f'filename,{column}\na.png,"{text}"\n', encoding="utf-8")
    issues = check_dataset(Dataset.open(tmp_path / "table.csv")).issues
    assert [issue.remedy for issue in issues if issue.code == code] == [remedy]
