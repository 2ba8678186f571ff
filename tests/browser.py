"""A real browser for the tests of pages, where the machine has one; it never leaves the machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
)
_PATIENCE, _TRIES = 10, 3
"""Seconds that a page may take to be there, and how often it is asked for."""
_OWN_PAGES = ("chrome", "about:", "data:,")


@contextmanager
def open_browser(profile: Path) -> Iterator[Any]:
    """Yield a driver of headless Chromium; skips the test, saying so, where there is none."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("chromium and chromedriver are not here")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(executable_path=driver))
    opened.set_page_load_timeout(_PATIENCE)
    opened.get = partial(_get, opened.get)
    try:
        yield opened
    finally:
        opened.quit()


def _get(load: Callable[[str], None], address: str) -> None:
    """Open an address; again where the browser does not say that it is there, as now and then even of about:blank."""
    from selenium.common.exceptions import TimeoutException

    for _ in range(_TRIES - 1):
        with suppress(TimeoutException):
            load(address)
            return
    load(address)


def addresses_asked(browser: Any) -> list[str]:
    """Return every address that was asked for since this was last called, but for those of the browser's own pages."""
    import json

    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    sent = [one["params"] for one in messages if one["method"] == "Network.requestWillBeSent"]
    # Its first page is there before a test is, and what it asks for comes when it likes.
    return [one["request"]["url"] for one in sent if not one["documentURL"].startswith(_OWN_PAGES)]


def all_pictures_are_shown(browser: Any) -> bool:
    """Return whether the page has pictures and every one of them could be decoded; waits for that."""
    script = """
        const done = arguments[0], pictures = [...document.images];
        Promise.all(pictures.map((one) => one.decode().then(() => one.naturalWidth > 0, () => false)))
          .then((shown) => done(shown.length > 0 && shown.every(Boolean)));
    """
    return bool(browser.execute_async_script(script))
