"""De-identify many files: what each becomes, where it goes, and an account without a single value."""

from covidcurate.deidentify.run import Outcome, Task, deidentify, plan_tasks

__all__ = ["Outcome", "Task", "deidentify", "plan_tasks"]
