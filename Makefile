# Two commands matter: `make demo` and `make test`. Everything installs itself into .venv.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := PYTHONPATH=. $(BIN)/python
WORKERS ?= 2
ARGS ?=

.PHONY: audit coverage demo mutants serve test e2e lint bench fuzz locks clean

demo: $(VENV)/.run ## the demonstration association, made once and served
	$(RUN) -m membership demo $(ARGS)

serve: $(VENV)/.run ## the server on your own data (.state/, or MEMBERSHIP_STATE_DIR)
	$(RUN) -m membership serve $(ARGS)

test: $(VENV)/.test ## the tests, on SQLite and (when one answers) PostgreSQL
	$(RUN) -m pytest -n $(WORKERS) --dist worksteal --ignore=tests/e2e $(ARGS)

e2e: $(VENV)/.browser ## the journeys and every page in Chromium; PICTURES=1 writes docs/pictures
	$(RUN) -m pytest -m e2e -n $(WORKERS) --dist worksteal tests/e2e $(ARGS)

lint: $(VENV)/.dev ## style, types, layers, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --check --lint --quiet templates

bench: $(VENV)/.test ## measured figures as ratios
	$(RUN) -m bench $(ARGS)

coverage: $(VENV)/.test ## every branch of the money core is run by its tests
	$(RUN) -m tests.money_core coverage

mutants: $(VENV)/.test ## small changes of the money core that its tests must notice; ARGS="--sample 200 --seed 1"
	$(RUN) -m tests.money_core mutants $(ARGS)

fuzz: $(VENV)/.test ## the parsers against hostile input, SCALE=release for the long run
	$(RUN) -m pytest -m fuzz -n $(WORKERS) --ignore=tests/e2e $(ARGS)

audit: $(VENV)/.made ## known weaknesses of what is installed, secrets in the repository; asks osv.dev
	$(BIN)/python .ci/secrets.py
	$(BIN)/python .ci/audit.py

locks: $(VENV)/.dev ## write the lock files anew from pyproject.toml
	$(BIN)/uv lock --quiet --upgrade
	$(BIN)/uv export --quiet --no-emit-project --no-header --no-annotate --extra scale --no-default-groups -o requirements.txt
	$(BIN)/uv export --quiet --no-emit-project --no-header --no-annotate --only-group test -o requirements-test.txt
	$(BIN)/uv export --quiet --no-emit-project --no-header --no-annotate --only-group browser -o requirements-browser.txt
	$(BIN)/uv export --quiet --no-emit-project --no-header --no-annotate --only-group dev -o requirements-dev.txt

clean:
	rm -rf $(VENV) .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=python3.x."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt install python3-venv."; exit 1; }
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch $@

$(VENV)/.browser: $(VENV)/.test requirements-browser.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-browser.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.test requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
