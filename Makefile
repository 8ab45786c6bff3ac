# What one does with this checkout; `make` alone lists it.

.DEFAULT_GOAL := help
.PHONY: help setup servers demo test test-hard check bench generated clean

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## what there is
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) ## the virtual environment in .venv; made anew when pyproject.toml changes

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "syncd needs Python 3.11 or newer; name one with make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "the venv module is missing: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

servers: ## the servers that the tests talk to, installed where this is allowed
	@.ci/install-servers

demo: setup ## the whole main job on this machine, with no account and no root
	@$(BIN)/syncd demo

test: setup servers ## all tests of every day
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not hard and not bench"

test-hard: setup servers ## the full numbers of the campaigns; takes long
	$(BIN)/python -m pytest -m hard

check: setup ## format, lint, types, layers, unit and contract tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -m "not hard and not bench" tests/unit tests/contract

bench: setup ## measure: prints tables, writes JSON
	@$(BIN)/python tests/benchmarks/run.py; wecom=$$?; \
		$(BIN)/python tests/benchmarks/run.py --ldap; ldap=$$?; \
		$(BIN)/python tests/benchmarks/run.py --outbox; outbox=$$?; \
		$(BIN)/python tests/benchmarks/run.py --two-sources && exit $$((wecom | ldap | outbox))

generated: setup ## renew the example configuration and the tables of docs/configuration.md
	$(BIN)/python -m syncd.config.example > config/.syncd.example.toml
	mv config/.syncd.example.toml config/syncd.example.toml
	$(BIN)/python -m syncd.config.reference docs/configuration.md

clean: ## remove what can be made again
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
