"""From a folder of new images and their facts to rows and files of a dataset: plan, show, decide, apply."""

from covidcurate.ingest.apply import apply_plan
from covidcurate.ingest.candidates import Candidate
from covidcurate.ingest.decisions import Decisions, read_decisions
from covidcurate.ingest.inputs import Reading, read_inputs
from covidcurate.ingest.mapping import HeaderMap, find_map
from covidcurate.ingest.plan import Plan, make_plan, plan_of
from covidcurate.ingest.plan_file import digest_of, load_plan
from covidcurate.ingest.planned import Decision, PlannedImage, Verdict
from covidcurate.ingest.render import PLAN_RENDERERS, count_line
from covidcurate.ingest.similar import Seen
from covidcurate.ingest.verdicts import Terms

__all__ = [
    "PLAN_RENDERERS",
    "Candidate",
    "Decision",
    "Decisions",
    "HeaderMap",
    "Plan",
    "PlannedImage",
    "Reading",
    "Seen",
    "Terms",
    "Verdict",
    "apply_plan",
    "count_line",
    "digest_of",
    "find_map",
    "load_plan",
    "make_plan",
    "plan_of",
    "read_decisions",
    "read_inputs",
]
