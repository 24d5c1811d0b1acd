# Every command of the project; `make help` lists them.
PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
UV_VERSION := 0.13.9
SYNCED := $(VENV)/.synced
COMPOSE_FILES := compose.yaml compose.dev.yaml compose.identity.yaml compose.ipv6.yaml
MARKDOWN = $(shell find . -name '*.md' -not -path '*/node_modules/*' -not -path './.*' -not -path '*/evaluation/*')

# Biome formats and lints style sheets and scripts. Only developers need npm; CI must have it.
ifneq ($(shell command -v npm || true),)
NODE_MODULES := node_modules/.package-lock.json
biome = node_modules/.bin/biome check --error-on-warnings $(1)
else
biome = echo "npm is not installed: style sheets and scripts are unchecked."; test "$$CI" != true
endif

# Two workers share a folder; one file is faster without them. `make test-fast` leaves SLOW out.
TESTS ?= tests --ignore=tests/system
SLOW := tests/browser tests/chat_ui/test_prompt_cache.py tests/chat_ui/test_schemathesis.py tests/cli tests/db \
	tests/db_api/test_operation.py tests/faults tests/lm_api/test_drafts.py tests/lm_api/test_fetch.py \
	tests/lm_api/test_server.py tests/local/test_make_run.py tests/system
PYTEST = $(VENV)/bin/python -m pytest
PARALLEL = $(if $(filter %.py,$(firstword $(subst ::, ,$(TESTS)))),,--numprocesses 2 --dist loadfile)

.DEFAULT_GOAL := help
.PHONY: help setup run up down logs test test-fast test-compose coverage check format texts error-pages screenshots bench curves

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(SYNCED) ## make the virtual environment from uv.lock
	@:

run: setup ## run everything here without Docker: http://localhost:8080
	@$(VENV)/bin/python -m parley_local

up: ## run everything with Docker Compose: http://localhost
	@docker compose up --build --detach --wait $(ARGS) || { docker compose logs --no-color --no-log-prefix check-nginx check-chat-ui model migrate; exit 1; }
	@docker compose logs --no-color --no-log-prefix nginx | sed -n 's/.*"message":"\(Parley is ready: [^"]*\)".*/\1/p' | tail -n 1

down: ## stop the compose stack; the chats stay
	docker compose down $(ARGS)

logs: ## the last lines of every service of the compose stack
	docker compose logs --no-color --timestamps --tail 200

test: setup ## every test that needs no Docker, or a part: make test [TESTS=tests/db_api] [ARGS="-k word"]
	@$(VENV)/bin/python -m tests.support.running.provision
	@$(PYTEST) $(TESTS) $(PARALLEL) $(ARGS)

test-fast: setup ## an answer in under two minutes: no browser, no faults, no real model, nothing slow
	@$(PYTEST) tests $(SLOW:%=--ignore=%) --numprocesses 2 --dist loadfile $(ARGS)

coverage: setup ## the tests of test-fast; fails where they cover less of the services than the floor
	@$(PYTEST) tests $(SLOW:%=--ignore=%) --numprocesses 2 --dist loadfile --cov --cov-report=term $(ARGS)

test-compose: setup ## the tests of the running compose stack
	@$(VENV)/bin/python -m tests.support.running.provision
	@$(PYTEST) tests/system $(ARGS)

check: setup $(NODE_MODULES) ## formatters, ruff, mypy, import-linter, djlint, biome, compose files
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo
	@$(VENV)/bin/djlint --configuration pyproject.toml chat-ui/chat_ui/templates --lint --quiet
	@$(VENV)/bin/mdformat --check $(MARKDOWN)
	@$(call biome)
	@if docker compose version >/dev/null 2>&1; then docker compose config --quiet && docker compose $(COMPOSE_FILES:%=-f %) config --quiet; else echo "Docker Compose is not installed: the compose files are unchecked."; fi

format: setup $(NODE_MODULES) ## format Python, Markdown, style sheets and scripts
	@$(VENV)/bin/ruff check --fix-only . && $(VENV)/bin/ruff format .
	@$(VENV)/bin/mdformat $(MARKDOWN)
	@$(call biome,--write)

texts: setup ## find the texts of the pages, then compile their translations
	@cd chat-ui/chat_ui && set -e; run() { ../../$(VENV)/bin/pybabel --quiet "$$@"; }; \
	run extract --mapping ../babel.cfg --keywords marked --no-location --sort-output --output ../../$(VENV)/texts.pot .; \
	run update --input-file ../../$(VENV)/texts.pot --output-dir locales --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap; \
	run compile --directory locales

error-pages: setup ## render the error pages of nginx from the translations
	@$(VENV)/bin/python nginx/error_pages.py

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
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

node_modules/.package-lock.json: package-lock.json
	@npm ci --silent --no-audit --no-fund && touch $@
