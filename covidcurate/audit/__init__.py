"""What a change does to a dataset: findings on what it touches, and those that were known before."""

from covidcurate.audit.against import Since, since_commit, since_head
from covidcurate.audit.baseline import read_baseline, without_known, write_baseline

__all__ = ["Since", "read_baseline", "since_commit", "since_head", "without_known", "write_baseline"]
