# make demo    set up, validate theory against real training, write out/demo
# make test    set up, run the tests
# The first run of any target makes .venv and installs the pinned packages; later runs start at once.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
DOCS := .venv/.docs

.PHONY: help setup demo test test-ci test-all lint format figures docs kernel bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      validate the demo preset: out/demo holds the report"
	@echo "make test      the tests, without those that take long for what others reach too"
	@echo "make test-ci   all tests but the slow ones, as CI runs them"
	@echo "make test-all  all tests"
	@echo "make lint      ruff and mypy"
	@echo "make format    rewrite the code in ruff's format"
	@echo "make figures   every figure of paper_figs/ that has results"
	@echo "make docs      the documentation site, with its links checked: out/site"
	@echo "make kernel    the kernel of docs/notebooks for a Jupyter that runs elsewhere"
	@echo "make bench     every benchmark of experiments/benchmarks/"
	@echo "make clean     remove caches, out/ and .venv"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gantheory needs Python 3.11 or newer: make PYTHON=python3.x")'
	@echo "Setting up .venv (some minutes, once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[train,test]"
	@# Its last release lists TensorFlow, of which gantheory.ntk.neural_tangents has no need.
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps neural-tangents
	@touch $@

demo: $(STAMP)
	@$(BIN)/gantheory validate --preset demo --out out/demo

# One thread a worker: the workers already use the cores. worksteal: each works through its own half of the files, so
# that what a file sets up and compiles is made once. JAX compiles with all optimizations in test-all only; here without,
# by the emitters that take two thirds of the time and in one part rather than 32, and what was compiled once is found
# again: Python's bytecode too, of tests and of processes that they start, whatever the surroundings say.
JAX_FAST := PYTHONDONTWRITEBYTECODE= JAX_DISABLE_MOST_OPTIMIZATIONS=1 \
	XLA_FLAGS="--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1" \
	JAX_COMPILATION_CACHE_DIR="$(CURDIR)/.pytest_cache/jax" JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0 \
	JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1

test: $(STAMP)
	@OMP_NUM_THREADS=1 $(JAX_FAST) $(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not long"

test-ci: $(STAMP)
	@OMP_NUM_THREADS=1 $(JAX_FAST) $(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

test-all: $(STAMP)
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

figures: $(STAMP)
	@$(BIN)/gantheory figures

docs: $(DOCS)
	@rm -rf out/site
	@OMP_NUM_THREADS=1 $(BIN)/sphinx-build -W --keep-going -q -d out/doctrees docs out/site
	@$(BIN)/python docs/tools/check_links.py out/site

# The notebooks run in .venv, whichever Jupyter opens them.
kernel: $(DOCS)
	@$(BIN)/python -m ipykernel install --user --name gantheory --display-name "gantheory (.venv)"

$(DOCS): $(STAMP)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[docs,ntk]"
	@$(BIN)/python -m ipykernel install --sys-prefix --name python3 --display-name "Python 3 (gantheory)" >/dev/null
	@touch $@

bench: $(STAMP)
	@$(if $(wildcard experiments/benchmarks/*.py),,echo "no benchmark in experiments/benchmarks/ yet")
	@set -e; for script in $(sort $(wildcard experiments/benchmarks/*.py)); do \
		echo $$script; $(BIN)/python $$script --json; done

clean:
	rm -rf .venv out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
