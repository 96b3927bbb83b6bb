# Everything here needs Python (>=3.11) and make; the rest is installed into .venv and .cache.
# ARGS go to the program that a target runs:  make test ARGS="tests/pipelines -x"

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
VENV := .venv
NEXT := .cache/sdk-next
FUZZ := .cache/fuzz
SPARK := .cache/spark
PIP := -m pip --disable-pip-version-check
# A comma would end an argument of $(call).
EXTRAS := sandbox,postgres,otel,profile
SPARK_EXTRAS := sandbox,postgres,spark
# Tests wait for processes more than they compute: three at a time, also on two cores.
WORKERS ?= 3
PYTEST := -m pytest -n $(WORKERS) --dist worksteal --durations 15

# Runs a command; what it says is shown only if it fails.
quietly = mkdir -p .cache && { $(1); } >.cache/install.log 2>&1 || { cat .cache/install.log; exit 1; }

# Makes the virtual environment $(1) with the first of $(PYTHON) that will do.
define make_venv
	@for python in $(PYTHON); do \
	    if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "Making $(1) with $$("$$python" --version) ..."; \
	        $(call quietly,"$$python" -m venv --clear $(1)); exit 0; \
	    fi; \
	done; \
	echo "target-groove needs Python 3.11 or newer, with its venv module (on Debian: python3-venv)."; \
	echo "Looked for: $(PYTHON). Another one: make PYTHON=/path/to/python3"; \
	exit 1
endef

.PHONY: help
help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/.installed ## Deliver a sample into a local Groove and show what arrived (ARGS="--keep")
	@$(VENV)/bin/target-groove demo $(ARGS)

.PHONY: test
test: $(VENV)/.installed-dev ## Run every test; installs what it lacks, if it may
	@.ci/system-packages
	@$(VENV)/bin/python -m tests.pipelines.environments
	@$(VENV)/bin/python $(PYTEST) $(ARGS)

.PHONY: test-faults
test-faults: $(VENV)/.installed-dev ## Run N disturbed deliveries (N=500 SEED=...) and count what is lost or twice
	@$(VENV)/bin/python -m tests.faults --runs $(or $(N),500) $(if $(SEED),--seed "$(SEED)") $(ARGS)

.PHONY: fuzz-profile
fuzz-profile: $(VENV)/.installed $(FUZZ)/.installed ## Fuzz the profile service by its OpenAPI description
	@$(VENV)/bin/python -m tests.profile.fuzz $(CURDIR)/$(FUZZ)/bin/st $(ARGS)

.PHONY: test-sdk-next
# Coverage makes tests half as slow again, and one of the two runs is enough for it.
test-sdk-next: $(NEXT)/.installed ## Run the quick tests on the next release of the Singer SDK, with coverage
	@mkdir -p .cache/coverage
	@$(NEXT)/bin/python $(PYTEST) -m "not pipelines and not browser" \
	    $(if $(ARGS),$(ARGS),--cov --cov-report=html:.cache/coverage/html)

.PHONY: test-spark
test-spark: $(VENV)/.installed ## Test the Spark door with a real Spark and PostgreSQL, where there is Java
	@.ci/system-packages
	@.ci/system-packages --spark
	@mkdir -p .cache/coverage
	@if ! $(VENV)/bin/python -m tests.spark.java; then echo "The tests with Spark are skipped."; \
	elif ! [ -e $(SPARK)/.installed ] && ! $(VENV)/bin/python $(PIP) index versions -q pyspark >.cache/install.log 2>&1; then \
	    echo "PySpark cannot be installed here: the tests with Spark are skipped."; \
	else $(MAKE) $(SPARK)/.installed && $(SPARK)/bin/python -m pytest --durations 10 \
	    $(if $(ARGS),$(ARGS),tests/spark --cov --cov-config=tests/spark/coverage.ini); fi

.PHONY: test-spark-faults
test-spark-faults: $(SPARK)/.installed ## Kill executors of a Spark while they write 1,500 tickets, and count
	@$(SPARK)/bin/python -m tests.spark.faults $(ARGS)

