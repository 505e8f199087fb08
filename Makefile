# One command each: try, test, lint, bench. Everything lives in .venv of this checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=
# Networks with a certificate authority of their own are trusted as the machine trusts them.
export UV_SYSTEM_CERTS ?= true

.PHONY: help demo test lint format bench mutants lock setup clean snapshots
help:            ## this list
	@grep -E '^[a-z]+: .*##|^[a-z]+:  +##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 12

setup: $(STAMP)  ## make .venv with the locked dependencies

# uv is taken from PATH when it is there; otherwise it is installed from PyPI into the new environment.
$(STAMP): requirements/lock.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Convoy needs Python 3.11 or newer; call 'make PYTHON=python3.12 …'. Remove $(VENV) first." >&2; exit 1; }
	@command -v uv >/dev/null 2>&1 || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@UV=$$(command -v uv || echo $(BIN)/uv); \
	  echo "installing the locked dependencies into $(VENV)"; \
	  $$UV pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements/lock.txt && \
	  $$UV pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: $(STAMP)   ## try Convoy without a Slack account (ARGS="--script FILE" to run lines from a file)
	@$(BIN)/convoy demo $(ARGS)

test: $(STAMP)   ## run every test (ARGS="-k name" to choose)
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

lint: $(STAMP)   ## ruff, strict types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## rewrite files the way lint wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)  ## measure; prints ratios against baselines taken in the same run
	$(BIN)/python -m benchmarks $(ARGS)

mutants: $(STAMP) ## plant faults in bot/release and count those that the tests notice (ARGS="--sample 200 --only words")
	$(BIN)/python -m benchmarks.mutants $(ARGS)

snapshots: $(STAMP) ## renew the golden files of messages and dashboards
	CONVOY_RENEW_SNAPSHOTS=1 $(BIN)/python -m pytest -q -p no:randomly tests/blocks tests/test_markdown.py tests/test_readme.py

lock:            ## renew requirements/lock.txt from pyproject.toml
	@command -v uv >/dev/null 2>&1 || test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; }
	@UV=$$(command -v uv || echo $(BIN)/uv); \
	  $$UV pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header \
	    --extra dev pyproject.toml --output-file requirements/lock.txt

clean:           ## remove what these commands made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis mutants build *.egg-info
