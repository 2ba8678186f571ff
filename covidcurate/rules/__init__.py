"""What can be wrong with a dataset: a catalogue of rules with stable codes, and the engine that runs them."""

from covidcurate.rules.engine import check_table
from covidcurate.rules.registry import Finding, Rule, Scope, all_rules, find_rule
from covidcurate.rules.run import check_dataset

__all__ = ["Finding", "Rule", "Scope", "all_rules", "check_dataset", "check_table", "find_rule"]
