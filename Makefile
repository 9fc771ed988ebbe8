# Every target sets up what it needs on a machine that has Python 3.11 or later and make.
# JOBS=n chooses how many test processes run; RUNS=n how many hostile files `make fuzz` tries; PYTHON=path chooses the interpreter.

JOBS ?= 2
RUNS ?= 100000
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
READY := .venv/.ready
NEIGHBOURS := .venv-bench/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup demo explore test check fast browser golden verify claims fuzz bench neighbours cover mutants docs words lock clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	$(if $(PYTHON),,$(error detente needs Python 3.11 or later; name one with PYTHON=path))
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock  # the lock is whole: nothing to resolve
	$(BIN)/python -m pip install --quiet --no-index --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q -j 0 .venv/lib src >/dev/null || true  # pip leaves this undone where the environment says so
	@touch $@

demo: $(READY)  ## solve the bundled scenario and print where its report is
	$(BIN)/detente run small-deal-2025 --out build/demo

explore: $(READY)  ## open the bundled scenario in the browser: move an assumption, see the answer move
	$(BIN)/detente explore small-deal-2025

test: check  ## what continuous integration runs
	$(BIN)/pytest -n $(JOBS)

check: $(READY)  ## lint, formatting, types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

fast: $(READY)  ## the quick tests
	$(BIN)/pytest -n $(JOBS) -m "not slow and not browser"

browser: $(READY)  ## the report and the explorer in a real browser
	$(BIN)/pytest -m browser

golden: $(READY)  ## rewrite the golden summaries; review the difference before committing it
	$(BIN)/pytest -n $(JOBS) -m golden --golden

verify: $(READY)  ## run the tests that record rows and rewrite the table of docs/verification.md
	$(BIN)/pytest -n $(JOBS) -q --verify

claims: $(READY)  ## evaluate the claims about the bundled cases over draws and rewrite their table (minutes)
	PYTHONPATH=tests $(BIN)/python -m claims

fuzz: $(READY)  ## hostile scenario files, guided by coverage (a few minutes for RUNS=100000)
	PYTHONPATH=tests $(BIN)/python -m fuzz $(RUNS)

bench: $(READY)  ## everything that is measured, in one table, beside the machine's limit and other programs (FAST=1: two minutes; ONLY="limit growth": parts)
	-@$(MAKE) --no-print-directory neighbours  # a neighbour that cannot be installed is a row that says so
	PYTHONPATH=tools $(BIN)/python -m bench $(if $(FAST),--fast) $(ONLY)

neighbours: $(NEIGHBOURS)  ## other programs that `make bench` compares with, in an environment of their own

$(NEIGHBOURS): $(READY) tools/bench/requirements.txt tools/bench/requirements-built.txt
	$(BIN)/python -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --require-hashes --no-deps -r tools/bench/requirements.txt
	-.venv-bench/bin/python -m pip install --quiet --require-hashes --no-deps --no-build-isolation -r tools/bench/requirements-built.txt
	@touch $@

cover: $(READY)  ## which lines the tests reach; nothing kept on disk, so that all programs are traced
	rm -rf build/cover && mkdir -p build/cover
	DETENTE_CACHE=$(CURDIR)/build/cover/cache JAX_COMPILATION_CACHE_DIR=$(CURDIR)/build/cache/xla \
		$(BIN)/pytest -n $(JOBS) --cov --cov-report=term-missing:skip-covered

mutants: $(READY)  ## change the engine, the compiler and the expressions one thing at a time: do the tests notice? (about an hour)
	$(BIN)/python tools/mutants.py

docs: $(READY)  ## rewrite the generated pages of docs/
	$(BIN)/python tools/docs.py

words: $(READY)  ## bring the catalogues of other languages up to date; says what is not translated
	$(BIN)/python tools/words.py

lock: $(READY)  ## rewrite requirements.lock from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --upgrade --quiet --output-file requirements.lock
	$(BIN)/uv pip compile tools/bench/requirements.in --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --upgrade --quiet --output-file tools/bench/requirements.txt

clean:  ## remove everything that can be made again
	rm -rf .venv .venv-bench build dist .hypothesis .pytest_cache .mypy_cache .ruff_cache .coverage
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
