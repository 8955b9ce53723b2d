# Everything one types. `make help` lists it.
SHELL := /bin/bash
unexport PYTHONDONTWRITEBYTECODE # where it is set, every command would compile a thousand files anew
PYTHON ?= python3
PY := .venv/bin/python
STAMPS := .venv/.stamps
PROBE_SOURCES = diagnostics/packing.py diagnostics/probe_start.py requirements/probe.txt $(shell find diagnostics/engine diagnostics/knowledge -name '*.py' -o -name '*.toml' -o -name '*.md')

.DEFAULT_GOAL := help
.PHONY: help start sign-in install install-dev browser namespaces shells test test-web check accuracy bench bench-scale format lock snapshots probe clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

start: install ## install, migrate, start everything, print the link to sign in (PORT=8000)
	@$(MAKE) --no-print-directory -s build/probe.pyz || echo "probe.pyz could not be built; everything else starts."
	@$(PY) -m troubleshooter.supervisor

sign-in: install ## print a fresh link that signs the first person in, once
	@$(PY) -m troubleshooter.prepare --link

install: $(STAMPS)/base ## what running needs, into .venv
install-dev: $(STAMPS)/dev ## what developing needs, into .venv

# The stamp is newer than the lock only after an install that went through, so a second start skips it.
$(STAMPS)/base $(STAMPS)/dev: $(STAMPS)/%: requirements/%.txt requirements/installer.txt .ci/install
	@bash .ci/install $* "$(PYTHON)"

browser: ## Chromium for the browser tests, from Debian, when missing
	@bash .ci/browser

namespaces: ## ip and nft for the tests in network namespaces, from Debian, when missing
	@bash .ci/namespaces

shells: ## zsh and fish for the tests of operations, from Debian, when missing
	@bash .ci/shells

test: install-dev browser namespaces shells probe ## the whole test suite, what CI runs
	@bash .ci/test

test-web: install-dev ## web and task tests alone, on SQLite (or on DATABASE_URL and BROKER_URL)
	@$(PY) -m pytest tests/web -n 2

check: install-dev ## lint, types, templates, import directions, migrations, lock files
	@bash .ci/check

accuracy: install-dev ## how often the verdict is right: every scenario and its mutants, within ten minutes
	@$(PY) -m accuracy

bench: install-dev ## what must be fast, beside its floor (benchmarks/README.md)
	@for name in run_wall run_cpu timings tls_facts click_to_first check_now memory probe_file pages decoder; do timeout --foreground --signal=INT 150 $(PY) -m benchmarks.$$name || exit; done

format: install-dev ## let ruff and djlint put the code in shape
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format .

bench-scale: install-dev ## the pages of a team with 100,000 runs and cases, on SQLite and PostgreSQL, within ten minutes
	@timeout --foreground --signal=INT 900 $(PY) -m benchmarks.at_scale

probe: install ## build/probe.pyz, the engine in one file
	@$(PY) -m diagnostics.packing build/probe.pyz

build/probe.pyz: $(PROBE_SOURCES) | install
	@$(PY) -m diagnostics.packing $@

lock: install-dev ## resolve pyproject.toml anew into requirements/*.txt
	@bash .ci/lock

snapshots: ## JSON Schemas of the official SDKs' requests, anew, from requirements/snapshots.txt
	@bash .ci/snapshots "$(PYTHON)"

clean: ## remove what was built; var/ (your data) stays
	@rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
