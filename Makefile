# `make run` starts the whole product, `make test` runs everything that checks it; `make help` lists the rest.
# Both need nothing but Debian 12's Python 3.11 with venv and make, as root or as an ordinary user.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV ?= .venv
WORKERS ?= 3
BIN := $(VENV)/bin
export VENV
.DEFAULT_GOAL := help
.PHONY: help run test lint proof bench lock manage clean install install-dev

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

install: ## the virtualenv with what the product needs
	@$(PYTHON) -I config/bootstrap.py requirements.txt

install-dev: ## the virtualenv with what tests and checks need too
	@$(PYTHON) -I config/bootstrap.py requirements/dev.txt

run: install ## start everything (HOST, PORT, DATABASE_URL, REDIS_URL, STATE_DIR); Ctrl-C stops it
	@exec $(BIN)/python -m config.supervise

test: install-dev ## all tests on WORKERS processes (ARGS="-k words" for some of them)
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

proof: install-dev ## the long proofs (FULL=1 also those of many minutes, and full size)
	@$(BIN)/python -m pytest -n 2 -m "proof$(if $(filter 1,$(FULL)),, and not full)" $(ARGS)

lint: install-dev ## format, lint, types, import order, migrations, production settings
	@$(BIN)/python -m config.lint

bench: install-dev ## the measurements of docs/benchmarks.md in small sizes
	@for script in bench/p*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lock: ## compile requirements/*.in to hash-locked files (needs uv)
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links requirements/base.in -o requirements.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links -c requirements.txt requirements/dev.in -o requirements/dev.txt

manage: ## manage.py in the environment of the running product (ARGS="shell")
	@test -f $${STATE_DIR:-var}/run/env || { echo "start it first: make run" >&2; exit 1; }
	@set -a; . $${STATE_DIR:-./var}/run/env; set +a; exec $(BIN)/python manage.py $(ARGS)

clean: ## remove the virtualenv and caches; the data in var/ stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis var/test var/tmp
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
