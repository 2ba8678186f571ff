"""Pages that a person saved with a browser: .html with its folder, .mhtml, .har."""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from covidcurate.errors import UnreadableError, UsageError
from covidcurate.sources import Page

_PAGE_ENDINGS = {".html", ".htm", ".xhtml"}
_ARCHIVE_ENDINGS = {".mhtml", ".mht", ".har"}
_SAVED_FROM = re.compile(rb"(?:saved from url=\(\d+\)|SingleFile\s+url:\s*)(https?://[^\s>]+)", re.IGNORECASE)
_REFERENCE = re.compile(r"""(?:src|href|data-src|data-img-url)\s*=\s*["']([^"'<>]{1,2000})["']""", re.IGNORECASE)


@dataclass
class SavedPages:
    """Everything that was saved, by address; ``pages`` lists the documents, in the order in which they were found."""

    pages: list[Page] = field(default_factory=list)
    _documents: dict[str, Page] = field(default_factory=dict)
    _files: dict[str, bytes | Path] = field(default_factory=dict)

    def page(self, url: str) -> Page | None:
        """Return a saved document; the query counts only where several pages differ in nothing else."""
        return self._documents.get(_exact(url)) or self._documents.get(_loose(url))

    def file(self, url: str) -> bytes | None:
        """Return the content of a saved file; None if it was not saved or cannot be read any more."""
        content = self._files.get(_exact(url), self._files.get(_loose(url)))
        if isinstance(content, Path):
            try:
                return content.read_bytes()
            except OSError:
                return None
        return content

    def add_page(self, page: Page) -> None:
        """Add a document."""
        self.pages.append(page)
        for name in (_exact(page.url), _loose(page.url)):
            self._documents.setdefault(name, page)

    def add_file(self, url: str, content: bytes | Path) -> None:
        """Add a file; a path is read when it is asked for."""
        for name in (_exact(url), _loose(url)):
            self._files.setdefault(name, content)


def read_saved(paths: list[Path]) -> SavedPages:
    """Read saved pages; a folder stands for all of them in it.

    Raises
    ------
    UsageError
        A path is nothing of the kind.
    UnreadableError
        A file cannot be read as what its name says.
    """
    saved = SavedPages()
    for path in paths:
        found = sorted(_expand(path))
        if not found:
            raise UsageError(
                f"{path}: is no saved page" if path.exists() else f"{path}: is not there",
                remedy="Save the page with a browser: 'web page, complete' (.html), one file (.mhtml), or a .har.",
            )
        for file in found:
            try:
                _READERS[file.suffix.casefold()](file, saved)
            except OSError as error:
                raise UnreadableError(f"{file}: cannot be read: {error.strerror}") from error
    return saved


def _expand(path: Path) -> Iterator[Path]:
    if path.is_dir():
        # The folder beside a saved page holds its frames, which are no pages of their own.
        entries = [entry for entry in path.iterdir() if entry.is_file()]
        yield from (entry for entry in entries if entry.suffix.casefold() in _PAGE_ENDINGS | _ARCHIVE_ENDINGS)
    elif path.is_file() and path.suffix.casefold() in _PAGE_ENDINGS | _ARCHIVE_ENDINGS:
        yield path


def _read_html(path: Path, saved: SavedPages) -> None:
    body = path.read_bytes()
    url = _address_of(body)
    if not url:
        raise UnreadableError(
            f"{path}: does not say which address it was saved from",
            remedy="Save it again with Chrome, Edge or Firefox as 'web page, complete', or as .mhtml or .har.",
        )
    saved.add_page(Page(url, body))
    root = path.parent.resolve()
    for reference in _REFERENCE.findall(body.decode("utf-8", errors="replace")):
        reference = reference.replace("&amp;", "&")
        if urlsplit(reference).scheme or reference.startswith(("/", "#")):
            continue
        target = (root / unquote(reference).partition("?")[0]).resolve()
        # What the page names beside itself was saved with it; what it names elsewhere on this disk was not.
        if target.is_file() and target.is_relative_to(root):
            saved.add_file(urljoin(url, reference), target)


def _address_of(body: bytes) -> str:
    """Return the address that a saved page came from: the browser's note, else what the page says of itself."""
    if match := _SAVED_FROM.search(body[:10_000]):
        return match[1].decode("ascii", errors="replace")
    soup = Page("", body).soup
    for selector, attribute in (("link[rel=canonical]", "href"), ('meta[property="og:url"]', "content")):
        tag = soup.select_one(selector)
        address = str(tag.get(attribute) or "") if tag is not None else ""
        if address.startswith(("https://", "http://")):
            return address
    return ""


def _read_mhtml(path: Path, saved: SavedPages) -> None:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
    main = _header(message, "Snapshot-Content-Location")
    found = False
    for part in message.walk():
        content = part.get_payload(decode=True)
        location = _header(part, "Content-Location") or main
        if not isinstance(content, bytes) or not location.startswith(("http://", "https://")):
            continue
        found = True
        if part.get_content_type() in {"text/html", "application/xhtml+xml", "application/json"}:
            saved.add_page(Page(location, content, part.get_content_charset() or ""))
        else:
            saved.add_file(location, content)
    if not found:
        raise UnreadableError(f"{path}: holds no page with its address", remedy="Save the page again as .mhtml.")


def _header(part: Message, name: str) -> str:
    """Return an address from a header, which may be folded into several lines."""
    return re.sub(r"\s+", "", str(part.get(name, "")))


def _read_har(path: Path, saved: SavedPages) -> None:
    try:
        entries = json.loads(path.read_bytes())["log"]["entries"]
        if not isinstance(entries, list):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableError(f"{path}: is no HTTP archive (HAR)", remedy="Save the recording again.") from error
    for entry in entries:
        # Requests hold the cookies and passwords of whoever recorded them: nothing but their address is looked at.
        try:
            _read_entry(entry, saved)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue


def _read_entry(entry: dict[str, Any], saved: SavedPages) -> None:
    url, response = str(entry["request"]["url"]), entry["response"]
    content = response["content"]
    if int(response["status"]) != 200 or not isinstance(content.get("text"), str):
        return
    try:
        is_binary = content.get("encoding") == "base64"
        body = base64.b64decode(content["text"]) if is_binary else content["text"].encode("utf-8", "surrogatepass")
    except (binascii.Error, UnicodeEncodeError):
        return
    kind = str(content.get("mimeType", "")).casefold()
    if "html" in kind or "json" in kind:
        # The recorder has decoded the text already, whatever the page says of its encoding.
        saved.add_page(Page(url, body, "" if is_binary else "utf-8"))
    else:
        saved.add_file(url, body)


_READERS = dict.fromkeys(_PAGE_ENDINGS, _read_html) | {".mhtml": _read_mhtml, ".mht": _read_mhtml, ".har": _read_har}


def _exact(url: str) -> str:
    """Return an address as addresses are compared: no fragment, one way of escaping, no difference by http or www."""
    address = url.partition("#")[0].partition("://")[2].removeprefix("www.")
    return quote(unquote(address), safe="/?&=%:@,;+~!*'()$[]")


def _loose(url: str) -> str:
    return _exact(url).partition("?")[0].rstrip("/")
