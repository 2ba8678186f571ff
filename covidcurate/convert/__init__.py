"""From image files of any kind to PNG, JPEG or NIfTI: find what there is, say what would become of it, do it."""

from covidcurate.convert.inputs import unpacked_inputs
from covidcurate.convert.plan import Item, Status, Wish, plan_outputs
from covidcurate.convert.render import RENDERERS, exit_code_of
from covidcurate.convert.run import convert

__all__ = ["RENDERERS", "Item", "Status", "Wish", "convert", "exit_code_of", "plan_outputs", "unpacked_inputs"]
