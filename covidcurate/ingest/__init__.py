"""From a folder of new images and their facts to rows and files of a dataset: plan, show, apply."""

from covidcurate.ingest.apply import apply_plan
from covidcurate.ingest.candidates import Candidate, read_inputs
from covidcurate.ingest.plan import Plan, make_plan
from covidcurate.ingest.planned import PlannedImage, Verdict
from covidcurate.ingest.render import PLAN_RENDERERS
from covidcurate.ingest.similar import Seen

__all__ = [
    "PLAN_RENDERERS",
    "Candidate",
    "Plan",
    "PlannedImage",
    "Seen",
    "Verdict",
    "apply_plan",
    "make_plan",
    "read_inputs",
]
