"""nibabel, which would otherwise say on standard error what it thinks of a header, in the header's own words."""

from __future__ import annotations

import logging
from typing import Any


def import_nibabel() -> Any:
    """Return the module nibabel, silenced; parts of it have no types."""
    import nibabel

    logging.getLogger("nibabel.global").setLevel(logging.CRITICAL + 1)
    return nibabel
