"""Headers that break the rules are written here on purpose."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydicom import config


@pytest.fixture(autouse=True)
def _writes_anything() -> Iterator[None]:
    before = config.settings.reading_validation_mode, config.settings.writing_validation_mode
    config.settings.reading_validation_mode = config.settings.writing_validation_mode = config.IGNORE
    yield
    config.settings.reading_validation_mode, config.settings.writing_validation_mode = before
