# Everything a person or CI calls. The work is in scripts/ and manage.py.
SHELL := /bin/sh
PYTHON ?= $(shell sh scripts/find_python.sh)
VENV_PYTHON := .venv/bin/python

.PHONY: help run test test-peers lint format fuzz bench faults lock messages screenshot clean
.DEFAULT_GOAL := help

help: ## these lines
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: python base dev
python:
	@if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "Python 3.11 or newer is needed: install it (Debian, Ubuntu: apt install python3 python3-venv), or name it: make run PYTHON=/path/to/python3"; exit 1; fi

base: python
	@$(PYTHON) scripts/install.py base

dev: python
	@$(PYTHON) scripts/install.py dev

run: base ## install what is missing and start the site (PORT, DATA_DIR and PUBLIC_URL are honoured)
	@exec $(VENV_PYTHON) manage.py up

test: dev ## every test: scripts, SQLite, a real browser, PostgreSQL
	@$(VENV_PYTHON) -m scripts.run_tests

lint: dev ## every check of style, types, layers, templates and containers
	@$(VENV_PYTHON) -m scripts.run_checks

format: dev ## put Python into shape
	@$(VENV_PYTHON) -m ruff check --fix-only --quiet . ; $(VENV_PYTHON) -m ruff format .

fuzz: dev ## try much more generated input than `make test` does, other input each time (FUZZ=50 for still more)
	@$(VENV_PYTHON) -m scripts.run_fuzz

bench: dev ## measure how long a token takes on this machine, beside other client libraries (installed apart)
	@$(VENV_PYTHON) -m tests.bench

faults: dev ## kill processes in mid-stream, many times
	@$(VENV_PYTHON) -m tests.faults

test-peers: dev ## ask other people's servers (LiteLLM's proxy, llama.cpp's server, installed apart)
	@$(VENV_PYTHON) -m scripts.run_peers

screenshot: dev ## take the picture of the README anew
	@$(VENV_PYTHON) -m scripts.screenshot

messages: dev ## update the catalogs from the sources
	@$(VENV_PYTHON) -m scripts.extract_messages

lock: python ## resolve requirements/*.in and package.json anew
	@$(PYTHON) -m scripts.lock

clean: ## remove what was installed and collected, never data
	rm -rf .venv .cache node_modules
