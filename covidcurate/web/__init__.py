"""The only room that opens sockets: pages and files of public sites, fetched as a polite guest."""

from covidcurate.web.cache import Response
from covidcurate.web.client import Client
from covidcurate.web.permission import contact_from, require_permission
from covidcurate.web.receive import Limits, Saved

__all__ = ["Client", "Limits", "Response", "Saved", "contact_from", "require_permission"]
