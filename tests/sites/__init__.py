"""A server on this machine that plays the four sites with synthetic pages, and misbehaves on demand.

Every page, text and image is written or drawn by us; the pages have the markup that the sites are known to use.
"""

from .faults import Fault
from .server import Seen, SiteServer

__all__ = ["Fault", "Seen", "SiteServer"]
