# On a fresh machine: `make demo` runs the main job on candidates that ship here, `make test` runs the tests.
# Both make a virtual environment of their own, .venv; PYTHON says which Python it is made from (3.11 or newer).
# A name that is found may still not run (a version manager's shim), so each is tried.
PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo
DEMO_CASES := https://radiopaedia.org/cases/900101 https://www.eurorad.org/case/90001 \
	https://www.sirm.org/2020/03/03/covid19-caso-2/ \
	https://coronacases.org/forum/coronacases-org-helping-radiologists-to-help-people-in-more-than-100-countries-1/question/case-001-61-year-old-female-24

.PHONY: demo test lint format schema rules benchmarks clean help

help:
	@echo "make demo        run the main job: scrape, ingest, validate, statistics"
	@echo "make test        run all tests"
	@echo "make lint        ruff and mypy --strict"
	@echo "make format      let ruff format the code"
	@echo "make schema      write schema/SCHEMA.md and schema/metadata.schema.json"
	@echo "make rules       write docs/rules, a page for each rule"
	@echo "make benchmarks  measure validate and startup against plain csv and pandas"
	@echo "make clean       remove what these make"

$(VENV)/installed: pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "covidcurate needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11 demo"; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# Four synthetic cases come from a server on this machine that plays the sites; exit code 4 of ingest says that values wait
# for a person, which is as it should be. Here nobody decides, so what waits stays blank (--unreviewed).
demo: $(VENV)/installed
	@rm -rf $(DEMO)
	$(BIN)/covidcurate init $(DEMO) --name "covidcurate demo"
	$(BIN)/python -m tests.sites --config $(DEMO)/covidcurate.toml -- \
		$(BIN)/covidcurate scrape $(DEMO_CASES) -d $(DEMO) --out $(DEMO)/candidates --allow-private-hosts
	$(BIN)/covidcurate ingest $(DEMO)/candidates examples/candidates examples/contribution -d $(DEMO) \
		--plan $(DEMO)/plan.json --review $(DEMO)/review.html --quiet --output $(DEMO)/plan.txt; test $$? -eq 4
	$(BIN)/covidcurate ingest --apply $(DEMO)/plan.json -d $(DEMO) --unreviewed --yes; test $$? -eq 4
	$(BIN)/covidcurate validate $(DEMO)
	$(BIN)/covidcurate stats $(DEMO) --update $(DEMO)/README.md
	$(BIN)/covidcurate stats $(DEMO)
	@echo
	@echo "Open $(DEMO)/review.html in a browser: the page on which a person would have decided."
	@echo "Look at $(DEMO)/candidates/*/case.json (where each value was found), $(DEMO)/metadata.csv and the statistics in $(DEMO)/README.md."
	@echo "Type next:"
	@echo "  $(BIN)/covidcurate ingest examples/refused -d $(DEMO) --dry-run   # what is refused, and why"
	@echo "  $(BIN)/covidcurate explain PATIENT-CHILD                          # what a finding means"
	@echo "  $(BIN)/covidcurate stats $(DEMO) --format xrv                       # the block of torchxrayvision"

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest --numprocesses auto

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

schema: $(VENV)/installed
	$(BIN)/python -m covidcurate.spec.document

rules: $(VENV)/installed
	$(BIN)/python docs/make_rule_pages.py

benchmarks: $(VENV)/installed
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/validate.py

clean:
	rm -rf $(VENV) $(DEMO) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
