# From nothing to a working checkout: `make setup`. Needs python3 (3.11 or later) with venv, and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stillwatch-setup
MODELS := $(VENV)/.stillwatch-models
# A file of versions for pip to keep to, such as one that names a torch without GPU libraries.
CONSTRAINTS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types bench docs format clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  \1\t/'

setup: $(STAMP)  ## make .venv with the package and its development tools

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed: make PYTHON=…")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

# Models, and text to train them on, weigh hundreds of megabytes: only what trains one waits for them.
$(MODELS): $(STAMP) $(CONSTRAINTS)
	$(BIN)/python -m pip install --quiet $(addprefix --constraint ,$(CONSTRAINTS)) --group models
	touch $@

demo: setup  ## simulate a small world, find the campaign in it, write demo/scan/report.html
	$(BIN)/stillwatch demo demo

test: $(MODELS)  ## run every test, on two processes
	$(BIN)/python -m pytest -n 2

lint: setup  ## style, common faults and format
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench

format: setup  ## put the format right
	$(BIN)/ruff check --fix src tests bench
	$(BIN)/ruff format src tests bench

types: setup  ## strict type check
	$(BIN)/mypy

bench: $(MODELS)  ## measure speed and quality; results go to bench/results
	$(BIN)/python -m pip install --quiet --group bench
	for trial in bench/*.py; do $(BIN)/python $$trial || exit 1; done

docs: setup  ## check that the pages are in step: links, commands, flags, settings
	$(BIN)/python -m pytest -q tests/test_house.py -k docs

clean:  ## remove what was made here, the environment too
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis demo dist build
