"""A page as a source handed it over, whether it came from the site, from a cache or from a browser's save."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag


@dataclass(frozen=True)
class Page:
    """The bytes of a page or of a JSON document, and the address they were served under.

    ``charset`` is what the transport said of the encoding; the document's own word comes second.
    """

    url: str
    body: bytes = field(repr=False)
    charset: str = ""

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The parsed HTML; broken markup is read as well as it can be."""
        from bs4 import BeautifulSoup

        return BeautifulSoup(self.body, "html.parser", from_encoding=self.charset or None)

    @cached_property
    def json(self) -> Any:
        """The parsed JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def link(self, address: str) -> str:
        """Return an address of the page in its full form, without a fragment; empty where it is none."""
        try:
            return urljoin(self.url, address.strip()).partition("#")[0]
        except ValueError:
            return ""


def text_of(tag: Tag | None, *, separator: str = " ") -> str:
    """Return the visible text of an element in one line, with any kind of blanks as one; empty for no element."""
    return squeeze(tag.get_text(separator)) if tag is not None else ""


def paragraphs_of(tag: Tag | None) -> str:
    """Return the text of an element with a line for each paragraph, list item and line break."""
    if tag is None:
        return ""
    parts = []
    for string in tag.strings:
        block = string.find_parent(("p", "li", "div", "h1", "h2", "h3", "h4", "td"))
        previous = string.previous_element
        broken = getattr(previous, "name", "") == "br"
        parts.append((id(block), broken, str(string)))
    lines: list[list[str]] = []
    last = None
    for block_id, broken, words in parts:
        if block_id != last or broken:
            lines.append([])
        lines[-1].append(words)
        last = block_id
    return "\n".join(line for words in lines if (line := squeeze("".join(words))))


def squeeze(text: str) -> str:
    """Return a text in one line; runs of blanks, also no-break ones, become one blank."""
    return re.sub(r"[\s\u00a0\u200b\ufeff]+", " ", text).strip()