.PHONY: lint
lint: $(VENV)/.installed-dev ## Check style and formatting (make format: put them right)
	@$(VENV)/bin/ruff check $(ARGS)
	@$(VENV)/bin/ruff format --check

.PHONY: format
format: $(VENV)/.installed-dev ## Put style and formatting right, as far as it goes by itself
	@$(VENV)/bin/ruff check --fix $(ARGS)
	@$(VENV)/bin/ruff format

.PHONY: types
types: $(VENV)/.installed-dev ## Check the types
	@$(VENV)/bin/mypy $(ARGS)

.PHONY: docs
docs: $(VENV)/.installed-docs ## Build the documentation into .cache/docs/html, and check its links
	@$(VENV)/bin/python -m sphinx --fail-on-warning --keep-going --quiet --fresh-env \
	    --doctree-dir .cache/docs/doctrees $(ARGS) docs .cache/docs/html
	@$(VENV)/bin/python docs/check_links.py .cache/docs/html

.PHONY: bench
bench: $(VENV)/.installed ## Measure everything, beside other tools (PEERS=0: without), into docs/performance.md
	@$(VENV)/bin/python -m benchmarks $(if $(filter 0,$(PEERS)),--no-peers) $(ARGS)

.PHONY: tables
tables: $(VENV)/.installed ## Write the tables of the pages and the ledger's SQL from the code
	@$(VENV)/bin/python docs/write_tables.py

.PHONY: constraints
constraints: ## Raise every pinned version to the newest that is allowed
	@PYTHON="$(PYTHON)" .ci/raise-constraints

.PHONY: clean
clean: ## Remove what was installed, built or cached here
	rm -rf .venv .cache .hypothesis .meltano dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(call make_venv,$(VENV))

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing target-groove into $(VENV) ..."
	@$(call quietly,$(VENV)/bin/python $(PIP) install -c constraints.txt pip -e '.[sandbox]')
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the development tools into $(VENV) ..."
	@$(call quietly,$(VENV)/bin/python $(PIP) install -c constraints.txt -e '.[$(EXTRAS)]' --group dev)
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	@echo "Installing what the documentation is built with into $(VENV) ..."
	@$(call quietly,$(VENV)/bin/python $(PIP) install -c constraints.txt --group docs)
	@touch $@

$(NEXT)/bin/python:
	$(call make_venv,$(NEXT))

$(NEXT)/.installed: pyproject.toml constraints.txt constraints-sdk-next.txt | $(NEXT)/bin/python
	@echo "Installing target-groove with the next SDK into $(NEXT) ..."
	@sed '/^singer-sdk==/d' constraints.txt | cat - constraints-sdk-next.txt >$(NEXT)/constraints.txt
	@$(call quietly,$(NEXT)/bin/python $(PIP) install -c $(NEXT)/constraints.txt pip && \
	    $(NEXT)/bin/python $(PIP) install -c $(NEXT)/constraints.txt -e '.[$(EXTRAS)]' --group test)
	@touch $@

$(SPARK)/bin/python:
	$(call make_venv,$(SPARK))

$(SPARK)/.installed: pyproject.toml constraints.txt | $(SPARK)/bin/python
	@echo "Installing target-groove with Spark into $(SPARK) ..."
	@$(call quietly,$(SPARK)/bin/python $(PIP) install -c constraints.txt pip && \
	    $(SPARK)/bin/python $(PIP) install -c constraints.txt -e '.[$(SPARK_EXTRAS)]' --group test)
	@touch $@

$(FUZZ)/bin/python:
	$(call make_venv,$(FUZZ))

$(FUZZ)/.installed: | $(FUZZ)/bin/python
	@echo "Installing Schemathesis into $(FUZZ) ..."
	@$(call quietly,$(FUZZ)/bin/python $(PIP) install schemathesis==4.32.5)
	@touch $@
