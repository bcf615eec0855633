# The two commands of a newcomer: `make demo` and `make test`. Both set up .venv by themselves.
PYTHON ?= python3
BIN := .venv/bin
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"
# MLflow itself then prints only warnings.
QUIET := MLFLOW_LOGGING_LEVEL=WARNING MLFLOW_DISABLE_TELEMETRY=true
EXPERIMENT := customer-segmentation

.DEFAULT_GOAL := help
.PHONY: help demo check test lint docs ui serve clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: .venv/core ## generate the demo shop, compare clusterings, register the best one
	$(RUN) $(QUIET) mlflow run . --env-manager local --experiment-name $(EXPERIMENT)

check: lint ## what to run before each commit: lint, and the tests that are not slow
	$(RUN) python -m pytest -n logical --dist loadfile --no-loadscope-reorder -m "not slow"

test: .venv/dev ## run all tests
	$(RUN) python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/dev ## style, types, import layers, image, compose file and workflow
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) hadolint Dockerfile
	$(RUN) check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(RUN) check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/ci.yml

docs: .venv/docs ## build the documentation into site/; warnings are errors
	$(RUN) mkdocs build --strict --quiet

ui: .venv/core ## open the comparison at http://127.0.0.1:5000
	$(RUN) clientela ui

serve: .venv/core ## serve the champion at http://127.0.0.1:5001/invocations
	$(RUN) mlflow models serve -m models:/customer-segments@champion -p 5001 --env-manager local

clean: ## remove the environment and what runs wrote
	rm -rf .venv site mlflow.db mlruns/*

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; " \
		"name one with make PYTHON=... Found " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv

.venv/core: pyproject.toml requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .
	@touch $@

.venv/dev: .venv/core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev]'
	@touch $@

.venv/docs: .venv/core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[docs]'
	@touch $@
