# Tocsin (警钟). `make help` lists the targets. Needed beforehand: make, a shell, Python 3.11 or later.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps

# The coverage that `make test` asks for, in per cent: of everything, and of the two rooms whose mistakes
# nobody would notice (what the law asks, and what the record says). Measured: 97 and just under 100.
COVERAGE      := 95
COVERAGE_CORE := 99

# Test files are shared out among one process more than there are cores; `make test WORKERS=0` runs them in one.
WORKERS := auto
SHARED   = -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# `make bench BENCHES=ledger` measures one.
BENCHES := $(basename $(notdir $(wildcard bench/[a-z]*.py)))

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMPS)/temporal ## Make the virtual environment and fetch or build a Temporal server, once

# One that is there and works is kept: it may be a developer's own.
$(STAMPS)/venv:
	@set -e; \
	if $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then exit 0; fi; \
	for python in $${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && found="$$python" && break; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "Tocsin needs Python 3.11 or later, and none was found on the PATH: install one, or name it with PYTHON=…, and run make again." >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	  echo "$$found cannot make a virtual environment, its venv or ensurepip module is missing: install it (on Debian: apt-get install python3-venv) and run make again." >&2; exit 1; \
	fi; \
	echo "==> Making $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV)
	@mkdir -p $(STAMPS) && touch $@

# What builds comes first, locked like the rest: no dependency's build fetches anything of its own.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

$(STAMPS)/build: requirements-build.lock $(STAMPS)/venv
	@$(PIP) install --quiet --require-hashes -r $<
	@touch $@

# pip says a line or more for every package; a count that moves says as much.
$(STAMPS)/packages: requirements-dev.lock $(STAMPS)/build
	@total=$$(grep -cE '^[A-Za-z0-9][^ ]*==' $<); \
	echo "==> Installing up to $$total locked packages (a minute or two the first time)"; \
	log=$(STAMPS)/packages.log; status=$(STAMPS)/packages.status; \
	{ $(PIP) install --progress-bar off --require-hashes --no-build-isolation --use-pep517 \
	    -r $< 2>&1; echo $$? > $$status; } | tee $$log \
	  | awk -v total=$$total '/^Collecting / { n++; if (n % 20 == 0) { print "    " n " of " total; fflush() } } \
	      /^Installing collected/ { print "    unpacking"; fflush() }'; \
	if [ "$$(cat $$status)" != 0 ]; then tail -n 20 $$log >&2; \
	  echo "The locked packages could not be installed; pip's words are above, the whole of them in $$log." >&2; exit 1; fi
	@touch $@

$(STAMPS)/tocsin: pyproject.toml $(STAMPS)/packages
	@echo "==> Installing tocsin from this checkout"
	@$(PIP) install --quiet --no-build-isolation --no-deps -e .
	@touch $@

$(STAMPS)/temporal: $(STAMPS)/tocsin
	@echo "==> Preparing a Temporal server (some minutes, once, where it has to be built)"
	@$(BIN)/python -m service.temporal_build
	@touch $@

.PHONY: demo
demo: setup ## Carry one incident from the alert to its close, on a real Temporal server
	@$(BIN)/tocsin demo $(ARGS)

.PHONY: up
up: setup ## Run everything on this machine until Ctrl-C
	@$(BIN)/tocsin up $(ARGS)

.PHONY: test
test: lint ## Run every check: ruff, mypy, import-linter, pytest with coverage
	@echo "==> pytest"
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --durations=10 $(SHARED) $(ARGS)
	@echo "==> Coverage"
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --skip-covered --fail-under=$(COVERAGE)
	@$(BIN)/coverage report --skip-covered --include='domain/*,ledger/*' --fail-under=$(COVERAGE_CORE)

.PHONY: lint
lint: setup ## Run the checks that start nothing: ruff, mypy --strict, import-linter
	@echo "==> ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "==> mypy --strict"
	@$(BIN)/mypy
	@echo "==> import-linter"
	@$(BIN)/lint-imports

.PHONY: format
format: setup ## Write the code in its one form
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

.PHONY: bench
bench: setup ## Measure the figures of docs/performance.md on this machine
	@for bench in $(BENCHES); do \
	  echo "==> bench/$$bench.py"; $(BIN)/python -m bench.$$bench $(ARGS) || exit 1; \
	done

.PHONY: docs
docs: setup ## Write docs/reference anew from the code
	@$(BIN)/python -m cli.reference

.PHONY: browser
browser: ## Install what tests look at pages with: Chromium, LibreOffice
	@set -e; \
	wanted="chromium fonts-noto-cjk"; \
	for name in chromium chromium-browser google-chrome; do \
	  if command -v $$name >/dev/null 2>&1; then wanted=; fi; \
	done; \
	command -v soffice >/dev/null 2>&1 || wanted="$$wanted libreoffice-writer-nogui fonts-noto-cjk"; \
	command -v pdftoppm >/dev/null 2>&1 || wanted="$$wanted poppler-utils"; \
	if [ -z "$$wanted" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null 2>&1; then \
	  echo "There is no apt-get here to install Chromium, LibreOffice and poppler with: install what is missing of them your system's way; the tests that need it are skipped until then." >&2; exit 1; \
	fi; \
	sudo=; \
	if [ "$$(id -u)" != 0 ]; then \
	  if ! command -v sudo >/dev/null 2>&1; then \
	    echo "Installing Chromium and LibreOffice needs root, and there is no sudo here: run 'make browser' as root." >&2; exit 1; \
	  fi; \
	  sudo=sudo; \
	fi; \
	echo "==> Installing what tests look at pages with (a few minutes):$$wanted"; \
	$$sudo apt-get update -qq; \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$wanted

.PHONY: clean
clean: ## Remove the virtual environment and every cache of this checkout
	@rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
