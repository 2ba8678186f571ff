"""What can be wrong with a dataset: a catalogue of rules with stable codes, and the engine that runs them."""

from covidcurate.rules.engine import check_table
from covidcurate.rules.looks import Means
from covidcurate.rules.registry import Finding, Rule, Scope, all_rules, find_rule
from covidcurate.rules.run import check_dataset
from covidcurate.rules.selection import Selection, read_weights

__all__ = [
    "Finding",
    "Means",
    "Rule",
    "Scope",
    "Selection",
    "all_rules",
    "check_dataset",
    "check_table",
    "find_rule",
    "read_weights",
]
