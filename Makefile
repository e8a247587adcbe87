# Everything a developer types. Each target first makes .venv what the requirement files say (a second when it already is).
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PACKAGES := contracts/contracts services/chassis/chassis $(wildcard services/*-svc/*_svc) gateway/gateway deploy/local/examhall
ARGS ?=

.PHONY: help setup pages demo test test-unit lint format bench chaos window screenshots requirements clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

setup: ## The Python environment, from hash-pinned requirement files
	@deploy/local/bootstrap.sh

pages: setup ## The candidates' and the staff's pages, built when anything they are made of changed
	@gateway/web/run.sh build

demo: pages ## Start the stack and rehearse a whole session (ARGS="--candidates 300 --exit --json out.json")
	@$(BIN)/examhall demo $(ARGS)

test: pages ## All tests: the pages', those without a stack, on a running stack, with faults
	@gateway/web/run.sh test
	@$(BIN)/pytest $(ARGS)

test-unit: setup ## Tests that need no stack, in parallel
	@$(BIN)/pytest -m "not stack and not chaos" -n 2 $(ARGS)

lint: setup ## ruff, formatting, strict types; eslint and tsc for the pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(PACKAGES)
	@MYPYPATH=tests/support $(BIN)/mypy tests/bench
	@gateway/web/run.sh lint

format: setup ## Put the code into shape
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: setup ## Ratios against bare scripts on the same servers (ARGS="--json out.json")
	@$(BIN)/python tests/bench $(ARGS)

window: setup ## A testing window of 20,000 with what each process takes; an hour and a half (ARGS="--candidates 2000 --proctors 100 --answers 5 --json out.json")
	@ulimit -n $$(ulimit -H -n) && $(BIN)/python tests/bench/window.py $(ARGS)

chaos: setup ## Every part of a running session breaks once; how long each takes to recover (ARGS="--json out.json --only kafka --candidates 1000")
	@$(BIN)/python tests/chaos $(ARGS)

screenshots: pages ## The README's pictures, taken from a rehearsal
	@$(BIN)/python docs/screenshots.py

requirements: ## Resolve again and write the hash-pinned files (ARGS="--upgrade" for newer versions)
	@uv=$$(deploy/local/bootstrap.sh uv); \
	pin="pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet"; \
	own="--no-emit-package examhall-contracts --no-emit-package examhall-chassis --no-emit-package examhall-gateway"; \
	services="contracts/pyproject.toml services/*/pyproject.toml gateway/pyproject.toml"; \
	$$uv $$pin requirements/uv.in --output-file requirements/uv.txt $(ARGS); \
	$$uv $$pin requirements/node.in --output-file requirements/node.txt $(ARGS); \
	$$uv $$pin $$own --all-extras $$services deploy/local/pyproject.toml requirements/dev.in --output-file requirements/dev.txt $(ARGS); \
	$$uv $$pin $$own $$services deploy/local/pyproject.toml --constraints requirements/dev.txt --output-file requirements/runtime.txt

clean: ## Stop the stack and remove everything that was made here (not the downloads shared by all checkouts)
	@if [ -x $(BIN)/examhall ]; then $(BIN)/examhall down || true; fi
	@rm -rf .venv .examhall .mypy_cache .ruff_cache .pytest_cache .hypothesis gateway/gateway/static gateway/web/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
