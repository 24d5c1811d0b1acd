# Every command of the project, one line each; `make help` lists them.
PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
SYNCED := $(VENV)/.synced

.DEFAULT_GOAL := help
.PHONY: help setup run up down test test-compose check format texts screenshots bench curves

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(SYNCED) ## make the virtual environment from uv.lock
	@:

run: setup ## run everything here without Docker: http://localhost:8080
	@$(VENV)/bin/python -m parley_local

up: ## run everything with Docker Compose: http://localhost
	docker compose up --build --detach --wait

down: ## stop the compose stack; the chats stay
	docker compose down

test: setup ## every test that needs no Docker
	@$(VENV)/bin/python -m tests.support.running.provision
	@$(VENV)/bin/python -m pytest tests --ignore=tests/system --numprocesses 2 --dist loadfile

test-compose: setup ## the tests of the running compose stack
	@$(VENV)/bin/python -m tests.support.running.provision
	@$(VENV)/bin/python -m pytest tests/system

check: setup ## ruff, mypy, import-linter, template and compose checks
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo
	@$(VENV)/bin/djlint --configuration pyproject.toml chat-ui/chat_ui/templates --lint --quiet
	@if docker compose version >/dev/null 2>&1; then docker compose config --quiet && docker compose -f compose.yaml -f compose.dev.yaml config --quiet; else echo "No Docker Compose here: compose.yaml is unchecked."; fi

format: setup ## let ruff write the code's format
	@$(VENV)/bin/ruff check --fix-only . && $(VENV)/bin/ruff format .

texts: setup ## find the texts of the pages, then compile their translations
	@cd chat-ui/chat_ui && set -e; run() { ../../$(VENV)/bin/pybabel --quiet "$$@"; }; \
	run extract --mapping ../babel.cfg --keywords marked --no-location --sort-output --output ../../$(VENV)/texts.pot .; \
	run update --input-file ../../$(VENV)/texts.pot --output-dir locales --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap; \
	run compile --directory locales

screenshots: setup ## the pictures of the README, and of every state of the pages
	@$(VENV)/bin/python -m tests.support.running.provision
	@$(VENV)/bin/python -m tests.support.fixtures.screenshots

bench: setup ## measure against the budgets: make bench [NAMES="first_token pages"] [ARGS=--quick]
	@$(UV) sync --frozen --quiet --group bench
	@$(VENV)/bin/python -m bench $(NAMES) $(ARGS)

curves: setup ## how cost grows, drawn into docs/curves/: make curves [NAMES="database users"] [ARGS=--quick]
	@$(UV) sync --frozen --quiet --group bench
	@$(VENV)/bin/python -m bench.curves $(NAMES) $(ARGS)

$(SYNCED): uv.lock pyproject.toml $(wildcard */pyproject.toml) | $(UV)
	@echo "Installing what uv.lock names into $(VENV)."
	@$(UV) sync --frozen --quiet && touch $@

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Parley needs Python 3.11 or newer, this is %d.%d. Try: make PYTHON=python3.13 run" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check uv
