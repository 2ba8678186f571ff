"""From published cases to candidate folders that ingest takes."""

from covidcurate.scrape.render import RENDERERS
from covidcurate.scrape.run import Outcome, Status, exit_code_of
from covidcurate.scrape.session import Progress, Wish, scrape

__all__ = ["RENDERERS", "Outcome", "Progress", "Status", "Wish", "exit_code_of", "scrape"]
