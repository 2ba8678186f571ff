"""Synthetic forum pages of coronacases.org, and synthetic DICOM slices under the names the real ones had."""

from __future__ import annotations

import re

from .images import dicom_slice
from .reply import Reply, html

_TITLES = {"001": "Case 001 - 61 year old female", "008": "Case 008 - 38 year old male"}
_RANGES = {
    "001": [("coronacases_001_", 1, 301, "axial"), ("coronacases_001_", 302, 346, "coronal"),
            ("", 398, 454, "sagittal")],
    "008": [("ser204img00", 1, 301, "axial"), ("IM-0001-0", 1, 61, "coronal"), ("IM-0002-0", 62, 124, "sagittal")],
}  # fmt: skip


def respond(path: str, query: dict[str, str]) -> Reply | None:
    """Return a page of the forum."""
    match = re.fullmatch(r"/forum/[\w-]+/question/case-(\d{3})-[\w-]+", path)
    if match is None or match[1] not in _TITLES:
        return None
    body = (
        f"<h1><a href='/forum/x/question/{match[1]}'>{_TITLES[match[1]]}</a></h1>"
        "<div class='o_wforum_question_content'><p>Invented: cough for 3 days. No oxygen was needed.</p></div>"
    )
    return html(_TITLES[match[1]], body)


def respond_files(path: str, query: dict[str, str]) -> Reply | None:
    """Return a DICOM slice: /coronacases/caseNNN/FILE.dcm."""
    match = re.fullmatch(r"/coronacases/case(\d{3})/([\w-]*?)(\d{3})\.dcm", path)
    for beginning, first, last, plane in _RANGES.get(match[1], []) if match else []:
        if match and match[2] == beginning and first <= int(match[3]) <= last:
            return Reply(dicom_slice(f"{match[1]}-{plane}", int(match[3])), "application/dicom")
    return None
