"""How many images and patients have which finding, view by view. The only room that imports pandas."""

from covidcurate.labels.count import LabelCount, ViewBlock, count_labels
from covidcurate.labels.render import RENDERERS
from covidcurate.labels.source import LabelTable, read_label_table

__all__ = ["RENDERERS", "LabelCount", "LabelTable", "ViewBlock", "count_labels", "read_label_table"]
