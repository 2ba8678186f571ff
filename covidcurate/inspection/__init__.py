"""Look into files and folders: what each file is, and what studies and series they make."""

from covidcurate.inspection.render import RENDERERS, exit_code_of
from covidcurate.inspection.run import Found, inspect_files

__all__ = ["RENDERERS", "Found", "exit_code_of", "inspect_files"]
