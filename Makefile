# CBMIR: two commands do everything on a fresh machine, `make run` and `make test`.

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13,$(shell command -v $(p) 2>/dev/null)))
PIP    := $(BIN)/python -m pip --disable-pip-version-check
RUNTIME := $(VENV)/.installed
DEVELOPMENT := $(VENV)/.installed-dev
AUDIT := $(VENV)/audit/.installed
INPUTS := setup.cfg pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run install test check lint types fast faults conformance mutations fuzz hostile canary audit sbom format bench clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUNTIME)  ## Install what is missing and open the window on the demo library
	@$(BIN)/python main.py

install: $(DEVELOPMENT)  ## Make .venv with the program and the development tools

test: check  ## Install what is missing, run `make check` and the whole test suite
	$(BIN)/python -m pytest tests --numprocesses=2 --dist=loadfile

check: $(DEVELOPMENT)  ## Style, layers, types and the fast tests, side by side (seconds)
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target lint types fast

lint: $(DEVELOPMENT)  ## Style and layers only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(DEVELOPMENT)  ## Types only
	$(BIN)/mypy

fast: $(DEVELOPMENT)  ## The fast tests only
	$(BIN)/python -m pytest tests/unit -q --numprocesses=2

faults: $(DEVELOPMENT)  ## Kill, starve and unplug the program 700 times (8 minutes)
	$(BIN)/python tests/faults/run.py

hostile: $(DEVELOPMENT)  ## Bring hostile models, HDF5 files, archives and libraries to every door
	$(BIN)/python -m pytest tests/hostile -q

audit: $(AUDIT)  ## Look the pinned packages up in the databases of vulnerabilities (network)
	$(VENV)/audit/bin/python .ci/audit.py $(VENV)/audit/bin/pip-audit constraints.txt

sbom: $(RUNTIME) $(AUDIT)  ## Write the software bill of materials to build/sbom.cdx.json
	@mkdir -p build
	$(VENV)/audit/bin/cyclonedx-py environment $(BIN)/python --output-reproducible --of JSON -o build/sbom.cdx.json
	@$(BIN)/python -c 'import json; print(len(json.load(open("build/sbom.cdx.json"))["components"]), "components in build/sbom.cdx.json")'

conformance: $(DEVELOPMENT)  ## Render the real DICOM files in ../shared and compare with DCMTK
	$(BIN)/python tests/fuzz/conformance.py

mutations: $(DEVELOPMENT)  ## Read 100,000 mutated files and count what becomes of them (15 minutes)
	$(BIN)/python tests/fuzz/run.py --keep build/fuzz/kept

fuzz: $(DEVELOPMENT)  ## Search for files that break the reading, led by coverage (10 minutes)
	$(PIP) install -q -c constraints.txt --no-build-isolation -e '.[fuzz]'
	$(BIN)/python tests/fuzz/coverage_guided.py -max_total_time=600

canary: $(DEVELOPMENT)  ## Plant 200 patients' names, use the program, look for them everywhere (4 minutes)
	$(BIN)/python tests/canary/run.py

format: $(DEVELOPMENT)  ## Bring the code into its one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(RUNTIME)  ## Measure queries, indexing and the window with the demo library
	$(BIN)/cbmir demo
	$(BIN)/cbmir bench demo --json
	$(BIN)/python bench/indexing.py feature_db/demo_images
	$(BIN)/python bench/window.py feature_db/demo

clean:  ## Remove caches and build products (keeps .venv, libraries and models)
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	rm -rf .import_linter_cache .hypothesis demo_output
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed: sudo apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv is missing: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# setuptools is installed first and used without build isolation, so that the build
# obeys constraints.txt too.
$(RUNTIME): $(VENV)/pyvenv.cfg $(INPUTS)
	$(PIP) install -q -c constraints.txt setuptools
	$(PIP) install -q -c constraints.txt --no-build-isolation -e .
	@touch $@

$(DEVELOPMENT): $(RUNTIME)
	$(PIP) install -q -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $@

# In a place of their own: what looks at the program is no part of it. These are the
# packages of the extra `audit`.
$(AUDIT): $(VENV)/pyvenv.cfg $(INPUTS)
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip --disable-pip-version-check install -q -c constraints.txt pip-audit cyclonedx-bom
	@touch $@
