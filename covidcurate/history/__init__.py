"""What was done to a dataset on this machine: show it, and take it back."""

from covidcurate.history.render import LOG_RENDERERS
from covidcurate.history.undo import Undoing, find_run, find_undoing, undo_run

__all__ = ["LOG_RENDERERS", "Undoing", "find_run", "find_undoing", "undo_run"]
