# Everything a person needs to do with this repository. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The interpreter that makes the environment: `make env PYTHON=/path/to/python3.11` overrides it.
PYTHON ?=
BIN := .venv/bin
ENV := .venv/.installed
NODE := node_modules/.package-lock.json
INDEX := book/_build/html/index.html
BOOK_SOURCES := $(shell find book figures -type f -not -path '*/_build/*' \
	-not -path '*/__pycache__/*' -not -path '*/.ipynb_checkpoints/*' -not -name conftest.py) \
	$(shell find src -name '*.py') $(wildcard results/*.csv experiments/*.toml)

# Programs that look for others (Jupyter for its kernel) find those of the environment first.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export JUPYTER_PREFER_ENV_PATH := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# By its file, a test finds what the tests before it in the file have made.
PYTEST := OMP_NUM_THREADS=1 python -m pytest
# Threads that wait for one another sleep instead of spinning: on a busy machine ten times faster.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: help env data book pdf test quick lint types unit notebooks-check book-check lab hooks figures notebooks experiments bench ledger slower clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(ENV) $(NODE) ## Set up the Python environment in .venv from the pins in requirements.lock

$(ENV): requirements.lock pyproject.toml
	@python=""; \
	for candidate in $(or $(PYTHON),python3.11 python3); do \
	  if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
	    2>/dev/null; then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "No Python 3.11 or 3.12 found (tried: $(or $(PYTHON),python3.11 python3)): install Python 3.11, or name it with 'make env PYTHON=/path/to/python3.11'." >&2; \
	  exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import pip' 2>/dev/null; then \
	  "$$python" -m venv --clear .venv || { \
	    echo "$$python cannot make virtual environments: install its venv module (on Debian: apt install python3-venv)." >&2; \
	    exit 1; }; \
	fi
	@echo "Installing the pinned packages into .venv (minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --no-compile -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

# What draws the maths and the figures of the pages; npm leaves this file when all of it is there.
$(NODE): package-lock.json
	@npm ci --ignore-scripts --loglevel=error
	@touch $@

data: env ## Fetch MovieLens 100K into the cache and describe it
	@recotour-vae data ml-100k

book: $(INDEX) ## Build the HTML book from the stored outputs (warnings are errors)
	@test -f $(INDEX) || { echo "The build left no $(INDEX): run 'make clean book'." >&2; exit 1; }
	@python book/counts.py
	@echo "The book is ready: open $(INDEX)"

# From scratch each time: a page left over, or a warning seen only once, must not hide.
# The film picker of the landing page needs the data; without them the page keeps two lists. So do
# the models of "Meet the model", which are trained in half a minute and kept beside the data.
$(INDEX): $(ENV) $(NODE) $(BOOK_SOURCES)
	@rm -rf book/_build
	@recotour-vae data ml-100k > /dev/null || echo "No data: the pages have no film picker, and no models at work." >&2
	jupyter-book build -W -n --keep-going --quiet book/
	@test -f $@ && touch $@

pdf: book ## Print the book to one PDF with headless Chromium (API=1: the library too)
	@python book/pdf.py $(if $(API),--api)

# What uses one core at a time runs beside each other; what uses all of them, alone.
test: env ## Run every check
	@$(MAKE) --no-print-directory --jobs=2 book lint types
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory notebooks-check
	@$(MAKE) --no-print-directory book-check

# No coverage, no book, no browser, no real data, nothing that takes seconds or starts programs.
quick: env ## Check style, types and what is quick to test, in about a minute
	@$(MAKE) --no-print-directory --jobs=2 lint types
	$(PYTEST) -p no:nbval -o addopts=--strict-markers --dist=loadfile -n auto -q \
	  -m "not slow and not processes and not data and not gpu and not browser" \
	  --ignore-glob='tests/test_book*.py' --ignore-glob='tests/test_browser*.py' tests

lint: env ## Check format and style, notebooks included
	ruff format --check .
	ruff check .

types: env ## Check the types of the library
	mypy

# Without MXNet its tests are skipped, and what they would cover is not asked for.
unit: env ## Test the library on all processors, with its coverage by lines and branches
	least=$$(python -c 'from recotour_vae.runtime.mxnet import has_mxnet; print(95 if has_mxnet() else 80)'); \
	$(PYTEST) --dist=loadfile -n auto --durations=20 --cov --cov-report=term --cov-fail-under=$$least \
	  --ignore-glob='tests/test_book*.py' --ignore-glob='tests/test_browser*.py' tests

notebooks-check: env ## Run every notebook and compare with its stored outputs
	python -m pytest --nbval book/

book-check: book ## Test the built pages: links, images, and in headless Chromium
	$(PYTEST) --dist=loadfile -n auto --durations=20 tests/test_book*.py tests/test_browser*.py

# The chapters as their pages show them, in a folder to work in; SOURCE=1 is for who writes them.
lab: $(if $(SOURCE),env,book) ## Open the chapters in JupyterLab (SOURCE=1 opens their sources)
	$(if $(SOURCE),jupyter lab book/,@python book/lab.py)
	$(if $(SOURCE),,jupyter lab notebooks/ --LabApp.default_url=/lab/tree/contents.ipynb)

hooks: env ## Let git check format, style, types and notebooks before each commit
	pre-commit install

figures: env ## Draw the SVG figures anew from their sources
	@for script in figures/*.py; do \
	  [ -e "$$script" ] || { echo "No drawing scripts in figures/."; break; }; \
	  echo "$$script"; python "$$script"; \
	done

notebooks: env ## Run every notebook and store its outputs in place
	python book/execute.py

experiments: env ## Run what is missing in results/ (RECOTOUR_DATA names the folder of the data)
	python experiments/ml_1m.py
	recotour-vae experiments run two-frameworks
	python experiments/gluon_mystery.py
	python experiments/beta_sweep.py
	python experiments/beta_lists.py
	python experiments/estimators.py
	python experiments/draws.py
	python experiments/evidence.py
	python experiments/mismatch.py
	python experiments/first_lists.py
	recotour-vae experiments run likelihoods
	python experiments/sampled.py
	recotour-vae experiments run progress
	recotour-vae experiments run longer
	python experiments/quiet_times.py
	recotour-vae experiments run grid
	recotour-vae experiments run sparse
	recotour-vae experiments run neighbours
	recotour-vae experiments run embeddings
	recotour-vae experiments run ratings
	python experiments/newcomers.py
	recotour-vae experiments run autorec
	recotour-vae experiments run autorec-ml-1m
	python experiments/shallow.py
	python experiments/shallow_films.py
	recotour-vae experiments run deeprec
	recotour-vae experiments run deeper
	recotour-vae experiments run cdae
	python experiments/svae.py
	python experiments/time_splits.py
	python experiments/article.py

bench: env ## Measure what is claimed about speed, into results/ (long; leave the machine alone)
	python benchmarks/step.py
	python benchmarks/parts.py
	python benchmarks/training_memory.py
	python benchmarks/epoch.py
	python benchmarks/evaluation.py
	python benchmarks/preparation.py
	python benchmarks/catalogue.py
	python benchmarks/elsa_catalogue.py
	python benchmarks/workers.py
	python benchmarks/everybody.py
	python benchmarks/serving.py
	python benchmarks/answering.py
	python benchmarks/gluon_input.py

ledger: env ## Measure each notebook that is not measured or is old (long; leave the machine alone)
	python book/ledger.py

# COMMIT=d9c8a15 names the one to compare with; without it what is not committed is measured.
slower: env ## Measure whether this is slower than an earlier commit: make slower COMMIT=d9c8a15
	python benchmarks/against.py $(or $(COMMIT),HEAD)

clean: ## Remove what was built (the environment and the data stay)
	rm -rf book/_build .coverage htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
