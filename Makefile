.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
WORKERS ?= 4
KILLS ?= 300
EXTRACT_KILLS ?= 50
INPUTS ?= 200000
SEQUENCES ?= 2000
CHANGES ?= 2500
STEPS ?= 5000
WALKS ?= 200
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header

# The virtual environment of everyday use, and one for the benchmarks' own dependencies.
RUN := .venv/bin
BENCH := .make/bench/bin

.PHONY: help
help: ## Show this list
	@awk -F ' *## ' '/^[a-z-]+:.*## / {sub(/:.*/, "", $$1); printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: .venv/ready ## Move the pilot's three units, from a built-in HPSM to a built-in TOPdesk
	$(RUN)/migrate demo

.PHONY: test
test: .venv/ready ## Run the tests, with a bounded part of the crash tests
	$(RUN)/pytest -n $(WORKERS) --dist worksteal -m "not slow"

.PHONY: check
check: .venv/ready ## Lint, formatting, types and the import rule
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/mypy
	$(RUN)/lint-imports

.PHONY: crash
crash: .venv/ready ## The long crash run: kills, lost answers, storms; seeds are drawn and printed
	$(RUN)/python tests/crash/run.py --kills $(KILLS)
	$(RUN)/python tests/crash/run_extract.py --kills $(EXTRACT_KILLS)

.PHONY: pilot
pilot: .venv/ready ## Two weeks of work in both systems, over and over: no edit lost, every conflict shown
	PILOT_STEPS=$(STEPS) $(RUN)/pytest -m slow tests/load/engine/test_pilot.py

.PHONY: walks
walks: .venv/ready ## Whole lives of a unit, drawn at random: faults, deaths, undos, people; seeds are printed
	WALKS=$(WALKS) $(RUN)/pytest -m slow tests/load/engine/test_walks.py

.PHONY: crash-long
crash-long: .venv/ready ## Every fault at every step (an hour): the matrix goes into docs/faults.md
	$(RUN)/python tests/crash/run_long.py --report docs/faults.md

.PHONY: fuzz
fuzz: .venv/ready ## Broken unload files, RC values, XML, JSON, CSV and workbooks: none may hang or crash
	$(RUN)/python tests/fuzz/run.py --inputs $(INPUTS)

.PHONY: approvals
approvals: .venv/ready ## Change facts and files one at a time, and see which approvals lapse
	$(RUN)/python tests/transform/approvals/change_approvals.py --changes $(CHANGES)

.PHONY: spreadsheet
spreadsheet: .venv/ready ## Thousands of random edits of workbooks by two people: nothing lost in silence
	SHEET_SEQUENCES=$(SEQUENCES) $(RUN)/pytest tests/transform/sheet -m slow -k thousands

.PHONY: libreoffice
libreoffice: .venv/ready ## Workbooks opened and saved by LibreOffice, which must be installed
	$(RUN)/pytest tests/transform/sheet/test_sheet_libreoffice.py -m slow -rs

.PHONY: bench
bench: .make/bench/ready ## Measure extract, load and memory, beside other tools (an hour, 8 GB of disk)
	$(BENCH)/python -m benchmarks.extract
	$(BENCH)/python -m benchmarks.unload
	$(BENCH)/python -m benchmarks.web
	$(BENCH)/python -m benchmarks.exports
	$(BENCH)/python -m benchmarks.attachments
	$(BENCH)/python -m benchmarks.load
	$(BENCH)/python -m benchmarks.mix
	$(BENCH)/python -m benchmarks.plan_memory
	$(BENCH)/python -m benchmarks.concierge
	$(BENCH)/python -m benchmarks.pacing
	$(BENCH)/python -m benchmarks.proposals
	$(BENCH)/python -m benchmarks.impact
	$(BENCH)/python -m benchmarks.knowledge
	$(BENCH)/python -m benchmarks.workers

.PHONY: real
real: .venv/ready ## Move a real activity log into a built-in TOPdesk
	$(RUN)/python -m benchmarks.real

.PHONY: lock
lock: ## Make the lock files anew from pyproject.toml
	$(PYTHON) -m venv .make/lock
	.make/lock/bin/python -m pip install --quiet uv
	.make/lock/bin/$(LOCK) --extra dev --output-file requirements.lock pyproject.toml
	.make/lock/bin/$(LOCK) --extra dev --extra bench --constraint requirements.lock \
		--output-file requirements-bench.lock pyproject.toml

.PHONY: clean
clean: ## Remove what was made here: environments, caches and the demo
	rm -rf .venv .make build demo *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: requirements.lock pyproject.toml
	$(call environment,.venv,requirements.lock)

.make/bench/ready: requirements-bench.lock pyproject.toml
	$(call environment,.make/bench,requirements-bench.lock)

# Made again only when the lock or pyproject.toml changes; the version is asked for first.
define environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "migrate needs Python 3.11 or newer: make PYTHON=python3.12 …" >&2; exit 2; }
	$(PYTHON) -m venv --clear $(1)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(2)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation -e .
	@touch $@
endef
