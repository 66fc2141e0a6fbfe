# The first python3, unless it was built without optimizations, like pyenv's, and the system has one that will do: with it,
# tests take a fifth less CPU time.
OPTIMIZED := import sys, sysconfig; sys.exit("--enable-optimizations" not in (sysconfig.get_config_var("CONFIG_ARGS") or ""))
WILL_DO := import ensurepip, sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell { ! python3 -c '$(OPTIMIZED)' && /usr/bin/python3 -c '$(WILL_DO)'; } 2> /dev/null && echo /usr/bin/python3 || echo python3)
# Four more processes than cores, as many tests wait for something. PROCESSES=0 runs all in one, for a debugger.
PROCESSES ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 4)))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Containers often set it. Without compiled files, each process of the tests, and each program that they start, compiles
# everything anew: half the time of collecting tests.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test check benchmark deploy destroy reference lock vendor format release clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY) ## Make .venv with everything that running and testing need

$(READY): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 " + "setup")'
	@echo "Installing the requirements into $(VENV); this takes a minute or two." >&2
	@$(PYTHON) -m venv $(VENV) >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt >&2
	@touch $(READY)

# Prints nothing of its own on standard output, which scripts read with ARGS=--json.
run: setup ## Start the whole system on this machine
	@$(BIN)/python -m local $(ARGS)

test: setup ## Run every test
	$(BIN)/pytest --numprocesses $(PROCESSES) $(ARGS)

check: setup ## Lint, formatting, types, layers, the API reference
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python infra/api_reference.py --check

benchmark: setup ## Measure every budget
	$(BIN)/python -m benchmarks $(ARGS)

deploy: setup ## Deploy to AWS, or upgrade: make deploy STAGE=prod
	@$(if $(STAGE),,$(error say which stage: make $@ STAGE=prod))$(BIN)/python -m infra deploy --stage "$(STAGE)" $(ARGS)

destroy: setup ## Remove a stage from AWS, without its data: make destroy STAGE=prod
	@$(if $(STAGE),,$(error say which stage: make $@ STAGE=prod))$(BIN)/python -m infra destroy --stage "$(STAGE)" $(ARGS)

reference: setup ## Regenerate docs/api.md from the description of the API
	$(BIN)/python infra/api_reference.py

lock: setup ## Resolve the packages that *.in files name into *.txt files with hashes; ARGS=--upgrade for new versions
	$(BIN)/python -m infra.lock $(ARGS)

vendor: ## Fetch the pages' libraries again, by version and checksum (needs npm)
	$(PYTHON) infra/vendor.py

format: setup ## Mend what lint and formatting can mend by themselves
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

release: setup ## Write the version and the changelog, commit and tag: make release VERSION=1.2.3
	@$(BIN)/python -m infra.release "$(VERSION)"

clean: ## Remove the environment and every cache
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
